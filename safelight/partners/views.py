"""The lists on this desk: what each counts, what it could see, and what was warned of.

Lists come in by the command line only: reading a check before agreeing to it takes more
room than a button gives.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from safelight.partners.desk_lists import imported_lists
from safelight.partners.models import ImportedList
from safelight.partners.problems import ProfileError
from safelight.partners.profile import Profile, RecordsLayout
from safelight.partners.profile_reading import parse_profile
from safelight.partners.wording import DECISIONS, NO_ROW, REFUSED, UNITS, UNNAMED_SOURCE, called
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.wording import Wording

_OWN_CODES: Final = "own-csv"


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every list, the newest first; forgotten ones stay as a line."""
    return render(
        request, "partners/index.html", {"lists": [_summary(one) for one in imported_lists()]}
    )


@require_GET
def one_list(request: HttpRequest, list_id: str) -> HttpResponse:
    """One list with everything that must be said with its numbers."""
    imported = ImportedList.objects.filter(list_id=list_id).first()
    if imported is None:
        raise Http404
    return render(request, "partners/list.html", _shown(imported))


def _summary(imported: ImportedList) -> dict[str, Any]:
    return {
        "imported": imported,
        "title": _title(imported),
        "row_unit": called(UNITS, imported.row_unit),
        "counted_unit": called(UNITS, imported.counted_unit),
        "coverage": _in_language(imported.provenance["coverage"]),
        "warnings": _warnings(imported),
    }


def _title(imported: ImportedList) -> str:
    """What a list is called. Those in our own codes all come by one profile: say whose it is."""
    title = _in_language(imported.provenance["title"])
    first = imported.listed.exclude(codes=None).first() if imported.profile == _OWN_CODES else None
    if first is None or first.codes is None:
        return title
    field, kind = vocabulary().field("source_list"), str(first.codes.get("source_list", ""))
    if not field.has(kind):
        return title
    return f"{field.code(kind).label((get_language() or 'en')[:2])}: {title}"


def _shown(imported: ImportedList) -> dict[str, Any]:
    check = imported.provenance["check"]
    profile = _profile(imported)
    layout = profile.layout if profile is not None else None
    records = layout if isinstance(layout, RecordsLayout) else None
    reporter = profile.coverage.reporter_label if profile is not None else None
    return _summary(imported) | {
        "own_codes": imported.profile == _OWN_CODES,
        "holder": called(UNNAMED_SOURCE, imported.provenance["holder"]),
        "licence": called(UNNAMED_SOURCE, imported.provenance["licence"]),
        "source": called(UNNAMED_SOURCE, imported.provenance["source"]),
        "row_means": _said(records.row_means) if records is not None else "",
        "rule": _said(records.disagreement_means) if records is not None else "",
        "links": [
            {"label": _said(link.label), **check["links"].get(link.name, {})}
            for link in (records.links if records is not None else ())
        ],
        "years": check["years"],
        "reporter": _said(reporter) if reporter is not None else "",
        "late_grounds": _late_grounds(check),
        "without_row": [
            {"because": called(NO_ROW, entry["reason"]), **entry}
            for entry in check["incidents_without_row"]
        ],
        "refused": [
            (called(REFUSED, reason), rows) for reason, rows in check["refusals_by_reason"].items()
        ],
        "contradictions": check["contradictions_total"],
        "traps": [_said(trap) for trap in profile.traps] if profile is not None else [],
        "cannot_express": (
            [_said(text) for text in profile.cannot_express] if profile is not None else []
        ),
        "declared": check["coverage"]["declared"],
    }


def _warnings(imported: ImportedList) -> list[str]:
    check = imported.provenance["check"]
    found = []
    if imported.row_unit != imported.counted_unit:
        found.append(_("A row of this list is not an incident. Never count its rows."))
    if check["coverage"]["no_trend"]:
        found.append(_("No trend without coverage: these numbers follow who reports."))
    if imported.rows_of_ours < imported.incidents:
        found.append(
            _("Some incidents have no statistical row: our vocabulary has no code for them.")
        )
    found += [called(DECISIONS, decision) for decision in imported.provenance["agreed_to"]]
    return found


def _late_grounds(check: dict[str, Any]) -> list[tuple[str, str]]:
    """Grounds that begin later than the list: before that nobody could report them."""
    if not check["years"]:
        return []
    first = check["years"][0]["year"]
    field = vocabulary().field("bias_ground")
    language = (get_language() or "en")[:2]
    return [
        (field.code(ground).label(language) if field.has(ground) else ground, year)
        for ground, year in check["first_year_of_ground"].items()
        if year > first
    ]


def _profile(imported: ImportedList) -> Profile | None:
    """Return the mapping as it was; `None` where this version can no longer read it."""
    try:
        return parse_profile(imported.profile_text.encode())
    except ProfileError:
        return None


def _said(wording: Wording) -> str:
    return wording.in_language(get_language() or "en")


def _in_language(texts: dict[str, str]) -> str:
    return Wording(ru=texts["ru"], en=texts["en"]).in_language(get_language() or "en")
