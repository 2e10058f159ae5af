"""Runs in the sandbox. DOCX and ODT: their words and pictures, by a small reader of our own.

The layout is not shown, and no macro, template, link or object is followed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Final
from xml.parsers import expat

from safelight.evidence.sandbox.inside.archives import BROKEN, member_bytes
from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.inside.pictures import picture_of
from safelight.evidence.sandbox.inside.sniffing import kind_of
from safelight.evidence.sandbox.wire import FileKind, Note, Stop

_LARGEST_XML: Final = 24 * 1024 * 1024
_LARGEST_PICTURE: Final = 32 * 1024 * 1024
_MOST_PICTURES: Final = 200
_WORDS_OF_DOCX: Final = re.compile(
    r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml"
)
_OUTSIDE: Final = re.compile(rb"TargetMode\s*=\s*[\"']External|attachedTemplate")
_OUTSIDE_ODT: Final = re.compile(rb"href\s*=\s*[\"']\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# Names without their namespace: which prefix stands for which is the file's own choice.
_BEFORE: Final = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " "}
_AFTER: Final = {"p": "\n", "h": "\n", "tc": "\t", "table-cell": "\t", "tr": "\n"}
_CHANGES: Final = frozenset({"del", "ins", "moveFrom", "moveTo", "tracked-changes"})
_HIDDEN: Final = frozenset({"del", "moveFrom", "tracked-changes", "instrText", "delText"})


def show_docx(archive: zipfile.ZipFile, showing: Showing) -> None:
    """Show the words and pictures of a DOCX file."""
    names = archive.namelist()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        showing.notes.add(Note.SCRIPT)
    if any(name.startswith("word/embeddings/") for name in names):
        showing.notes.add(Note.ATTACHMENT)
    for name in [name for name in names if name.endswith(".rels")][:100]:
        if _OUTSIDE.search(_member(archive, name)):
            showing.notes.add(Note.REFERS_OUTSIDE)
    words = sorted(
        (name for name in names if _WORDS_OF_DOCX.fullmatch(name)),
        key=lambda name: (name != "word/document.xml", name),
    )
    # In Word the text of a paragraph is only what stands in <w:t>.
    _show(archive, words, showing, text_in=frozenset({"t"}))
    _show_pictures(archive, (name for name in names if name.startswith("word/media/")), showing)


def show_odt(archive: zipfile.ZipFile, showing: Showing) -> None:
    """Show the words and pictures of an ODT file."""
    names = archive.namelist()
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        showing.notes.add(Note.SCRIPT)
    if any(name.startswith("Object ") for name in names):
        showing.notes.add(Note.ATTACHMENT)
    if _OUTSIDE_ODT.search(_member(archive, "content.xml")):
        showing.notes.add(Note.REFERS_OUTSIDE)
    _show(archive, ["content.xml"], showing, text_in=frozenset({"p", "h"}))
    _show_pictures(archive, (name for name in names if name.startswith("Pictures/")), showing)


def _show(
    archive: zipfile.ZipFile, names: Iterable[str], showing: Showing, *, text_in: frozenset[str]
) -> None:
    showing.notes.add(Note.TEXT_ONLY)
    for name in names:
        reader = _Words(showing.add_text, text_in)
        reader.read(_member(archive, name))
        if reader.was_changed:
            showing.notes.add(Note.SEVERAL_REVISIONS)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        info = archive.getinfo(name)
    except BROKEN:
        raise Stopped(Stop.DAMAGED) from None
    return member_bytes(archive, info, most=_LARGEST_XML)


def _show_pictures(archive: zipfile.ZipFile, names: Iterable[str], showing: Showing) -> None:
    found = []
    for name in names:
        with archive.open(name) as member:
            if kind_of(member.read(64), frozenset()) is FileKind.PICTURE:
                found.append(name)
    showing.pages = min(len(found), _MOST_PICTURES)
    for number in showing.wanted:
        data = member_bytes(archive, archive.getinfo(found[number]), most=_LARGEST_PICTURE)
        showing.add_page(number, picture_of(io.BytesIO(data), showing))


class _Full(Exception):  # noqa: N818  # ends a parse early
    pass


class _Words:
    """Text of a document's XML. A document type is refused: it could declare entities."""

    def __init__(self, add: Callable[[str], bool], text_in: frozenset[str]) -> None:
        self._add = add
        self._text_in = text_in
        self._within = 0
        self._hidden = 0
        self.was_changed = False

    def read(self, untrusted: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(untrusted, True)
        except expat.ExpatError:
            raise Stopped(Stop.DAMAGED) from None
        except _Full:
            return

    def _refuse(self, *_: object) -> None:
        raise Stopped(Stop.DAMAGED)

    def _start(self, name: str, _: object) -> None:
        local = name.rpartition(" ")[2]
        self.was_changed |= local in _CHANGES
        self._hidden += local in _HIDDEN
        self._within += local in self._text_in
        if local in _BEFORE and not self._hidden:
            self._say(_BEFORE[local])

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in _AFTER and not self._hidden:
            self._say(_AFTER[local])
        self._hidden -= local in _HIDDEN
        self._within -= local in self._text_in

    def _text(self, text: str) -> None:
        if self._within and not self._hidden:
            self._say(text)

    def _say(self, text: str) -> None:
        if not self._add(text):
            raise _Full
