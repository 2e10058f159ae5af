"""The rules of circles, as the organisation signed them (docs/spec/circles-moderation.md).

Who may enter which rooms, what keepers and counsellors owe, what happens when a life is in
danger, who helps. A statement of the root key, because whoever takes the server would
otherwise let adults into rooms of young people, or send people in danger to a number of
their own. Browsers verify it and refuse one that is older than one they know.

Pure: parsed, signed and verified here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.circles.policy_parts import (
    AgeBand,
    CounsellorRules,
    Duties,
    EscalationStep,
    HelpEntry,
    PolicyError,
    counsellor_rules,
    duties,
    escalation_step,
    help_entry,
    read_band,
)
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import sign_statement
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.wording import Wording

PAYLOAD_TYPE: Final = "application/vnd.safelight.circles+json"
LARGEST: Final = 64 * 1024
_MOST_BANDS: Final = 8
_MOST_STEPS: Final = 20
_MOST_HELPERS: Final = 20

_FIELDS: Final = SignedFields(PolicyError)


@dataclass(frozen=True, slots=True)
class CirclesPolicy:
    """All rules. `version` only grows; after `expires` no new room is founded under them."""

    version: int
    issued: date
    expires: date
    about_ages: Wording
    bands: tuple[AgeBand, ...]
    keepers: Duties
    counsellors: CounsellorRules
    escalation: tuple[EscalationStep, ...]
    help: Mapping[str, tuple[HelpEntry, ...]]

    def __post_init__(self) -> None:
        _FIELDS.version(self.version)
        _FIELDS.lifetime(self.issued, self.expires)
        _check_bands(self.bands)
        codes = [step.code for step in self.escalation]
        if len(set(codes)) != len(codes):
            raise PolicyError("escalation: expected each code once, got one twice")

    def band(self, code: str) -> AgeBand | None:
        return next((band for band in self.bands if band.code == code), None)

    @classmethod
    def parse(cls, untrusted: Mapping[str, Any]) -> CirclesPolicy:
        """Read rules from JSON or YAML that was read already. Raises `PolicyError`."""
        content = _FIELDS.exactly(
            untrusted,
            {
                "version",
                "issued",
                "expires",
                "about_ages",
                "bands",
                "keepers",
                "counsellors",
                "escalation",
                "help",
            },
            at="the rules",
        )
        bands = _FIELDS.entries(content["bands"], least=1, most=_MOST_BANDS, at="bands")
        steps = _FIELDS.entries(content["escalation"], least=1, most=_MOST_STEPS, at="escalation")
        helpers = _FIELDS.exactly(content["help"], set(LANGUAGES), at="help")
        return cls(
            version=_FIELDS.written_number(content["version"], at="version"),
            issued=_FIELDS.day(content["issued"], at="issued"),
            expires=_FIELDS.day(content["expires"], at="expires"),
            about_ages=_FIELDS.wording(content["about_ages"], at="about_ages"),
            bands=tuple(read_band(band) for band in bands),
            keepers=duties(content["keepers"]),
            counsellors=counsellor_rules(content["counsellors"]),
            escalation=tuple(escalation_step(step) for step in steps),
            help={
                language: tuple(
                    help_entry(entry)
                    for entry in _FIELDS.entries(
                        helpers[language], least=1, most=_MOST_HELPERS, at=f"help in {language}"
                    )
                )
                for language in LANGUAGES
            },
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "version": self.version,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "about_ages": self.about_ages.as_json(),
            "bands": [band.as_json() for band in self.bands],
            "keepers": self.keepers.as_json(),
            "counsellors": self.counsellors.as_json(),
            "escalation": [step.as_json() for step in self.escalation],
            "help": {
                language: [entry.as_json() for entry in entries]
                for language, entries in self.help.items()
            },
        }


def _check_bands(bands: tuple[AgeBand, ...]) -> None:
    known = [band.code for band in bands]
    if len(set(known)) != len(known):
        raise PolicyError("bands: expected each code once, got one twice")
    for younger, older in pairwise(bands):
        if older.youngest <= younger.oldest:
            raise PolicyError("bands: expected ages that rise and never overlap, got others")
    by_code = {band.code: band for band in bands}
    for band in bands:
        if not set(band.enter) <= set(known) or not set(band.found) <= set(band.enter):
            raise PolicyError(
                "bands: expected `enter` to list bands of these rules, and `found` some of those"
            )
        if band.code not in band.enter:
            raise PolicyError("bands: expected people of a band to enter its rooms, got others")
        # Not the operator's to loosen: whoever is grown up is in a room of young people as a
        # counsellor whom a desk vouches for, or not at all.
        if band.of_minors and any(not by_code[code].of_minors for code in band.enter):
            raise PolicyError(
                "bands: expected a room of minors to let in minors only, got grown-ups too"
            )


def canonical(policy: CirclesPolicy) -> bytes:
    """Return the bytes that are signed: sorted keys, no blanks, UTF-8."""
    text = json.dumps(
        policy.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    if len(text) > LARGEST:
        raise PolicyError(f"the rules have {len(text)} bytes, at most {LARGEST} fit")
    return text


def policy_hash(policy: CirclesPolicy) -> str:
    """SHA-256 of the canonical bytes, hex: what stands in a room's settings."""
    return hashlib.sha256(canonical(policy)).hexdigest()


def sign_policy(policy: CirclesPolicy, root_private: Ed25519PrivateKey) -> bytes:
    """Return the signed rules (a DSSE statement, docs/spec/statement.md)."""
    return sign_statement(canonical(policy), PAYLOAD_TYPE, root_private)


def verified_policy(
    untrusted: bytes, *, root: Ed25519PublicKey, last_seen_version: int | None
) -> CirclesPolicy:
    """Return the rules that `root` signed, or raise `PolicyError`: forged, malformed, older.

    Expired ones are returned: rooms that follow them go on, and help must stay readable.
    """
    content, payload = _FIELDS.signed_content(
        untrusted, PAYLOAD_TYPE, root, largest=LARGEST, what="rules for circles"
    )
    policy = CirclesPolicy.parse(content)
    if canonical(policy) != payload:
        # A room names rules by the hash of these bytes, so there is one way to write them.
        raise PolicyError("the rules are not written in the canonical form; sign them again")
    if last_seen_version is not None and policy.version < last_seen_version:
        raise PolicyError(
            f"rules {policy.version} are older than {last_seen_version}, which were seen before; "
            "somebody may be replaying old ones"
        )
    return policy
