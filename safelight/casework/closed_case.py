"""The page of a case that is withdrawn or locked: what is left, and what a person can decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from safelight.casework import withdrawals
from safelight.casework.folding import CaseNow
from safelight.casework.models import Case
from safelight.casework.report_page import history_shown
from safelight.casework.wording import DESTROYED, STATES
from safelight.journal.chain import told


def closed_case_page(request: HttpRequest, case: Case, now: CaseNow) -> HttpResponse:
    """Show why nothing can be read or added here."""
    context = {
        "case": case,
        "now": now,
        "state": STATES[now.state],
        "why": DESTROYED.get(now.reason, ""),
        "history": history_shown(told(case.case_id), now, None),
    }
    return render(request, "casework/closed_case.html", context)


@require_POST
def decide_locked(request: HttpRequest, case_id: str) -> HttpResponse:
    """Destroy a locked case all the same, or go on with it."""
    withdrawals.decide_unproven(case_id, destroy=request.POST.get("decision") == "destroy")
    return redirect("casework:case", case_id=case_id)
