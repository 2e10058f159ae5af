"""The inbox: from sealed bytes to a case. The only module that opens envelopes.

    arrive:  bytes → stored as they came (one commit)             nothing can be lost from here on
    open:    stored → opened: a case, a message, a file (one commit)   or set aside with its reason,
             until its report is here and its tag proves whose it is
    then:    acknowledged on the server
    last:    withdrawals destroy, answers that wait are sent

A power cut between any two lines leaves envelopes in state "stored"; the next run
goes on from there and ends in the same state. The same bytes arriving twice are one
envelope: they are known by their digest.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from safelight.casework import answers, kept_envelopes, withdrawals
from safelight.casework.arrivals import Arrivals
from safelight.casework.arrived import (
    AfterFirstLine,
    ArrivedContent,
    ContentTooLargeError,
    MailboxNamedError,
    NoCaseYetError,
    NotProvenError,
    OpenedContent,
    OtherMailboxError,
    Sink,
    WithdrawnError,
    note_arrival,
    said_later,
    understood,
)
from safelight.casework.kept_envelopes import kept_file
from safelight.casework.mail_server import MailServer, NotAsListedError
from safelight.casework.models import Case, CaseState, EnvelopeState, OpeningKey, ReceivedEnvelope
from safelight.errors import SafelightError
from safelight.journal import content_keys
from safelight.journal.chain import append, desk_key
from safelight.sealing.deposit_file import unpacked
from safelight.sealing.envelope import FILE_SIZES, PADDED_SIZES, EnvelopeError, check_envelope
from safelight.sealing.header import SealedFileError
from safelight.sealing.message_tag import Untagging
from safelight.sealing.opening import (
    HybridIdentity,
    Identity,
    NoMatchError,
    open_bytes,
    open_file,
    open_stream,
    parse_identity,
)
from safelight.vocabulary.messages import FileHeader, Message, MessageError
from safelight.vocabulary.report import Report, ReportError, ReportTooLargeError, ReportUnknownError

_log = logging.getLogger("safelight.casework")

_ACKNOWLEDGE_AT_ONCE: Final = 50
_LARGEST: Final = 16 * 1024 * 1024
_AGE_FILE: Final = b"age-encryption.org/"
_HEADER_ROOM: Final = 32 * 1024
# Reasons that a report which comes later can end.
NO_CASE_YET: Final = "no-case-yet"
NOT_PROVEN: Final = "not-proven"


class InboxError(SafelightError):
    """Nothing to read where envelopes were expected."""


def make_opening_key() -> str:
    """Make and keep a new secret identity; return the recipient others seal to."""
    identity = HybridIdentity.generate()
    recipient = identity.recipient().encode()
    OpeningKey.objects.create(
        recipient=recipient, identity=identity.encode(), made_on=datetime.now(UTC).date()
    )
    return recipient


def _identities() -> list[Identity]:
    # Read anew each time: secrets are not cached, and a lock must end their use.
    return [parse_identity(key.identity) for key in OpeningKey.objects.order_by("-made_on")]


# --- arriving ---------------------------------------------------------------


def fetch(
    address: str,
    *,
    seconds: float | None = None,
    on_progress: Callable[[Arrivals], None] | None = None,
) -> Arrivals:
    """Fetch from the server at `address`, open, acknowledge; return what happened.

    Stops after about `seconds`, if given, with `left` set. Raises `MailServerError`;
    what was stored before stays, and is opened. An envelope that came otherwise than listed
    (cut off, altered) is left on the server, and said at the end: it must not keep the next
    ones from coming.
    """
    server = MailServer(address, desk_key())
    give_up_at = None if seconds is None else time.monotonic() + seconds
    arrivals, to_acknowledge = open_stored(), list[str]()
    said_withdrawn: dict[str, withdrawals.SaidWithdrawn] = {}
    not_as_listed: NotAsListedError | None = None
    for page in server.pages():
        for said in page.withdrawals:
            said_withdrawn[said.mailbox] = withdrawals.SaidWithdrawn(
                said.mailbox, said.proof, said.day
            )
        for waiting in page.lines:
            if give_up_at is not None and time.monotonic() > give_up_at:
                arrivals = replace(arrivals, left=True)
                break
            try:
                sealed = server.sealed_bytes(waiting)
            except NotAsListedError as error:
                not_as_listed = error
                continue
            if sealed is None:
                continue
            stored = _store(sealed, origin="server", mailbox=waiting.mailbox, work=waiting.work)
            arrivals = arrivals + stored + open_stored()
            to_acknowledge.append(waiting.envelope_id)
            if len(to_acknowledge) == _ACKNOWLEDGE_AT_ONCE:
                server.acknowledge(to_acknowledge)
                to_acknowledge.clear()
            if on_progress is not None:
                on_progress(arrivals)
        if arrivals.left:
            break
    if to_acknowledge:
        server.acknowledge(to_acknowledge)
    # After the envelopes: what lay in a withdrawn mailbox is then known here, and goes with it.
    arrivals = replace(arrivals, destroyed=_withdraw(server, list(said_withdrawn.values())))
    arrivals = replace(arrivals, sent=answers.send_waiting(server))
    if not_as_listed is not None:
        raise not_as_listed
    return arrivals


def _withdraw(server: MailServer, said: Sequence[withdrawals.SaidWithdrawn]) -> int:
    destroyed = sum(withdrawals.take_in_withdrawal(one) for one in said)
    content_keys.finish_erasure()
    server.acknowledge_withdrawals([one.mailbox for one in said])
    return destroyed


def fetch_folder(folder: Path) -> Arrivals:
    """Take in the envelopes in a folder (a stick), leaving the files where they are."""
    if not folder.is_dir():
        raise InboxError("expected a folder with envelope files there; check the path")
    return take_in(_file_contents(folder))


def take_in(contents: Iterable[bytes | None]) -> Arrivals:
    """Take in files whose bytes are at hand; None stands for one that is too large.

    What does not begin as an age file is counted in `passed_over` and not kept: a stick
    full of somebody's photos must not end up in the desk. A damaged envelope is kept. A
    deposit file, which the pocket form saves, is taken in as the envelopes it holds.
    """
    arrivals = open_stored()
    for untrusted in unpacked(contents):
        if untrusted is None or not untrusted.startswith(_AGE_FILE) or len(untrusted) > _LARGEST:
            arrivals = arrivals + Arrivals(found=1, passed_over=1)
        else:
            arrivals = arrivals + _store(untrusted, origin="file")
    return arrivals + open_stored()


def _file_contents(folder: Path) -> Iterator[bytes | None]:
    for path in sorted(folder.iterdir()):
        # A link could point at a device or at a secret of this machine.
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        if path.stat().st_size > _LARGEST:
            yield None
        else:
            yield path.read_bytes()


def _store(
    untrusted: bytes, *, origin: str, mailbox: str = "", work: int | None = None
) -> Arrivals:
    digest = kept_envelopes.digest_of(untrusted)
    if withdrawals.is_withdrawn(mailbox):
        return Arrivals(found=1, known=1)  # its owner withdrew: nothing more of it is kept
    with transaction.atomic():
        new = kept_envelopes.keep(
            digest,
            untrusted,
            received_on=_today(),
            origin=origin,
            mailbox=mailbox,
            work=work,
        )
        if new:
            append("envelope.received", {"size": len(untrusted), "from": origin}, subject=digest)
    return Arrivals(found=1, stored=int(new), known=int(not new))


# --- opening ----------------------------------------------------------------


def open_stored() -> Arrivals:
    """Open every envelope that is still only stored; each in a transaction of its own."""
    opened = Arrivals()
    _wake_those_without_a_report()
    identities: list[Identity] = []
    # Again, as a report may have woken what came before it.
    while digests := _stored():
        identities = identities or _identities()
        for digest in digests:
            opened = opened + _open_one(digest, identities)
    content_keys.finish_erasure()  # something may have belonged to a withdrawn mailbox
    return opened


def _stored() -> list[str]:
    waiting = ReceivedEnvelope.objects.filter(state=EnvelopeState.STORED)
    return list(waiting.order_by("received_on", "digest").values_list("digest", flat=True))


def _wake_those_without_a_report() -> None:
    """Messages and files that came first: their report may have come with a colleague's journal."""
    cases = Case.objects.exclude(mailbox="").exclude(state=CaseState.WITHDRAWN)
    orphans = ReceivedEnvelope.objects.filter(state=EnvelopeState.SET_ASIDE, reason=NO_CASE_YET)
    orphans.filter(mailbox__in=cases.values("mailbox")).update(
        state=EnvelopeState.STORED, reason=""
    )


