"""The page before a case: what for? One press for the common purpose, and no content yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from safelight.casework import opening
from safelight.casework.cases import open_case
from safelight.casework.models import Case, CaseState
from safelight.casework.report_page import openings_shown
from safelight.casework.team.two_person import REASON as TWO_PERSON
from safelight.casework.wording import LANE_CHOICES, STATES
from safelight.journal.chain import told

_View = Callable[..., HttpResponse]
_OPENINGS_SHOWN = 5
# Nothing else is led to: no other site, and no page with a query.
_OUR_PAGES: Final = re.compile(r"/(?:letters|agreement|cases)/[a-z0-9/-]{1,80}")


def opened_first(view: _View) -> _View:
    """Ask for a purpose before a view that shows what is in a case.

    A withdrawn case has nothing left to read, and a locked one shows nothing.
    """

    @wraps(view)
    def asking(request: HttpRequest, case_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        case = open_case(case_id)
        if case.reason == TWO_PERSON and case.state == CaseState.LOCKED:
            return redirect("two-person", case_id=case_id)
        nothing_to_read = case.state in {CaseState.WITHDRAWN, CaseState.LOCKED}
        if nothing_to_read or opening.is_open(case_id):
            return view(request, case_id, *args, **kwargs)
        return _asked(request, case, status=200 if request.method == "GET" else 403)

    return asking


@require_POST
def open_with_purpose(request: HttpRequest, case_id: str) -> HttpResponse:
    """Open a case, and lead to it."""
    case = open_case(case_id)
    purpose, sentence = request.POST.get("purpose", ""), request.POST.get("sentence", "")
    try:
        opening.open_for(case, purpose, sentence)
    except opening.PurposeError:
        problem = _("Choose what you open the case for; “other” needs a sentence of 300 letters "
                    "at most.")  # fmt: skip
        return _asked(request, case, status=422, problem=problem, sentence=sentence)
    return redirect(_back(request) or reverse("casework:case", args=[case_id]))


def _back(request: HttpRequest) -> str:
    """Where the question stood in the way, if that was a page of ours other than the case's."""
    back = request.POST.get("back", "")
    return back if _OUR_PAGES.fullmatch(back) else ""


def _asked(
    request: HttpRequest, case: Case, *, status: int, problem: str = "", sentence: str = ""
) -> HttpResponse:
    language = get_language() or "en"
    context = {
        "case": case,
        "state": STATES[case.state],
        "lane_label": LANE_CHOICES.get(case.lane, ""),
        "purposes": [(one.value, one.label(language)) for one in opening.usual_first(case)],
        "longest": opening.LONGEST_SENTENCE,
        "before": openings_shown(told(case.case_id))[-_OPENINGS_SHOWN:],
        "problem": problem,
        "sentence": sentence,
        "back": request.path if request.method == "GET" else _back(request),
    }
    return render(request, "casework/opening.html", context, status=status)
