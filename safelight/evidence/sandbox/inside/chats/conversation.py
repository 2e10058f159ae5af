"""Runs in the sandbox. An exported conversation, whichever messenger wrote it. Pure: text in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from safelight.evidence.sandbox.wire import Line

MOST_MESSAGES: Final = 50_000
MOST_AUTHORS: Final = 500
MOST_TEXT: Final = 8_000  # characters of one message
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


class NotThisProgram(Exception):  # noqa: N818  # an answer, not a fault
    """The file is no export of this program; another reader may know it."""


@dataclass(frozen=True)
class Said:
    """A line of the conversation; `author` is a place in `Talk.authors`."""

    author: int | None
    kind: Line
    local_time: str
    unix_time: int | None
    text: str


@dataclass
class Talk:
    """A conversation while it is read. Two people of one name stay one where only names are given.

    `was_cut`: there was more; `skipped`: lines that were not understood, which are counted and
    never guessed.
    """

    program: str
    authors: list[str] = field(default_factory=list)
    lines: list[Said] = field(default_factory=list)
    was_cut: bool = False
    skipped: int = 0
    _places: dict[str, int] = field(default_factory=dict)

    def author(self, name: object, key: object = None) -> int | None:
        """The place of an author; `key` tells apart people of one name."""
        shown = name.strip()[:200] if isinstance(name, str) else ""
        known = key if isinstance(key, str) and key else shown
        if not known:
            return None
        if known not in self._places:
            if len(self.authors) >= MOST_AUTHORS:
                self.was_cut = True
                return None
            self._places[known] = len(self.authors)
            self.authors.append(shown or "?")
        return self._places[known]

    def add(self, author: int | None, kind: Line, local: str, unix: int | None, text: str) -> bool:
        """Add a line; False when there is no room for more."""
        if len(self.lines) >= MOST_MESSAGES:
            self.was_cut = True
            return False
        self.was_cut |= len(text) > MOST_TEXT
        good = local if _LOCAL.fullmatch(local) else ""
        self.lines.append(Said(author, kind, good, unix, text[:MOST_TEXT]))
        return True
