"""A team of real desks in one process: each its own encrypted database, one root key, one post.

    with team_in(tmp_path) as team:
        team.sit(1)                 # work at desk-2 from here on
        team.exchange(1)

The post is either a `PostOffice` in memory, which a test can bend, or the real server
(`team_on_server`). Databases are made once a process and copied.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.casework.team.roles import Role
from safelight.casework.team.statement import RoleSpan, TeamDesk, TeamStatement, sign_team
from tests.support.desk import CHEAP, PASSPHRASE
from tests.support.django_project import django_project
from tests.support.live_server import today

NAMES = ("desk-1", "desk-2", "desk-3")


@dataclass
class Seat:
    """One desk of the team."""

    name: str
    data: Path
    key: bytes
    recipient: str
    verify_key: str


@dataclass
class Waiting:
    """An envelope in the post office, as the server would list it."""

    seq: int
    sender: str
    addressee: str
    sealed: bytes
    envelope_id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def size(self) -> int:
        return len(self.sealed)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sealed).hexdigest()


class PostOffice:
    """The mailboxes in memory. `lets_through` decides what is listed, so a test can keep back."""

    def __init__(self) -> None:
        self.held: list[Waiting] = []
        self.ever: list[Waiting] = []
        self.lets_through: Callable[[Waiting], bool] = lambda _: True
        self.members: set[str] | None = None

    def put(self, sender: str, addressee: str, sealed: bytes) -> Waiting:
        one = Waiting(len(self.ever) + 1, sender, addressee, sealed)
        self.held.append(one)
        self.ever.append(one)
        return one


class Counter:
    """What `TeamServer` offers, at a post office, for one desk."""

    def __init__(self, office: PostOffice, desk: str) -> None:
        self.office, self.desk = office, desk

    def _check(self) -> None:
        from safelight.casework.mail_server import MailServerError

        if self.office.members is not None and self.desk not in self.office.members:
            raise MailServerError("the server does not accept this desk (status 401)")

    def waiting(self) -> Iterator[Any]:
        self._check()
        for one in list(self.office.held):
            if one.addressee == self.desk and self.office.lets_through(one):
                yield one

    def envelope(self, line: Any) -> bytes | None:
        return next((one.sealed for one in self.office.held if one is line), None)

    def leave(self, desk: str, sealed: bytes) -> str:
        self._check()
        if self.office.members is not None and desk not in self.office.members:
            return "not-on-the-roster"
        self.office.put(self.desk, desk, sealed)
        return "kept"

    def acknowledge_mail(self, ids: Sequence[str]) -> None:
        self._check()
        self.office.held = [one for one in self.office.held if one.envelope_id not in ids]


@dataclass
class Team:
    """Desks, the keeper's root key, and the post. `sit` chooses where the program works."""

    seats: list[Seat]
    root: Ed25519PrivateKey
    office: PostOffice = field(default_factory=PostOffice)
    statement: TeamStatement | None = None

    def sit(self, at: int) -> Seat:
        from django.db import connections

        from safelight.desk.sqlcipher import held_key

        connections.close_all()
        held_key.hold(self.seats[at].data / "desk.db", self.seats[at].key)
        return self.seats[at]

    def member(self, at: int, *roles: Role, **changes: Any) -> TeamDesk:
        seat = self.seats[at]
        since = today() - timedelta(days=30)
        spans = tuple(RoleSpan(role, since) for role in roles or tuple(Role))
        return replace(TeamDesk(seat.name, seat.recipient, seat.verify_key, spans), **changes)

    def signed(self, *members: TeamDesk, version: int = 1, **changes: Any) -> bytes:
        """A statement of these desks; of all of them, in every role, without any."""
        desks = members or tuple(self.member(at) for at in range(len(self.seats)))
        fields = {
            "version": version,
            "issued": today() - timedelta(days=1),
            "expires": today() + timedelta(days=90),
            "desks": desks,
        }
        self.statement = TeamStatement(**fields | changes)  # type: ignore[arg-type]
        return sign_team(self.statement, self.root)

    def accept_everywhere(self, signed: bytes) -> None:
        from safelight.casework.team.standing import accept

        for at in range(len(self.seats)):
            self.sit(at)
            accept(signed, root=self.root.public_key())

    def given_roles(self, *roles: tuple[Role, ...]) -> None:
        """Desk i has these roles from here on, and every desk knows; we sit at the first."""
        members = (self.member(at, *those) for at, those in enumerate(roles))
        self.accept_everywhere(self.signed(*members, version=2))
        self.sit(0)

    def counter(self, at: int) -> Any:
        return Counter(self.office, self.seats[at].name)

    def exchange(self, at: int, **options: Any) -> Any:
        from safelight.casework.team.exchanging import exchange

        self.sit(at)
        return exchange(self.counter(at), **options)

    def everybody_exchanges(self, rounds: int = 4, **options: Any) -> None:
        for _ in range(rounds):
            for at in range(len(self.seats)):
                self.exchange(at, **options)


@cache
def _templates(count: int) -> tuple[Seat, ...]:
    from safelight.desk.key_file import unwrapped_key
    from safelight.desk.setting_up import set_up

    made = []
    for name in [f"desk-{number}" for number in range(1, count + 1)]:
        data = Path(tempfile.mkdtemp(prefix="safelight-team-template-"))
        public = json.loads(set_up(data, name, PASSPHRASE, cost=CHEAP).to_json())
        key = unwrapped_key(data / "desk.key.json", PASSPHRASE)
        made.append(Seat(name, data, key, public["recipient"], public["verify_key"]))
    return tuple(made)


@contextmanager
def team_in(directory: Path, *, count: int = 3, accepted: bool = True) -> Iterator[Team]:
    """Enter the desk's project with `count` fresh desks that have accepted one statement."""
    from safelight.desk.unlocking import lock

    with django_project("safelight.desk.settings"):
        seats = []
        for template in _templates(count):
            data = directory / template.name
            data.mkdir(mode=0o700, parents=True)
            for file in template.data.iterdir():
                shutil.copy(file, data / file.name)
            seats.append(replace(template, data=data))
        team = Team(seats, Ed25519PrivateKey.generate())
        try:
            if accepted:
                team.accept_everywhere(team.signed())
            team.sit(0)
            yield team
        finally:
            lock()


def take_in_reports(team: Team, *reports: Any) -> list[str]:
    """Take reports in at the desk where one sits, sealed to that desk; return the new cases."""
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case, OpeningKey
    from safelight.sealing.recipients import parse_recipient
    from safelight.sealing.seal import seal_bytes

    recipient = parse_recipient(OpeningKey.objects.order_by("made_on").first().recipient)
    before = set(Case.objects.values_list("case_id", flat=True))
    take_in([seal_bytes(report.to_bytes(), [recipient]) for report in reports])
    return sorted(set(Case.objects.values_list("case_id", flat=True)) - before)


def problems_named() -> dict[str, int]:
    """What is named at the desk where one sits: reason → how many different ones."""
    from safelight.casework.team.models import NamedProblem

    found: dict[str, int] = {}
    for reason in NamedProblem.objects.values_list("reason", flat=True):
        found[reason] = found.get(reason, 0) + 1
    return found
