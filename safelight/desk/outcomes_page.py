"""How far cases got: the funnel and its curves, of all counted cases of this desk.

The desk's own view: nothing is hidden here and nothing of it may be passed on; numbers leave
through a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from safelight.casework.followed import SEVERAL, STRATA, followed_cases
from safelight.desk.kept_numbers import kept
from safelight.journal.chain import entries_so_far
from safelight.outcomes.curves import USUAL_RULES, NotEstimable
from safelight.outcomes.funnel import ALL_STAGES, UNKNOWN_STRATUM, Funnel, by_stratum, funnel
from safelight.outcomes.funnel_chart import funnel_svg
from safelight.outcomes.incidence_chart import from_start_svg
from safelight.outcomes.reporting import ReportingRatio, reporting_ratio
from safelight.outcomes.words import Words
from safelight.vocabulary.codes import VocabularyError
from safelight.vocabulary.schema import vocabulary

_Found = Funnel | NotEstimable
# The columns of the table: the way's first gates, and its end.
_IN_THE_TABLE: Final = ("F2_REPORT", "F3_CASE", "F8_COURT", "F9_VERDICT")
_NAMES: Final[Mapping[str, str | Promise]] = {
    "act": _("the most serious act"),
    "ground": _("the ground"),
    "region": _("the federal district"),
    "age": _("the age of the person harmed"),
    "channel": _("the way it reached us"),
    "verification": _("how well it is checked"),
    "year": _("the year it happened in"),
}


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One line of the table: a value of the stratum, its cases, and how many got where."""

    value: str
    label: str | Promise
    cases: int
    reached: tuple[int, ...]


@require_GET
def outcomes_page(request: HttpRequest) -> HttpResponse:
    """The funnel, the curves and the reporting ratio as of a day, for all or one stratum."""
    today = datetime.now(UTC).date()
    as_of, is_day = _as_of(request.GET.get("as_of", ""), today)
    by = request.GET.get("by", "")
    by = by if by in STRATA else ""
    entry = entries_so_far()
    found = kept(entry, ("all", as_of), lambda: _counted(as_of))
    parts = kept(entry, ("by", by, as_of), lambda: _by(by, as_of)) if by else {}
    value = request.GET.get("value", "")
    chosen = parts.get(value) if isinstance(parts, Mapping) else None
    shown = chosen or found[0]
    language = "ru" if (get_language() or "en").startswith("ru") else "en"
    context = {
        "as_of": as_of,
        "today": today,
        "is_day": is_day,
        "choices": [(name, label, name == by) for name, label in _NAMES.items()],
        "by": by,
        "by_label": _NAMES.get(by, ""),
        "values": _values(by, parts, language) if isinstance(parts, Mapping) else [],
        "columns": [Words(language).stage(stage) for stage in _IN_THE_TABLE],
        "too_many": parts.reason(language) if isinstance(parts, NotEstimable) else "",
        "value": value if chosen else "",
        "value_label": _label(by, value, language) if chosen else "",
        "funnel": funnel_svg(shown, language=language),
        "curves": ""
        if isinstance(shown, NotEstimable)
        else from_start_svg(shown, language=language),
        "ratio": _ratio_shown(found[1], language),
        "nothing": isinstance(found[0], NotEstimable),
    }
    return render(request, "desk/outcomes.html", context)


def _as_of(untrusted: str, today: date) -> tuple[date, bool]:
    """The day asked for, or today; and whether what was asked for is a day that has been."""
    if not untrusted:
        return today, True
    try:
        day = date.fromisoformat(untrusted)
    except ValueError:
        return today, False
    return (day, True) if date(2000, 1, 1) <= day <= today else (today, False)


def _counted(as_of: date) -> tuple[_Found, ReportingRatio | NotEstimable]:
    cases = list(followed_cases())
    return (
        funnel(cases, as_of=as_of, rules=USUAL_RULES, stages=ALL_STAGES),
        reporting_ratio(cases, as_of=as_of, rules=USUAL_RULES),
    )


def _by(name: str, as_of: date) -> Mapping[str, _Found] | NotEstimable:
    return by_stratum(followed_cases(), name, as_of=as_of, rules=USUAL_RULES, stages=ALL_STAGES)


def _values(by: str, parts: Mapping[str, _Found], language: str) -> list[ShownValue]:
    return [
        ShownValue(
            value,
            _label(by, value, language),
            part.cases,
            tuple(part.step(stage).reached for stage in _IN_THE_TABLE),
        )
        for value, part in parts.items()
        if isinstance(part, Funnel)
    ]


def _label(by: str, value: str, language: str) -> str | Promise:
    if value == SEVERAL:
        return _("several")
    if value == UNKNOWN_STRATUM:
        return _("not known")
    try:
        if by == "act":
            return vocabulary().field("acts").code(value).label(language)
        field = vocabulary().field(STRATA[by]) if STRATA[by] else None
        groups = {group.value: group for group in field.groups} if field else {}
        if by == "region" and value in groups:
            return groups[value].label(language)
        return field.code(value).label(language) if field else value
    except VocabularyError:
        return value


def _ratio_shown(found: ReportingRatio | NotEstimable, language: str) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return {"refused": found.reason(language)}
    words, share = Words(language), found.reported
    return {
        "reported": words.number(share.count),
        "of": words.number(share.of),
        "part": words.part(share.share),
        "low": words.part(share.low),
        "high": words.part(share.high),
        "unknown": words.number(found.unknown),
        "least": words.part(found.bounds.least),
        "most": words.part(found.bounds.most),
        "violence_only": found.violence_only,
    }
