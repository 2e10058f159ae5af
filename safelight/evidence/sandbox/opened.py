"""A hostile file as the desk may see it: pixels, plain text, names and codes, all bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

from safelight.evidence.sandbox.wire import FileKind, Line, MemberFlag, Note


@dataclass(frozen=True)
class Word:
    """A word that the file itself says stands here: pixels from the page's left and top."""

    left: int
    top: int
    right: int
    bottom: int
    text: str = field(repr=False)


@dataclass(frozen=True)
class Page:
    """A page, picture or frame. `pixels`: RGB, 8 bits, row by row, 3 × width × height bytes."""

    number: int  # from 0
    width: int
    height: int
    pixels: bytes = field(repr=False)
    words: tuple[Word, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Member:
    """A file in an archive. `size`: bytes, as the archive says or as was counted."""

    number: int
    name: str = field(repr=False)
    size: int
    flags: frozenset[MemberFlag]


@dataclass(frozen=True)
class Message:
    """A line of an exported conversation. `local_time`: as the export writes it, without zone,
    `2026-11-22T14:03:11` or ""; `unix_time`: seconds, where the export says so.
    """

    author: int | None  # place in `Conversation.authors`
    kind: Line
    local_time: str
    unix_time: int | None
    text: str = field(repr=False)


@dataclass(frozen=True)
class Conversation:
    """An exported conversation. `program`: telegram-json, telegram-html, whatsapp or vk."""

    program: str
    authors: tuple[str, ...] = field(repr=False)
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Opened:
    """What was in a file. `sha256`: of its bytes, hex. `page_count`: also those not rendered."""

    sha256: str
    kind: FileKind
    notes: frozenset[Note]
    page_count: int
    pages: tuple[Page, ...]
    text: str = field(repr=False)
    members: tuple[Member, ...]
    conversation: Conversation | None
