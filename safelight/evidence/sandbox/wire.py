"""What passes from the sandbox to the desk: numbers, raw pixels and text, each with its length.

Both sides import this module. Each part is four letters, a length, and a body of fixed layout:
nothing in it needs a parser that a stranger could attack.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import IO, Final

from safelight.evidence.sandbox.problems import SandboxError

PART: Final = struct.Struct(">4sI")
HEAD: Final = struct.Struct(">II")  # kind (its place in FileKind), pages in all
NOTE: Final = struct.Struct(">I")
PAGE: Final = struct.Struct(">III")  # number from 0, width, height; then RGB, row by row
WORD: Final = struct.Struct(">Iiiii")  # page, left, top, right, bottom in its pixels; then text
MEMBER: Final = struct.Struct(">QII")  # size unpacked, place in the list, flags; then the name
MESSAGE: Final = struct.Struct(">IIq19s")  # author, kind, Unix time or NO_TIME, local time; text

NO_TIME: Final = -(2**62)
LARGEST_PART: Final = 160 * 1024 * 1024


class FileKind(StrEnum):
    """What a file is taken for, by its bytes."""

    PICTURE = "picture"
    PDF = "pdf"
    DRAWING = "drawing"  # SVG
    FILM = "film"
    DOCX = "docx"
    ODT = "odt"
    MARKUP = "markup"  # HTML
    TEXT = "text"
    ARCHIVE = "archive"
    CHAT = "chat"
    UNKNOWN = "unknown"


class Note(StrEnum):
    """What a person should know of a file before believing what is shown."""

    ALSO_SOMETHING_ELSE = "also-something-else"  # its bytes are those of a second type as well
    BYTES_AFTER_THE_END = "bytes-after-the-end"
    SCALED_DOWN = "scaled-down"
    MORE_PAGES = "more-pages"
    CUT = "cut"  # text or a list that is longer than what is shown
    TEXT_ONLY = "text-only"  # the layout is not shown
    SCRIPT = "script"  # a script, macro or action that did not run
    ATTACHMENT = "attachment"  # a file within the file
    REFERS_OUTSIDE = "refers-outside"  # something elsewhere, which was not fetched
    DAMAGED = "damaged"
    LOCKED = "locked"  # a password is needed
    SEVERAL_REVISIONS = "several-revisions"


class MemberFlag(StrEnum):
    """What is wrong with a member of an archive."""

    LEADS_OUTSIDE = "leads-outside"  # an absolute path, or one with ..
    LINK = "link"
    LOCKED = "locked"
    OVERLAPS = "overlaps"  # shares its bytes with another member, as bombs do
    ENORMOUS = "enormous"
    ARCHIVE = "archive"
    FOLDER = "folder"


class Line(StrEnum):
    """What a line of a conversation is."""

    MESSAGE = "message"
    EVENT = "event"  # somebody joined, called, was removed
    MEDIA = "media"  # a photo, film or file, which is named and not shown


class Stop(StrEnum):
    """Why nothing is shown."""

    UNKNOWN = "unknown"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    LOCKED = "locked"
    EMPTY = "empty"


KINDS: Final = tuple(FileKind)
NOTES: Final = tuple(Note)
MEMBER_FLAGS: Final = tuple(MemberFlag)
LINES: Final = tuple(Line)
STOPS: Final = tuple(Stop)


def write_part(out: IO[bytes], name: bytes, *pieces: bytes) -> None:
    """Write one part; `name` has four letters."""
    out.write(PART.pack(name, sum(len(piece) for piece in pieces)))
    for piece in pieces:
        out.write(piece)


def parts(untrusted: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the parts. Raises `SandboxError` unless the last one is `DONE`, and nothing follows."""
    view, at = memoryview(untrusted), 0
    while at + PART.size <= len(view):
        name, length = PART.unpack_from(view, at)
        at += PART.size
        if length > LARGEST_PART or at + length > len(view):
            break
        if name == b"DONE":
            if length == 0 and at == len(view):
                return
            break
        yield name, view[at : at + length]
        at += length
    raise SandboxError(
        "what came out of the sandbox is cut off or malformed; nothing of it is shown"
    )
