"""What is written down about coding a sample twice."""

from __future__ import annotations

from typing import Final

# Every sample has this one subject, so that they are found without walking the journal.
SUBJECT: Final = "coding-samples"
DRAWN: Final = "sample.drawn"
CLOSED: Final = "sample.closed"
DROPPED: Final = "sample.dropped"
# The subject is the case, so that what a second person coded goes with it.
CODED_AGAIN: Final = "case.coded-again"

BY_ANALYSTS: Final = frozenset({DRAWN, CLOSED, DROPPED})
BY_CASEWORKERS: Final = BY_ANALYSTS | {CODED_AGAIN}
