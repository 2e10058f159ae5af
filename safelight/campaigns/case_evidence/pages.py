"""The page of what evidence a case has. Every form is one action, and works without script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.campaigns.case_evidence import bundling, deciding, keeping, runs
from safelight.campaigns.case_evidence.again_shown import again_context
from safelight.campaigns.case_evidence.captures_paged import captures_paged
from safelight.campaigns.case_evidence.comparing import change_of, compare
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.shown import (
    evidence_context,
    frame_of,
    is_closed,
    ways_out_of,
)
from safelight.campaigns.case_evidence.standing import Item
from safelight.campaigns.case_evidence.wording import CHANGES, EVENTS, GONE
from safelight.casework import cases
from safelight.casework.conversation_views import saved_name
from safelight.casework.followup.consents import today
from safelight.casework.followup.deciding import add_task
from safelight.casework.opening_views import opened_first
from safelight.errors import SafelightError
from safelight.evidence.bundles.custody import NOTED_EVENTS, CustodyEvent

# In how many days one looks again.
AGAIN_IN: Final = (1, 3, 7, 30)
# A request has a thread of four: this long one of them waits at most.
_PATIENCE: Final = 10.0


@require_GET
@opened_first
def evidence_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """What there is: the reporter's files, captures, files, exhibits, bundles."""
    return page(request, case_id)


