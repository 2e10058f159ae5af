"""Notices of a case: written in a form that shows first who will learn what; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.campaigns.case_evidence import notice_form
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError, note_saved, standing
from safelight.campaigns.case_evidence.emergency import alarm_in
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.shown import frame_of, is_closed
from safelight.campaigns.notices import recording
from safelight.campaigns.notices.as_odt import as_odt
from safelight.campaigns.notices.as_pdf import as_pdf
from safelight.campaigns.notices.as_text import as_text, body_text
from safelight.campaigns.notices.codes import code, codes
from safelight.campaigns.notices.drafting import NOTHING_IS_SENT, Draft, disclosure_rows
from safelight.campaigns.notices.facts import AS_PERSON, TELLING
from safelight.campaigns.notices.problems import NoticeError, NoticeRefusedError
from safelight.campaigns.notices.standing import NoticeNow
from safelight.campaigns.notices.templates import TO_BE_CHECKED, Template, template
from safelight.casework.cases import report_in
from safelight.casework.folding import CaseNow
from safelight.casework.followup.shown import language
from safelight.casework.opening_views import opened_first

_FORMATS: Final = {
    "pdf": (as_pdf, "application/pdf"),
    "odt": (as_odt, "application/vnd.oasis.opendocument.text"),
}


def notices_context(
    request: HttpRequest, case_id: str, now: CaseNow, *, here: str
) -> dict[str, Any]:
    """What a page shows about notices: made ones, the three of an emergency, an open form."""
    made = recording.case_notices(case_id)
    three = notice_form.suggested(made, alarm_in(report_in(now)).platforms)
    context: dict[str, Any] = {
        "made": [_shown(one, now) for one in made],
        "three": [_template_shown(one, is_made=is_made) for one, is_made in three],
        "others": [
            (code("kinds", kind).words.in_language(language()), [_template_shown(o) for o in some])
            for kind, some in notice_form.others([one for one, _made in three])
        ],
        "channels": _labels("channels"),
        "outcomes": _labels("outcomes"),
        "nothing_is_sent": NOTHING_IS_SENT.in_language(language()),
        "to_be_checked": TO_BE_CHECKED.in_language(language()),
        "messages": [turn for turn in now.conversation if turn.kind == "message"],
        "today": notice_form.this_day(),
        "notices_here": here,
        "save_as": [("pdf", "PDF"), ("odt", "ODT"), ("txt", _("Text"))],
    }
    if request.method == "GET" and request.GET.get("write"):
        made_from = template(request.GET["write"])
        values = notice_form.start_values(standing(case_id)[1], alarm_in(report_in(now)), made)
        context["form"] = _form(made_from, values, [], language(), draft=None, reasons=())
    return context


def _labels(name: str) -> list[tuple[str, str]]:
    return [(one.value, one.words.in_language(language())) for one in codes(name).values()]


def _template_shown(one: Template, *, is_made: bool = False) -> dict[str, Any]:
    return {
        "template": one,
        "label": one.words.in_language(language()),
        "kind": code("kinds", one.kind).words.in_language(language()),
        "how": one.how.in_language(language()),
        "is_made": is_made,
    }


def _shown(notice: NoticeNow, now: CaseNow) -> dict[str, Any]:
    made_from = template(notice.template, notice.version)
    sent = notice.sent
    return {
        "notice": notice,
        "label": made_from.words.in_language(language()),
        "kind": code("kinds", notice.kind).words.in_language(language()),
        "sent": sent,
        "is_about": made_from.deadline.is_estimate,
        "is_late": sent is not None and notice.awaits and sent.due < notice_form.this_day(),
        "channel": code("channels", sent.channel).words.in_language(language()) if sent else "",
        "came": [
            (one, code("outcomes", one.code).words.in_language(language()))
            for one in notice.in_order
        ],
        "tick_covers": not notice.names_person and recording.allowed_by_report(now, notice.kind),
    }


def _form(
    made_from: Template,
    values: dict[str, Any],
    shown: Sequence[str],
    notice_language: str,
    *,
    draft: Draft | None,
    reasons: Sequence[str],
) -> dict[str, Any]:
    rows = _by_reader(disclosure_rows(draft, language())) if draft else []
    return {
        "template": made_from,
        "label": made_from.words.in_language(language()),
        "how": made_from.how.in_language(language()),
        "fields": notice_form.fields_shown(made_from, values, shown, language()),
        "language": notice_language,
        "telling": TELLING in shown,
        "as_person": AS_PERSON in shown,
        "bases": [
            (one.law, one.words.in_language(language()), one.status) for one in made_from.bases
        ],
        "dangers": [one.in_language(language()) for one in made_from.dangers],
        "safer": [one.in_language(language()) for one in made_from.safer],
        "draft": draft,
        "text": body_text(draft.document) if draft else "",
        "rows": rows,
        "unmet": [
            one.requirement.words.in_language(language())
            for one in (draft.checklist if draft else ())
            if not one.is_met
        ],
        "reasons": reasons,
        "readers": [
            (codes("readers")[one.who].words.in_language(language()),
             one.words.in_language(language()))
            for one in made_from.readers
        ],
    }  # fmt: skip


def _by_reader(
    rows: Sequence[tuple[str, str, str, str]],
) -> list[tuple[str, str, list[tuple[str, list[str]]]]]:
    """The same by who learns it: who, how, and whose data. A person reads four lines, not forty."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for whose, what, who, how in rows:
        found.setdefault((who, how), {}).setdefault(whose, []).append(what)
    return [(who, how, list(data.items())) for (who, how), data in found.items()]


