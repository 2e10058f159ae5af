"""The share of violent incidents of the last twelve months that the person reported.

An analogue of lower quality of SDG indicator 16.3.1, never the indicator itself. The
indicator is the number of victims of violence in the previous 12 months who reported it to
competent authorities or other officially recognised conflict resolution mechanisms, as a
percentage of all victims of violence in the previous 12 months, from a survey of the whole
population, and separately for physical, sexual and psychological violence (United Nations
Statistics Division, metadata of 16.3.1). Ours counts incidents, not people; those that
somebody told us or a partner, not all; and only the police as an authority.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from safelight.outcomes.curves import NotEstimable, Rules
from safelight.outcomes.facts import CaseFacts
from safelight.outcomes.path import START, shipped_path
from safelight.outcomes.shares import Bounds, Share, bounds_of, share_of

ANALOGUE_OF = "SDG 16.3.1"
# The person tried to report, whether or not the police wrote it down.
_TRIED = {"F1_DECISION": {"REPORT"}, "F2_REPORT": {"ACCEPTED", "REFUSED_TO_ACCEPT"}}
_DID_NOT = {"F1_DECISION": {"NOT_REPORT"}, "F2_REPORT": {"THIRD_PARTY_REPORT"}}


@dataclass(frozen=True)
class ReportingRatio:
    """`reported` of those of whom it is known, and `bounds` over all with those of whom it
    is not. `violence_only`: restricted to incidents marked violent. `by_others`: somebody
    else reported, which the indicator does not count. `left_out`: incidents of lists that
    only hold what was reported, `kind_unknown`: not known whether violent.
    """

    since: date
    as_of: date
    violence_only: bool
    incidents: int
    reported: Share
    bounds: Bounds
    unknown: int
    by_others: int
    accepted: int
    left_out: int
    kind_unknown: int


def reporting_ratio(
    cases: Iterable[CaseFacts], *, as_of: date, rules: Rules
) -> ReportingRatio | NotEstimable:
    """The ratio for incidents of the twelve months up to and including `as_of`.

    An incident counts by the middle of its date, or of the date it was recorded where the
    incident has none; without either it is left out.
    """
    cases = list(cases)
    since = _year_before(as_of)
    inside = [case for case in cases if _in_window(case, since, as_of)]
    open_lists = [case for case in inside if not _known_from_authority(case)]
    violence_only = any(case.violent is not None for case in cases)
    chosen = [case for case in open_lists if case.violent or not violence_only]
    known = [_tried(case, as_of) for case in chosen]
    yes, no, unknown = (known.count(answer) for answer in (True, False, None))
    if yes + no < rules.least_cases:
        return NotEstimable("too-few-known", {"known": yes + no, "needed": rules.least_cases})
    bounds = bounds_of(yes, unknown, len(chosen))
    assert bounds is not None  # there is at least one case
    return ReportingRatio(
        since=since,
        as_of=as_of,
        violence_only=violence_only,
        incidents=len(chosen),
        reported=share_of(yes, yes + no, level=rules.level),
        bounds=bounds,
        unknown=unknown,
        by_others=sum(
            tried is False and _has(case, "F2_REPORT", {"THIRD_PARTY_REPORT"}, as_of)
            for case, tried in zip(chosen, known, strict=True)
        ),
        accepted=sum(_has(case, "F2_REPORT", {"ACCEPTED"}, as_of) for case in chosen),
        left_out=len(inside) - len(open_lists),
        kind_unknown=sum(case.violent is None for case in open_lists) if violence_only else 0,
    )


def _year_before(day: date) -> date:
    """The same day a year earlier, which is itself outside the twelve months."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _in_window(case: CaseFacts, since: date, as_of: date) -> bool:
    recorded = [fact.when for fact in case.facts if fact.stage == START]
    for when in [case.occurred] if case.occurred else recorded:
        if when is not None and (known := when.until(as_of)) is not None:
            middle = (known.first.toordinal() + known.last.toordinal()) / 2
            return since.toordinal() < middle
    return False


def _known_from_authority(case: CaseFacts) -> bool:
    path = shipped_path()
    return any(path.entry(fact.source) > 0 for fact in case.facts if fact.stage == START)


def _tried(case: CaseFacts, as_of: date) -> bool | None:
    """Did the person report? None where nobody says."""
    if any(_has(case, stage, codes, as_of) for stage, codes in _TRIED.items()):
        return True
    if any(_has(case, stage, codes, as_of) for stage, codes in _DID_NOT.items()):
        return False
    return None


def _has(case: CaseFacts, stage: str, codes: set[str], as_of: date) -> bool:
    return any(
        fact.stage == stage
        and fact.code in codes
        and (fact.when is None or fact.when.first <= as_of)
        for fact in case.facts
    )