def page(
    request: HttpRequest,
    case_id: str,
    *,
    problem: str = "",
    status: int = 200,
    links: str = "",
    again: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show the page, also after a refusal. `links`: the addresses that were refused; `again`: what
    was asked of a schedule that was.
    """
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, now, followed = frame_of(case_id, here="evidence")
    context = frame | evidence_context(request, case_id) | {"problem": problem, "links": links}
    context["events"] = [(event.value, EVENTS[event.value]) for event in NOTED_EVENTS]
    context["again_in"] = AGAIN_IN
    context |= again_context(
        context["evidence"],
        context["captures"],
        now=now,
        followed=followed,
        given=again or {},
    )
    context |= captures_paged(request.GET, context["captures"])
    return render(request, "evidence/evidence.html", context, status=status)


def back(request: HttpRequest, case_id: str, part: str, *, capture: str = "") -> HttpResponse:
    """Lead back to where the form stood. `capture`: to the page of the list on which it stands."""
    asked = f"?capture={quote(capture)}" if capture else ""
    return redirect(f"{reverse(_where(request.POST), args=[case_id])}{asked}#{part}")


def _where(given: QueryDict) -> str:
    return "evidence:emergency" if given.get("back") == "emergency" else "evidence:case"


@require_GET
@opened_first
def wait_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Wait a moment for the work of this case, and lead back to where it is shown.

    Instead of a page that reloads itself: that takes the place of whoever reads it aloud.
    """
    runs.wait_for(case_id, seconds=_PATIENCE)
    return redirect(f"{reverse(_where(request.GET), args=[case_id])}#work")


@require_POST
@opened_first
def note_seen(request: HttpRequest, case_id: str, capture: str) -> HttpResponse:
    """Say what a capture shows."""
    deciding.note_seen(case_id, capture, request.POST.get("seen", ""))
    return back(request, case_id, f"capture-{capture}", capture=capture)


@require_GET
@opened_first
def compare_page(request: HttpRequest, case_id: str, before: str, after: str) -> HttpResponse:
    """What changed between two captures of this case."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    evidence = deciding.standing(case_id)[1]
    one, other = evidence.capture(before), evidence.capture(after)
    if one is None or other is None:
        raise cases.CaseNotFoundError(_("there is no such capture in this case; reload the page"))
    frame, _now, _followed = frame_of(case_id, here="evidence")
    context = frame | {"before": one, "after": other, "compared": compare(one, other)}
    became = change_of(one, other).value
    context |= {"became": CHANGES[became], "is_gone": became in GONE}
    return render(request, "evidence/compare.html", context)


@require_POST
@opened_first
def look_again(request: HttpRequest, case_id: str) -> HttpResponse:
    """Put a day on Today on which somebody captures these addresses again."""
    days = request.POST.get("days", "")
    if days not in {str(number) for number in AGAIN_IN}:
        raise EvidenceRefusedError(_("expected choices of the page; reload it"))
    due = today() + timedelta(days=int(days))
    add_task(case_id, "evidence", words=_("Capture the pages again"), due=due.isoformat())
    return back(request, case_id, "captures")


@require_POST
@opened_first
def make_bundle(request: HttpRequest, case_id: str) -> HttpResponse:
    """Begin to seal a bundle of the chosen files."""
    try:
        begin_bundle(request, case_id)
    except EvidenceRefusedError as refusal:
        return page(request, case_id, problem=in_words(refusal), status=422)
    return wait(request, case_id)


def begin_bundle(request: HttpRequest, case_id: str) -> None:
    """Queue a bundle of the files that the form names; raises `EvidenceRefusedError`."""
    ways, problem = ways_out_of(request)
    if problem:
        raise EvidenceRefusedError(problem)
    names = frozenset(request.POST.getlist("items"))
    bundling.choose(*deciding.standing(case_id), names)

    def work() -> None:
        bundling.seal_bundle(case_id, names, ways, ask=None)

    runs.begin(case_id, "bundle", "", work)


@require_POST
@opened_first
def note_event(request: HttpRequest, case_id: str, bundle: str) -> HttpResponse:
    """Note in a bundle's own log what happened to it, and seal it again."""
    try:
        event = CustodyEvent(request.POST.get("event", ""))
    except ValueError:
        raise EvidenceRefusedError(_("expected choices of the page; reload it")) from None
    ways, problem = ways_out_of(request)
    if problem:
        return page(request, case_id, problem=problem, status=422)
    runs.begin(
        case_id,
        "bundle",
        bundle,
        lambda: bundling.continue_kept(case_id, bundle, event, ways, ask=None),
    )
    return wait(request, case_id)


def wait(request: HttpRequest, case_id: str) -> HttpResponse:
    """Lead to the page that waits for the work that was just begun."""
    to = _where(request.POST).split(":")[1]
    return redirect(f"{reverse('evidence:wait', args=[case_id])}?back={to}")


@require_POST
@opened_first
def dismiss(request: HttpRequest, case_id: str) -> HttpResponse:
    """Do not show any more what was refused."""
    runs.dismiss(case_id)
    return back(request, case_id, "captures")


@require_POST
@opened_first
def save_item(request: HttpRequest, case_id: str, item: str) -> HttpResponse:
    """Hand a file to the browser to save: never shown here, and noted before it goes."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    found = deciding.standing(case_id)[1].item(item)
    if found is None or not keeping.here([item]):
        raise cases.CaseNotFoundError(_("there is no such file on this desk; reload the page"))
    deciding.note_saved(case_id, found)
    return as_attachment(found)


def as_attachment(item: Item) -> HttpResponse:
    """Return a file as one to save. What a stranger made is named so that nothing runs it."""
    is_ours = item.role in ("bundle", "exhibit")
    name = item.name if is_ours else saved_name(item.name, whose="evidence")

    def content() -> Iterator[bytes]:
        yield from keeping.pieces_of(item.item)

    response = StreamingHttpResponse(content(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Length"] = str(item.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)  # Django's types know no common name for both


@require_POST
@opened_first
def write_folder(request: HttpRequest, case_id: str, bundle: str) -> HttpResponse:
    """Write a bundle as a folder to a place that a person names, for example a stick."""
    given = request.POST.get("folder", "").strip()
    try:
        known = next(
            (one for one in deciding.standing(case_id)[1].bundles if one.bundle == bundle), None
        )
        if known is None or is_closed(case_id):
            raise EvidenceRefusedError(_("there is no such bundle in this case; reload the page"))
        path = Path(given)
        if not path.is_absolute() or "\0" in given:
            raise EvidenceRefusedError(
                _("expected the whole path of a new folder, such as /media/stick/evidence")
            )
        deciding.note_saved(case_id, known.item)
        bundling.write_out(known, path)
    except SafelightError as refusal:
        return page(request, case_id, problem=in_words(refusal), status=422)
    return back(request, case_id, "bundles")
