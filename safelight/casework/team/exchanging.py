"""Exchange with colleagues through the server's mailboxes, or by files on a stick.

    first   what waits for this desk is taken in (`taking_in`), and deleted on the server
    then    each colleague gets what it lacks: this desk's own entries, and of others what it
            asked for; in mails that fit an envelope of 2 MiB, until nothing is left

Every mail says how far the sender holds every chain, so nothing counts as delivered until the
colleague has said that it is there. What a server keeps back comes through another colleague,
who is asked for it. Nothing depends on the order, and everything may happen twice: whoever pulls
the plug exchanges again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from safelight.casework.mail_server import NotAsListedError
from safelight.casework.team import problems, standing
from safelight.casework.team.mail import MOST_GAPS, Mail, sign_mail
from safelight.casework.team.models import Exchange, WaitingMail
from safelight.casework.team.problems import name_problem
from safelight.casework.team.statement import TeamDesk, TeamStatement
from safelight.casework.team.taking_in import (
    KNOWN,
    REFUSED,
    TAKEN,
    WAITS,
    TakenIn,
    note_deleted,
    take_in_sealed,
)
from safelight.casework.team.team_server import KEPT, TeamServer
from safelight.journal.batch import Batch
from safelight.journal.chain import desk_key
from safelight.journal.entry import Entry
from safelight.journal.exchange import batch_for, held_ends
from safelight.journal.models import ForkedEntry, JournalHead
from safelight.sealing.seal import seal_bytes

# With base64, signatures and keys this stays below the 2 MiB of the third envelope.
MAIL_BYTES: Final = 900_000
# A desk that has said nothing for so long gets what it did not confirm once more.
_AGAIN_AFTER: Final = timedelta(days=3)
_ACKNOWLEDGE_AT_ONCE: Final = 50
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did. `left`: time was up before everything was done.

    `mails`, `new`: taken in, and entries new here. `known`: mails that were here already.
    `refused`, `waits`: mails not taken in (named on the page), and from desks no statement names.
    `sent`, `entries`: mails left for colleagues, and the entries in them. `troubles`: desk → why
    the server took nothing for it.
    """

    mails: int = 0
    new: int = 0
    known: int = 0
    refused: int = 0
    waits: int = 0
    sent: int = 0
    entries: int = 0
    left: bool = False
    troubles: Mapping[str, str] = field(default_factory=dict)


Progress = Callable[[Exchanged], None]


@dataclass(slots=True)
class _Running:
    """An exchange under way."""

    server: TeamServer
    give_up_at: float | None
    on_progress: Progress | None
    done: Exchanged = field(default_factory=Exchanged)

    def time_is_up(self) -> bool:
        if self.give_up_at is None or time.monotonic() < self.give_up_at:
            return False
        self.done = replace(self.done, left=True)
        return True

    def note(self, done: Exchanged) -> None:
        self.done = done
        if self.on_progress is not None:
            self.on_progress(done)


def exchange(
    server: TeamServer,
    *,
    seconds: float | None = None,
    again: bool = False,
    on_progress: Progress | None = None,
) -> Exchanged:
    """Take in what waits, then send what colleagues lack; return what was done.

    Stops after about `seconds`, if given, with `left` set. `again` sends once more what no
    colleague has confirmed, and looks once more at what could not be taken in. Raises
    `NoTeamError`, `TeamStatementError` (expired) or `MailServerError`; what was done before that
    is kept.
    """
    give_up_at = None if seconds is None else time.monotonic() + seconds
    running = _Running(server, give_up_at, on_progress)
    if standing.current_team() is None:
        standing.team_to_exchange_with(standing.today())
    if again:
        WaitingMail.objects.all().delete()
        Exchange.objects.update(sent={}, asked={}, told={})
    _take_in_what_waits(running)
    # After taking in: a newer statement may have come, for a desk whose own has expired.
    day = standing.today()
    team = standing.team_to_exchange_with(day)
    for colleague in standing.colleagues(team, day):
        _write_to(colleague, team, running)
    return running.done


def _take_in_what_waits(running: _Running) -> None:
    for _ in range(_ROUNDS):  # again when a new statement made strangers known
        before = standing.newest()
        _take_in_once(running)
        after = standing.newest()
        if running.done.left or before is None or after is None or before.version == after.version:
            return


def _take_in_once(running: _Running) -> None:
    done_with: list[tuple[str, str]] = []
    waits = 0
    for line in running.server.waiting():
        if running.time_is_up():
            break
        try:
            sealed = running.server.envelope(line)
        except NotAsListedError:
            name_problem(problems.ALTERED, through=line.sender)
            continue
        if sealed is None:
            continue
        found = take_in_sealed(sealed)
        waits += found.outcome == WAITS
        running.note(_with(running.done, found, waits=waits))
        if found.outcome != WAITS:
            done_with.append((line.envelope_id, found.mail))
        if len(done_with) == _ACKNOWLEDGE_AT_ONCE:
            _delete(running.server, done_with)
    _delete(running.server, done_with)
    running.note(replace(running.done, waits=waits))


def _delete(server: TeamServer, done_with: list[tuple[str, str]]) -> None:
    if done_with:
        server.acknowledge_mail([envelope for envelope, _ in done_with])
        note_deleted([mail for _, mail in done_with if mail])
        done_with.clear()


def _with(done: Exchanged, found: TakenIn, *, waits: int) -> Exchanged:
    return replace(
        done,
        mails=done.mails + (found.outcome == TAKEN),
        new=done.new + len(found.taken.new),
        known=done.known + (found.outcome == KNOWN),
        refused=done.refused + (found.outcome == REFUSED),
        waits=waits,
    )


