"""What is written down while letters are answered. Subject is the case; all words are content."""

from __future__ import annotations

from typing import Final

TAKEN: Final = "letter.taken"
HANDED: Final = "letter.handed"
DRAFTED: Final = "letter.drafted"
OFFERED: Final = "letter.offered"
APPROVED: Final = "letter.approved"
RETURNED: Final = "letter.returned"
ESCALATED: Final = "letter.escalated"
SETTLED: Final = "letter.settled"
PROPOSED: Final = "letter.proposed"
AGREED: Final = "letter.agreed"
SENT_BACK: Final = "letter.sent-back"
TAKEN_OUT: Final = "letter.taken-out"
# Of a desk; the subject is `shift_subject`.
SHIFT_BEGUN: Final = "shift.begun"
SHIFT_ENDED: Final = "shift.ended"
# Of the organisation; the subject is RULES_SUBJECT.
RULES: Final = "letters.rules"
RULES_SUBJECT: Final = "letters-rules"

# All of them: the latest decision about a letter can be taken back, as with any case. An answer
# that has left cannot, and then nothing before it matters any more.
UNDOABLE: Final = frozenset(
    {
        TAKEN,
        HANDED,
        DRAFTED,
        OFFERED,
        APPROVED,
        RETURNED,
        ESCALATED,
        SETTLED,
        PROPOSED,
        AGREED,
        SENT_BACK,
        TAKEN_OUT,
    }
)

# Whoever answers letters also reads and publishes them; there is no role for letters alone.
BY_CASEWORKERS: Final = UNDOABLE | {SHIFT_BEGUN, SHIFT_ENDED, RULES}


def shift_subject(desk: str) -> str:
    """What entries about a desk's shifts are about."""
    return f"shift:{desk}"
