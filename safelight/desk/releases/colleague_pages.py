"""A colleague's release, read and approved here with this desk's own key.

What is shown is what would be published, read as strictly as the publication reads it. That
nothing of it gives somebody away the colleague's desk audited; what only people can see is
here: whether numbers, words and coverage are right.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.publication.document import Publication, PublishedList, PublishedTable
from safelight.publication.document_head import read_object
from safelight.publication.noisy_document import NoisyPublication, NoisyTable, Number
from safelight.publication.reading import PublicationError
from safelight.publication.undercount_document import Ends
from safelight.publication.wording import Texts, texts
from safelight.release.counts import ReleaseError
from safelight.release.noise.document import FORMAT as NOISY_FORMAT
from safelight.release.proposal import REASONS, ProposalState
from safelight.release.second_person import (
    Colleagues,
    approve_for_colleague,
    of_colleague,
    turn_down_for_colleague,
)
from safelight.release.wording import REASON
from safelight.vocabulary.codes import Language
from safelight.vocabulary.wording import Wording


@require_GET
def colleague_release(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """The document as tables, and the buttons that decide."""
    return _page(request, of_colleague(proposal_id))


@require_POST
def decide(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Approve exactly what was shown, or turn it down with a reason."""
    try:
        if request.POST.get("answer") == "approve":
            looked_at = request.POST.get("document_sha256", "")
            approve_for_colleague(proposal_id, document_sha256=looked_at)
        else:
            turn_down_for_colleague(proposal_id, reason=request.POST.get("reason", ""))
    except ReleaseError as refusal:
        return _page(request, of_colleague(proposal_id), problem=str(refusal))
    return redirect("colleague-release", proposal_id)


def _page(request: HttpRequest, found: Colleagues, *, problem: str = "") -> HttpResponse:
    try:
        shown = _shown(found.document)
    except PublicationError as reason:
        raise ReleaseError(str(reason)) from None
    context = {
        **shown,
        "revisions": [
            (one.number, one.on, _said(one.reason)) for one in shown["release"].revisions
        ],
        "found": found,
        "problem": problem,
        "can_decide": not found.ended and not found.approved_by,
        "reasons": [(one.value, REASON[one]) for one in REASONS[ProposalState.TURNED_DOWN]],
    }
    status = 400 if problem else 200
    return render(request, "desk/colleague_release.html", context, status=status)


def _language() -> Language:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


def _said(words: Wording) -> str:
    return words.in_language(_language())


def _shown(document: bytes) -> dict[str, Any]:
    if read_object(document).get("format") == NOISY_FORMAT:
        noisy = NoisyPublication.parse(document)
        lists = [
            {
                "name": _said(one.name),
                "coverage": _said(one.coverage),
                "total": _number(one.total),
                "tables": [_noisy_table(table) for table in (one.verification, *one.tables)],
            }
            for one in noisy.lists
        ]
        rule = f"{'ε' if noisy.rule.measure == 'pure' else 'ρ'} = {float(noisy.rule.amount):g}"
        return {"release": noisy, "lists": lists, "rule": rule, **_estimate(noisy)}
    exact = Publication.parse(document)
    lists = [
        {
            "name": _said(one.name),
            "coverage": _said(one.coverage),
            "total": _count(one.total),
            "tables": [_verification(one), *(_exact_table(table) for table in one.tables)],
        }
        for one in exact.lists
    ]
    rule = _("numbers below %(threshold)d are hidden") % {"threshold": exact.threshold}
    return {"release": exact, "lists": lists, "rule": rule, **_estimate(exact)}


def _verification(one: PublishedList) -> dict[str, Any]:
    levels = [(_said(heading.label), [_count(count)]) for heading, count in one.verification]
    return {"title": _("how well it is verified"), "columns": [], "rows": levels}


def _exact_table(table: PublishedTable) -> dict[str, Any]:
    names = [_said(heading.label) for heading in table.rows.headings]
    across = () if table.is_whole else table.columns.headings
    rows = [
        (name, [_count(cell) for cell in (*cells[: len(across)], total)])
        for name, cells, total in zip(names, table.cells, table.row_totals, strict=True)
    ]
    rows.append((_("total"), [*(_count(cell) for cell in table.column_totals[: len(across)]), ""]))
    return {
        "title": f"{_said(table.rows.label)} / {_said(table.columns.label)}",
        "columns": [*(_said(heading.label) for heading in across), _("total")],
        "rows": rows,
    }


def _count(count: int | None) -> str:
    return _("hidden") if count is None else str(count)


def _number(number: Number) -> str:
    return f"{number.value:.1f} ({number.low}–{number.high})"


def _noisy_table(table: NoisyTable) -> dict[str, Any]:
    across = table.columns
    title = _said(table.rows.label)
    return {
        "title": title if across is None else f"{title} / {_said(across.label)}",
        "columns": [] if across is None else [_said(one.label) for one in across.headings],
        "rows": [
            (_said(heading.label), [_number(cell) for cell in cells])
            for heading, cells in zip(table.rows.headings, table.cells, strict=True)
        ],
    }


def _estimate(release: Publication | NoisyPublication) -> dict[str, Any]:
    part = release.undercount
    if part is None:
        return {}
    words, ends = texts(_language()), part.estimate
    said = words.say("undercount_refused")
    if ends is not None:
        said = words.say(f"undercount_{part.verdict}", number=_ends(ends, words))
    share = (
        words.say("undercount_linkage", linkages=part.linkages)
        if part.share is None
        else words.say("undercount_linkage_share", linkages=part.linkages, share=part.share)
    )
    protects = words.say(f"noisy_protects_{part.protects}")
    facts = [
        (words.say("fact_assumption"), words.say(f"assumption_{part.assumption}")),
        (words.say("undercount_documented"), _ends(part.documented, words)),
        (_("Lists"), " · ".join(_said(one.name) for one in release.lists if one.id in part.lists)),
        (words.say("fact_linkage"), share),
        (
            words.say("fact_rule"),
            words.say("noisy_rule_pure", amount=str(part.amount), protects=protects),
        ),
    ]
    reason = words.say(f"reason_{part.reason}")
    return {"estimate": said, "reason": reason, "estimate_facts": facts}


def _ends(ends: Ends, words: Texts) -> str:
    """Like 340 (290–410), or the lower end of a bound, as it will be published."""
    if ends.high is None:
        return words.number(ends.low)
    return f"{words.number(ends.value)} ({words.number(ends.low)}–{words.number(ends.high)})"
