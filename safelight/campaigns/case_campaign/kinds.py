"""What is written down about a case's campaign. Subject is the case; all words are content."""

from __future__ import annotations

from typing import Final

SEARCHED: Final = "campaign.searched"  # a search for copies ended, with what it found
JUDGED: Final = "campaign.judged"  # a person says whether a find is a copy
POSTING: Final = "campaign.posting"  # what a person reads in a captured posting
FOLLOWED: Final = "campaign.followed"  # what happened at work, as a claim or verified
STRUCK: Final = "campaign.struck"  # a posting or what followed is not counted any more
CODED: Final = "campaign.coded"  # the smear module, as a person accepted it

ALL: Final = (SEARCHED, JUDGED, POSTING, FOLLOWED, STRUCK, CODED)
