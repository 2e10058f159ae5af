"""How many earlier reports are like a new one: the table behind the rule about many alike."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count

from safelight.casework.models import TriageMark
from safelight.casework.triage import Marks, Sorted, alike_rule, marks_of, sort
from safelight.journal.content_keys import key_of
from safelight.vocabulary.report import Report

_KEY: str = "triage"


def sorted_report(report: Report, *, work: int | None, today: date) -> tuple[Sorted, Marks]:
    """Sort a new report by the rules; `remember` its marks once it is a case."""
    marks = marks_of(report, key_of(_KEY).secret)
    since = today - timedelta(days=alike_rule("days"))
    recent = TriageMark.objects.filter(day__gte=since)
    shared = recent.filter(mark__in=marks.words).values("case_id").annotate(n=Count("mark"))
    alike = shared.filter(n__gte=alike_rule("shared")).count()
    the_same = 0 if marks.words else recent.filter(mark=marks.whole).count()
    return sort(report, work=work, alike=alike, the_same=the_same), marks


def remember(found: Sorted, marks: Marks, case_id: str, today: date) -> None:
    """Keep the marks of a case for the next reports, inside the caller's transaction."""
    if {"many-alike", "many-the-same"} & set(found.reasons):
        return  # a flood of one text is known by its first few; more would only slow the next
    kept = marks.words or (marks.whole,)
    TriageMark.objects.bulk_create(
        TriageMark(mark=mark, case_id=case_id, day=today) for mark in kept
    )
