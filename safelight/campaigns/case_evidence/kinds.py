"""What is written down about the evidence of a case. Subject is the case; all words are content."""

from __future__ import annotations

from typing import Final

ASKED: Final = "evidence.asked"  # a capture was begun
CAPTURED: Final = "evidence.captured"  # how it ended
ADDED: Final = "evidence.added"  # a file was put beside the case by hand
CHECKED: Final = "evidence.checked"  # a person looked at a capture
EXPOSED: Final = "evidence.exposed"  # what was made public, as a person says
EXHIBIT: Final = "evidence.exhibit"  # something redacted was made of an item
BUNDLED: Final = "evidence.bundled"  # a bundle was sealed, or sealed again
SAVED: Final = "evidence.saved"  # something left the desk in the clear
SCHEDULED: Final = "evidence.scheduled"  # an address is looked at again, by whom, until when
UNSCHEDULED: Final = "evidence.schedule-ended"  # no more
# What the program does by itself. Kinds of their own: the time a case is kept counts from what
# people do (`casework.followup.following`), or a schedule would keep it for ever.
LOOK_BEGUN: Final = "evidence.look-begun"
LOOK_ENDED: Final = "evidence.look-ended"
LOOKS_READ: Final = "evidence.looks-read"  # somebody read what they found

ALL: Final = (
    *(ASKED, CAPTURED, ADDED, CHECKED, EXPOSED, EXHIBIT, BUNDLED, SAVED),
    *(SCHEDULED, UNSCHEDULED, LOOK_BEGUN, LOOK_ENDED, LOOKS_READ),
)
