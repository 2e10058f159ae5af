"""Days are counted as the laws count them; working days are an estimate, and are called one."""

from __future__ import annotations

import re
from datetime import date

import pytest

from safelight.campaigns.notices import reading
from safelight.campaigns.notices.deadlines import Span
from safelight.campaigns.notices.problems import TemplateError
from safelight.campaigns.notices.templates import Template, read_templates, template, templates

FRIDAY = date(2026, 3, 13)


@pytest.mark.parametrize(
    ("span", "sent", "due"),
    [
        (Span(3, "days"), FRIDAY, date(2026, 3, 16)),
        (Span(10, "working-days"), FRIDAY, date(2026, 3, 27)),
        (Span(1, "working-days"), FRIDAY, date(2026, 3, 16)),
        (Span(1, "working-days"), date(2026, 3, 14), date(2026, 3, 16)),
        (Span(1, "months"), date(2026, 1, 31), date(2026, 2, 28)),
        (Span(1, "months"), date(2027, 12, 31), date(2028, 1, 31)),
        (Span(6, "months"), date(2026, 8, 31), date(2027, 2, 28)),
        (Span(13, "months"), date(2026, 3, 13), date(2027, 4, 13)),
    ],
)
def test_a_span_ends_on_its_day(span: Span, sent: date, due: date) -> None:
    assert span.after(sent) == due


@pytest.mark.parametrize(
    ("template_id", "due"),
    [
        ("platform-vk", date(2026, 3, 16)),
        ("hoster-dsa-16", date(2026, 3, 16)),
        ("data-gdpr-17", date(2026, 4, 13)),
        ("data-152-fz", date(2026, 3, 27)),
        ("complaint-prosecutor", date(2026, 4, 12)),
        ("complaint-police", date(2026, 3, 16)),
        ("employer-letter", date(2026, 3, 14)),
    ],
)
def test_each_template_waits_as_long_as_its_law_says(template_id: str, due: date) -> None:
    assert template(template_id).deadline.due(FRIDAY) == due


def test_a_saturday_that_was_made_a_working_day_is_not_known() -> None:
    """Russia worked on Saturday, 2 November 2024, and rested on Monday, the 4th: the law's tenth
    working day after 21 October was that Saturday, and ours comes after it."""
    assert Span(10, "working-days").after(date(2024, 10, 21)) == date(2024, 11, 4)


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.id)
def test_a_deadline_in_working_days_says_that_it_may_be_off_both_ways(one: Template) -> None:
    in_working_days = one.deadline.law is not None and one.deadline.law.unit == "working-days"
    for words, earlier in ((one.deadline.words.en, "earlier"), (one.deadline.words.ru, "раньше")):
        assert (earlier in words) == in_working_days


def test_no_time_of_our_own_is_an_estimate() -> None:
    """Whoever looks late for an answer loses days; whoever objects late loses the right."""
    shipped = (reading.data_folder() / "templates" / "hoster-dsa-16.1.yaml").read_text("utf-8")
    (within,) = set(re.findall(r"within: {number: \d+, unit: \w+}", shipped))
    changed = shipped.replace(within, "within: {number: 10, unit: working-days}")
    with pytest.raises(TemplateError, match="days or months"):
        list(read_templates(changed, "changed"))