def _wake(mailbox: str) -> None:
    """A report has come: what was said after it may now be proven to be of the same person."""
    waiting = ReceivedEnvelope.objects.filter(
        state=EnvelopeState.SET_ASIDE, reason__in=(NO_CASE_YET, NOT_PROVEN), mailbox=mailbox
    )
    if mailbox:
        waiting.update(state=EnvelopeState.STORED, reason="")


def try_again(digest: str) -> None:
    """Put one envelope that was set aside back among the stored, and open it anew.

    For use after an update of Safelight, or after a key was restored.
    """
    with transaction.atomic():
        envelope = ReceivedEnvelope.objects.filter(
            digest=digest, state=EnvelopeState.SET_ASIDE
        ).first()
        if envelope is None:
            raise InboxError("that envelope is not among those set aside; reload the page")
        envelope.state, envelope.reason = EnvelopeState.STORED, ""
        envelope.save(update_fields=["state", "reason"])
        append("envelope.tried-again", {}, subject=digest)
    open_stored()


def _open_one(digest: str, identities: Sequence[Identity]) -> Arrivals:
    with transaction.atomic():
        envelope = ReceivedEnvelope.objects.get(digest=digest)
        if envelope.state != EnvelopeState.STORED:  # another tab was quicker
            return Arrivals()
        try:
            with transaction.atomic():  # it may make a key for its marks
                arrival = understood(envelope, _opened(envelope, identities))
        except WithdrawnError:
            kept_envelopes.destroy_originals([digest])
            return Arrivals(known=1)
        except Exception as error:  # noqa: BLE001
            # Whatever is wrong with one envelope (also a mistake of ours that it brings to
            # light) must not keep the next ones from being opened. It is kept, with a reason;
            # tests/attacks/test_damaged_envelope_blocks_others.py.
            envelope.state, envelope.reason = EnvelopeState.SET_ASIDE, _reason(error)
            if isinstance(error, MailboxNamedError):
                envelope.mailbox = error.mailbox
            envelope.save(update_fields=["state", "reason", "mailbox"])
            append("envelope.set-aside", {"reason": envelope.reason}, subject=digest)
            _log.info("envelope.set-aside %s %s", envelope.short_id, envelope.reason)
            unproven = envelope.reason == NOT_PROVEN
            return Arrivals(unproven=int(unproven), set_aside=int(not unproven))
        note_arrival(arrival)
        envelope.state, envelope.case_id = EnvelopeState.OPENED, arrival.case_id
        envelope.save(update_fields=["state", "case_id"])
        _log.info("envelope.opened %s case %s", envelope.short_id, arrival.case_id)
        if arrival.is_new_case:
            withdrawals.act_if_withdrawn(arrival.case_id)
            _wake(str(arrival.content["mailbox"]))
        return Arrivals(cases=int(arrival.is_new_case), added=int(arrival.is_new_turn))


