"""Runs in the sandbox. The words of HTML, SVG and plain text, and what they would have done."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.inside.sniffing import as_text
from safelight.evidence.sandbox.wire import Note, Stop

_LARGEST: Final = 32 * 1024 * 1024
_SILENT: Final = frozenset({"script", "style", "template", "noscript", "iframe", "object"})
_BREAKS: Final = frozenset(
    (
        "p",
        "div",
        "br",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "blockquote",
        "pre",
        "table",
        "title",
        "text",
    )
)
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_LINK: Final = re.compile(
    r"""(?:src|data|action|background|poster|srcset|xlink:href|href)\s*=\s*["']?\s*"""
    r"""(?:[a-z][a-z0-9+.-]*:)?//""",
    re.IGNORECASE,
)
_STYLE_LINK: Final = re.compile(r"(?:url\(|@import)\s*[\"']?\s*(?:[a-z]+:)?//", re.IGNORECASE)
_ENTITY: Final = re.compile(r"<!ENTITY|<!DOCTYPE[^>\[]*(?:SYSTEM|\[)", re.IGNORECASE)
_SCRIPT: Final = re.compile(r"<(?:\w+:)?script[\s>/]|\son[a-z]+\s*=|javascript:", re.IGNORECASE)


def show_text(untrusted: bytes, showing: Showing) -> None:
    """Show plain text."""
    showing.add_text(_text_of(untrusted))


def show_markup(untrusted: bytes, showing: Showing) -> None:
    """Show the words of a page, in their order, and note what would have run or been fetched."""
    source = _text_of(untrusted)
    note_what_it_does(source, showing)
    showing.notes.add(Note.TEXT_ONLY)
    showing.add_text(words_of(source))


def note_what_it_does(source: str, showing: Showing) -> None:
    """Note scripts, references and entities in a source."""
    if _SCRIPT.search(source):
        showing.notes.add(Note.SCRIPT)
    if _LINK.search(source) or _STYLE_LINK.search(source) or _ENTITY.search(source):
        showing.notes.add(Note.REFERS_OUTSIDE)


def words_of(source: str) -> str:
    """Return the text of HTML or SVG, one block a line; entities of a document stay as they are."""
    reader = _Words()
    reader.feed(source)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)


def _text_of(untrusted: bytes) -> str:
    if len(untrusted) > _LARGEST:
        raise Stopped(Stop.TOO_LARGE)
    text = as_text(untrusted)
    if text is None:
        raise Stopped(Stop.DAMAGED)
    return text


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            # What was left open within it ends here too.
            del self._silent[self._silent.index(tag) :]
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(_SPACES.sub(" ", data))
