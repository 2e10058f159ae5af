"""Runs in the sandbox. Reads the file on stdin, writes what may be seen of it to stdout."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any, Final

from safelight.evidence.sandbox.inside.archives import (
    listed,
    member_bytes,
    opened_archive,
    show_archive,
)
from safelight.evidence.sandbox.inside.budget import Budget, Showing, Stopped
from safelight.evidence.sandbox.inside.chats.conversation import Talk
from safelight.evidence.sandbox.inside.chats.recognising import conversation_in
from safelight.evidence.sandbox.inside.markup_text import show_markup, show_text
from safelight.evidence.sandbox.inside.sniffing import as_text, is_two_things, kind_of
from safelight.evidence.sandbox.wire import (
    LINES,
    MESSAGE,
    NO_TIME,
    STOPS,
    FileKind,
    MemberFlag,
    Note,
    Stop,
    write_part,
)

_HEAD: Final = 64 * 1024
_LARGEST: Final = 96 * 1024 * 1024  # of what is read whole
_LARGEST_CHAT: Final = 32 * 1024 * 1024
# Loaded when such a file comes: together they are 60 MB of libraries.
_READERS: Final = {
    FileKind.PICTURE: ("pictures", "show_picture"),
    FileKind.FILM: ("films", "show_film"),
    FileKind.PDF: ("pdf_pages", "show_pdf"),
    FileKind.DRAWING: ("drawings", "show_drawing"),
    FileKind.DOCX: ("office_text", "show_docx"),
    FileKind.ODT: ("office_text", "show_odt"),
}
_CHAT_NAMES: Final = (".txt", ".json", ".html", ".htm")


def main() -> None:
    """`argv[1]`: a `Budget` as JSON, in our own words."""
    budget = Budget(**json.loads(sys.argv[1]))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        # One file needs no threads, and OpenBLAS ends the program where it gets none.
        os.environ[name] = "1"
    out = sys.stdout.buffer
    # Libraries that print must not print between our parts.
    sys.stdout = sys.stderr
    try:
        show(sys.stdin.buffer, out, budget)
    except Stopped as stopped:
        write_part(out, b"STOP", bytes([STOPS.index(stopped.why)]))
    except MemoryError:
        write_part(out, b"STOP", bytes([STOPS.index(Stop.TOO_LARGE)]))
    write_part(out, b"DONE")
    out.flush()


def show(file: IO[bytes], out: IO[bytes], budget: Budget) -> None:
    """Sniff and show. Raises `Stopped` when nothing can be shown."""
    head, tail = _ends(file)
    if not head:
        raise Stopped(Stop.EMPTY)
    archive = None
    if head.startswith(b"PK"):
        archive = opened_archive(file)
    members = frozenset(archive.namelist()[:5000]) if archive else frozenset()
    kind = kind_of(head, members)
    if archive is not None and kind not in {FileKind.DOCX, FileKind.ODT}:
        kind = FileKind.ARCHIVE
    showing = Showing(out, budget, kind)
    if is_two_things(showing.kind, head, tail):
        showing.notes.add(Note.ALSO_SOMETHING_ELSE)
    if archive is not None:
        _show_zipped(archive, showing)
    elif showing.kind in {FileKind.PICTURE, FileKind.FILM}:
        _reader_of(showing.kind)(file, showing)
    else:
        _show_whole(file, showing)
    showing.finish()


def _reader_of(kind: FileKind) -> Callable[[Any, Showing], None]:
    module, function = _READERS[kind]
    found = import_module(f"safelight.evidence.sandbox.inside.{module}")
    reader: Callable[[Any, Showing], None] = getattr(found, function)
    return reader


def _show_whole(file: IO[bytes], showing: Showing) -> None:
    untrusted = file.read(_LARGEST + 1)
    if len(untrusted) > _LARGEST:
        raise Stopped(Stop.TOO_LARGE)
    if showing.kind in {FileKind.PDF, FileKind.DRAWING}:
        _reader_of(showing.kind)(untrusted, showing)
    elif showing.kind in {FileKind.TEXT, FileKind.MARKUP}:
        text = as_text(untrusted[:_LARGEST_CHAT])
        talk = None if text is None else conversation_in(text)
        if talk is not None:
            _show_talk(talk, showing)
        elif showing.kind is FileKind.TEXT:
            show_text(untrusted, showing)
        else:
            show_markup(untrusted, showing)
    else:
        raise Stopped(Stop.UNKNOWN)


def _show_zipped(archive: zipfile.ZipFile, showing: Showing) -> None:
    if showing.budget.member is None and showing.kind in {FileKind.DOCX, FileKind.ODT}:
        _reader_of(showing.kind)(archive, showing)
        return
    show_archive(archive, showing)
    if showing.budget.member is None:
        for member in listed(archive)[: showing.budget.members]:
            harmless = member.flags <= {MemberFlag.FOLDER}
            if not harmless or not member.info.filename.lower().endswith(_CHAT_NAMES):
                continue
            if member.info.file_size > _LARGEST_CHAT:
                continue
            try:
                text = as_text(member_bytes(archive, member.info, most=_LARGEST_CHAT))
            except Stopped:
                continue  # a bad member does not hide the list
            talk = None if text is None else conversation_in(text)
            if talk is not None:
                _show_talk(talk, showing)
                return


def _show_talk(talk: Talk, showing: Showing) -> None:
    if showing.kind is not FileKind.ARCHIVE:
        showing.kind = FileKind.CHAT
    if talk.was_cut:
        showing.notes.add(Note.CUT)
    if talk.skipped:
        showing.notes.add(Note.DAMAGED)
    write_part(showing.out, b"TALK", talk.program.encode("ascii"))
    for name in talk.authors:
        write_part(showing.out, b"NAME", name.encode("utf-8", "replace"))
    for line in talk.lines:
        head = MESSAGE.pack(
            0 if line.author is None else line.author + 1,
            LINES.index(line.kind),
            NO_TIME if line.unix_time is None else line.unix_time,
            line.local_time.encode("ascii").ljust(19, b" "),
        )
        write_part(showing.out, b"MESG", head, line.text.encode("utf-8", "replace"))


def _ends(file: IO[bytes]) -> tuple[bytes, bytes]:
    head = file.read(_HEAD)
    size = file.seek(0, 2)
    file.seek(max(0, size - 2 * _HEAD))
    tail = file.read(2 * _HEAD)
    file.seek(0)
    return head, tail


if __name__ == "__main__":
    main()
