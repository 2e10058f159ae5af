"""Runs in the sandbox. What a file is, by its first bytes; never by its name."""

from __future__ import annotations

import re
from typing import Final

from safelight.evidence.sandbox.wire import FileKind

_PICTURES: Final = (
    re.compile(rb"\xff\xd8\xff"),
    re.compile(rb"\x89PNG\r\n\x1a\n"),
    re.compile(rb"GIF8[79]a"),
    re.compile(rb"RIFF....WEBP", re.DOTALL),
    re.compile(rb"....ftyp(?:avif|avis)", re.DOTALL),
    re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL),
)
_FILMS: Final = (
    re.compile(rb"....ftyp(?!avif|avis|hei|mif1|msf1)", re.DOTALL),  # MP4, MOV, 3GP
    re.compile(rb"\x1a\x45\xdf\xa3"),  # Matroska, WebM
)
_ZIP: Final = re.compile(rb"PK(?:\x03\x04|\x05\x06)")
_ZIP_END: Final = b"PK\x05\x06"
_FURTHEST_ZIP_END: Final = 22 + 65535
_PDF: Final = b"%PDF-"
# Readers take a PDF whose header comes this late (ISO 32000-1, Annex H, note 13).
_LATEST_PDF: Final = 1024
_MARKUP: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|\?xml|!--|svg)", re.IGNORECASE)
_ACTIVE: Final = re.compile(rb"<(?:script|html|svg|\?php)[\s>]", re.IGNORECASE)
_ODT: Final = b"application/vnd.oasis.opendocument.text"


def kind_of(head: bytes, members: frozenset[str]) -> FileKind:  # noqa: PLR0911  # a table
    """Return what a file is. `head`: its first 64 KiB; `members`: names, if it is a ZIP file."""
    if any(magic.match(head) for magic in _PICTURES):
        return FileKind.PICTURE
    if head.startswith(_PDF):
        return FileKind.PDF
    if any(magic.match(head) for magic in _FILMS):
        return FileKind.FILM
    if _ZIP.match(head):
        if "word/document.xml" in members:
            return FileKind.DOCX
        if _ODT in head[:256] or {"content.xml", "META-INF/manifest.xml"} <= members:
            return FileKind.ODT
        return FileKind.ARCHIVE
    return _written_kind(head)


def _written_kind(head: bytes) -> FileKind:
    text = as_text(head)
    if text is None:
        return FileKind.PDF if _PDF in head[:_LATEST_PDF] else FileKind.UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace")
    if _MARKUP.match(start):
        is_drawing = re.search(rb"<(?:\w+:)?svg[\s>]", start[:8192], re.IGNORECASE)
        is_page = re.search(rb"<(?:!doctype\s+html|html|body)", start[:8192], re.IGNORECASE)
        return FileKind.DRAWING if is_drawing and not is_page else FileKind.MARKUP
    return FileKind.PDF if _PDF in head[:_LATEST_PDF] else FileKind.TEXT


def is_two_things(kind: FileKind, head: bytes, tail: bytes) -> bool:
    """Whether another program would take the same bytes for something else as well."""
    zipped = kind in {FileKind.DOCX, FileKind.ODT, FileKind.ARCHIVE}
    written = kind in {FileKind.TEXT, FileKind.MARKUP, FileKind.DRAWING, FileKind.CHAT}
    return (
        (kind is not FileKind.PDF and _PDF in head[:_LATEST_PDF])
        or (not zipped and _ZIP_END in tail[-_FURTHEST_ZIP_END:])
        or (not written and _ACTIVE.search(head[:_LATEST_PDF]) is not None)
        or (kind is FileKind.PDF and not head.startswith(_PDF))
    )


def as_text(untrusted: bytes) -> str | None:
    """Return text in the encoding its bytes show, or None if they are no text."""
    if untrusted.startswith((b"\xff\xfe", b"\xfe\xff")):
        return untrusted.decode("utf-16", "replace")
    if b"\0" in untrusted:
        return None
    try:
        return untrusted.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Cut in the middle of its last character.
        if error.start >= len(untrusted) - 3:
            return untrusted[: error.start].decode("utf-8-sig")
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in untrusted)
    if controls > len(untrusted) // 100:
        return None
    # Old Russian exports; VK's are in it to this day.
    return untrusted.decode("cp1251", "replace")