def written(request: HttpRequest) -> tuple[dict[str, Any], Draft | None]:
    """Read a form that was sent: what the page shows of it, and its draft if it makes one."""
    made_from = template(request.POST.get("template", ""))
    values = notice_form.given_values(made_from, request.POST)
    shown = notice_form.given_shown(request.POST)
    chosen = request.POST.get("language", "")
    notice_language = chosen if chosen in ("ru", "en") else language()
    try:
        draft = notice_form.draft_of(made_from, values, shown, notice_language)
    except NoticeRefusedError as refusal:
        form = _form(made_from, values, shown, notice_language, draft=None, reasons=refusal.reasons)
        return form, None
    return _form(made_from, values, shown, notice_language, draft=draft, reasons=()), draft


@require_GET
@opened_first
def notices_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """The notices of a case: made, sent, what came of them; and the form of a new one."""
    return page(request, case_id)


def page(
    request: HttpRequest,
    case_id: str,
    *,
    form: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page, also after a refusal."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, now, _followed = frame_of(case_id, here="evidence")
    context = frame | notices_context(request, case_id, now, here="notices")
    context |= {"problem": problem} | ({"form": form} if form else {})
    return render(request, "evidence/notices.html", context, status=status)


@require_POST
@opened_first
def write_notice(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what a notice says and who learns what; keep it when that was seen."""
    form, draft = written(request)
    if draft is None:
        return page(request, case_id, form=form, status=422)
    if "keep" not in request.POST:
        return page(request, case_id, form=form)
    recording.keep_notice(case_id, draft)
    return redirect(f"{reverse('evidence:notices', args=[case_id])}#made")


def keep_if_seen(request: HttpRequest, case_id: str) -> tuple[dict[str, Any], bool]:
    """The same for the emergency page: its form, and whether the notice was kept."""
    form, draft = written(request)
    if draft is None or "keep" not in request.POST:
        return form, False
    recording.keep_notice(case_id, draft)
    return form, True


@require_POST
@opened_first
def save_notice(request: HttpRequest, case_id: str, notice: str, kind: str) -> HttpResponse:
    """Hand a notice to the browser to save, as PDF/A, as a document, or as text."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    if kind not in (*_FORMATS, "txt"):
        raise EvidenceRefusedError(_("expected choices of the page; reload it"))
    try:
        found = recording.one_notice(case_id, notice)
        draft = recording.redrafted(found)
        if kind in _FORMATS:
            make, media_type = _FORMATS[kind]
            content = make(draft.document)
        else:
            content, media_type = as_text(draft.document).encode(), "text/plain; charset=utf-8"
    except NoticeError as refusal:
        return page(request, case_id, problem=in_words(refusal), status=422)
    note_saved(case_id, "notice-" + notice.rsplit(":", 1)[-1])
    response = HttpResponse(content, content_type=media_type)
    name = quote(f"notice-{found.template}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
