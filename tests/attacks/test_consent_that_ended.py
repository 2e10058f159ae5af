"""Threat: consent-that-ended: Somebody counts a person, passes their case on or hands a sheet
over under a consent whose last day has passed, or that the person took back.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.casework.followup.cases import SHARE, a_place, act, follow_up, refer, reportable, today
from tests.support.desk import TestDesk, codes, desk

__all__ = ["desk"]


@pytest.fixture
def case_id(desk: TestDesk) -> str:
    """A case whose consents end in three days."""
    from safelight.sealing.receipt import Receipt

    last = today() + timedelta(days=3)
    (made,) = desk.take_in(reportable(Receipt.generate(), consent={"STAT": last, SHARE: last}))
    return made


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the days go by: `on(4)` is four days from now."""
    from safelight.casework import coding, followed, rows
    from safelight.casework.followup import case_pages, referral_pages, referring

    def later(number: int) -> None:
        day = today() + timedelta(days=number)
        for module in (coding, followed, rows, referring, referral_pages, case_pages):
            monkeypatch.setattr(module, "today", lambda: day)

    return later


def counted() -> tuple[int, int]:
    from safelight.casework.followed import followed_cases
    from safelight.casework.rows import stat_rows

    return len(list(stat_rows())), len(list(followed_cases()))


def test_a_row_is_counted_to_the_last_day_and_not_a_day_longer(
    desk: TestDesk, case_id: str, on: Any
) -> None:
    from safelight.casework.coding import code_case

    row = code_case(case_id, codes())
    on(3)
    assert counted() == (1, 1)
    on(4)
    assert counted() == (0, 0)
    # The row itself knows the quarter only, which may last for months more.
    assert row.consent_expires_at is not None
    assert row.consent_expires_at >= _quarter(today() + timedelta(days=3))
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "has ended or was taken back" in page
    assert "Save the new coding" not in page


def test_nothing_is_coded_after_the_end(desk: TestDesk, case_id: str, on: Any) -> None:
    from safelight.casework.coding import NotCountedError, code_case

    on(4)
    with pytest.raises(NotCountedError):
        code_case(case_id, codes())
    on(3)
    code_case(case_id, codes())


def test_a_purpose_that_was_taken_back_counts_for_nothing_at_once(
    desk: TestDesk, case_id: str
) -> None:
    from safelight.casework.cases import undo, undoable
    from safelight.casework.coding import code_case
    from safelight.casework.folding import entry_name

    code_case(case_id, codes())
    assert counted() == (1, 1)
    act(desk, case_id, "consent-ended", purpose="STAT")
    assert counted() == (0, 0)
    assert follow_up(case_id).until(SHARE) is not None, "the other purpose holds on"
    latest = undoable(case_id)
    assert latest is not None
    undo(case_id, entry_name(latest.entry))
    assert counted() == (1, 1)


def test_nothing_is_referred_after_the_end(desk: TestDesk, case_id: str, on: Any) -> None:
    from safelight.casework.followup.referring import NotCoveredError

    place = a_place()
    on(4)
    with pytest.raises(NotCoveredError):
        refer(case_id, place)
    assert 'name="parts"' not in desk.client.get(f"/cases/{case_id}/referrals?place={place}").text
    on(3)
    refer(case_id, place)


@pytest.mark.parametrize("how", ["printed", "sealed"])
@pytest.mark.parametrize("why", ["ended", "taken back"])
def test_a_sheet_that_was_made_in_time_is_not_handed_over_too_late(
    desk: TestDesk, case_id: str, on: Any, how: str, why: str
) -> None:
    from safelight.sealing.recipients import HybridRecipient

    entry = refer(case_id, a_place(recipient=HybridRecipient.from_seed(b"\x07" * 32).encode()))
    page = f"/cases/{case_id}/referrals/{entry}"
    assert "Меня заманили" in desk.client.get(page).text
    if why == "ended":
        on(4)
    else:
        act(desk, case_id, "consent-ended", purpose=SHARE)
    answer = desk.client.post(f"{page}/hand-over", {"how": how})
    assert answer.status_code == 422
    assert "nothing may be handed over" in answer.text.lower()
    assert follow_up(case_id).referrals[0].handed == ()
    assert "Меня заманили" not in desk.client.get(page).text, "nor printed from the page"


def test_a_later_message_cannot_stretch_what_the_clock_of_a_device_says(desk: TestDesk) -> None:
    from safelight.casework.followup.deciding import note_consent
    from safelight.casework.projecting import case_now
    from safelight.sealing.receipt import Receipt
    from tests.casework.followup.cases import said

    words = Receipt.generate()
    (made,) = desk.take_in(reportable(words, consent=()))
    said(desk, words, "да", on=today() + timedelta(days=900))
    now = case_now(made)
    assert now is not None
    note_consent(made, SHARE, years=1, said_in=now.conversation[0].key)
    until = follow_up(made).until(SHARE)
    assert until is not None
    assert until <= today() + timedelta(days=366)


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
