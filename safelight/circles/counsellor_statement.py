"""What a desk signs about a counsellor of circles: pseudonym, key, last day. Nothing else.

Pure. Who the counsellor is, the desk knows and does not write down here; browsers hold the
statement against the roster and the signed rules (docs/spec/circles-moderation.md).
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.errors import SafelightError
from safelight.sealing.statement import sign_statement

PAYLOAD_TYPE: Final = "application/vnd.safelight.counsellor+json"
LONGEST_PSEUDONYM: Final = 40
# Shorter than a roster lives: whoever stops being a counsellor is gone with the next one.
MOST_DAYS: Final = 92
_KEY: Final = re.compile(r"[0-9a-f]{64}")


class CounsellorStatementError(SafelightError):
    """A statement that no browser would take, or that would outlive its purpose."""


@dataclass(frozen=True, slots=True)
class CounsellorStatement:
    """`key`: the public half that the counsellor's own device made, 64 hex digits."""

    pseudonym: str
    key: str
    valid_until: date

    def __post_init__(self) -> None:
        plain = not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in self.pseudonym)
        if not 1 <= len(self.pseudonym.strip()) <= LONGEST_PSEUDONYM or not plain:
            raise CounsellorStatementError(
                f"a pseudonym: expected 1 to {LONGEST_PSEUDONYM} characters on one line"
            )
        if not _KEY.fullmatch(self.key):
            raise CounsellorStatementError(
                "a counsellor's key: expected the 64 hex digits that their page shows"
            )


def sign_counsellor(
    statement: CounsellorStatement, desk_private: Ed25519PrivateKey, *, today: date
) -> bytes:
    """Return the signed statement (docs/spec/statement.md), or raise: it ends within 92 days."""
    if not today <= statement.valid_until <= today + timedelta(days=MOST_DAYS):
        raise CounsellorStatementError(
            f"the last day: expected one within {MOST_DAYS} days from today, got another"
        )
    payload = json.dumps(
        {
            "pseudonym": statement.pseudonym,
            "key": statement.key,
            "valid_until": statement.valid_until.isoformat(),
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return sign_statement(payload.encode(), PAYLOAD_TYPE, desk_private)
