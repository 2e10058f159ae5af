"""Who helps at once, in each region: the operator's list, signed by the root key.

A server shows it beside its forms. It is signed because whoever takes the server would
otherwise send people in danger to a number of their own (docs/how-to/show-who-helps.md).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import sign_statement
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.wording import Wording

PAYLOAD_TYPE: Final = "application/vnd.safelight.help+json"
_LARGEST_PAYLOAD: Final = 64 * 1024
_MOST_REGIONS: Final = 100
_MOST_PLACES: Final = 20
# Compressed, in one language: the page around it takes 4 kB of the 12 that come through.
_MOST_WORDS: Final = 6_500


class HelpListError(SafelightError):
    """A list of helpers that may not be shown: unsigned, old, expired or malformed."""


_FIELDS: Final = SignedFields(HelpListError)


@dataclass(frozen=True)
class Helper:
    """Who it is, what they do, and how to reach them. Plain text; nothing becomes a link."""

    name: Wording
    what: Wording
    how: Wording


@dataclass(frozen=True)
class HelpRegion:
    """The helpers of one region."""

    name: Wording
    helpers: tuple[Helper, ...]


@dataclass(frozen=True)
class HelpList:
    """All helpers. `version` only ever grows; `expires` is the last day it is shown (UTC)."""

    version: int
    issued: date
    expires: date
    regions: tuple[HelpRegion, ...]

    def __post_init__(self) -> None:
        _FIELDS.version(self.version)
        _FIELDS.lifetime(self.issued, self.expires)
        for language in LANGUAGES:
            words = "\n".join(_words(self, language)).encode()
            if len(zlib.compress(words, 9)) > _MOST_WORDS:
                raise HelpListError(
                    f"the list in {language} is too long for a page that comes through a cut "
                    "connection; leave out helpers or shorten texts"
                )

    @classmethod
    def parse(cls, untrusted: Mapping[str, Any]) -> HelpList:
        """Read a list from JSON or YAML that was read already. Raises `HelpListError`."""
        content = _FIELDS.exactly(
            untrusted, {"version", "issued", "expires", "regions"}, at="the list"
        )
        regions = _FIELDS.entries(content["regions"], least=1, most=_MOST_REGIONS, at="regions")
        return cls(
            version=_FIELDS.written_number(content["version"], at="version"),
            issued=_FIELDS.day(content["issued"], at="issued"),
            expires=_FIELDS.day(content["expires"], at="expires"),
            regions=tuple(_region(region) for region in regions),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "version": self.version,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "regions": [
                {
                    "name": region.name.as_json(),
                    "helpers": [
                        {
                            "name": helper.name.as_json(),
                            "what": helper.what.as_json(),
                            "how": helper.how.as_json(),
                        }
                        for helper in region.helpers
                    ],
                }
                for region in self.regions
            ],
        }


def sign_help_list(listed: HelpList, root_private: Ed25519PrivateKey) -> bytes:
    """Return the signed list (a DSSE statement, docs/spec/statement.md)."""
    payload = json.dumps(listed.as_json(), separators=(",", ":"), ensure_ascii=True)
    return sign_statement(payload.encode("ascii"), PAYLOAD_TYPE, root_private)


def verified_help_list(
    untrusted: bytes, *, root: Ed25519PublicKey, today: date, last_seen_version: int | None
) -> HelpList:
    """Return the list that `root` signed, if it may be shown on `today`; or `HelpListError`."""
    content, _payload = _FIELDS.signed_content(
        untrusted, PAYLOAD_TYPE, root, largest=_LARGEST_PAYLOAD, what="a list of helpers"
    )
    listed = HelpList.parse(content)
    if today > listed.expires:
        raise HelpListError(
            f"list {listed.version} expired on {listed.expires}, today is {today}; "
            "check the helpers and sign a new one"
        )
    if last_seen_version is not None and listed.version < last_seen_version:
        raise HelpListError(
            f"list {listed.version} is older than list {last_seen_version}, shown here before"
        )
    return listed


def _region(untrusted: Any) -> HelpRegion:
    content = _FIELDS.exactly(untrusted, {"name", "helpers"}, at="a region")
    helpers = _FIELDS.entries(content["helpers"], least=1, most=_MOST_PLACES, at="helpers")
    return HelpRegion(
        _FIELDS.wording(content["name"], at="a region's name"),
        tuple(_helper(helper) for helper in helpers),
    )


def _helper(untrusted: Any) -> Helper:
    content = _FIELDS.exactly(untrusted, {"name", "what", "how"}, at="a helper")
    return Helper(
        name=_FIELDS.wording(content["name"], at="a helper's name"),
        what=_FIELDS.wording(content["what"], at="a helper's what"),
        how=_FIELDS.wording(content["how"], at="a helper's how"),
    )


def _words(listed: HelpList, language: str) -> list[str]:
    found = []
    for region in listed.regions:
        found.append(region.name.in_language(language))
        for helper in region.helpers:
            found += [
                wording.in_language(language) for wording in (helper.name, helper.what, helper.how)
            ]
    return found
