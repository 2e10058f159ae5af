"""The page for a file that was sealed elsewhere, by the pocket form.

With a script it goes in pieces (uploading.py), which come through where connections are cut;
without one, in a single request. What arrives is sealed already: then it lies in memory
while it is looked at, and every envelope of it is kept together with the first, or none. It
may be sealed to a roster before today's: whoever made it had no network, and a desk that is
still here can open it.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import InputStreamExhausted, MultiPartParser, MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from safelight.intake import day, uploads
from safelight.intake.addresses import UPLOAD_SCRIPT
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.body import announced_body, announced_length
from safelight.intake.budget import Wait, admitted
from safelight.intake.mailboxes import Kept, StoredEnvelope, keep
from safelight.intake.pages.form import modules_of
from safelight.intake.pages.one_length import in_one_length
from safelight.intake.pages.refusal_page import sentence_of
from safelight.intake.pages.sentences import Sentences
from safelight.intake.pieces import PIECE, Run
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.intake.tidying import tidy_once_a_day
from safelight.sealing.deposit_file import LARGEST_DEPOSIT, DepositFile, DepositFileError
from safelight.sealing.envelope import Envelope

_FILE: Final = "file"
_TICKET: Final = "ticket"
# The file, and what a browser puts around it and the hidden field.
_LARGEST_FORM: Final = LARGEST_DEPOSIT + 4096


def upload_page(request: HttpRequest, language: str) -> HttpResponse:
    """The page for everybody; or what became of one file."""
    with override(language):
        if request.method in {"GET", "HEAD"}:
            plain, packed = _empty_page(language)
            return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")
        if request.method != "POST":
            raise wrong_method("GET or POST")
        try:
            return _taken(request, language)
        except RefusedError as refused:
            sentence = _sentences().get(refused.code) or sentence_of(refused)
            return _answer(request, language, refused.status, problem=sentence)


def _taken(request: HttpRequest, language: str) -> HttpResponse:
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=_LARGEST_FORM, sizes=None)
    with announced_body(request.read, length) as whole:
        deposit, ticket = _arrived(request, whole)
    # Last of all that may say no: asking uses up a place.
    size = sum(len(envelope.sealed) for envelope in deposit.envelopes)
    decided = admitted(ticket, size=size)
    if isinstance(decided, Wait):
        return _answer(request, language, 503, problem=_please_wait(decided), ticket=decided.ticket)
    tidy_once_a_day()
    status = _arrived_now() if _kept(deposit) is Kept.NEW else _arrived_before()
    return _answer(request, language, 200, status=status)


def _arrived_now() -> str:
    return _(
        "It has arrived. Delete the file from your device. With your twelve words you can read "
        "the answer here."
    )


def _arrived_before() -> str:
    return _(
        "This had arrived before, and is safe. If photos were missing then, add them with your "
        "twelve words."
    )


def _what_the_script_says() -> Sentences:
    told = _sentences()
    return [
        ("sending", _("Sending… {percent} %")),
        ("arrived", _arrived_now()),
        # After a lost answer nobody can tell one from the other.
        (
            "arrived-before",
            _(
                "It has arrived, now or before, and is safe. If this file was sent before without "
                "its photos, add them with your twelve words."
            ),
        ),
        (
            "problem-network",
            _(
                "The connection broke. We do not know yet whether it has arrived. Press “Send” "
                "again: it goes on where it stopped, and will not arrive twice."
            ),
        ),
        (
            "problem-busy",
            _(
                "The server takes nothing at the moment. Please press “Send” again in a few "
                "minutes; it goes on where it stopped."
            ),
        ),
        ("problem-not-a-deposit", told["not-a-deposit"]),
        ("problem-too-large", told["too-large"]),
        ("problem-taken", told["mailbox-taken"]),
        ("problem-withdrawn", told["withdrawn"]),
        (
            "problem-refused",
            _("The server did not accept it. Nothing was kept; please try again later."),
        ),
    ]


def _arrived(request: HttpRequest, whole: bytes) -> tuple[DepositFile, str | None]:
    handler = _InMemory()
    try:
        body: Any = io.BytesIO(whole)
        posted, _files = MultiPartParser(request.META, body, [handler], "utf-8").parse()
    except (MultiPartParserError, InputStreamExhausted, SuspiciousOperation):
        raise _refused("not-a-form", "the form of the page, whole", "something else") from None
    if not handler.content:
        raise _refused("no-file", "one file", "none, or an empty one")
    try:
        return DepositFile.parse(bytes(handler.content)), posted.get(_TICKET)
    except DepositFileError as reason:
        raise _refused("not-a-deposit", "a deposit file", str(reason)) from None


class _InMemory(FileUploadHandler):
    """The one file, bounded by the body it comes in. Never a temporary file."""

    def __init__(self) -> None:
        super().__init__()
        self.content = bytearray()
        self._files = 0

    def new_file(self, field_name: str, *rest: Any, **more: Any) -> None:
        del rest, more  # what it is called does not matter
        self._files += 1
        if field_name != _FILE or self._files > 1:
            raise _refused("not-a-form", "one file", "another, or one more")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        self.content += raw_data

    def file_complete(self, file_size: int) -> None:
        del file_size


def _kept(deposit: DepositFile) -> Kept:
    report, *files = deposit.envelopes
    with _stored(files) as stored:
        return keep(
            report,
            mailbox_id=deposit.mailbox_id,
            verifier=deposit.verifier,
            day=day.today(),
            files=stored,
        )


@contextmanager
def _stored(files: list[Envelope]) -> Iterator[list[StoredEnvelope]]:
    """Put envelopes into the database in pieces; those that nothing keeps go again."""
    names, stored = [], []
    try:
        for file in files:
            key, name = uploads.begin_form_file(day.today())
            names.append(name)
            for start in range(0, len(file.sealed), PIECE):
                piece = file.sealed[start : start + PIECE]
                uploads.add_to_form_file(key, start=start, sealed=piece)
            run = Run(key, len(file.sealed))
            stored.append(StoredEnvelope((run,), file.digest, None))
        yield stored
    finally:
        for name in names:
            uploads.forget_unless_kept(name)


def _sentences() -> dict[str, str]:
    """What is said here differently than on the pages where people write."""
    return {
        "no-file": _("No file was chosen. Nothing was sent."),
        "not-a-deposit": _(
            "This is not a whole sealed file. Nothing was kept. Choose the file that the form "
            "without a network has saved; if it came by mail or messenger, ask for it once more, "
            "as a file."
        ),
        "too-large": _("A sealed file has at most 16 MB. This one is larger; nothing was kept."),
        "mailbox-taken": _(
            "With these twelve words something else was sent before. Nothing was kept. Please "
            "write anew."
        ),
        "withdrawn": _("Nothing was kept: what this belongs to was taken back before."),
    }


def _please_wait(decided: Wait) -> str:
    return ngettext(
        "Too much is arriving right now. Nothing was kept. Please send the file again from this "
        "page in %(minutes)d minute.",
        "Too much is arriving right now. Nothing was kept. Please send the file again from this "
        "page in %(minutes)d minutes.",
        decided.minutes,
    ) % {"minutes": decided.minutes}


@lru_cache(maxsize=2)
def _empty_page(language: str) -> tuple[bytes, bytes]:
    facts = {
        "script": UPLOAD_SCRIPT,
        "modules": modules_of(UPLOAD_SCRIPT),
        "say": _what_the_script_says(),
    }
    page = _page(language, facts).encode()
    return page, gzip.compress(page, 9, mtime=0)


def _answer(request: HttpRequest, language: str, code: int, **facts: str) -> HttpResponse:
    return in_one_length(request, HttpResponse(_page(language, facts), status=code))


def _page(language: str, facts: Mapping[str, object]) -> str:
    page = {"language": language, "page": "upload", **facts}
    return render_to_string("intake/upload.html", page)


def _refused(code: str, expected: str, got: str) -> RefusedError:
    return RefusedError(
        422,
        code,
        expected=expected,
        got=got,
        next_step="choose the file that the pocket form has saved, and send it again",
    )