def _opened(envelope: ReceivedEnvelope, identities: Sequence[Identity]) -> OpenedContent:
    """Open an envelope of any size, holding no more of it than a report or a file's first line."""
    start = kept_file(envelope.digest).read(_HEADER_ROOM)
    check_envelope(start, size=envelope.size, sizes=FILE_SIZES)
    sink = ArrivedContent()
    open_stream(kept_file(envelope.digest), sink, identities, padded=True)
    return sink.content()


def write_file(digest: str, sink: Sink, *, is_proven: bool) -> None:
    """Open a file that came, and write its bytes, without line and tag, to `sink`.

    Only for "save as": hostile files are saved as they are, and shown nowhere. If nothing
    proves whose it is, its last bytes may be no tag, and stay.
    """
    after: Sink = AfterFirstLine(sink)
    inner = Untagging(after) if is_proven else after
    open_stream(kept_file(digest), inner, _identities(), padded=True)


def read_apart(envelope: ReceivedEnvelope) -> Message | FileHeader:
    """Open what nobody proved to be the reporter's, to be looked at apart from the conversation."""
    said, _ = said_later(_opened(envelope, _identities()))
    return said


def open_team_mail(untrusted: bytes) -> bytes:
    """Open what lay in this desk's mailbox for colleagues (`team.mail`); nothing is stored.

    Raises `EnvelopeError` or `SealedFileError`.
    """
    check_envelope(untrusted[:_HEADER_ROOM], size=len(untrusted), sizes=PADDED_SIZES)
    return open_bytes(untrusted, _identities())


