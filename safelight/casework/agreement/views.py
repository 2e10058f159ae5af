"""Draw a sample, code it a second time without seeing the first codes, read the agreement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework import cases
from safelight.casework.agreement import sample as sampling
from safelight.casework.agreement.alpha import RELIABLE, TENTATIVE, Alpha
from safelight.casework.agreement.chart import Words, agreement_svg, number_said, span_said
from safelight.casework.agreement.results import (
    DRAWS,
    Agreement,
    Difference,
    FieldAgreement,
    agreement,
)
from safelight.casework.agreement.second_coding import (
    code_again,
    next_for_this_desk,
    progress,
    start_codes,
)
from safelight.casework.agreement.wording import METRICS, NO_ALPHA, NO_INTERVAL, READINGS
from safelight.casework.closed_case import closed_case_page
from safelight.casework.coding_form import CodingForm
from safelight.casework.models import CaseState
from safelight.casework.opening_views import opened_first
from safelight.casework.report_page import answers_shown, conversation_shown
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.journal.models import KnownDesk
from safelight.vocabulary.codes import VocabularyError
from safelight.vocabulary.schema import vocabulary

_USUAL_SIZE = 30


@require_GET
def index_page(request: HttpRequest) -> HttpResponse:
    """Every sample, and a form to draw one."""
    return _index(request)


def _index(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    every = sampling.samples()
    population = len(sampling.coded_cases())
    context = {
        "samples": [one for one in every if not one.dropped],
        "dropped": sum(one.dropped for one in every),
        "population": population,
        "can_draw": population >= sampling.SMALLEST,
        "least": sampling.SMALLEST,
        "most": min(sampling.LARGEST, max(population, sampling.SMALLEST)),
        "size": max(sampling.SMALLEST, min(_USUAL_SIZE, population)),
        "problem": problem,
        "is_alone": not KnownDesk.objects.exists(),
    }
    return render(request, "agreement/index.html", context, status=status)


@require_POST
def draw_sample(request: HttpRequest) -> HttpResponse:
    """Draw a sample."""
    size = request.POST.get("size", "")
    try:
        sample_id = sampling.draw(int(size) if size.isascii() and size[:5].isdecimal() else 0)
    except sampling.SampleError as error:
        return _index(request, problem=str(error), status=422)
    return redirect("agreement:sample", sample_id=sample_id)


@require_POST
def end_sample(request: HttpRequest, sample_id: str) -> HttpResponse:
    """Close a sample, or give it up."""
    if request.POST.get("decision") == "drop":
        sampling.drop(sample_id)
        return redirect("agreement:index")
    sampling.close(sample_id)
    return redirect("agreement:sample", sample_id=sample_id)


@require_GET
def sample_page(request: HttpRequest, sample_id: str) -> HttpResponse:
    """How far a sample is; once it is closed, how far two people agree."""
    sample = sampling.sample_of(sample_id)
    found, gone = progress(sample)
    second = [one for one in found if one.second is not None]
    context: dict[str, Any] = {
        "sample": sample,
        "cases": len(sample.cases),
        "second": len(second),
        "gone": gone,
        "own_first": sum(one.first_desk == desk_key().desk for one in found),
        "next": next_for_this_desk(sample, found) if sample.is_open else None,
    }
    if not sample.is_open:
        context |= _results(agreement(found, seed=sample.seed))
    return render(request, "agreement/sample.html", context)


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


def _results(found: Agreement) -> dict[str, Any]:
    lines = [_line(one) for one in found.fields]
    words = Words(
        title=_("How far two people agree beyond chance (Krippendorff’s α)"),
        no_number=_("no number"),
        told=_("Dashed: from 0.667 with caution, from 0.800 one may rely on it."),
        language=_language(),
    )
    chart = agreement_svg(
        [
            (_capital(str(line["label"])), one.found)
            for line, one in zip(lines, found.fields, strict=True)
        ],
        words=words,
    )
    return {
        "lines": lines,
        "chart": chart,
        "units": found.units,
        "differences": _by_case(found.differences),
        "reliable": number_said(RELIABLE, _language(), digits=3),
        "tentative": number_said(TENTATIVE, _language(), digits=3),
        "draws": DRAWS,
    }


def _line(one: FieldAgreement) -> dict[str, Any]:
    found = one.found
    line: dict[str, Any] = {
        "label": vocabulary().field(one.field).label(_language()),
        "metric": METRICS[found.metric],
        "units": found.units,
        "same": f"{round(100 * found.same)} %",
        "differ": one.differ,
        "reading": READINGS[one.reading],
    }
    if isinstance(found, Alpha):
        return line | {
            "value": number_said(found.value, _language()),
            "interval": span_said(found, _language()),
            "why": NO_INTERVAL.get(found.no_interval, ""),
        }
    return line | {"value": "", "interval": "", "why": NO_ALPHA[found.reason]}


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _by_case(differences: tuple[Difference, ...]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in differences:
        line = {
            "label": vocabulary().field(one.field).label(_language()),
            "first": _labels(one.field, one.first),
            "second": _labels(one.field, one.second),
        }
        found.setdefault(one.case_id, []).append(line)
    return [{"case_id": case_id, "lines": lines} for case_id, lines in found.items()]


def _labels(name: str, value: Any) -> str:
    field, language = vocabulary().field(name), _language()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    values = [c for c in field.values if c in value] if isinstance(value, frozenset) else [value]
    return ", ".join(_label(field, one, language) for one in values) or _("nothing")


def _label(field: Any, value: str, language: str) -> str:
    try:
        return str(field.code(value).label(language))
    except (VocabularyError, KeyError):
        return value  # a period: as it is written


@require_http_methods(["GET", "POST"])
def coding_page(request: HttpRequest, sample_id: str, case_id: str) -> HttpResponse:
    """One case of a sample, to be coded without the first codes."""
    sample = sampling.sample_of(sample_id)
    if case_id not in sample.cases:
        raise sampling.SampleError(_("this case is not in the sample; go back to it"))
    answer: HttpResponse = _coding(request, case_id=case_id, sample_id=sample_id)
    return answer


@opened_first
def _coding(request: HttpRequest, case_id: str, sample_id: str) -> HttpResponse:
    case = cases.open_case(case_id)
    now = cases.standing_of(case)
    if case.state in {CaseState.WITHDRAWN, CaseState.LOCKED}:
        return closed_case_page(request, case, now)
    report = cases.report_in(now)
    form = CodingForm(
        request.POST if request.method == "POST" else None,
        initial=start_codes(case_id),
        language=_language(),
        today=datetime.now(UTC).date(),
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            code_again(sample_id, case_id, form.codes(), basis=form.basis())
            return redirect("agreement:sample", sample_id=sample_id)
        except SafelightError as error:
            problem = str(error)
    context = {
        "case": case,
        "sample_id": sample_id,
        "report": report,
        "answers": answers_shown(report, get_language() or "en"),
        "conversation": conversation_shown(now, None),
        "form": form,
        "problem": problem,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "agreement/code.html", context, status=status)
