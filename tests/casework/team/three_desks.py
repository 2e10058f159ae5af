"""Three real desks and the real server, and everything that can go wrong between them.

A Hypothesis state machine. Desks are databases in SQLCipher, the server is `safelight serve` as
a process. What is drawn: work at a desk, exchanges over a line that is cut before or after any
request, lists in another order and with lines kept back, mails that are lost, repeated or
forged, `kill -9` of a desk at any step (in a forked child) and of the server.

At the end everybody exchanges until nobody has anything to say, and then: the same tables and
cases everywhere, every entry that was ever committed held by all, every forged, repeated or lost
mail named.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from safelight.casework.team.mail import Mail, parse_mail, sign_mail
from safelight.errors import SafelightError
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.roster import Roster, RosterDesk
from safelight.sealing.seal import seal_bytes
from tests.casework.team.real_team import Seat, Team, problems_named, take_in_reports, team_in
from tests.support.desk import a_report, codes
from tests.support.live_server import Keeper, LiveServer, today

DESKS = st.integers(0, 2)
SEEDS = st.integers(0, 2**32)
STEPS = st.integers(1, 14)
# Tables of one desk alone, or with bytes that are sealed anew each time.
NOT_SHARED = {
    "OpeningKey",
    "ReceivedEnvelope",
    "EnvelopePiece",
    "Opening",
    "SealedAnswer",
    "Withdrawal",
    "TriageMark",
}
MOST_ROUNDS = 12


def keeper_of(team: Team) -> Keeper:
    """The team's root key, and a roster of its desks for the server."""
    desks = tuple(
        RosterDesk(
            seat.name,
            seat.recipient,
            seat.verify_key,
            today() - timedelta(days=1),
            today() + timedelta(days=60),
        )
        for seat in team.seats
    )
    roster = Roster(1, today() - timedelta(days=1), today() + timedelta(days=60), desks)
    return Keeper(team.root, (), roster)


@dataclass
class Line:
    """What happens between one desk and the server during one exchange."""

    cut_at: int = 0  # the request that fails; 0 none
    reached: bool = False  # whether it had reached the server all the same
    die_at: int = 0  # the step at which this process is killed; 0 never
    draw: random.Random = field(default_factory=lambda: random.Random(0))
    keeps_back: float = 0.0
    requests: int = 0
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def faulty(url: str, line: Line) -> Any:
    """A `TeamServer` at the end of such a line."""
    from safelight.casework.mail_server import MailServerError
    from safelight.casework.team.team_server import TeamServer
    from safelight.journal.chain import desk_key

    class Faulty(TeamServer):
        def _answer(self, *args: Any, **kwargs: Any) -> Any:
            line.requests += 1
            line.step()
            if line.requests == line.cut_at and not line.reached:
                raise MailServerError("the line is cut")
            answer = super()._answer(*args, **kwargs)
            if line.requests == line.cut_at:
                raise MailServerError("the line is cut")
            line.step()
            return answer

        def waiting(self) -> Iterator[Any]:
            lines = list(super().waiting())
            line.draw.shuffle(lines)
            yield from (one for one in lines if line.draw.random() >= line.keeps_back)

    return Faulty(url, desk_key())


def in_a_child(operation: Callable[[], object], line: Line) -> bool:
    """Do something in a forked process that may be killed; whether it came to its end."""
    from django.db import connections

    from safelight.casework.team import exchanging, taking_in
    from safelight.journal import chain, exchange

    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            for module, name in (
                (chain, "store_entry"),
                (exchange, "store_entry"),
                (taking_in, "_note"),
                (exchanging, "_note_sent"),
            ):
                setattr(module, name, _with_steps(getattr(module, name), line))
            with contextlib.suppress(SafelightError):
                operation()
        except BaseException:  # noqa: BLE001  # the parent sees the exit code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), "the desk ended with an error of its own"
    return status == 0


def _with_steps(original: Callable[..., Any], line: Line) -> Callable[..., Any]:
    def stepped(*args: Any, **kwargs: Any) -> Any:
        line.step()
        result = original(*args, **kwargs)
        line.step()
        return result

    return stepped


