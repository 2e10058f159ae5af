"""The two clocks of a case: until when something must be done, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from safelight.casework.followup import rules
from safelight.vocabulary.report import Report


@dataclass(frozen=True, slots=True)
class Review:
    """The day on which a case is due for review, and the rule that says so.

    `rule` is one of the rules of the file, "consent" (every consent has ended) or "kept"
    (somebody prolonged it).
    """

    on: date
    rule: str


def deadline_of(report: Report, *, received_on: date, opened_at: datetime) -> datetime:
    """Until when an urgent case needs an answer, in UTC: the earliest that its answers say.

    The report names days, so hours come from the rules: too early rather than too late.
    """
    found = []
    told = rules.mapping("deadlines").get(str(report.answers.get("deadline", "")))
    if told is not None:
        # A device whose clock runs ahead writes a day that has not come yet.
        day = min(report.written, received_on) + timedelta(days=told["days"])
        found.append(datetime.combine(day, time(told["hour"]), UTC))
    hours = rules.mapping("danger_hours").get(str(report.answers.get("danger", "")))
    if hours is not None:
        found.append(_later(opened_at, hours))
    if not found:
        found.append(_later(opened_at, rules.number("otherwise_hours")))
    return min(found)


def _later(at: datetime, hours: int) -> datetime:
    # A colleague's desk may have written any day; beyond the last one there is none.
    try:
        return at + timedelta(hours=hours)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _days_after(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def review_of(
    *,
    state: str,
    reason: str,
    form: str,
    last_event: date,
    consents: Mapping[str, date],
    kept_until: date | None,
) -> Review:
    """When a case is due: by the first rule that fits, or by its consents, or as prolonged.

    `consents` are all that were ever given with their last days: once none holds any more,
    nothing but a reason of ours keeps the case.
    """
    if kept_until is not None:
        return Review(kept_until, "kept")
    rule = next(
        one for one in rules.keeping_rules() if one.fits(state=state, reason=reason, form=form)
    )
    usual = Review(_days_after(last_event, rule.days), rule.rule)
    if not consents:
        return usual
    ended = Review(_days_after(max(consents.values()), 1), "consent")
    return min(usual, ended, key=lambda review: review.on)
