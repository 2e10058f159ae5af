"""The roster: to whom reports are sealed, signed by an offline root key (docs/spec/roster.md)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.recipients import HybridRecipient, RecipientError, parse_recipient
from safelight.sealing.seal import MOST_RECIPIENTS
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import sign_statement

PAYLOAD_TYPE: Final = "application/vnd.safelight.roster+json"
# Desks that have left may stay listed, so that people can see when they did.
MOST_DESKS: Final = 64
_LARGEST_PAYLOAD: Final = 1024 * 1024
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_VERIFY_KEY: Final = re.compile(r"[0-9a-f]{64}")


class RosterError(SafelightError):
    """A roster that nothing may be sealed to: unsigned, old, expired, empty or malformed."""


_FIELDS: Final = SignedFields(RosterError)


@dataclass(frozen=True)
class RosterDesk:
    """One desk: where reports go, and the key that proves its requests. Days are inclusive, UTC."""

    name: str
    recipient: str
    verify_key_hex: str
    valid_from: date
    valid_until: date
    _parsed: HybridRecipient = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise RosterError("a desk's name is 1 to 32 of a-z, 0-9 and inner '-'")
        if not _VERIFY_KEY.fullmatch(self.verify_key_hex):
            raise RosterError(f"desk {self.name}: verify_key is 64 lower-case hex digits")
        if self.valid_until < self.valid_from:
            raise RosterError(f"desk {self.name}: valid_until lies before valid_from")
        try:
            parsed = parse_recipient(self.recipient)
        except RecipientError as reason:
            raise RosterError(f"desk {self.name}: {reason}") from None
        if not isinstance(parsed, HybridRecipient):
            raise RosterError(f"desk {self.name}: expected a post-quantum recipient, age1pq1…")
        object.__setattr__(self, "_parsed", parsed)

    def hybrid_recipient(self) -> HybridRecipient:
        """The recipient, parsed: what to seal to."""
        return self._parsed

    def verify_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verify_key_hex))

    def usable(self, today: date) -> bool:
        return self.valid_from <= today <= self.valid_until


@dataclass(frozen=True)
class Roster:
    """A list of desks. `version` only ever grows; `expires` is the last day of use (UTC)."""

    version: int
    issued: date
    expires: date
    desks: tuple[RosterDesk, ...]

    def __post_init__(self) -> None:
        _FIELDS.version(self.version)
        if self.expires < self.issued:
            raise RosterError(f"roster {self.version} expires before it was issued")
        if len(self.desks) > MOST_DESKS:
            raise RosterError(f"a roster lists at most {MOST_DESKS} desks; got {len(self.desks)}")
        # One recipient under two names would count one desk as two when envelopes are
        # acknowledged; one verify key would let a desk speak in another's name.
        for what, values in (
            ("name", [desk.name for desk in self.desks]),
            ("recipient", [desk.recipient for desk in self.desks]),
            ("verify_key", [desk.verify_key_hex for desk in self.desks]),
        ):
            if len(set(values)) != len(values):
                raise RosterError(f"roster {self.version}: two desks share one {what}")

    def usable_desks(self, today: date) -> tuple[RosterDesk, ...]:
        """The desks valid on `today`, in the roster's order. Empty if there are none."""
        return tuple(desk for desk in self.desks if desk.usable(today))

    def recipients(self, today: date) -> tuple[HybridRecipient, ...]:
        """What to seal to on `today`; raises `RosterError` rather than return nobody."""
        if today > self.expires:
            raise RosterError(
                f"roster {self.version} expired on {self.expires}, today is {today}; "
                "get the current roster from the operator"
            )
        usable = self.usable_desks(today)
        if not usable:
            raise RosterError(
                f"no usable desk in roster {self.version} on {today}: nobody could open what is "
                "sealed; ask the keeper of the root key for a new roster"
            )
        if len(usable) > MOST_RECIPIENTS:
            raise RosterError(
                f"roster {self.version} has {len(usable)} usable desks on {today}; "
                f"an envelope has room for {MOST_RECIPIENTS}"
            )
        return tuple(desk.hybrid_recipient() for desk in usable)


def sign_roster(roster: Roster, root_private: Ed25519PrivateKey) -> bytes:
    """Return the signed roster (a DSSE statement, docs/spec/statement.md)."""
    payload = {
        "version": roster.version,
        "issued": roster.issued.isoformat(),
        "expires": roster.expires.isoformat(),
        "desks": [
            {
                "name": desk.name,
                "recipient": desk.recipient,
                "verify_key": desk.verify_key_hex,
                "valid_from": desk.valid_from.isoformat(),
                "valid_until": desk.valid_until.isoformat(),
            }
            for desk in roster.desks
        ],
    }
    encoded = json.dumps(payload, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return sign_statement(encoded, PAYLOAD_TYPE, root_private)


def signed_roster(untrusted: bytes, *, root: Ed25519PublicKey) -> Roster:
    """Return the roster that `root` signed, however old: to look at, never to seal to."""
    found, _payload = _FIELDS.signed_content(
        untrusted, PAYLOAD_TYPE, root, largest=_LARGEST_PAYLOAD, what="a roster"
    )
    return _read(found)


def verified_roster(
    untrusted: bytes,
    *,
    root: Ed25519PublicKey,
    today: date,
    last_seen_version: int | None,
) -> Roster:
    """Return the roster that `root` signed, if reports may be sealed to it on `today` (UTC).

    `last_seen_version` is the highest version this program has accepted before, or
    `None` if it has seen none. Raises `RosterError`: bad signature, malformed,
    older than last seen, expired, or without a usable desk.
    """
    roster = signed_roster(untrusted, root=root)
    if last_seen_version is not None and roster.version < last_seen_version:
        raise RosterError(
            f"roster {roster.version} is older than {last_seen_version}, which was seen before; "
            "somebody may be replaying an old one. Get the current roster from the operator"
        )
    roster.recipients(today)
    return roster


def _read(found: Mapping[str, Any]) -> Roster:
    # Counted before 64 keys are parsed, not after a million.
    desks = _FIELDS.entries(found.get("desks"), least=0, most=MOST_DESKS, at="desks")
    return Roster(
        version=_FIELDS.number(found.get("version"), at="version"),
        issued=_FIELDS.day(found.get("issued"), at="issued"),
        expires=_FIELDS.day(found.get("expires"), at="expires"),
        desks=tuple(_desk(_FIELDS.an_object(desk, at="desks")) for desk in desks),
    )


def _desk(desk: Mapping[str, Any]) -> RosterDesk:
    return RosterDesk(
        name=_FIELDS.text(desk.get("name"), at="name"),
        recipient=_FIELDS.text(desk.get("recipient"), at="recipient"),
        verify_key_hex=_FIELDS.text(desk.get("verify_key"), at="verify_key"),
        valid_from=_FIELDS.day(desk.get("valid_from"), at="valid_from"),
        valid_until=_FIELDS.day(desk.get("valid_until"), at="valid_until"),
    )


def fingerprint(root: Ed25519PublicKey) -> str:
    """128 bits of SHA-256 over the raw public key, as eight groups of four hex digits.

    For people to compare by eye or voice; programs compare the whole key.
    """
    digest = hashlib.sha256(root.public_bytes_raw()).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))