def shared_tables() -> dict[str, list[Any]]:
    """Every row of every projection of this desk, without sealed bytes and row ids."""
    from django.apps import apps
    from django.db import models

    from safelight.casework.projecting import case_now, cases_in_the_journal

    found: dict[str, list[Any]] = {}
    for model in apps.get_models():
        room = model._meta.app_label
        if room not in {"casework", "followup", "letters"} or model.__name__ in NOT_SHARED:
            continue
        columns = [
            one.attname
            for one in model._meta.concrete_fields
            if not isinstance(one, models.BinaryField | models.AutoField)
        ]
        found[f"{room}.{model.__name__}"] = sorted(model.objects.values_list(*columns), key=repr)
    # Words and codes too: what the pages would show of every case.
    found["cases"] = [repr(case_now(case)) for case in cases_in_the_journal()]
    return found


def drain(server: LiveServer, team: Team) -> None:
    """Delete what an earlier example left on the server."""
    from safelight.casework.team.team_server import TeamServer
    from safelight.journal.chain import desk_key

    for at in range(len(team.seats)):
        team.sit(at)
        client = TeamServer(server.url, desk_key())
        client.acknowledge_mail([line.envelope_id for line in client.waiting()])


# What failed first. Keys and nonces are really random, so the same draws may not fail again, and
# Hypothesis would only say that.
FAILURES: list[str] = []


