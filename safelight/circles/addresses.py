"""Where circles are asked, how much each address takes, and whether this server has them.

All but the page's are asked by scripts alone, so they stand in no list of visited pages, and
their names may speak. Without Django, because the layer that waits for bodies reads it too.
"""

from __future__ import annotations

import os
import re
from typing import Final

# Set by `safelight serve --circles`.
CIRCLES: Final = "SAFELIGHT_SERVER_CIRCLES"

# The one address of circles that stays in a list of visited pages, so a number like those of
# safelight/intake/addresses.py; and the script of its page, which browser/scripts names.
PAGE: Final = "9"
SCRIPT: Final = "10.js"

# Of one request, with its headers below 12,000 bytes. What may be longer comes in pieces.
PIECE: Final = 8 * 1024
# What somebody says, padded; longer things are cut up by the client.
LARGEST_MESSAGE: Final = PIECE
LARGEST_PACKAGE: Final = PIECE
# In pieces: a commit of a circle of 25 with post-quantum keys, a welcome with the tree in it
# (measured in docs/spec/circles-server.md), and all rooms of a device that moves.
LARGEST_COMMIT: Final = 96 * 1024
LARGEST_WELCOME: Final = 160 * 1024
LARGEST_STASH: Final = 2 * 1024 * 1024
# A knock has one length, so that its size says nothing about who knocks.
KNOCK: Final = 8 * 1024
NONCE: Final = 32
SIGNATURE: Final = 256
MODULUS: Final = 256
INVITED: Final = NONCE + SIGNATURE + KNOCK

_ID: Final = "[0-9a-f]{32}"
_DIGEST: Final = "[0-9a-f]{64}"
_PART: Final = "[0-9]{1,3}"
# A test holds these against what the views take.
BODIES: Final = (
    (re.compile(rf"/circle/{_ID}/commit"), "POST", PIECE),
    (re.compile(rf"/circle/{_ID}/message"), "POST", LARGEST_MESSAGE),
    (re.compile(rf"/circle/{_ID}/batch"), "POST", MODULUS),
    (re.compile(rf"/invitation/{_ID}"), "POST", INVITED),
    (re.compile(rf"/landing/{_ID}/package"), "POST", LARGEST_PACKAGE),
    (re.compile(rf"/landing/{_ID}/last-resort"), "POST", LARGEST_PACKAGE),
    (re.compile(rf"/landing/{_ID}/welcome"), "POST", PIECE),
    (re.compile(rf"/circle/{_ID}/piece/{_DIGEST}/{_PART}"), "POST", PIECE),
    (re.compile(rf"/landing/{_ID}/piece/{_DIGEST}/{_PART}"), "POST", PIECE),
    (re.compile(rf"/stash/{_ID}/piece/{_PART}"), "POST", PIECE),
)


def has_circles() -> bool:
    """Whether the operator asked for circles."""
    return os.environ.get(CIRCLES) == "1"
