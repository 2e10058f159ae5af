"""Who helps at once, in each region: the operator's list, signed by the root key.

A server shows it beside its forms. It is signed because whoever takes the server would
otherwise send people in danger to a number of their own (docs/how-to/show-who-helps.md).
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.codes import LANGUAGES

PAYLOAD_TYPE: Final = "application/vnd.safelight.help+json"
_LARGEST_PAYLOAD: Final = 64 * 1024
_LARGEST_VERSION: Final = 2**53 - 1
_LONGEST: Final = 300
_MOST_REGIONS: Final = 100
_MOST_PLACES: Final = 20
# Compressed, in one language: the page around it takes 4 kB of the 12 that come through.
_MOST_WORDS: Final = 6_500
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")


class HelpListError(SafelightError):
    """A list of helpers that may not be shown: unsigned, old, expired or malformed."""


@dataclass(frozen=True)
class Wording:
    """One short text in each language."""

    ru: str
    en: str

    def in_language(self, language: str) -> str:
        return self.ru if language == "ru" else self.en


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
        if not 1 <= self.version <= _LARGEST_VERSION:
            raise HelpListError("version: expected a whole number from 1, got another")
        if self.expires < self.issued:
            raise HelpListError("expires: expected a day not before `issued`, got an earlier one")
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
        content = _keys(untrusted, {"version", "issued", "expires", "regions"}, at="the list")
        version = content["version"]
        if isinstance(version, str) and version.isdecimal() and len(version) < 17:
            version = int(version)
        if type(version) is not int:
            raise HelpListError("version: expected a whole number from 1, got something else")
        regions = _some(content["regions"], _MOST_REGIONS, at="regions")
        return cls(
            version=version,
            issued=_day(content["issued"], at="issued"),
            expires=_day(content["expires"], at="expires"),
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
                    "name": _both(region.name),
                    "helpers": [
                        {
                            "name": _both(helper.name),
                            "what": _both(helper.what),
                            "how": _both(helper.how),
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
    try:
        payload = verified_payload(untrusted, PAYLOAD_TYPE, root)
        content = parse_object(payload, largest=_LARGEST_PAYLOAD)
    except StatementError as reason:
        raise HelpListError(f"not a list of this root key: {reason}") from None
    except ValueError as reason:
        raise HelpListError(f"not a list of helpers: {reason}") from None
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
    content = _keys(untrusted, {"name", "helpers"}, at="a region")
    helpers = _some(content["helpers"], _MOST_PLACES, at="helpers")
    return HelpRegion(
        _wording(content["name"], at="a region's name"),
        tuple(_helper(helper) for helper in helpers),
    )


def _helper(untrusted: Any) -> Helper:
    content = _keys(untrusted, {"name", "what", "how"}, at="a helper")
    return Helper(
        name=_wording(content["name"], at="a helper's name"),
        what=_wording(content["what"], at="a helper's what"),
        how=_wording(content["how"], at="a helper's how"),
    )


def _wording(untrusted: Any, *, at: str) -> Wording:
    content = _keys(untrusted, set(LANGUAGES), at=at)
    return Wording(ru=_text(content["ru"], at=at), en=_text(content["en"], at=at))


def _text(untrusted: Any, *, at: str) -> str:
    if not isinstance(untrusted, str) or not 1 <= len(untrusted) <= _LONGEST:
        raise HelpListError(f"{at}: expected a text of 1 to {_LONGEST} characters in ru and en")
    # Cc, Cf: control characters and those that turn the order of reading around.
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in untrusted):
        raise HelpListError(f"{at}: expected one line of plain text, got control characters")
    return untrusted


def _day(untrusted: Any, *, at: str) -> date:
    if isinstance(untrusted, str) and _DAY.fullmatch(untrusted):
        try:
            return date.fromisoformat(untrusted)
        except ValueError:
            pass
    raise HelpListError(f"{at}: expected a day such as 2026-05-31, got something else")


def _keys(untrusted: Any, expected: set[str], *, at: str) -> Mapping[str, Any]:
    if not isinstance(untrusted, Mapping) or set(untrusted) != expected:
        raise HelpListError(f"{at}: expected the keys {', '.join(sorted(expected))}, got others")
    return untrusted


def _some(untrusted: Any, most: int, *, at: str) -> list[Any]:
    if not isinstance(untrusted, list) or not 1 <= len(untrusted) <= most:
        raise HelpListError(f"{at}: expected a list of 1 to {most}")
    return untrusted


def _both(wording: Wording) -> dict[str, str]:
    return {"ru": wording.ru, "en": wording.en}


def _words(listed: HelpList, language: str) -> list[str]:
    found = []
    for region in listed.regions:
        found.append(region.name.in_language(language))
        for helper in region.helpers:
            found += [
                wording.in_language(language) for wording in (helper.name, helper.what, helper.how)
            ]
    return found
