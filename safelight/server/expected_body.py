"""What of a body is believed before it has come: its kind, and how long it may be where it goes.

Whoever announces more than an address takes, or anything where none is taken, is answered
at once by the head: waiting would only hold a connection, and room on the disk.
"""

from __future__ import annotations

import re
from typing import Final

from safelight.circles.addresses import BODIES as CIRCLE_BODIES
from safelight.circles.addresses import has_circles
from safelight.intake.configuration import limits
from safelight.sealing.deposit_file import LARGEST_DEPOSIT
from safelight.sealing.envelope import PADDED_SIZES

# A test holds these against what the views take.
_FIXED: Final = (
    (re.compile(r"/mailbox/[0-9a-f]{32}"), "POST", PADDED_SIZES[-1]),
    (re.compile(r"/upload/[0-9a-f]{32}"), "PATCH", 16 * 1024),
    (re.compile(r"/(?:collect|team)/acknowledge"), "POST", 64 * 1024),
    (re.compile(r"/collect/answer/[0-9a-f]{32}"), "POST", PADDED_SIZES[1]),
    (re.compile(r"/team/[a-z0-9-]{1,32}"), "POST", PADDED_SIZES[-1]),
)
_PAGE: Final = re.compile(r"/(?:ru|en)/[a-z0-9]{1,20}")
_LONGEST_TEXT: Final = 256 * 1024
# What a browser puts around a sealed file.
_AROUND: Final = 4096

_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
# RFC 2046, section 5.1.1, without the blank, which no browser uses.
_BOUNDARY: Final = re.compile(
    r';\s*boundary=(?:"([0-9A-Za-z\'()+_,./:=?-]{1,70})"|([0-9A-Za-z\'+_.-]{1,70}))\s*(?:;|$)',
    re.IGNORECASE,
)


def longest_body(method: str, path: str, content_type: str) -> int:
    """Return the most bytes that this address takes; 0 where it takes no body."""
    for address, its_method, most in (*_FIXED, *(CIRCLE_BODIES if has_circles() else ())):
        if address.fullmatch(path):
            return most if method == its_method else 0
    if method != "POST" or not _PAGE.fullmatch(path):
        return 0
    if content_type.startswith("multipart/form-data"):
        return max(limits().largest_file, LARGEST_DEPOSIT + _AROUND)
    return _LONGEST_TEXT


def plain_type(untrusted: str) -> str:
    """Return the media type in lower case and the boundary of a form, and nothing else of it.

    Other parameters name codecs that Python would look up: some of them are no text
    encodings and break the request, and what a form is written in we have said ourselves.
    """
    kind, _, parameters = untrusted.partition(";")
    kind = kind.strip().lower()
    if not _TYPE.fullmatch(kind):
        return ""
    found = _BOUNDARY.search(f";{parameters}")
    return f'{kind}; boundary="{found[1] or found[2]}"' if found else kind