def open_with_seed(untrusted: bytes, seed: bytes) -> bytes:
    """Open what was sealed to one question only (`team.two_person`), whose seed this is.

    Raises `EnvelopeError` or `SealedFileError`.
    """
    check_envelope(untrusted[:_HEADER_ROOM], size=len(untrusted), sizes=PADDED_SIZES)
    return open_bytes(untrusted, [HybridIdentity.from_seed(seed)])


def _reason(error: Exception) -> str:
    """Return the code under which an envelope is set aside (labels: `wording.SET_ASIDE`)."""
    # The order matters: from the narrow class to the wide one.
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (EnvelopeError, "not-an-envelope"),
        (NoMatchError, "sealed-to-others"),
        (SealedFileError, "damaged"),
        (NoCaseYetError, NO_CASE_YET),
        (NotProvenError, NOT_PROVEN),
        (OtherMailboxError, "another-mailbox"),
        (ReportUnknownError, "unknown-form"),
        (ReportTooLargeError, "too-large"),
        (ContentTooLargeError, "too-large"),
        (ReportError, "not-a-report"),
        (MessageError, "not-a-report"),
    )
    for kind, reason in reasons:
        if isinstance(error, kind):
            return reason
    return "accident"


def _today() -> date:
    return datetime.now(UTC).date()


# --- opening to files -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One sealed file, opened to `target`; `is_report` when a report was in it."""

    sealed: Path
    target: Path
    size: int
    is_report: bool


def open_to_folder(
    sealed: Path, folder: Path, *, on_progress: Callable[[int], None] | None = None
) -> OpenedFile:
    """Open one padded sealed file of any size into `folder`, in constant memory.

    The new file takes the sealed one's name without `.age` (or with `.opened`), is
    readable by its owner only, and appears only when it is whole. Raises `SealedFileError`,
    `WholeFileError`, `InboxError`. This leaves plain content on the disk: the person asked.
    """
    if not sealed.is_file():
        raise InboxError(f"{sealed.name}: expected a sealed file there; check the path")
    name = sealed.name.removesuffix(".age")
    target = folder / (name if name and name != sealed.name else f"{sealed.name}.opened")
    size = open_file(sealed, target, _identities(), padded=True, on_progress=on_progress)
    with transaction.atomic():
        append("file.opened", {"size": size})
    return OpenedFile(sealed, target, size, is_report=_is_report(target, size))


def _is_report(path: Path, size: int) -> bool:
    if size > _LARGEST:
        return False
    try:
        Report.parse(path.read_bytes())
    except ReportError:
        return False
    return True
