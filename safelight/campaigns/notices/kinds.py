"""What is written down about notices. Subject is the case; all words and codes are content."""

from __future__ import annotations

from typing import Final

MADE: Final = "notice.made"
SENT: Final = "notice.sent"
OUTCOME: Final = "notice.outcome"
STRUCK: Final = "notice.struck"

# Roles stand in a table below this room, as words (`casework.team.roles`); a test holds both.
BY_CASEWORKERS: Final = frozenset({MADE, SENT, OUTCOME, STRUCK})
