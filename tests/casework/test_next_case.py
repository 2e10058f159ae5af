"""Which case the desk offers to read next."""

from __future__ import annotations

from tests.support.desk import TestDesk, a_report


def test_a_letter_is_never_offered_as_the_next_report_to_code(desk: TestDesk) -> None:
    from safelight.casework.cases import next_new_case

    letter = a_report(form="letter", answers={"letter": "Просто хочу рассказать."}, consent=())
    desk.take_in(letter)
    assert next_new_case() is None
    (report,) = desk.take_in(a_report(mailbox="1a" * 16))
    assert next_new_case() == report
