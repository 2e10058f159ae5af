"""What a campaign consists of: postings as captured, likenesses between them, what followed.

Three times of a posting are never mixed: what the page *claims*, when it was *captured*, and
before when an authority *stamped* the capture. Only the last is proved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from safelight.errors import SafelightError
from safelight.vocabulary.schema import vocabulary

MOST_POSTINGS: Final = 5000
MOST_BYTES: Final = 20_000_000
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_ACCOUNT: Final = 300


class TimelineError(SafelightError):
    """Facts that make no timeline."""


class Standing(StrEnum):
    """How sure it is that something followed."""

    CLAIM = "claim"  # somebody says so, the attackers often
    VERIFIED = "verified"  # a document or a second source


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One captured posting. Times are in UTC. `account` stays in the case: see `Timeline`."""

    id: str
    platform: str
    account: str
    claimed: datetime | None
    captured: datetime
    stamped: datetime | None
    capture_sha256: str
    exposed: tuple[str, ...]
    like: tuple[str, ...]  # ids of postings that share a photo or a text with it

    @property
    def known_since(self) -> datetime:
        """When it seems to have been there: what it claims, unless the capture came before."""
        return min(self.claimed, self.captured) if self.claimed else self.captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What the employer did, on which day, and whether that is a claim or verified."""

    action: str
    on: date
    standing: Standing
    source_sha256: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """Everything a timeline is made of, checked. `of_file` is the only door for outside data."""

    postings: tuple[Posting, ...]
    consequences: tuple[Consequence, ...]

    @classmethod
    def of_file(cls, untrusted: bytes) -> Campaign:
        """Read the JSON of docs/how-to/find-copies.md, or raise `TimelineError` naming a place."""
        if len(untrusted) > MOST_BYTES:
            raise TimelineError(f"expected at most {MOST_BYTES:,} bytes, got {len(untrusted):,}")
        try:
            data = json.loads(untrusted)
        except (ValueError, RecursionError):
            raise TimelineError("expected JSON, got something else") from None
        if not isinstance(data, dict) or not set(data) <= {"postings", "consequences"}:
            raise TimelineError("expected one object with postings and consequences")
        rows, followed = data.get("postings"), data.get("consequences", [])
        if not isinstance(rows, list) or not isinstance(followed, list) or not rows:
            raise TimelineError("expected lists of postings (at least one) and consequences")
        if max(len(rows), len(followed)) > MOST_POSTINGS:
            raise TimelineError(f"expected at most {MOST_POSTINGS} postings, got {len(rows)}")
        postings = tuple(_posting(row, f"posting {n}") for n, row in enumerate(rows, 1))
        ids = {posting.id for posting in postings}
        if len(ids) != len(postings):
            raise TimelineError("expected every posting's id once, got one twice")
        if any(not set(posting.like) <= ids - {posting.id} for posting in postings):
            raise TimelineError("like: expected ids of other postings of this file, got another")
        what = tuple(_consequence(row, f"consequence {n}") for n, row in enumerate(followed, 1))
        return cls(postings, what)


def _posting(row: Any, where: str) -> Posting:
    needed = {"id", "platform", "account", "captured", "capture_sha256"}
    row = _object(row, where, needed, needed | {"claimed", "stamped", "exposed", "like"})
    if len(_text(row, "account", where)) > _LONGEST_ACCOUNT:
        raise TimelineError(f"{where}, account: at most {_LONGEST_ACCOUNT} characters")
    posting = Posting(
        id=_text(row, "id", where, _ID),
        platform=_code("platform", _text(row, "platform", where)),
        account=_text(row, "account", where),
        claimed=_time(row, "claimed", where) if row.get("claimed") else None,
        captured=_time(row, "captured", where),
        stamped=_time(row, "stamped", where) if row.get("stamped") else None,
        capture_sha256=_text(row, "capture_sha256", where, _SHA256),
        exposed=tuple(_code("exposed", code) for code in _texts(row, "exposed", where)),
        like=tuple(_texts(row, "like", where)),
    )
    if posting.stamped is not None and posting.stamped < posting.captured:
        raise TimelineError(f"{where}: stamped before it was captured; one of the times is wrong")
    return posting


def _consequence(row: Any, where: str) -> Consequence:
    names = {"action", "on", "standing", "source_sha256"}
    row = _object(row, where, names, names)
    standing = _text(row, "standing", where)
    if standing not in set(Standing):
        raise TimelineError(f"{where}, standing: expected claim or verified, got something else")
    try:
        on = date.fromisoformat(_text(row, "on", where))
    except ValueError:
        raise TimelineError(f"{where}, on: expected a day like 2026-11-22") from None
    action = _code("employer_action", _text(row, "action", where))
    return Consequence(
        action=action, on=on, standing=Standing(standing),
        source_sha256=_text(row, "source_sha256", where, _SHA256),
    )  # fmt: skip


def _object(row: Any, where: str, needed: set[str], known: set[str]) -> Mapping[str, Any]:
    if not isinstance(row, dict) or not needed <= set(row) <= known:
        raise TimelineError(f"{where}: expected {', '.join(sorted(needed))}, and known names only")
    return row


def _text(
    row: Mapping[str, Any], name: str, where: str, form: re.Pattern[str] | None = None
) -> str:
    value = row[name]
    if not isinstance(value, str) or (form is not None and form.fullmatch(value) is None):
        raise TimelineError(f"{where}, {name}: expected text of the agreed form, got another")
    return value


def _texts(row: Mapping[str, Any], name: str, where: str) -> list[str]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TimelineError(f"{where}, {name}: expected a list of texts, got something else")
    return sorted(set(value))


def _code(field: str, value: str) -> str:
    return vocabulary().field(field).code(value).value


def _time(row: Mapping[str, Any], name: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(row, name, where))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise TimelineError(f"{where}, {name}: expected a time with its zone, got something else")
    return moment.astimezone(UTC)
