"""The team's statement: which desks belong to it, with which keys and roles, from when to when.

Signed by the same offline root key as the roster, and not the same document: the roster is
published to everybody who reports, and must not tell who is an analyst or who has left
(docs/adr/0014, docs/spec/team.md). Pure: no database and no clock.

    signed by another key, malformed     refused
    older than the one seen before       refused: rolled back
    another one of the same version      refused: only the root key can make two
    past its last day                    refused: expired
    a desk that was named is left out    refused: a desk leaves by a day, its entries still verify
    a desk's key changed                 refused: a desk that was made anew takes a new name
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.casework.team.roles import EVERY_DESK, Role, allows
from safelight.errors import SafelightError
from safelight.sealing.recipients import HybridRecipient, RecipientError, parse_recipient
from safelight.sealing.signed_fields import LARGEST_NUMBER, SignedFields
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

PAYLOAD_TYPE: Final = "application/vnd.safelight.team+json"
# Those that have left stay named for ever, so more than a roster's 64.
MOST_DESKS: Final = 256
MOST_SPANS: Final = 64
LARGEST_PAYLOAD: Final = 2 * 1024 * 1024
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_VERIFY_KEY: Final = re.compile(r"[0-9a-f]{64}")
_ABOUT_DESKS: Final = ("desk.", "team.")


class TeamStatementError(SafelightError):
    """A team statement that is not taken. `name` says why, for lists and programs."""

    name = "malformed"


_FIELDS: Final = SignedFields(TeamStatementError)


class ForgedStatementError(TeamStatementError):
    """Not signed by the root key this desk knows."""

    name = "forged"


class RolledBackError(TeamStatementError):
    """Older than one that was accepted before, or another one of the same version."""

    name = "rolled-back"


class ExpiredStatementError(TeamStatementError):
    """Past its last day."""

    name = "expired"


class ForgottenDeskError(TeamStatementError):
    """A desk that was named before is missing, or stands there with another key."""

    name = "desk-forgotten"


class NotNamedError(TeamStatementError):
    """This desk is not in the statement, or not with its own keys."""

    name = "not-named"


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """One role from one day through another (UTC, inclusive); open without `until`."""

    role: Role
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class TeamDesk:
    """One desk. `last_entry`: of one that left, the last of its entries that counts."""

    name: str
    recipient: str
    verify_key_hex: str
    spans: tuple[RoleSpan, ...]
    last_entry: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise TeamStatementError("a desk's name is 1 to 32 of a-z, 0-9 and inner '-'")
        if not _VERIFY_KEY.fullmatch(self.verify_key_hex):
            raise TeamStatementError(f"desk {self.name}: verify_key is 64 lower-case hex digits")
        if not 1 <= len(self.spans) <= MOST_SPANS:
            raise TeamStatementError(f"desk {self.name}: expected 1 to {MOST_SPANS} roles")
        if any(span.until is not None and span.until < span.since for span in self.spans):
            raise TeamStatementError(f"desk {self.name}: a role ends before it begins")
        if self.last_entry is not None and not 0 <= self.last_entry <= LARGEST_NUMBER:
            raise TeamStatementError(f"desk {self.name}: last_entry is the number of an entry")
        self.hybrid_recipient()

    def hybrid_recipient(self) -> HybridRecipient:
        """The recipient, parsed: what colleagues seal to."""
        try:
            parsed = parse_recipient(self.recipient)
        except RecipientError as reason:
            raise TeamStatementError(f"desk {self.name}: {reason}") from None
        if not isinstance(parsed, HybridRecipient):
            raise TeamStatementError(
                f"desk {self.name}: expected a post-quantum recipient, age1pq1…"
            )
        return parsed

    def verify_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verify_key_hex))

    @property
    def since(self) -> date:
        return min(span.since for span in self.spans)

    @property
    def until(self) -> date | None:
        """Its last day in the team; None while one of its roles is open."""
        ends = [span.until for span in self.spans]
        return None if None in ends else max(end for end in ends if end is not None)

    def is_of_the_team(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def is_sent_to(self, day: date) -> bool:
        """Whether new entries are sealed to it: on its last day no more."""
        return self.since <= day and (self.until is None or day < self.until)

    def roles(self, day: date) -> frozenset[Role]:
        return frozenset(span.role for span in self.spans if span.holds(day))

    def counts(self, seq: int, kind: str, day: date) -> bool:
        """Whether an entry of this desk, dated `day` by it, counts for anything.

        What it wrote before its first day (alone, say) is judged by the roles of that day.
        Entries about desks and teams themselves change no case, and always count.
        """
        if kind.startswith(_ABOUT_DESKS):
            return True
        if self.last_entry is not None and seq > self.last_entry:
            return False
        judged = max(day, self.since)
        if not self.is_of_the_team(judged):
            return False
        return kind in EVERY_DESK or allows(self.roles(judged), kind)


@dataclass(frozen=True)
class TeamStatement:
    """A list of desks. `version` only ever grows; `expires` is the last day of use (UTC)."""

    version: int
    issued: date
    expires: date
    desks: tuple[TeamDesk, ...]

    def __post_init__(self) -> None:
        _FIELDS.version(self.version)
        if self.expires < self.issued:
            raise TeamStatementError(f"statement {self.version} expires before it was issued")
        if not 1 <= len(self.desks) <= MOST_DESKS:
            raise TeamStatementError(f"a team has 1 to {MOST_DESKS} desks; got {len(self.desks)}")
        for what, values in (
            ("name", [desk.name for desk in self.desks]),
            ("recipient", [desk.recipient for desk in self.desks]),
            ("verify_key", [desk.verify_key_hex for desk in self.desks]),
        ):
            if len(set(values)) != len(values):
                raise TeamStatementError(f"statement {self.version}: two desks share one {what}")

    def desk(self, name: str) -> TeamDesk | None:
        return next((desk for desk in self.desks if desk.name == name), None)

    def check_day(self, today: date) -> None:
        """Raise `ExpiredStatementError` after its last day."""
        if today > self.expires:
            raise ExpiredStatementError(
                f"team statement {self.version} expired on {self.expires}, today is {today}; "
                "nothing is sealed to colleagues by it. Get a new one from the keeper of the root "
                "key"
            )

    def check_follows(self, before: TeamStatement) -> None:
        """Raise `ForgottenDeskError` unless every desk of `before` is here with its key."""
        for desk in before.desks:
            now = self.desk(desk.name)
            if now is None or now.verify_key_hex != desk.verify_key_hex:
                raise ForgottenDeskError(
                    f"team statement {self.version} "
                    + ("does not name" if now is None else "gives another key to")
                    + f" desk {desk.name}, which statement {before.version} names; a desk leaves "
                    "by its last day and stays named, and one that was made anew takes a new name. "
                    "Ask the keeper for a statement made with --previous"
                )


def statement_digest(signed: bytes) -> str:
    """SHA-256 in hex of the signed bytes: two of one version are told apart by it."""
    return hashlib.sha256(signed).hexdigest()


def sign_team(statement: TeamStatement, root_private: Ed25519PrivateKey) -> bytes:
    """Return the signed statement (DSSE, docs/spec/statement.md)."""
    payload = {
        "version": statement.version,
        "issued": statement.issued.isoformat(),
        "expires": statement.expires.isoformat(),
        "desks": [
            {
                "name": desk.name,
                "recipient": desk.recipient,
                "verify_key": desk.verify_key_hex,
                "roles": [
                    {
                        "role": span.role.value,
                        "since": span.since.isoformat(),
                        "until": None if span.until is None else span.until.isoformat(),
                    }
                    for span in desk.spans
                ],
                "last_entry": desk.last_entry,
            }
            for desk in statement.desks
        ],
    }
    encoded = json.dumps(payload, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return sign_statement(encoded, PAYLOAD_TYPE, root_private)


def signed_team(untrusted: bytes, *, root: Ed25519PublicKey) -> TeamStatement:
    """Return the statement that `root` signed, however old: to look at, never to act by."""
    try:
        payload = verified_payload(untrusted, PAYLOAD_TYPE, root)
    except StatementError as reason:
        raise ForgedStatementError(f"not a team statement of this root key: {reason}") from None
    return _parse(payload)


def verified_team(
    untrusted: bytes,
    *,
    root: Ed25519PublicKey,
    today: date,
    before: TeamStatement | None,
    before_digest: str,
) -> TeamStatement:
    """Return the statement if this desk may go by it from `today` on, or raise by name.

    `before` is the newest that was accepted here (its signed bytes have `before_digest`), or
    None. The very same one again is fine.
    """
    found = signed_team(untrusted, root=root)
    if before is not None:
        same = statement_digest(untrusted) == before_digest
        if found.version < before.version or (found.version == before.version and not same):
            raise RolledBackError(
                f"team statement {found.version} is older than {before.version}, which was "
                "accepted before, or another one of that version; somebody may be replaying an "
                "old one. Get the current statement from the keeper of the root key"
            )
        if not same:
            found.check_follows(before)
    found.check_day(today)
    return found


def _parse(payload: bytes) -> TeamStatement:
    try:
        found = parse_object(payload, largest=LARGEST_PAYLOAD)
    except ValueError as reason:
        raise TeamStatementError(f"the statement is not readable: {reason}") from None
    desks = _FIELDS.entries(found.get("desks"), least=0, most=MOST_DESKS, at="desks")
    return TeamStatement(
        version=_FIELDS.number(found.get("version"), at="version"),
        issued=_FIELDS.day(found.get("issued"), at="issued"),
        expires=_FIELDS.day(found.get("expires"), at="expires"),
        desks=tuple(_desk(_FIELDS.an_object(line, at="desks")) for line in desks),
    )


def _desk(line: Mapping[str, Any]) -> TeamDesk:
    spans = _FIELDS.entries(line.get("roles"), least=0, most=MOST_SPANS, at="roles")
    last = line.get("last_entry")
    return TeamDesk(
        name=_FIELDS.text(line.get("name"), at="name"),
        recipient=_FIELDS.text(line.get("recipient"), at="recipient"),
        verify_key_hex=_FIELDS.text(line.get("verify_key"), at="verify_key"),
        spans=tuple(_span(_FIELDS.an_object(span, at="roles")) for span in spans),
        last_entry=None if last is None else _FIELDS.number(last, at="last_entry"),
    )


def _span(line: Mapping[str, Any]) -> RoleSpan:
    try:
        role = Role(_FIELDS.text(line.get("role"), at="role"))
    except ValueError:
        raise TeamStatementError(
            "the statement gives a role that this program does not know; update Safelight"
        ) from None
    until = line.get("until")
    return RoleSpan(
        role,
        _FIELDS.day(line.get("since"), at="since"),
        None if until is None else _FIELDS.day(until, at="until"),
    )
