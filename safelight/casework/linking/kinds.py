"""What is written down about records that may be the same."""

from __future__ import annotations

from typing import Final

# All decisions have this one subject, so that they are found without walking the journal.
SUBJECT: Final = "linking"
DECIDED: Final = "link.decided"
TAKEN_BACK: Final = "link.taken-back"
SAMPLED: Final = "link.sampled"

BY_CASEWORKERS: Final = frozenset({DECIDED, TAKEN_BACK, SAMPLED})
