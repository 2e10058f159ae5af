"""What an opened envelope turns out to be: a report, a message or a file, and its case.

`inbox` opens; this module reads what came out, decides which case it belongs to, and writes
the entry. Nothing here has a key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from safelight.casework import withdrawals
from safelight.casework.cases import decide
from safelight.casework.models import Case, CaseState, ReceivedEnvelope
from safelight.casework.projecting import case_now
from safelight.casework.summaries import opened_summaries
from safelight.casework.triage import Marks, Sorted
from safelight.casework.triage_marks import remember, sorted_report
from safelight.errors import SafelightError
from safelight.sealing.message_tag import TAG_SIZE, Untagging, is_by
from safelight.vocabulary.messages import (
    FILE_FORMAT,
    FILE_HEADER_MAX_BYTES,
    MESSAGE_FORMAT,
    MESSAGE_MAX_BYTES,
    FileHeader,
    Message,
    MessageError,
    format_of,
)
from safelight.vocabulary.report import REPORT_MAX_BYTES, Report

_CASE_ID: Final = b"safelight case id v1\n"
_READ_AT_MOST: Final = (
    max(REPORT_MAX_BYTES, FILE_HEADER_MAX_BYTES, MESSAGE_MAX_BYTES) + TAG_SIZE + 1
)


class MailboxNamedError(SafelightError):
    """Something that belongs to `mailbox`, by what stands in it, and cannot be taken in now."""

    def __init__(self, message: str, *, mailbox: str) -> None:
        super().__init__(message)
        self.mailbox = mailbox


class NoCaseYetError(MailboxNamedError):
    """A message or file of a mailbox whose report is not here."""


class NotProvenError(MailboxNamedError):
    """A message or file that does not carry the tag of a report of its mailbox."""


class OtherMailboxError(SafelightError):
    """What is inside names another mailbox than the one it lay in."""


class WithdrawnError(SafelightError):
    """What came belongs to a mailbox whose owner withdrew."""


class ContentTooLargeError(SafelightError):
    """Opened, but longer than a report or message may be."""


class Sink(Protocol):
    """Where opened bytes go."""

    def write(self, data: bytes, /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class OpenedContent:
    """What was inside, as far as it is kept in memory: its start, and its whole length.

    `tag` are its last 32 bytes, `digest` the SHA-256 of those before them: of a report
    neither says anything.
    """

    start: bytes = field(repr=False)
    size: int
    digest: bytes
    tag: bytes


class ArrivedContent:
    """A sink that keeps the first bytes of what is opened, counts the rest and takes its digest."""

    def __init__(self) -> None:
        self._start = bytearray()
        self._size = 0
        self._untagging = Untagging()

    def write(self, data: bytes, /) -> int:
        self._size += len(data)
        self._start += data[: max(0, _READ_AT_MOST - len(self._start))]
        return self._untagging.write(data)

    def content(self) -> OpenedContent:
        inner = self._untagging
        return OpenedContent(bytes(self._start), self._size, inner.digest, inner.tag)


class AfterFirstLine:
    """A sink that passes on everything after the first line feed: a file without its header."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._in_header = True

    def write(self, data: bytes, /) -> int:
        rest = data
        if self._in_header:
            at = data.find(b"\n")
            if at < 0:
                return len(data)
            rest, self._in_header = data[at + 1 :], False
        if rest:
            self._sink.write(rest)
        return len(data)


@dataclass(frozen=True, slots=True)
class Understood:
    """What came, read and assigned to a case, not yet written down."""

    case_id: str
    kind: str  # case.made, case.message, case.file
    content: Mapping[str, Any] = field(repr=False)
    is_new_case: bool = False
    is_new_turn: bool = False
    found: Sorted | None = None
    marks: Marks | None = field(default=None, repr=False)


def case_id_of(digest: str) -> str:
    """Return the id of the case that an envelope becomes: the same on every desk of a team.

    64 bits, so that nobody who knows an envelope can make another one with its case id.
    """
    return hashlib.sha256(_CASE_ID + digest.encode()).hexdigest()[:16]


def understood(envelope: ReceivedEnvelope, opened: OpenedContent) -> Understood:
    """Read what came and find its case; raises what `inbox` sets an envelope aside for."""
    kind = format_of(opened.start)
    if kind in {FILE_FORMAT, MESSAGE_FORMAT}:
        return _later(envelope, opened)
    _check_size(opened, REPORT_MAX_BYTES)
    return _report(envelope, opened)


