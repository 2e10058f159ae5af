"""How the exchange stands, for the page and for `safelight desk team show`: facts, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from safelight.casework.team import standing
from safelight.casework.team.models import Exchange, NamedProblem
from safelight.casework.team.statement import TeamDesk
from safelight.journal.chain import desk_key
from safelight.journal.exchange import held_ends, missing_here
from safelight.journal.models import EarlyEntry, ForkedEntry, PassedOver


@dataclass(frozen=True, slots=True)
class PassedOverKind:
    """So many entries of one kind count for nothing: their desk's role did not allow them."""

    kind: str
    entries: int


@dataclass(frozen=True, slots=True)
class ColleagueNow:
    """One other desk. `waits`: this desk's entries that it has not confirmed.

    `missing`: first and last of its entries that it signed for and that are not here; `gaps`:
    numbers of its mails that did not come, though later ones did. `early`: entries that wait
    for the missing ones. `forked`: numbers under which it signed two entries. `trouble`: why
    the server took nothing for it the last time.
    """

    desk: str
    roles: tuple[str, ...]
    since: date
    until: date | None
    last_entry: int | None
    is_of_the_team: bool
    held: int
    heard_at: datetime | None
    sent_at: datetime | None
    waits: int
    missing: tuple[int, int] | None
    early: int
    gaps: tuple[int, ...]
    forked: tuple[int, ...]
    passed_over: tuple[PassedOverKind, ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class ProblemNow:
    """Something that came and was not taken in (`problems`)."""

    reason: str
    desk: str
    through: str
    seq: int
    on: date
    times: int


@dataclass(frozen=True, slots=True)
class TeamNow:
    """The team as this desk knows it, and what is wrong. `version` 0: no statement yet."""

    own: str
    own_roles: tuple[str, ...]
    own_until: date | None
    version: int
    issued: date | None
    expires: date | None
    is_expired: bool
    colleagues: tuple[ColleagueNow, ...]
    problems: tuple[ProblemNow, ...]


def team_now(today: date) -> TeamNow:
    """Return how the team and the exchange stand on this desk."""
    team = standing.current_team()
    own = desk_key().desk
    if team is None:
        return TeamNow(own, (), None, 0, None, None, False, (), _problems())
    named = team.desk(own)
    missing = {gap.desk: (gap.first, gap.last) for gap in missing_here()}
    held = held_ends()
    return TeamNow(
        own=own,
        own_roles=_roles(named, today),
        own_until=None if named is None else named.until,
        version=team.version,
        issued=team.issued,
        expires=team.expires,
        is_expired=today > team.expires,
        colleagues=tuple(
            _colleague(desk, today, held, missing.get(desk.name), own)
            for desk in team.desks
            if desk.name != own
        ),
        problems=_problems(),
    )


def _roles(desk: TeamDesk | None, today: date) -> tuple[str, ...]:
    return () if desk is None else tuple(sorted(role.value for role in desk.roles(today)))


def _colleague(
    desk: TeamDesk, today: date, held: dict[str, int], missing: tuple[int, int] | None, own: str
) -> ColleagueNow:
    state = Exchange.objects.filter(desk=desk.name).first() or Exchange(desk=desk.name)
    forked = ForkedEntry.objects.filter(desk=desk.name).order_by("seq")
    passed = PassedOver.objects.filter(desk=desk.name).values("kind").order_by("kind")
    return ColleagueNow(
        desk=desk.name,
        roles=_roles(desk, today),
        since=desk.since,
        until=desk.until,
        last_entry=desk.last_entry,
        is_of_the_team=desk.is_of_the_team(today),
        held=held.get(desk.name, 0),
        heard_at=state.heard_at,
        sent_at=state.sent_at,
        waits=max(0, held.get(own, 0) - state.confirmed.get(own, 0)),
        missing=missing,
        early=EarlyEntry.objects.filter(desk=desk.name).count(),
        gaps=tuple(state.gaps),
        forked=tuple(sorted(set(forked.values_list("seq", flat=True)))),
        passed_over=tuple(
            PassedOverKind(line["kind"], line["entries"])
            for line in passed.annotate(entries=Count("pk"))
        ),
        trouble=state.trouble,
    )


def _problems() -> tuple[ProblemNow, ...]:
    rows = NamedProblem.objects.order_by("-on", "reason", "desk", "seq")[:200]
    return tuple(
        ProblemNow(row.reason, row.desk, row.through, row.seq, row.on, row.times) for row in rows
    )
