"""Runs in the sandbox. How much of a file is shown, and how it is handed out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO

from PIL import Image

from safelight.evidence.sandbox.wire import (
    HEAD,
    KINDS,
    NOTE,
    NOTES,
    PAGE,
    WORD,
    FileKind,
    Note,
    Stop,
    write_part,
)


class Stopped(Exception):  # noqa: N818  # the end of a parse, with its code
    """Nothing can be shown, and why."""

    def __init__(self, why: Stop) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Budget:
    """What may come out. Lengths in characters and pixels.

    `declared_pixels`: of a picture as it says of itself, before it is decoded.
    """

    first_page: int
    pages: int
    page_pixels: int
    all_pixels: int
    longest_side: int
    declared_pixels: int
    text: int
    words: int
    members: int
    member: int | None = None  # take this member of an archive out
    member_size: int = 0


@dataclass
class Showing:
    """Collects what is shown and writes it out, page by page."""

    out: IO[bytes]
    budget: Budget
    kind: FileKind
    pages: int = 0
    notes: set[Note] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    _pixels_left: int = 0
    _text_left: int = 0
    _words_left: int = 0

    def __post_init__(self) -> None:
        self._pixels_left = self.budget.all_pixels
        self._text_left = self.budget.text
        self._words_left = self.budget.words

    @property
    def wanted(self) -> range:
        """The numbers of the pages that are asked for, as far as there are that many."""
        first = self.budget.first_page
        return range(first, min(self.pages, first + self.budget.pages))

    def add_text(self, text: str) -> bool:
        """Add text; False when there is no room for more."""
        self.text.append(text[: self._text_left])
        if len(text) > self._text_left:
            self.notes.add(Note.CUT)
        self._text_left -= len(self.text[-1])
        return self._text_left > 0

    def add_page(self, number: int, image: Image.Image) -> tuple[float, float]:
        """Write a page, scaled down if it is too large; return by how much, across and down.

        Zero: there was no room for it.
        """
        width, height = image.size
        scale = min(
            1.0,
            self.budget.longest_side / max(width, height),
            (self.budget.page_pixels / (width * height)) ** 0.5,
        )
        if scale < 1.0:
            self.notes.add(Note.SCALED_DOWN)
            size = max(1, int(width * scale)), max(1, int(height * scale))
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        self._pixels_left -= image.width * image.height
        if self._pixels_left < 0:
            # Not this one and none after it: the person asks for the rest by its number.
            self.notes.add(Note.MORE_PAGES)
            return 0.0, 0.0
        rgb = image if image.mode == "RGB" else image.convert("RGB")
        write_part(self.out, b"PAGE", PAGE.pack(number, *rgb.size), rgb.tobytes())
        return rgb.width / width, rgb.height / height

    def add_word(self, page: int, box: tuple[int, int, int, int], text: str) -> None:
        """Say which word stands where, as long as there is room."""
        if self._words_left:
            self._words_left -= 1
            write_part(self.out, b"WORD", WORD.pack(page, *box), text[:200].encode())
        else:
            self.notes.add(Note.CUT)

    def finish(self) -> None:
        """Write what is known only at the end."""
        if len(self.wanted) < self.pages:
            self.notes.add(Note.MORE_PAGES)
        write_part(self.out, b"HEAD", HEAD.pack(KINDS.index(self.kind), self.pages))
        for note in sorted(self.notes):
            write_part(self.out, b"NOTE", NOTE.pack(NOTES.index(note)))
        if self.text:
            whole = "".join(self.text).encode("utf-8", "replace")
            write_part(self.out, b"TEXT", whole)