def note_arrival(arrival: Understood) -> None:
    """Write down what came, inside the caller's transaction."""
    if arrival.kind == "case.made" and not arrival.is_new_case:
        return  # a colleague's desk opened it first
    if arrival.kind != "case.made" and not arrival.is_new_turn:
        return  # said already, here or there
    decide(arrival.case_id, arrival.kind, arrival.content)
    if arrival.found is not None and arrival.marks is not None:
        remember(arrival.found, arrival.marks, arrival.case_id, _today())


def _report(envelope: ReceivedEnvelope, opened: OpenedContent) -> Understood:
    report = Report.parse(opened.start)
    mailbox, reasons = report.mailbox or envelope.mailbox, []
    if envelope.mailbox not in {"", mailbox}:
        # Not lost over it; but nobody is answered, and nothing added, by a mailbox in doubt.
        mailbox, reasons = "", ["other-mailbox"]
    if withdrawals.is_withdrawn(mailbox):
        raise WithdrawnError("its owner withdrew")
    case_id = case_id_of(envelope.digest)
    found, marks = sorted_report(report, work=envelope.work, today=_today())
    return Understood(
        case_id,
        "case.made",
        {
            "report": report.to_bytes().decode(),
            "envelope": envelope.digest,
            "mailbox": mailbox,
            "origin": envelope.origin,
            "received_on": envelope.received_on.isoformat(),
            "lane": found.lane,
            "lane_reasons": [*found.reasons, *reasons],
            "suspicion": found.suspicion,
        },
        is_new_case=not Case.objects.filter(case_id=case_id).exists(),
        found=found,
        marks=marks,
    )


def said_later(opened: OpenedContent) -> tuple[Message | FileHeader, dict[str, Any]]:
    """Read a message or a file's first line, and what the journal keeps of it."""
    if format_of(opened.start) == FILE_FORMAT:
        line = opened.start[: opened.start.find(b"\n") + 1]
        header = FileHeader.parse(line)
        return header, {
            "name": header.name,
            "type": header.type,
            "metadata": header.metadata,
            "size": opened.size - len(line) - TAG_SIZE,
        }
    _check_size(opened, MESSAGE_MAX_BYTES + TAG_SIZE)
    try:
        message = Message.parse(opened.start[:-TAG_SIZE])
    except MessageError:
        message = Message.parse(opened.start)  # one without a tag: nobody's, but to be shown
    return message, {"language": message.language, "text": message.text}


def _later(envelope: ReceivedEnvelope, opened: OpenedContent) -> Understood:
    said, content = said_later(opened)
    case_id = _case_of(envelope, said.mailbox, opened)
    # One tag, one content: the same said again in another envelope is somebody's echo.
    proof, now = opened.tag.hex(), case_now(case_id)
    return Understood(
        case_id,
        "case.message" if isinstance(said, Message) else "case.file",
        {
            "envelope": envelope.digest,
            "written": said.written.isoformat(),
            "sealed_by": said.sealed_by,
            "proof": proof,
            **content,
        },
        is_new_turn=now is None or all(turn.proof != proof for turn in now.conversation),
    )


def _check_size(opened: OpenedContent, most: int) -> None:
    if opened.size > most:
        raise ContentTooLargeError(f"opened, {opened.size} bytes; at most {most} are read")


def _case_of(envelope: ReceivedEnvelope, mailbox: str, opened: OpenedContent) -> str:
    """Return the case that a message or file belongs to: the one whose reporter made its tag."""
    # The server says where it lay, the reporter where it belongs; who mixes them up would put
    # one person's words into another one's case.
    if envelope.mailbox not in {"", mailbox}:
        raise OtherMailboxError("what is inside names another mailbox than the one it lay in")
    if withdrawals.is_withdrawn(mailbox):
        raise WithdrawnError("its owner withdrew")
    # Anybody can seal a report that names this mailbox: the tag decides, not who came first.
    cases = list(Case.objects.filter(mailbox=mailbox).exclude(state=CaseState.WITHDRAWN))
    if not cases:
        raise NoCaseYetError("the report it belongs to is not here yet", mailbox=mailbox)
    for case_id, summary in opened_summaries(cases).items():
        key = bytes.fromhex(summary["message_key"])
        if key and is_by(key, digest=opened.digest, untrusted_tag=opened.tag):
            return case_id
    raise NotProvenError(
        "it carries no tag that the reporter could have made; read it apart", mailbox=mailbox
    )


def _today() -> date:
    return datetime.now(UTC).date()
