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

ALL: Final = (ASKED, CAPTURED, ADDED, CHECKED, EXPOSED, EXHIBIT, BUNDLED, SAVED)
