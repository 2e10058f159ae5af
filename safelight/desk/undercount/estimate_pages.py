"""Choosing a release with an estimate: first what it would cost, then link, spend and propose.

Looking costs nothing and counts nothing. What is spent is gone, also when the release is
turned down later; so the form shows cost and noise before the button that spends.
"""

from __future__ import annotations

from math import log
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from safelight.desk.numbers import years_of_exact_tables
from safelight.desk.undercount.estimate_release import (
    LEVEL,
    EstimateChoice,
    cost_of,
    propose_with_estimate,
    run,
)
from safelight.desk.undercount.lists_together import lists_to_choose, today
from safelight.desk.undercount.pages import choice_in, choosing
from safelight.desk.undercount.run import run as looked
from safelight.journal import chain
from safelight.release.budget import Ledger
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import NOISY_TABLES
from safelight.release.ledger import read_ledger
from safelight.release.noise.overlap import overlap_scale
from safelight.release.noise.shown import table_title
from safelight.release.noise.views import SHARES, choice_of, loss_given

EXACT, NOISE = "exact", "noise"
_KINDS: Final = (
    (EXACT, gettext_lazy("exact tables, small numbers hidden (once, or after many new incidents)")),
    (NOISE, gettext_lazy("tables with noise (at any time)")),
)


def _choice(given: QueryDict) -> EstimateChoice:
    return EstimateChoice(
        lists=choice_in(given),
        loss=loss_given("pure", given.get("estimate_loss", "")),
        tables=choice_of(given) if given.get("kind") == NOISE else None,
        corrects=given.get("corrects", ""),
        reason=given.get("reason", ""),
    )


@require_GET
def estimate_page(request: HttpRequest) -> HttpResponse:
    """The form; with a choice in the address, also what it would cost. Nothing is spent."""
    return _page(request, request.GET)


def _page(request: HttpRequest, given: QueryDict, *, problem: str = "") -> HttpResponse:
    ledger, now = read_ledger(), run.standing()
    lists = lists_to_choose()
    before = looked.standing()
    asked = "estimate_loss" in given
    fields = choosing(lists, given, before.result.choice if before and before.result else None)
    context: dict[str, Any] = {
        **fields,
        "run": now,
        "ledger": ledger,
        "kinds": [(code, words, code == given.get("kind", NOISE)) for code, words in _KINDS],
        "estimate_loss": given.get("estimate_loss", "0.5"),
        "loss": given.get("loss", "0.1"),
        "measure": given.get("measure", "pure"),
        "shares": [(code, words, code == given.get("share", "0")) for code, words in SHARES],
        "tables": [
            (
                "-".join(table),
                table_title(table, years=(today().year,)),
                "-".join(table) in given.getlist("table") if asked else place == 0,
            )
            for place, table in enumerate(NOISY_TABLES)
        ],
        "corrects": given.get("corrects", ""),
        "reason": given.get("reason", ""),
        "exact_years": years_of_exact_tables(),
        "problem": problem or (now.problem if now is not None and not asked else ""),
    }
    if asked and not problem:
        try:
            context |= _preview(_choice(given), ledger, len(lists))
        except ReleaseError as refusal:
            context["problem"] = str(refusal)
    status = 400 if problem or (asked and context["problem"]) else 200
    return render(request, "desk/estimate.html", context, status=status)


def _preview(choice: EstimateChoice, ledger: Ledger, lists: int) -> dict[str, Any]:
    if ledger.budget is None:
        return {}
    cost = cost_of(choice, ledger, lists=lists)
    linkages = choice.lists.linkages
    scale = overlap_scale(choice.loss, ledger.budget.unit, linkages=linkages)
    # Of a Laplace variable: beyond b·ln(1/α) lies the share α, both sides together.
    reach = round(scale * log(1 / (1 - float(LEVEL))))
    patterns = 2 ** len(choice.lists.list_ids) - 1
    return {
        "cost": cost,
        "kind": NOISE if choice.tables is not None else EXACT,
        "effects": [
            (_("Patterns of lists, counted in each way to link"), f"{patterns} × {linkages}"),
            (_("Chance on each count, in 95 of 100 cases"), f"± {reach}"),
            (_("The overlap of lists costs"), f"{float(cost.overlap):g}"),
            (
                _("The tables cost, with %(lists)d lists") % {"lists": lists},
                f"{float(cost.tables):g}",
            ),
            (_("Left for these years"), f"{max(0.0, float(cost.left)):g}"),
            (_("Left afterwards"), f"{max(0.0, float(cost.left - cost.whole)):g}"),
        ],
        "posted": [
            (name, value)
            for name in (
                *("list", "from", "to", "linkages", "estimate_loss", "kind", "table"),
                *("loss", "measure", "share", "corrects", "reason"),
            )
            for value in _said(choice, name)
        ],
    }


def _said(choice: EstimateChoice, name: str) -> list[str]:
    """What was understood, to be posted again: never the text as it was typed."""
    lists, noisy = choice.lists, choice.tables
    said: dict[str, list[str]] = {
        "list": list(lists.list_ids),
        "from": [str(lists.years[0])],
        "to": [str(lists.years[-1])],
        "linkages": [str(lists.linkages)],
        "estimate_loss": [str(choice.loss.amount)],
        "kind": [EXACT if noisy is None else NOISE],
        "corrects": [choice.corrects],
        "reason": [choice.reason],
    }
    if noisy is not None:
        said |= {
            "table": ["-".join(table) for table in noisy.tables],
            "loss": [str(noisy.loss.amount)],
            "measure": [noisy.loss.measure.value],
            "share": [str(noisy.one_way_share)],
        }
    return said.get(name, [])


@require_POST
def propose_estimate(request: HttpRequest) -> HttpResponse:
    """Link, spend, draw and propose, beside the page."""
    try:
        choice = _choice(request.POST)
        cost = cost_of(choice, read_ledger(), lists=len(lists_to_choose()))
    except ReleaseError as refusal:
        return _page(request, request.POST, problem=str(refusal))
    if not cost.enough:
        return _page(request, request.POST, problem=_("Too little is left for this."))
    by = chain.desk_key().desk

    def work(tell: Any) -> str:
        return str(propose_with_estimate(choice, by=by, tell=tell).proposal_id)

    if not run.begin(work):
        return _page(request, request.POST, problem=_("A release is being prepared already."))
    return redirect("estimate-release")