def _tells(step: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(step)
    def telling(*args: Any, **kwargs: Any) -> None:
        try:
            step(*args, **kwargs)
        except Exception:
            FAILURES.append(traceback.format_exc())
            raise

    return telling


def told_rule(**draws: Any) -> Callable[[Callable[..., None]], Any]:
    return lambda step: rule(**draws)(_tells(step))


class ThreeDesks(RuleBasedStateMachine):
    """`server` is set by the test: a running server whose roster names the desks of `team_in`."""

    server: LiveServer
    restarts = 3  # a start takes longer than everything else together

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        directory = Path(self.stack.enter_context(TemporaryDirectory(prefix="safelight-three-")))
        self.team: Team = self.stack.enter_context(team_in(directory))
        drain(self.server, self.team)
        self.committed: dict[tuple[str, int], str] = {}
        self.posted: list[tuple[int, int, bytes]] = []
        self.lost: list[tuple[int, str, int]] = []
        self.forged: set[tuple[int, str]] = set()
        self.forgeries: set[str] = set()
        self.repeated: list[tuple[int, str]] = []
        self.operations = 0  # decisions, exchanges and faults; not the last exchanges

    # --- what can happen -----------------------------------------------------

    @told_rule(at=DESKS, seed=SEEDS)
    def work(self, at: int, seed: int) -> None:
        self._sit(at)
        self._work(random.Random(seed))
        self._note_committed(at)

    @told_rule(at=DESKS, seed=SEEDS)
    def work_on(self, at: int, seed: int) -> None:
        """A desk that is not heard of for a while."""
        draw = random.Random(seed)
        self._sit(at)
        for _ in range(draw.randrange(2, 12)):
            self._work(draw)
        self._note_committed(at)

    @told_rule(at=DESKS, seed=SEEDS, die_at=STEPS)
    def work_until_killed(self, at: int, seed: int, die_at: int) -> None:
        self._sit(at)
        draw = random.Random(seed)
        self.operations += 1
        in_a_child(lambda: self._work(draw), Line(die_at=die_at))
        self._note_committed(at)

    @told_rule(at=DESKS, seed=SEEDS, keeps_back=st.sampled_from([0.0, 0.0, 0.5, 0.9]))
    def exchange(self, at: int, seed: int, keeps_back: float) -> None:
        self._exchange(at, Line(draw=random.Random(seed), keeps_back=keeps_back))

    @told_rule(at=DESKS, seed=SEEDS, cut_at=STEPS, reached=st.booleans())
    def exchange_over_a_cut_line(self, at: int, seed: int, cut_at: int, reached: bool) -> None:
        self._exchange(at, Line(cut_at=cut_at, reached=reached, draw=random.Random(seed)))

    @told_rule(at=DESKS, seed=SEEDS, die_at=st.integers(1, 40))
    def exchange_until_killed(self, at: int, seed: int, die_at: int) -> None:
        line = Line(die_at=die_at, draw=random.Random(seed))
        self._sit(at)
        self.operations += 1  # the child counts for itself
        in_a_child(lambda: self._exchanged(line), line)
        self._note_committed(at)

    @told_rule(at=DESKS, which=SEEDS)
    def server_loses_a_mail(self, at: int, which: int) -> None:
        from safelight.casework import inbox

        client = self._client(at)
        lines = [line for line in client.waiting() if line.sha256 not in self.forgeries]
        if lines:
            line = lines[which % len(lines)]
            sealed = client.envelope(line)
            with contextlib.suppress(SafelightError):
                mail = parse_mail(inbox.open_team_mail(sealed)).mail
                self.lost.append((at, mail.sender, mail.number))
            client.acknowledge_mail([line.envelope_id])
            # A copy that is lost as well was never seen by anybody.
            if (at, line.sha256) in self.repeated:
                self.repeated.remove((at, line.sha256))
            self.operations += 1

    @told_rule(at=DESKS, which=SEEDS)
    def server_keeps_a_copy(self, at: int, which: int) -> None:
        client = self._client(at)
        lines = list(client.waiting())
        if lines:
            line = lines[which % len(lines)]
            sender = next(n for n, seat in enumerate(self.team.seats) if seat.name == line.sender)
            self.posted.append((sender, at, client.envelope(line)))

    @told_rule(which=SEEDS)
    def server_repeats_a_mail(self, which: int) -> None:
        from safelight.casework.team.models import TakenMail

        if not self.posted:
            return
        sender, to, sealed = self.posted[which % len(self.posted)]
        self._sit(to)
        digest = _digest_of(sealed)
        if digest and TakenMail.objects.filter(digest=digest, acknowledged=True).exists():
            self.repeated.append((to, hashlib.sha256(sealed).hexdigest()))
        self._client(sender).leave(self.team.seats[to].name, sealed)
        self.operations += 1

    @told_rule(at=DESKS, to=DESKS, seed=SEEDS)
    def somebody_forges_a_mail(self, at: int, to: int, seed: int) -> None:
        if at == to:
            return
        sender, victim = self.team.seats[at], self.team.seats[to]
        mail = Mail(
            sender=sender.name,
            addressee=victim.name,
            number=seed % 1000 + 1,
            at=datetime.now(UTC).replace(microsecond=0) + timedelta(days=1),
            statement=1,
            ends={sender.name: 0},
        )
        sealed = seal_bytes(
            sign_mail(mail, Ed25519PrivateKey.generate()), [parse_recipient(victim.recipient)]
        )
        self._client(at).leave(victim.name, sealed)
        self.operations += 1
        self.forged.add((to, sender.name))
        self.forgeries.add(hashlib.sha256(sealed).hexdigest())

    @told_rule(now=st.integers(0, 9))
    def server_is_killed(self, now: int) -> None:
        if now == 3 and self.restarts:
            self.restarts -= 1
            self.server.kill()
            self.server.start()
            self.operations += 1

    # --- how it must end -----------------------------------------------------

    @_tells
    def teardown(self) -> None:
        try:
            self._everybody_exchanges()
            self._check()
        finally:
            self.stack.close()

    def _everybody_exchanges(self) -> None:
        for number in range(MOST_ROUNDS):
            moved = 0
            for at in range(3):
                self._sit(at)
                client = faulty(self.server.url, Line())
                done = _exchange(client, again=number == 0)
                moved += done.sent + done.mails + done.new
            if not moved:
                return
        raise AssertionError(f"after {MOST_ROUNDS} rounds somebody still has something to say")

    def _check(self) -> None:
        from safelight.casework.projecting import rebuild
        from safelight.casework.team.models import Exchange, TakenMail
        from safelight.journal.models import JournalEntry
        from safelight.journal.verifying import verify

        seen, chains = [], []
        for at in range(3):
            self._sit(at)
            verified = verify()
            assert (verified.missing, verified.forks) == ((), ())
            chains.append(set(JournalEntry.objects.values_list("desk", "seq", "digest")))
            seen.append(shared_tables())
            rebuild()
            assert shared_tables() == seen[-1], "the tables rebuild identically from the journal"
            named = problems_named()
            forged = {name for to, name in self.forged if to == at}
            assert named.pop("forged-mail", 0) >= len(forged)
            repeated = [to for to, _ in self.repeated]
            assert (named.pop("replayed", 0) > 0) >= (at in repeated)
            assert named == {}, "and nothing is named that did not happen"
            for to, sender, number in self.lost:
                state = Exchange.objects.filter(desk=sender).first() if to == at else None
                if state is not None and number <= state.heard:
                    came = TakenMail.objects.filter(desk=sender, number=number).exists()
                    assert came or number in state.gaps, "a lost mail is named by its number"
        for name in seen[0]:
            assert seen[0][name] == seen[1][name] == seen[2][name], name
        assert chains[0] == chains[1] == chains[2]
        lost = {(*key, digest) for key, digest in self.committed.items()} - chains[0]
        assert lost == set(), "no committed entry is lost"

    # --- helping -------------------------------------------------------------

    def _sit(self, at: int) -> Seat:
        return self.team.sit(at)

    def _client(self, at: int) -> Any:
        from safelight.casework.team.team_server import TeamServer
        from safelight.journal.chain import desk_key

        self._sit(at)
        return TeamServer(self.server.url, desk_key())

    def _note_committed(self, at: int) -> None:
        from safelight.journal.models import JournalEntry

        own = self.team.seats[at].name
        known = max((seq for desk, seq in self.committed if desk == own), default=0)
        rows = JournalEntry.objects.filter(desk=own, seq__gt=known)
        for seq, digest in rows.values_list("seq", "digest"):
            self.committed[own, seq] = digest

    def _exchange(self, at: int, line: Line) -> None:
        self._sit(at)
        with contextlib.suppress(SafelightError):
            self._exchanged(line)
        self._note_committed(at)

    def _exchanged(self, line: Line) -> None:
        self.operations += 1
        _exchange(faulty(self.server.url, line))

    def _work(self, draw: random.Random) -> None:
        """One thing a person does at the desk, whether or not it still makes sense."""
        self.operations += 1
        from safelight.casework.models import Case

        cases = list(Case.objects.order_by("case_id").values_list("case_id", flat=True))
        if len(cases) < 3 or draw.random() < 0.15:
            take_in_reports(self.team, a_report(answers={"story": f"{draw.random()}"}))
            return
        with contextlib.suppress(SafelightError):
            _decide(draw.choice(cases), draw)


def _exchange(client: Any, **options: Any) -> Any:
    from safelight.casework.team.exchanging import exchange

    return exchange(client, **options)


def _digest_of(sealed: bytes) -> str:
    from safelight.casework import inbox

    try:
        return parse_mail(inbox.open_team_mail(sealed)).digest
    except SafelightError:
        return ""


def _decide(case: str, draw: random.Random) -> None:
    from safelight.casework.answers import write_answer
    from safelight.casework.cases import move_to_lane, set_aside, take_back, undo, undoable
    from safelight.casework.coding import code_case
    from safelight.casework.folding import entry_name
    from safelight.casework.withdrawals import destroy_case
    from safelight.journal.content_keys import finish_erasure

    what = draw.randrange(16)
    if what < 5:
        code_case(case, codes(region=draw.choice(["77", "78", "UNK"])))
    elif what < 7:
        set_aside(case, "duplicate")
    elif what < 9:
        take_back(case)
    elif what < 11:
        move_to_lane(case, draw.choice(["urgent", "letters", "reports"]))
    elif what < 13:
        write_answer(case, text=f"answer {draw.random()}", status="in-work")
    elif what < 15:
        latest = undoable(case)
        if latest is not None:
            undo(case, entry_name(latest.entry))
    elif draw.random() < 0.4:
        destroy_case(case, why="withdrawn-unproven", proof="")
        finish_erasure()
