"""Days are counted as the laws count them, never later."""

from __future__ import annotations

from datetime import date

import pytest

from safelight.campaigns.notices.deadlines import Span
from safelight.campaigns.notices.templates import template

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
