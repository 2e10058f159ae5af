"""What the pages show of how a case is followed, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from safelight.casework.folding import CaseNow
from safelight.casework.followup import rules
from safelight.casework.followup.due import hours_left, is_long_over
from safelight.casework.followup.following import FollowUp, Referral, Task
from safelight.casework.followup.models import FollowedCase, OpenTask
from safelight.casework.report_page import ShownAnswer, answers_shown
from safelight.casework.wording import STATUSES
from safelight.journal.chain import desk_key
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary


def language() -> str:
    """The page's language."""
    return get_language() or "en"


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One thing that must be done about an urgent case."""

    label: str
    done: bool


@dataclass(frozen=True, slots=True)
class ShownUrgent:
    """The urgent box of a case. `begin`: what the person allowed at once, as (task kind, label)."""

    until: datetime
    left: str
    is_over: bool
    by_hand: bool
    told: tuple[ShownAnswer, ...]
    steps: tuple[ShownStep, ...]
    begin: tuple[tuple[str, str], ...]
    status: Any


@dataclass(frozen=True, slots=True)
class ShownTask:
    """One task. `words` only on the page of an open case."""

    entry: str
    case_id: str
    kind: str
    due: date | None
    is_over: bool
    desk: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """One purpose: until when, or when it ended, and where it was said."""

    purpose: str
    label: str
    until: date | None
    holds: bool
    later: bool


def label_of(name: str, code: str) -> str:
    """What a code of a list is called; the code itself if a newer desk wrote it."""
    known = rules.codes(name).get(code)
    return known.label(language()) if known else code


def choices_of(name: str) -> list[tuple[str, str]]:
    """The codes of a list with their labels, for a form."""
    return [(code.value, code.label(language())) for code in rules.codes(name).values()]


def time_left(until: datetime) -> str:
    """Say in whole hours how long there is, or how long ago it was."""
    hours = hours_left(until)
    if hours >= 0:
        return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    return ngettext("over for %(n)d hour", "over for %(n)d hours", -hours) % {"n": -hours}


def urgent_shown(now: CaseNow, case: FollowUp) -> ShownUrgent | None:
    """Return what the urgent box says, or None for a case that is not urgent (any more)."""
    until = case.urgent_until
    if until is None or is_long_over(until):
        return None
    report = Report.parse(now.report)
    done = {
        "answered": case.answered,
        "assigned": bool(case.desk),
        "tasks": bool(case.tasks) and not case.open_tasks,
    }
    steps = [
        ShownStep(step.label(language()), done[step.value])
        for step in rules.codes("urgent_steps").values()
        if step.value != "tasks" or case.tasks
    ]
    return ShownUrgent(
        until,
        time_left(until),
        hours_left(until) < 0,
        case.deadline_by_hand,
        tuple(_told_about_it(report)),
        tuple(steps),
        tuple(_to_begin_with(report, case)),
        STATUSES.get(case.status, ""),
    )


def _told_about_it(report: Report) -> Iterable[ShownAnswer]:
    asked = ("danger", "deadline", "deadline_what", "may_do")
    for name, shown in answers_by_question(report):
        if name in asked and not shown.skipped:
            yield shown


def _to_begin_with(report: Report, case: FollowUp) -> Iterable[tuple[str, str]]:
    allowed = rules.mapping("allowed")
    answer = report.answers.get("may_do", ())
    there = {task.kind for task in case.tasks}
    for code in (answer,) if isinstance(answer, str) else answer:
        kind = allowed.get(code)
        if kind is not None and kind not in there:
            yield kind, label_of("tasks", kind)


def answers_by_question(report: Report) -> Iterable[tuple[str, ShownAnswer]]:
    """Every question of a report by its id, with its answer as a page shows it."""
    questions = question_set(report.form, report.form_version).questions
    shown = answers_shown(report, language())
    return [(question.id, one) for question, one in zip(questions, shown, strict=True)]


def tasks_shown(tasks: Sequence[Task], case_id: str, *, today: date) -> list[ShownTask]:
    """The tasks of an open case, with their words."""
    return [
        ShownTask(
            task.entry,
            case_id,
            label_of("tasks", task.kind),
            task.due,
            task.due is not None and task.due < today,
            task.desk,
            task.words,
        )
        for task in tasks
    ]


def listed_tasks(rows: Sequence[OpenTask], *, today: date) -> list[ShownTask]:
    """Tasks for a list: codes and days, no words."""
    return [
        ShownTask(
            row.entry,
            row.case_id,
            label_of("tasks", row.kind),
            row.due,
            row.due is not None and row.due < today,
            row.desk,
        )
        for row in rows
    ]


def urgent_listed(rows: Sequence[FollowedCase]) -> list[dict[str, Any]]:
    """Urgent cases for the top of the inbox: hours and what is missing, nothing of the report."""
    return [
        {
            "case_id": row.case_id,
            "until": row.urgent_until,
            "left": time_left(row.urgent_until),
            "is_over": hours_left(row.urgent_until) < 0,
            "desk": row.desk,
            "answered": row.answered,
            "status": STATUSES.get(row.status, ""),
        }
        for row in rows
        if row.urgent_until is not None
    ]


def consents_shown(now: CaseNow, case: FollowUp, *, today: date) -> list[ShownConsent]:
    """Every purpose that was ever agreed to, and whether it holds today."""
    report = Report.parse(now.report)
    field = vocabulary().field("consent")
    return [
        ShownConsent(
            purpose,
            field.code(purpose).label(language()),
            case.until(purpose) or last,
            (case.until(purpose) or date.min) >= today,
            purpose not in report.consent,
        )
        for purpose, last in case.once_agreed.items()
    ]


def review_reason(rule: str) -> str:
    """Why a case is due on its day."""
    if rule == "consent":
        return _("the last consent ends")
    if rule == "kept":
        return _("kept longer by us")
    found = [one for one in rules.keeping_rules() if one.rule == rule]
    return found[0].label(language()) if found else rule


def referral_shown(referral: Referral, *, is_covered: bool) -> dict[str, Any]:
    """One referral for a page."""
    return {
        "referral": referral,
        "helper": label_of("helpers", referral.helper),
        "consent": vocabulary().field("consent").code(referral.consent).label(language()),
        "outcome": label_of("outcomes", referral.outcome) if referral.outcome else "",
        "is_covered": is_covered,
        "was_handed": bool(referral.handed),
        "was_sealed": "sealed" in referral.handed,
        "was_printed": "printed" in referral.handed,
    }


def told_shown(now: CaseNow, case: FollowUp) -> dict[str, Any]:
    """What the person said already and who knows it, so that nobody asks twice."""
    report = Report.parse(now.report)
    answered = [
        shown.question
        for name, shown in answers_by_question(report)
        if not shown.skipped and name != "consent"
    ]
    said = [turn for turn in now.conversation if turn.who == "reporter"]
    passed = [one for one in case.referrals if one.handed]
    return {
        "answered": answered,
        "messages": sum(turn.kind == "message" for turn in said),
        "files": sum(turn.kind == "file" for turn in said),
        "notes": case.told,
        "passed": passed,
        "handed_over": [one for one in case.handed_over if one.desk],
        "count": len(answered) + len(said) + len(case.told),
    }


def case_context(now: CaseNow, case: FollowUp, *, today: date) -> dict[str, Any]:
    """What every page of a case shows at its top: the urgent box, the contact note, the ways."""
    contact = case.contact
    codes = [rules.codes("contact").get(code) for code in contact.codes] if contact else []
    known = [code for code in codes if code is not None]
    return {
        "follow": case,
        "own_desk": desk_key().desk,
        "urgent": urgent_shown(now, case),
        "contact": contact,
        "contact_warns": [c.label(language()) for c in known if c.extra["warns"]],
        "contact_codes": [c.label(language()) for c in known if not c.extra["warns"]],
        "reporter_sees": STATUSES.get(case.status, ""),
        "due_tasks": sum(task.due is not None and task.due <= today for task in case.open_tasks),
        "told": told_shown(now, case),
    }