def _write_to(colleague: TeamDesk, team: TeamStatement, running: _Running) -> None:
    """Leave mails for a colleague until it needs none; noted once the server has kept them."""
    while not running.time_is_up():
        state, _ = Exchange.objects.get_or_create(desk=colleague.name)
        if state.sent_at is not None and datetime.now(UTC) - state.sent_at > _AGAIN_AFTER:
            state.sent = {}
        written = _next_mail(state, team)
        if written is None:
            return
        mail, batch = written
        sealed = seal_bytes(sign_mail(mail, desk_key().private), [colleague.hybrid_recipient()])
        answer = running.server.leave(colleague.name, sealed)
        if answer != KEPT:
            Exchange.objects.filter(desk=colleague.name).update(trouble=answer)
            troubles = {**running.done.troubles, colleague.name: answer}
            running.note(replace(running.done, troubles=troubles))
            return
        _note_sent(colleague.name, mail, batch)
        running.note(
            replace(
                running.done,
                sent=running.done.sent + 1,
                entries=running.done.entries + len(batch.entries),
            )
        )


def _next_mail(state: Exchange, team: TeamStatement) -> tuple[Mail, Batch] | None:
    """Return the next mail this colleague needs, or None: it has everything, and knows it."""
    held = held_ends()
    batch = batch_for(
        furthest(state.confirmed, state.sent), upto=_owed(state, held), most_bytes=MAIL_BYTES
    )
    asks = _asks(state, held)
    lacks_statement = max(state.statement, state.statement_sent) < team.version
    if not batch.entries and not lacks_statement and held == state.told and asks == state.asked:
        return None
    row = standing.newest()
    mail = Mail(
        sender=desk_key().desk,
        addressee=state.desk,
        number=state.number + 1,
        at=datetime.now(UTC).replace(microsecond=0),
        statement=team.version,
        seen=state.heard,
        gaps=tuple(state.gaps[-MOST_GAPS:]),
        ends=held,
        asks=asks,
        team=bytes(row.signed) if lacks_statement and row is not None else b"",
        batch=batch.to_bytes() if batch.entries else b"",
    )
    return mail, batch


def _owed(state: Exchange, held: Mapping[str, int]) -> dict[str, int]:
    """How far each chain goes that this desk owes a colleague (desk → number of entry).

    Its own chain; what the colleague asked for; and the colleague's own entries, if it has
    fewer than there were: it was put back from a backup.
    """
    own = desk_key().desk
    owed = {desk: min(seq, held.get(desk, 0)) for desk, seq in state.wanted.items()}
    if state.written_at is not None:
        owed[state.desk] = held.get(state.desk, 0)
    return owed | {own: held.get(own, 0)}


def _asks(state: Exchange, held: Mapping[str, int]) -> dict[str, int]:
    """What is known to exist, is not here, and could come from this colleague."""
    known = dict(state.confirmed)
    head = JournalHead.objects.filter(desk=state.desk).first()
    if head is not None:
        known[state.desk] = max(known.get(state.desk, 0), head.seq)
    forked = set(ForkedEntry.objects.values_list("desk", flat=True))
    return {
        desk: seq
        for desk, seq in sorted(known.items())
        if seq > held.get(desk, 0) and desk not in forked
    }


def _note_sent(desk: str, mail: Mail, batch: Batch) -> None:
    """Write down what was left for a colleague. A power cut before this sends it once more."""
    ends = ends_in(batch)
    with transaction.atomic():
        # Read anew: another tab may have heard from the colleague since this mail was made.
        state = Exchange.objects.get(desk=desk)
        state.sent = furthest(state.sent, ends)
        state.handed = furthest(state.handed, ends)
        state.told, state.asked = dict(mail.ends), dict(mail.asks)
        state.number, state.trouble = max(state.number, mail.number), ""
        state.sent_at = datetime.now(UTC)
        if mail.team:
            state.statement_sent = mail.statement
        state.save()


def ends_in(batch: Batch) -> dict[str, int]:
    """How far each chain goes in a batch."""
    ends: dict[str, int] = {}
    for signed in batch.entries:
        entry = Entry.parse(signed.signed)
        ends[entry.desk] = max(ends.get(entry.desk, 0), entry.seq)
    return ends


def furthest(*maps: Mapping[str, int]) -> dict[str, int]:
    """The higher number of each desk."""
    desks = {desk for ends in maps for desk in ends}
    return {desk: max(ends.get(desk, 0) for ends in maps) for desk in sorted(desks)}


def mails_for_a_stick(colleague: TeamDesk, team: TeamStatement) -> Iterator[bytes]:
    """Yield sealed mails with everything this desk has and a colleague has not confirmed.

    Of every chain, as nothing else may come through. They carry no number: a stick may be lost
    or read twice. What is on it counts as handed over.
    """
    state, _ = Exchange.objects.get_or_create(desk=colleague.name)
    row = standing.newest()
    sent = dict(state.confirmed)
    while True:
        batch = batch_for(sent, most_bytes=MAIL_BYTES)
        mail = Mail(
            sender=desk_key().desk,
            addressee=colleague.name,
            number=0,
            at=datetime.now(UTC).replace(microsecond=0),
            statement=team.version,
            seen=state.heard,
            ends=held_ends(),
            team=b"" if row is None else bytes(row.signed),
            batch=batch.to_bytes() if batch.entries else b"",
        )
        yield seal_bytes(sign_mail(mail, desk_key().private), [colleague.hybrid_recipient()])
        sent = furthest(sent, ends_in(batch))
        with transaction.atomic():
            now = Exchange.objects.get(desk=colleague.name)
            now.handed = furthest(now.handed, sent)
            now.save(update_fields=["handed"])
        if not batch_for(sent, most_bytes=1).entries:
            return
