"""What one circle may hold, and for how long. docs/spec/circles-server.md has the table."""

from __future__ import annotations

from typing import Final

# Members of a circle, the founder among them. The server cannot count members; it counts
# what it sees, which is invitations and those who wait at the door.
ROOM: Final = 25
# Invitations in a batch: whoever comes in by one is one of so many.
BATCH: Final = 8
# Batches that may be open at once: with the founder they make a full room.
OPEN_BATCHES: Final = (ROOM - 1) // BATCH
BATCH_DAYS: Final = 7
# How many of a batch were used is known so long after its end; which, no longer than it lives.
BATCH_REMEMBERED_DAYS: Final = 28

# A day of 25 people who write 200 messages each.
DAY_MESSAGES: Final = 5_000
DAY_BYTES: Final = 8 * 1024 * 1024
HELD_BYTES: Final = 32 * 1024 * 1024
# Commits may use twice what messages may: a flood of messages must not keep a circle from
# removing whoever floods it.
FOR_COMMITS: Final = 2

# Sealed bytes are deleted after so many days, whether anybody has fetched them or not.
LOG_DAYS: Final = 14
# A circle or a landing that nobody has written to for so long is deleted.
QUIET_DAYS: Final = 90

PACKAGES: Final = 20
WELCOMES: Final = 8

# Commits and welcomes that come in pieces. As many at once as there are members; what only a
# keeper's key opens is room that no member can fill, so that a flood of pieces cannot keep a
# keeper from removing whoever floods.
PARCELS: Final = ROOM
KEEPER_PARCELS: Final = 4
LANDING_PARCELS: Final = 4
# Of one circle in a day: 250 commits of the largest kind; keepers may use twice that.
DAY_PIECES: Final = 3_000
# What was begun and never ended. The commit of an epoch ends all of that epoch at once.
PARCEL_DAYS: Final = 2

STASH_DAYS: Final = 3
# All stashes together take at most 512 MiB: those under way, by what has come of them, and those
# that are whole, of each of the four days on which they may have been begun. So whoever
# only announces stashes takes no room, and whoever sends a day's full is rid of it the next day.
STASHES_UNDER_WAY: Final = 128 * 1024 * 1024
STASHES_OF_A_DAY: Final = 96 * 1024 * 1024
# What one that was only begun counts as.
EMPTY_STASH: Final = 1024

# Streams of news in one worker. The rest of its connections are for reports.
STREAMS: Final = 2_000
# Each of 25 members with an old line that is not known to be dead, and some more.
CIRCLE_STREAMS: Final = 64
