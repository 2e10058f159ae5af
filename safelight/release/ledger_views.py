"""The privacy ledger: what was set, what was spent on which release, what each year has left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from safelight.journal import chain
from safelight.release.budget import Budget, Ledger
from safelight.release.counts import ReleaseError
from safelight.release.ledger import (
    OVERLAP,
    SESSION,
    agree_budget,
    propose_budget,
    read_ledger,
    waiting_budget,
)
from safelight.release.models import Proposal, Reviewer
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, epsilon_at
from safelight.release.noise.review import set_budget
from safelight.release.noise.views import loss_given
from safelight.release.second_person import reviewers
from safelight.release.wording import STATES

_DELTA = 1e-6


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """What is left, year by year."""
    return _page(request)


def _page(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    found = read_ledger()
    context: dict[str, Any] = {
        "ledger": found,
        "years": _years(found),
        "spends": _spends(found),
        "reviewers": list(Reviewer.objects.values_list("name", flat=True)),
        "problem": problem,
        "unit_words": _unit(found),
        "others": _in_order(reviewers()),
        "waiting": waiting_budget(),
        "own": chain.desk_key().desk,
    }
    if found.budget is not None and found.budget.limit.measure is Measure.ZCDP:
        context["epsilon_words"] = _(
            "which is ε = %(epsilon).1f but for one chance in a million"
        ) % {"epsilon": epsilon_at(found.budget.limit.amount, delta=_DELTA)}
    return render(request, "release/ledger.html", context, status=400 if problem else 200)


def _unit(found: Ledger) -> str:
    if found.budget is None or found.budget.unit.name == "incident":
        return _("Protected is one incident.")
    return _("Protected is one person, on at most %(rows)d rows.") % {
        "rows": found.budget.unit.contributions
    }


def _years(found: Ledger) -> list[tuple[int, str, str]]:
    spent_in = {year for spend in found.spends for year in spend.years}
    years = sorted(spent_in | {datetime.now(UTC).date().year})
    return [
        (year, f"{float(found.spent_in(year)):g}", f"{float(found.left([year])):g}")
        for year in years
    ]


def _spends(found: Ledger) -> list[tuple[str, str, str, str, object, str]]:
    states = dict(Proposal.objects.values_list("proposal_id", "state"))
    return [
        (
            spend.proposal_id,
            str(spend.loss),
            ""
            if spend.proposal_id.startswith((OVERLAP, SESSION))
            else ngettext("%(lists)d list", "%(lists)d lists", spend.lists)
            % {"lists": spend.lists},
            f"{spend.years[0]}–{spend.years[-1]}",
            STATES.get(states.get(spend.proposal_id, ""), ""),
            _paid_for(spend.proposal_id),
        )
        for spend in found.spends
    ]


def _paid_for(proposal_id: str) -> str:
    if proposal_id.startswith(OVERLAP):
        return _("an overlap of lists, for an estimate")
    if proposal_id.startswith(SESSION):
        return _("a private overlap with partners")
    return _("not on this desk, or never finished")


@require_POST
def budget(request: HttpRequest) -> HttpResponse:
    """Set the budget; a second person types their passphrase."""
    given = request.POST
    try:
        contributions = given.get("contributions", "1")
        unit = PrivacyUnit(
            given.get("unit", ""), int(contributions) if contributions.isdecimal() else 0
        )
        limit = loss_given(given.get("measure", ""), given.get("limit", ""))
        if reviewers() is not None:
            propose_budget(Budget(unit, limit))
        else:
            set_budget(
                unit,
                limit,
                reviewer=given.get("reviewer", ""),
                passphrase=given.get("passphrase", ""),
            )
    except ReleaseError as refusal:
        return _page(request, problem=str(refusal))
    return redirect("release:ledger")


@require_POST
def agree(request: HttpRequest) -> HttpResponse:
    """Agree, with this desk's own key, to a limit that a colleague's desk proposed."""
    number = request.POST.get("seq", "")
    try:
        agree_budget(
            request.POST.get("desk", ""),
            int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else 0,
        )
    except ReleaseError as refusal:
        return _page(request, problem=str(refusal))
    return redirect("release:ledger")


def _in_order(others: frozenset[str] | None) -> list[str] | None:
    return None if others is None else sorted(others)
