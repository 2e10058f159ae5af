"""Open a hostile file: it is parsed in the sandbox, and what comes out is checked here.

`open_hostile(path)` is the one way a stranger's picture, PDF, document, chat or archive is looked
at on a desk. The file's name is not asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

import safelight
from safelight.evidence.sandbox import wire
from safelight.evidence.sandbox.bounded_output import Ended
from safelight.evidence.sandbox.confinement import MIB, Kind, Limits, run_in_sandbox
from safelight.evidence.sandbox.inside.budget import Budget
from safelight.evidence.sandbox.inside.chats.conversation import (
    MOST_AUTHORS,
    MOST_MESSAGES,
    MOST_TEXT,
)
from safelight.evidence.sandbox.opened import Conversation, Member, Message, Opened, Page, Word
from safelight.evidence.sandbox.problems import CannotBeShown, NotShown, SandboxError
from safelight.evidence.sandbox.wire import FileKind, MemberFlag, Note, Stop

LARGEST_MEMBER: Final = 64 * MIB
MOST_PAGES: Final = 12  # at a time
# A whole page of the web is tall; a photo of a telephone has 12 to 50 million pixels.
_PAGE_PIXELS: Final = 30_000_000
_ALL_PIXELS: Final = 72_000_000
_LIMITS: Final = Limits(
    patience=90,
    cpu_seconds=60,
    memory=3 * 1024 * MIB,
    processes=64,  # threads; new processes are refused
    scratch=320 * MIB,
    file=320 * MIB,
    output=_ALL_PIXELS * 3 + 96 * MIB,
)
_BUDGET: Final = Budget(
    first_page=0,
    pages=MOST_PAGES,
    page_pixels=_PAGE_PIXELS,
    all_pixels=_ALL_PIXELS,
    longest_side=30_000,
    declared_pixels=200_000_000,
    text=2_000_000,
    words=20_000,
    members=2000,
)
_START: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from safelight.evidence.sandbox.inside.worker import main; main()"
)
_MOST_PARTS: Final = 200_000
_WHY: Final = {
    Stop.UNKNOWN: "its bytes are of no type that is opened here",
    Stop.TOO_LARGE: "it is larger, or unpacks to more, than is opened here",
    Stop.DAMAGED: "it is damaged, or made to look like what it is not",
    Stop.LOCKED: "it needs a password",
    Stop.EMPTY: "there is nothing in it",
}
_PROGRAMS: Final = ("telegram-json", "telegram-html", "whatsapp", "vk")
# What a terminal obeys, what hides or turns text around, and what nobody sees: tags, selectors and
# spaces without width carry a message of their own, or whose copy it was.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    "\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners have a use between letters of other scripts, and within composed pictures.
_JOINED: Final = "\u0590-\u1fff\u2190-\ud7ff\U00010000-\U0001faff"
_USELESS_JOINER: Final = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
# Longer than what our own worker writes: nothing is decoded of it.
_LONGEST_BODY: Final = {
    b"HEAD": wire.HEAD.size, b"NOTE": wire.NOTE.size, b"TALK": 32, b"STOP": 1,
    b"WORD": wire.WORD.size + 4 * 200, b"MEMB": wire.MEMBER.size + 4 * 500, b"NAME": 4 * 200,
    b"MESG": wire.MESSAGE.size + 4 * MOST_TEXT, b"TEXT": 4 * _BUDGET.text,
}  # fmt: skip
_MOST_TEXT_OF_ALL: Final = 96 * MIB  # chats of 32 MiB come in encodings of half the size


def open_hostile(file: Path, *, first_page: int = 0, pages: int = MOST_PAGES) -> Opened:
    """Return what may be seen of a file: at most `pages` pages or frames from `first_page` on.

    Raises `CannotBeShown` with the reason, `SandboxUnavailable` where there is no sandbox, and
    `SandboxError` when what came out was not as agreed.
    """
    asked = {**asdict(_BUDGET), "first_page": first_page, "pages": max(0, min(pages, MOST_PAGES))}
    opened, _ = _opened(file, Budget(**asked))
    return opened


def member_of(file: Path, number: int) -> bytes:
    """Return the bytes of one member of an archive, at most `LARGEST_MEMBER`: as hostile as the
    archive, and to be opened in the same way. Raises as `open_hostile` does.
    """
    asked = {**asdict(_BUDGET), "pages": 0, "member": number, "member_size": LARGEST_MEMBER}
    _, untrusted = _opened(file, Budget(**asked))
    if untrusted is None:
        raise CannotBeShown("the file is no archive, so it has no members")
    return untrusted


def _opened(file: Path, budget: Budget) -> tuple[Opened, bytes | None]:
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        untrusted = _run(source, budget)
    return _checked(untrusted, digest, budget)


def _run(source: IO[bytes], budget: Budget) -> bytes:
    package = Path(safelight.__file__).parent
    # -I: neither the environment nor the folder it starts in decides what is imported.
    python = [sys.executable, "-I", "-B", "-c", _START]
    program = [*python, str(package.parent), json.dumps(asdict(budget))]
    needed = {Path(sys.prefix), Path(sys.base_prefix), package}
    outcome = run_in_sandbox(
        program,
        kind=Kind.PARSER,
        limits=_LIMITS,
        readable=sorted(path for path in needed if not path.is_relative_to("/usr")),
        stdin=source,
    )
    if outcome.ended is Ended.OUT_OF_TIME:
        raise CannotBeShown("reading this file took too long, so it was stopped; it stays sealed")
    if outcome.ended is not Ended.DONE:
        raise CannotBeShown(
            f"what reads this file was stopped by its limits or broke (status {outcome.status}); "
            "it stays sealed"
        )
    return outcome.untrusted_output


class _Checking:
    """Takes parts one by one; each is checked against what was asked for."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.kind: FileKind | None = None
        self.page_count = 0
        self.notes: set[Note] = set()
        self.pages: dict[int, Page] = {}
        self.words: dict[int, list[Word]] = {}
        self.text = ""
        self.members: list[Member] = []
        self.member: bytes | None = None
        self.program: str | None = None
        self.authors: list[str] = []
        self.messages: list[Message] = []
        self._pixels_left = budget.all_pixels
        self._words_left = budget.words
        self._text_left = _MOST_TEXT_OF_ALL

    def take(self, name: bytes, body: memoryview) -> None:
        if len(body) > _LONGEST_BODY.get(name, wire.LARGEST_PART):
            raise ValueError
        if name not in {b"PAGE", b"BYTE"}:
            self._text_left -= len(body)
            if self._text_left < 0:
                raise ValueError
        takers = {
            b"HEAD": self._head, b"NOTE": self._note, b"PAGE": self._page, b"WORD": self._word,
            b"TEXT": self._text, b"MEMB": self._member, b"BYTE": self._bytes, b"TALK": self._talk,
            b"NAME": self._name, b"MESG": self._message, b"STOP": self._stop,
        }  # fmt: skip
        takers[name](body)

    def _stop(self, body: memoryview) -> None:
        why = wire.STOPS[body[0]]
        raise NotShown(f"this file cannot be shown: {_WHY[why]}; it stays sealed", why.value)

    def _head(self, body: memoryview) -> None:
        kind, self.page_count = wire.HEAD.unpack(body)
        self.kind = wire.KINDS[kind]

    def _note(self, body: memoryview) -> None:
        self.notes.add(wire.NOTES[wire.NOTE.unpack(body)[0]])

    def _page(self, body: memoryview) -> None:
        number, width, height = wire.PAGE.unpack_from(body)
        pixels = body[wire.PAGE.size :]
        budget = self._budget
        wanted = budget.first_page <= number < budget.first_page + budget.pages
        fits = 0 < width * height <= budget.page_pixels + budget.longest_side
        self._pixels_left -= width * height
        fits = fits and self._pixels_left >= 0
        if not wanted or not fits or len(pixels) != 3 * width * height or number in self.pages:
            raise ValueError
        self.pages[number] = Page(number, width, height, bytes(pixels))

    def _word(self, body: memoryview) -> None:
        number, *box = wire.WORD.unpack_from(body)
        page = self.pages[number]
        self._words_left -= 1
        if self._words_left < 0:
            raise ValueError
        left, top, right, bottom = box
        inside = 0 <= left < right <= page.width and 0 <= top < bottom <= page.height
        if inside and (said := _line(body[wire.WORD.size :], 200)):
            self.words.setdefault(number, []).append(Word(left, top, right, bottom, said))

    def _text(self, body: memoryview) -> None:
        if self.text:
            raise ValueError
        self.text = _clean(str(body, "utf-8"))[: self._budget.text]

    def _member(self, body: memoryview) -> None:
        size, number, bits = wire.MEMBER.unpack_from(body)
        if number != len(self.members) or number >= self._budget.members:
            raise ValueError
        flags = frozenset(flag for at, flag in enumerate(MemberFlag) if bits >> at & 1)
        name = _line(body[wire.MEMBER.size :], 500)
        self.members.append(Member(number, name, size, flags))

    def _bytes(self, body: memoryview) -> None:
        if self._budget.member is None or len(body) > self._budget.member_size:
            raise ValueError
        self.member = bytes(body)

    def _talk(self, body: memoryview) -> None:
        self.program = _PROGRAMS[_PROGRAMS.index(str(body, "ascii"))]

    def _name(self, body: memoryview) -> None:
        if len(self.authors) >= MOST_AUTHORS:
            raise ValueError
        self.authors.append(_line(body, 200) or "?")

    def _message(self, body: memoryview) -> None:
        author, kind, moment, local = wire.MESSAGE.unpack_from(body)
        if author > len(self.authors) or len(self.messages) >= MOST_MESSAGES:
            raise ValueError
        self.messages.append(
            Message(
                author - 1 if author else None,
                wire.LINES[kind],
                _line(memoryview(local), 19),
                None if moment == wire.NO_TIME else moment,
                _clean(str(body[wire.MESSAGE.size :], "utf-8")),
            )
        )


