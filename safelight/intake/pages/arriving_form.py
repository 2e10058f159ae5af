"""A form without script that brings files: each is sealed while it is read, never stored plain.

    with arrived_form(request, recipients=…, receipt=…, today=…, most_text=…) as form:
        keep(envelope_of(form.fields), …, files=form.files)

Django's multipart parser cuts the body; text parts stay in memory, within a limit, and
the bytes of a file go through a `SealingWriter` into the database, sealed, a MiB at a
time. What was not kept when the block ends is deleted; if the process is killed before,
sealed bytes that belong to nothing are tidied away after seven days. Metadata of photos
stays inside the seal: the desk removes it, and the page says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Final, cast

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import InputStreamExhausted, MultiPartParser, MultiPartParserError

from safelight.intake import uploads
from safelight.intake.body import announced_length
from safelight.intake.configuration import limits
from safelight.intake.mailboxes import StoredEnvelope
from safelight.intake.pieces import PIECE, Run
from safelight.intake.refusal import RefusedError
from safelight.sealing.message_tag import Tagging
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import Recipient
from safelight.sealing.seal import SealError, SealingWriter
from safelight.vocabulary.messages import FileHeader

# Where a form's files are: <input type="file" name="files" multiple>.
FILES: Final = "files"
MOST_FILES: Final = 10
# "--", the boundary (at most 201 characters), "--" and a line end.
_TAIL: Final = 210

Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ArrivedForm:
    """What a form brought: text as it was typed, and files sealed and stored, not yet kept."""

    fields: Fields
    files: tuple[StoredEnvelope, ...]
    # SHA-256 of each file's name and bytes as they came: tells a form that is sent again from
    # another one, as each sealing is new. Never stored.
    contents: tuple[bytes, ...] = ()


@contextmanager
def arrived_form(
    request: HttpRequest,
    *,
    recipients: Sequence[Recipient],
    receipt: Receipt | Callable[[Fields], Receipt],
    today: date,
    most_text: int,
) -> Iterator[ArrivedForm]:
    """Read a multipart form; each file names the receipt's mailbox and gets the receipt's tag.

    A function for `receipt` is given the fields that came before the first file. Raises
    `RefusedError` 400 for a form that is no form or did not arrive whole, 411, 413 for more
    text (characters), files or bytes than fit, and what the function raises.
    """
    length = announced_length(
        request.META.get("CONTENT_LENGTH"), most=limits().largest_file, sizes=None
    )
    sealing = _SealedFiles(recipients, today)
    try:
        fields = _parsed(request, length, sealing, receipt, most_text)
        yield ArrivedForm(fields, tuple(sealing.files), tuple(sealing.contents))
    finally:
        for name in sealing.names:
            uploads.forget_unless_kept(name)


def _parsed(
    request: HttpRequest,
    length: int,
    sealing: _SealedFiles,
    receipt: Receipt | Callable[[Fields], Receipt],
    most_text: int,
) -> Fields:
    body = _Announced(request.read, length)
    try:
        parser = MultiPartParser(request.META, cast("IO[bytes]", body), [sealing], "utf-8")
        private: Any = parser
        body.end = b"--" + private._boundary + b"--"

        def before_the_first_file() -> Receipt:
            if isinstance(receipt, Receipt):
                return receipt
            # The parser tells its handlers of files only; texts lie in the dictionary it fills.
            return receipt(_as_fields(private._post))

        sealing.receipt = before_the_first_file
        posted, _ = parser.parse()
    except (MultiPartParserError, InputStreamExhausted):
        raise _no_form("something else") from None
    except SuspiciousOperation:  # too many fields or files, or too much text for memory
        raise _too_large("many more fields or files") from None
    if body.missing:
        raise RefusedError(
            400,
            "cut-short",
            expected=f"{length} bytes as announced",
            got=f"{body.missing} bytes less",
            next_step="send the form again; nothing was kept",
        )
    if sealing.interrupted or not body.ended:
        raise _no_form("a form without an end")
    fields = _as_fields(posted)
    if sum(len(text) for texts in fields.values() for text in texts) > most_text:
        raise _too_large("more text")
    return fields


def _as_fields(posted: Any) -> Fields:
    # Where no file was chosen a browser sends an empty text in its place.
    return {name: tuple(texts) for name, texts in posted.lists() if name != FILES}


class _Announced:
    """`read` up to the announced length, whatever else lies behind it."""

    def __init__(self, read: Callable[[int], bytes], length: int) -> None:
        self._read = read
        self.missing = length
        self.end = b""
        self._tail = b""

    def read(self, size: int) -> bytes:
        chunk = self._read(min(size, self.missing)) if self.missing else b""
        self.missing -= len(chunk)
        self._tail = (self._tail + chunk)[-_TAIL:]
        return chunk

    @property
    def ended(self) -> bool:
        return self._tail.rstrip(b"\r\n").endswith(self.end)


class _SealedFiles(FileUploadHandler):
    """Django's parser hands each file's bytes to this, and to nothing else."""

    def __init__(self, recipients: Sequence[Recipient], today: date) -> None:
        super().__init__()
        self._recipients = recipients
        self._today = today
        self.receipt: Callable[[], Receipt] = Receipt.generate
        self.files: list[StoredEnvelope] = []
        self.contents: list[bytes] = []
        self.names: list[str] = []
        self.interrupted = False
        self._writer: SealingWriter | None = None
        self._tagging: Tagging | None = None
        self._sink: _Sink | None = None
        self._content = hashlib.sha256()

    def new_file(
        self, field_name: str, file_name: str, content_type: str, *rest: Any, **more: Any
    ) -> None:
        del rest, more  # what a part says of its length and encoding is not believed
        if field_name != FILES:
            raise _no_form("a file in another field")
        if len(self.names) >= MOST_FILES:
            raise _too_large(f"more than {MOST_FILES} files")
        receipt = self.receipt()
        header = FileHeader(
            mailbox=receipt.mailbox_id.hex(),
            written=self._today,
            sealed_by="server",
            name=file_name,
            type=content_type,
            metadata="kept",
        )
        key, name = uploads.begin_form_file(self._today)
        self.names.append(name)
        self._sink = _Sink(key)
        self._writer = SealingWriter(
            self._sink,
            self._recipients,
            padded=True,
            largest=uploads.sizes_up_to(limits().largest_file)[-1],
        )
        self._tagging = Tagging(self._writer, receipt.message_key)
        self._tagging.write(header.to_bytes())
        # Not the header, which changes at midnight.
        said = f"{len(file_name)} {file_name}{content_type}\n"
        self._content = hashlib.sha256(said.encode(errors="backslashreplace"))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        if self._tagging is not None:
            self._content.update(raw_data)
            try:
                self._tagging.write(raw_data)
            except SealError:
                raise _too_large("a larger file") from None

    def file_complete(self, file_size: int) -> None:
        del file_size
        if self._writer is not None and self._sink is not None and self._tagging is not None:
            try:
                self._tagging.finish()
            except SealError:  # the tag itself did not fit
                raise _too_large("a larger file") from None
            size = self._writer.finish()
            self._sink.flush()
            run = Run(self._sink.key, size)
            self.files.append(StoredEnvelope((run,), self._sink.digest.hexdigest(), None))
            self.contents.append(self._content.digest())
        self._writer = self._sink = self._tagging = None

    def upload_interrupted(self) -> None:
        self.interrupted = True


class _Sink:
    """Sealed bytes on their way into the database, a piece at a time."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.digest = hashlib.sha256()
        self._pending = bytearray()
        self._written = 0

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        self._pending += data
        while len(self._pending) >= PIECE:
            self._store(bytes(self._pending[:PIECE]))
            del self._pending[:PIECE]
        return len(data)

    def flush(self) -> None:
        if self._pending:
            self._store(bytes(self._pending))
            self._pending.clear()

    def _store(self, piece: bytes) -> None:
        uploads.add_to_form_file(self.key, start=self._written, sealed=piece)
        self._written += len(piece)


def _no_form(got: str) -> RefusedError:
    return RefusedError(
        400,
        "not-a-form",
        expected="the form of the page, whole",
        got=got,
        next_step="open the form again and send it",
    )


def _too_large(got: str) -> RefusedError:
    return RefusedError(
        413,
        "form-too-large",
        expected=f"a form with at most {MOST_FILES} files and {limits().largest_file} bytes",
        got=got,
        next_step="send fewer or smaller files, the others later by the receipt",
    )
