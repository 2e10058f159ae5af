"""Choosing a release with noise: first what the noise would do, then spend and draw.

`SAFELIGHT_COUNTABLE` names a function () -> Countable: the lists a desk may count now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from safelight.journal import chain
from safelight.release.budget import Ledger, Spend
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import NOISY_TABLES
from safelight.release.ledger import read_ledger
from safelight.release.noise.noisy_table import Countable, NoisyChoice
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import LARGEST_EPSILON, PrivacyLoss
from safelight.release.noise.review import propose_noisy
from safelight.release.noise.shown import effects_shown, table_title

LEVEL: Final = Fraction(19, 20)
_MOST_YEARS: Final = 30
# What a person may weigh: cells of tables against the counts of each axis alone.
SHARES: Final = (
    ("0", gettext_lazy("the cells of tables")),
    ("3/10", gettext_lazy("cells, with a part for totals")),
    ("1/2", gettext_lazy("cells and totals alike")),
    ("7/10", gettext_lazy("the totals of rows and columns")),
)


def _countable() -> Countable:
    dotted = getattr(settings, "SAFELIGHT_COUNTABLE", None)
    if not dotted:
        raise ReleaseError(_("Nothing can be counted yet: code a case or import a list first."))
    found: Countable = import_string(dotted)()
    return found


def loss_given(measure: str, untrusted: str) -> PrivacyLoss:
    """`PrivacyLoss.parse`, refusing in the reader's language. Raises `ReleaseError`."""
    try:
        return PrivacyLoss.parse(measure, untrusted)
    except ReleaseError:
        raise ReleaseError(
            _(
                "a privacy loss is a number above 0 and up to %(pure)g in ε, %(zcdp)g in ρ, such "
                "as 0.5 or 1/3; got something else. 1 or less is usual for a whole year"
            )
            % {"pure": LARGEST_EPSILON, "zcdp": LARGEST_EPSILON**2 / 2}
        ) from None


def choice_of(given: QueryDict) -> NoisyChoice:
    """What was chosen in the form. Raises ReleaseError naming the field, not its content."""
    tables = [table for table in NOISY_TABLES if "-".join(table) in given.getlist("table")]
    if not tables:
        raise ReleaseError(_("choose one table or more"))
    try:
        first, last = int(given.get("from", "")), int(given.get("to", ""))
    except ValueError:
        first, last = 0, 0
    this_year = datetime.now(UTC).date().year
    if not this_year - _MOST_YEARS <= first <= last <= this_year:
        raise ReleaseError(_("the years run from the earlier to the later, up to this one"))
    share = str(given.get("share", ""))
    if share not in dict(SHARES):
        raise ReleaseError(_("choose what the noise should spare"))
    return NoisyChoice(
        tables=tuple(tables),
        years=tuple(range(first, last + 1)),
        loss=loss_given(given.get("measure", ""), given.get("loss", "")),
        one_way_share=Fraction(share),
        level=LEVEL,
    )


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The form; with a choice in the address, also what the noise would do. Nothing is spent."""
    return _page(request, request.GET)


def _page(request: HttpRequest, given: QueryDict, *, problem: str = "") -> HttpResponse:
    ledger, lists = read_ledger(), len(_countable().lists)
    year = datetime.now(UTC).date().year
    asked = "loss" in given
    years = (year,)
    context: dict[str, Any] = {
        "tables": [
            (
                "-".join(t),
                table_title(t, years=years),
                not asked or "-".join(t) in given.getlist("table"),
            )
            for t in NOISY_TABLES
        ],
        "first": given.get("from", str(year - 4)),
        "last": given.get("to", str(year - 1)),
        "loss": given.get("loss", _usual_loss(ledger, lists, range(year - 4, year))),
        "measure": given.get("measure", "pure"),
        "shares": [(code, words, code == given.get("share", "0")) for code, words in SHARES],
        "corrects": given.get("corrects", ""),
        "reason": given.get("reason", ""),
        "ledger": ledger,
        "list_count": lists,
        "problem": problem,
    }
    if asked and not problem:
        try:
            context |= _preview(choice_of(given), ledger, lists)
        except ReleaseError as refusal:
            context["problem"] = str(refusal)
    return render(request, "release/noise.html", context, status=400 if context["problem"] else 200)


def _usual_loss(ledger: Ledger, lists: int, years: Sequence[int]) -> str:
    """One half for each list, or as much as is left for each: to one digit, rounded down."""
    if ledger.budget is None or lists == 0 or ledger.left(years) <= 0:
        return "0.5"
    most = min(Fraction(1, 2), ledger.left(years) / lists)
    return f"{float(Fraction(int(most * 10), 10)):g}" if most >= Fraction(1, 10) else "0.05"


def _preview(choice: NoisyChoice, ledger: Ledger, lists: int) -> dict[str, Any]:
    if ledger.budget is None:
        return {}
    plan: NoisePlan = choice.plan(ledger.budget.unit)
    spend = Spend("", choice.loss, lists, choice.years)
    cost = spend.cost(ledger.budget.limit.measure)
    left = ledger.left(choice.years)
    return {
        "effects": effects_shown(plan, years=choice.years),
        "lists_words": ngettext(
            "%(lists)d list would be counted.",
            "%(lists)d lists would be counted, and an incident may stand on each.",
            lists,
        )
        % {"lists": lists},
        "cost_words": _("This would cost %(cost)g of %(left)g that these years have left.")
        % {"cost": float(cost), "left": max(0.0, float(left))},
        "left_words": _("Cannot be undone. %(left)g will be left.") % {"left": float(left - cost)},
        "reach_words": _("± in %(level)d %% of cases") % {"level": round(float(LEVEL) * 100)},
        "enough": cost <= left,
    }


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Spend, draw, store: what is spent is gone, also when the release is turned down later."""
    countable = _countable()
    try:
        proposal = propose_noisy(
            countable.lists,
            choice_of(request.POST),
            as_of=datetime.now(UTC).date(),
            code_version=countable.code_version,
            simulated=countable.simulated,
            by=chain.desk_key().desk,
            corrects=request.POST.get("corrects", ""),
            reason=request.POST.get("reason", ""),
        )
    except ReleaseError as refusal:
        return _page(request, request.POST, problem=str(refusal))
    return redirect("release:proposal", proposal.proposal_id)
