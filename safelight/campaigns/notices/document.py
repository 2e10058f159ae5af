"""A notice as parts in order. The three outputs are made of this and of nothing else.

Texts in it are data: no part is read as markup by anything that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A numbered list. `code`: addresses or digests, shown so that every letter can be told."""

    items: tuple[str, ...] = field(repr=False)
    code: bool = False


Part: TypeAlias = Heading | Paragraph | Items


@dataclass(frozen=True, slots=True)
class Document:
    """What the recipient reads. `sender` and `recipient` are lines of an address."""

    language: str
    title: str
    day: date
    recipient: tuple[str, ...] = field(repr=False)
    sender: tuple[str, ...] = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    signature: tuple[str, ...] = field(repr=False)

    @property
    def day_shown(self) -> str:
        return f"{self.day:%d.%m.%Y}" if self.language == "ru" else f"{self.day:%Y-%m-%d}"
