"""Take in one mail of a colleague: open, verify who wrote it, then all of it or nothing.

    opened here, a mail, a statement in it   the newer statement is accepted first
    its writer is named, signed, to this desk, not left                 or it is named and refused
    a transaction: entries, contents, tables, how far that colleague is

After that the server is told to delete it. A power cut before leaves it there; it is then known
by its digest, and nothing happens twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db import transaction

from safelight.casework import inbox
from safelight.casework.colleagues import admitted
from safelight.casework.team import problems
from safelight.casework.team.mail import MOST_GAPS, Mail, MailError, SignedMail, parse_mail
from safelight.casework.team.models import Exchange, TakenMail, WaitingMail
from safelight.casework.team.problems import name_problem
from safelight.casework.team.standing import accept, current_team
from safelight.casework.team.statement import TeamDesk, TeamStatement, TeamStatementError
from safelight.journal import content_keys
from safelight.journal.batch import Batch, BatchError
from safelight.journal.chain import desk_key
from safelight.journal.entry import JournalError
from safelight.journal.merging import Taken
from safelight.sealing.envelope import EnvelopeError
from safelight.sealing.header import SealedFileError

_log = logging.getLogger("safelight.casework")

# A colleague that writes so long after our last mail, and does not have it, will not get it.
_LOST_AFTER: Final = timedelta(hours=1)
TAKEN: Final = "taken"
KNOWN: Final = "known"
WAITS: Final = "waits"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of one mail. `mail` names it for `note_deleted`; WAITS stays on the server."""

    outcome: str
    mail: str = ""
    taken: Taken = field(default_factory=Taken)


def take_in_sealed(untrusted: bytes) -> TakenIn:
    """Take in one envelope; never raises for what is in it."""
    envelope = sha256(untrusted).hexdigest()
    team = current_team()
    version = team.version if team else 0
    if WaitingMail.objects.filter(digest=envelope, statement=version).exists():
        return TakenIn(WAITS)
    try:
        signed = parse_mail(inbox.open_team_mail(untrusted))
    except (EnvelopeError, SealedFileError):
        return _refused(problems.NOT_OPENED)
    except MailError:
        return _refused(problems.UNREADABLE)
    team = _newer_team(signed.mail, team)
    try:
        found = _take_in(signed, team)
    except Exception as error:  # noqa: BLE001
        # Whatever one colleague's mail brings to light (also a mistake of ours) must not keep
        # the other colleagues' from being taken in: tests/attacks/test_colleague_stops_the_mail.py.
        _log.info("team.mail accident %s %s", envelope[:12], type(error).__name__)
        name_problem(problems.ACCIDENT, desk=signed.mail.sender)
        found = TakenIn(WAITS)
    if found.outcome == WAITS:
        now = team.version if team else 0
        WaitingMail.objects.update_or_create(digest=envelope, defaults={"statement": now})
    else:
        WaitingMail.objects.filter(digest=envelope).delete()
    return found


def note_deleted(mails: list[str]) -> None:
    """The server has deleted these mails: from now on they come again only as a replay."""
    TakenMail.objects.filter(digest__in=mails).update(acknowledged=True)


def _newer_team(mail: Mail, team: TeamStatement | None) -> TeamStatement | None:
    """Accept the statement that came with a mail, whoever sent it: the root key signed it."""
    if not mail.team or team is None or mail.statement <= team.version:
        return team
    try:
        return accept(mail.team)
    except TeamStatementError as reason:
        name_problem(f"statement-{reason.name}", desk=mail.sender)
    except JournalError:  # a desk that was enrolled with another key
        name_problem("statement-key-changed", desk=mail.sender)
    return team


def _take_in(signed: SignedMail, team: TeamStatement | None) -> TakenIn:
    mail = signed.mail
    sender = team.desk(mail.sender) if team else None
    if sender is None:
        name_problem(problems.STRANGER, desk=mail.sender)
        return TakenIn(WAITS)  # a statement that names it may be on its way
    wrong = _why_not(signed, sender)
    if wrong:
        return _refused(wrong, mail)
    try:
        batch = Batch.parse(mail.batch) if mail.batch else None
    except BatchError:
        return _refused(problems.UNREADABLE, mail)
    with transaction.atomic():
        # Asked inside it: another tab may be taking the same mail in.
        known = TakenMail.objects.filter(digest=signed.digest).first()
        if known is not None:
            if known.acknowledged and mail.number:
                name_problem(problems.REPLAYED, desk=mail.sender, seq=mail.number)
            return TakenIn(KNOWN, signed.digest)
        taken = Taken() if batch is None else admitted(batch)
        _note(mail)
        TakenMail.objects.create(digest=signed.digest, desk=mail.sender, number=mail.number)
        for entry in taken.refused:
            name_problem(entry.reason, desk=entry.desk, through=mail.sender, seq=entry.seq)
    content_keys.finish_erasure()
    return TakenIn(TAKEN, signed.digest, taken)


def _why_not(signed: SignedMail, sender: TeamDesk) -> str:
    mail, own = signed.mail, desk_key().desk
    if not signed.is_signed_by(sender.verify_key()) or mail.sender == own:
        return problems.FORGED
    if mail.addressee != own:
        return problems.FOR_ANOTHER
    if sender.until is not None and mail.at.date() > sender.until:
        return problems.LEFT
    return ""


def _refused(reason: str, mail: Mail | None = None) -> TakenIn:
    if mail is None:
        name_problem(reason)
    else:
        name_problem(reason, desk=mail.sender, seq=mail.number)
    return TakenIn(REFUSED)


def _note(mail: Mail) -> None:
    """Note how far a colleague is, by its newest mail, and which of its mails did not come."""
    state, _ = Exchange.objects.get_or_create(desk=mail.sender)
    written = state.written_at
    if written is None or mail.at > written or (mail.at == written and mail.number >= state.heard):
        _note_newest(state, mail)
    if mail.number > state.heard:
        between = range(state.heard + 1, mail.number)[:MOST_GAPS]
        state.gaps = [*state.gaps, *between][-MOST_GAPS:]
        state.heard = mail.number
    elif mail.number in state.gaps:
        state.gaps = [number for number in state.gaps if number != mail.number]
    state.heard_at = datetime.now(UTC)
    state.save()


def _note_newest(state: Exchange, mail: Mail) -> None:
    lost = state.sent_at is not None and mail.at > state.sent_at + _LOST_AFTER
    if lost or _went_back(state.confirmed, mail.ends):
        # What lay on the server went astray, or the colleague was restored from a backup.
        state.sent = {}
    else:
        # What it asks for by name it did not get.
        state.sent = {
            desk: min(seq, mail.ends.get(desk, 0)) if desk in mail.asks else seq
            for desk, seq in state.sent.items()
        }
    state.confirmed, state.wanted = dict(mail.ends), dict(mail.asks)
    state.seen, state.statement, state.written_at = mail.seen, mail.statement, mail.at


def _went_back(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    return any(now.get(desk, 0) < seq for desk, seq in before.items())
