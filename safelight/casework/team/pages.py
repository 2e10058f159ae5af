"""The page of the team: who, what waits, what is missing, what was refused; and what one held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from safelight.casework.mail_server import MailServerError
from safelight.casework.team import standing
from safelight.casework.team.exchanging import exchange
from safelight.casework.team.held import held_by
from safelight.casework.team.shown import ColleagueNow, TeamNow, team_now
from safelight.casework.team.statement import TeamStatementError
from safelight.casework.team.stick import take_in_files
from safelight.casework.team.team_server import TeamServer
from safelight.casework.team.wording import (
    PROBLEMS,
    ROLES,
    TROUBLES,
    WHY_HELD,
    exchanged_sentences,
)
from safelight.casework.wording import KINDS
from safelight.journal.chain import desk_key
from safelight.sealing.public_key import PublicKeyError
from safelight.sealing.root_key import parse_root

_SERVER: Final = "safelight.server"  # the WSGI environment's key; set by `safelight desk run`
# One press works this long, then says that more is waiting: a page, not a spinner.
_SECONDS_PER_PRESS: Final = 15
_WARN_DAYS: Final = 14
_LARGEST_STATEMENT: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ColleagueShown:
    """One colleague, in sentences."""

    now: ColleagueNow
    roles: str
    facts: tuple[str, ...]
    warnings: tuple[str, ...]


@require_GET
def team_page(request: HttpRequest) -> HttpResponse:
    """Who is of the team, and how the exchange with each colleague stands."""
    return _page(request)


@require_POST
def exchange_now(request: HttpRequest) -> HttpResponse:
    """Exchange with colleagues through the server this desk was started with."""
    server = request.META.get(_SERVER)
    if not server:
        return redirect("team:index")
    try:
        done = exchange(TeamServer(server, desk_key()), seconds=_SECONDS_PER_PRESS)
    except (MailServerError, standing.NoTeamError) as problem:
        return _page(request, problem=str(problem), status=502)
    except TeamStatementError as problem:
        return _page(request, problem=_said(problem), status=400)
    return _page(request, done=exchanged_sentences(done))


@require_POST
def accept_statement(request: HttpRequest) -> HttpResponse:
    """Take in a team statement from a file; the first one with the root's public key."""
    given = request.FILES.get("statement")
    root_text = request.POST.get("root", "").strip()
    try:
        root = parse_root(root_text) if root_text else None
        untrusted = b"" if given is None else given.read(_LARGEST_STATEMENT)
        found = standing.accept(untrusted, root=root)
    except TeamStatementError as problem:
        return _page(request, problem=_said(problem), status=400)
    except PublicKeyError:
        return _page(request, problem=_("A root public key is 64 hex digits."), status=400)
    sentence = _("Team statement %(version)d is accepted.") % {"version": found.version}
    return _page(request, done=[sentence])


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in mail between desks that came as files."""
    files = request.FILES.getlist("mails")
    try:
        standing.team_to_exchange_with(standing.today())
    except (standing.NoTeamError, TeamStatementError) as problem:
        return _page(request, problem=str(problem), status=400)
    done = take_in_files((file.name or "", file.read()) for file in files)
    return _page(request, done=exchanged_sentences(done)[:1])


@require_GET
def held_page(request: HttpRequest, desk: str) -> HttpResponse:
    """What a colleague's desk held: for the day it leaves."""
    cases = [(one, WHY_HELD[one.why]) for one in held_by(desk)]
    return render(request, "team/held.html", {"desk": desk, "cases": cases})


def _page(
    request: HttpRequest, *, problem: str = "", done: list[str] | None = None, status: int = 200
) -> HttpResponse:
    now = team_now(standing.today())
    context: dict[str, Any] = {
        "team": now,
        "own_roles": _roles(now.own_roles),
        "warnings": _own_warnings(now),
        "colleagues": [_shown(one) for one in now.colleagues],
        "problems": [(one, PROBLEMS.get(one.reason, one.reason)) for one in now.problems],
        "has_server": bool(request.META.get(_SERVER)),
        "problem": problem,
        "done": done,
    }
    return render(request, "team/team.html", context, status=status)


def _said(problem: TeamStatementError) -> str:
    return str(PROBLEMS.get(f"statement-{problem.name}", str(problem)))


def _roles(roles: tuple[str, ...]) -> str:
    return ", ".join(str(ROLES[role]) for role in roles)


def _own_warnings(now: TeamNow) -> list[str]:
    said = []
    if now.is_expired:
        said.append(
            _(
                "The team statement has expired: nothing is sealed to colleagues. Ask the keeper "
                "of the root key for a new one."
            )
        )
    elif now.expires is not None and (now.expires - standing.today()).days < _WARN_DAYS:
        said.append(
            _(
                "The team statement ends on %(day)s. Ask the keeper of the root key for the "
                "next one."
            )
            % {"day": now.expires.isoformat()}
        )
    if now.version and not now.own_roles:
        said.append(
            _(
                "By the team statement this desk has left the team. Colleagues send it nothing, "
                "and nothing that it writes counts."
            )
        )
    return said


def _shown(one: ColleagueNow) -> ColleagueShown:
    facts = [
        _("last heard %(when)s UTC") % {"when": one.heard_at.strftime("%Y-%m-%d %H:%M")}
        if one.heard_at
        else _("nothing heard yet"),
        ngettext("%(n)d of its entries is here", "%(n)d of its entries are here", one.held)
        % {"n": one.held},
    ]
    if one.is_of_the_team:
        facts.append(
            ngettext(
                "%(n)d entry of this desk is not confirmed by it",
                "%(n)d entries of this desk are not confirmed by it",
                one.waits,
            )
            % {"n": one.waits}
            if one.waits
            else _("it has everything")
        )
    return ColleagueShown(one, _roles(one.roles), tuple(facts), tuple(_warnings(one)))


def _warnings(one: ColleagueNow) -> list[str]:
    said = []
    if one.missing is not None:
        said.append(
            _(
                "Entries %(first)d to %(last)d are missing: it signed for them and they have not "
                "come. Exchange again; if it stays so, somebody keeps them back."
            )
            % {"first": one.missing[0], "last": one.missing[1]}
        )
    if one.gaps:
        said.append(
            _("These mails of it never came, though later ones did: %(numbers)s.")
            % {"numbers": ", ".join(str(number) for number in one.gaps[:20])}
        )
    if one.forked:
        said.append(
            _(
                "It signed two different entries with number %(seq)d. It was put back from a "
                "backup, or somebody has its key: ask its person. Nothing of it is taken in from "
                "there on."
            )
            % {"seq": one.forked[0]}
        )
    said += [
        ngettext(
            "%(n)d entry does not count (not its role, or after its last day): %(kind)s.",
            "%(n)d entries do not count (not its role, or after its last day): %(kind)s.",
            passed.entries,
        )
        % {"n": passed.entries, "kind": KINDS.get(passed.kind, passed.kind)}
        for passed in one.passed_over
    ]
    if one.trouble:
        said.append(
            _("Nothing could be left for it: %(why)s.")
            % {"why": TROUBLES.get(one.trouble, one.trouble)}
        )
    return said
