"""Noting and striking facts about how far a case got, on the case page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from safelight.casework import funnel_facts
from safelight.casework.cases import check_open, open_case, report_in, standing_of
from safelight.casework.folding import CaseNow, KnownFact
from safelight.casework.funnel_form import FactForm
from safelight.casework.opening_views import opened_first
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class ShownFact:
    """One fact in the page's language. `finer`: reasons, and details of a verdict."""

    entry: str
    short: str
    stage: str
    code: str
    when: str
    source: str
    finer: tuple[str, ...]


def facts_shown(now: CaseNow) -> list[ShownFact]:
    """Return what is known of the case's way, stage by stage."""
    return [_shown(fact, get_language() or "en") for fact in funnel_facts.in_order(now.facts)]


def fact_form(request: HttpRequest, now: CaseNow, report: Report, *, given: bool) -> FactForm:
    """The form, empty but for what the person's own answers already say."""
    return FactForm(
        request.POST if given else None,
        language=get_language() or "en",
        today=datetime.now(UTC).date(),
        start=funnel_facts.suggested(report, now.facts),
    )


@require_POST
@opened_first
def note_fact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Note one fact; on a mistake show the form again, with what was entered."""
    case = open_case(case_id)
    check_open(case)
    now = standing_of(case)
    form = fact_form(request, now, report_in(now), given=True)
    if not form.is_valid():
        context = {"case": case, "fact_form": form, "facts": facts_shown(now)}
        return render(request, "casework/fact_refused.html", context, status=422)
    funnel_facts.note_fact(case_id, form.noted(), today=datetime.now(UTC).date())
    return redirect(f"{reverse('casework:case', args=[case_id])}#funnel")


@require_POST
@opened_first
def strike_fact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Take one fact out."""
    funnel_facts.strike_fact(case_id, request.POST.get("entry", ""))
    return redirect(f"{reverse('casework:case', args=[case_id])}#funnel")


def _shown(fact: KnownFact, language: str) -> ShownFact:
    stage = vocabulary().stage(fact.stage)
    finer = {field.name: field for field in stage.details}
    said = [finer[funnel_facts.REASON_NOT].code(reason).label(language) for reason in fact.reasons]
    said += [
        f"{finer[name].label(language)}: {finer[name].code(value).label(language)}"
        for name, value in fact.details.items()
    ]
    sources = vocabulary().field("source_list")
    return ShownFact(
        fact.entry,
        fact.stage.split("_")[0],
        stage.label(language),
        stage.code(fact.code).label(language),
        fact.when,
        sources.code(fact.source).label(language) if fact.source else "",
        tuple(said),
    )