def _checked(untrusted: bytes, digest: str, budget: Budget) -> tuple[Opened, bytes | None]:
    checking = _Checking(budget)
    try:
        for at, (name, body) in enumerate(wire.parts(untrusted)):
            if at > _MOST_PARTS:
                raise ValueError  # noqa: TRY301  # one way out for all that is malformed
            checking.take(name, body)
        if checking.kind is None:
            raise ValueError  # noqa: TRY301
    except (ValueError, LookupError, struct.error):
        raise SandboxError(
            "what came out of the sandbox is not as agreed; nothing of it is shown. Whoever made "
            "the file may know of a fault in what reads it: keep it sealed and tell the operator"
        ) from None
    pages = tuple(
        Page(
            page.number, page.width, page.height, page.pixels, tuple(checking.words.get(number, ()))
        )
        for number, page in sorted(checking.pages.items())
    )
    conversation = None
    if checking.program is not None:
        conversation = Conversation(
            checking.program, tuple(checking.authors), tuple(checking.messages)
        )
    opened = Opened(
        sha256=digest,
        kind=checking.kind,
        notes=frozenset(checking.notes),
        page_count=checking.page_count,
        pages=pages,
        text=checking.text,
        members=tuple(checking.members),
        conversation=conversation,
    )
    return opened, checking.member


def _line(body: memoryview, most: int) -> str:
    return " ".join(_clean(str(body, "utf-8", "replace"))[:most].split())


def _clean(text: str) -> str:
    """Without what a terminal or a page would obey, or what nobody sees."""
    return _USELESS_JOINER.sub("", _UNSEEN.sub("", text.replace("\r\n", "\n")))
