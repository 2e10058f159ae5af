"""Each line of the threat model has a test named after the attack, and each such test a line."""

from __future__ import annotations

from tests.support.threat_lines import BEGIN, END, PAGE, page_with_table, threat_lines


def test_threat_model_lists_exactly_the_attacks_that_are_tested() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == page_with_table(page), "run: python -m tests.support.threat_lines"


def test_there_are_attacks_to_list() -> None:
    assert len(threat_lines()) >= 10
