"""Threat: overlap-repeated-until-true: partners run one private overlap after another over the same
lists and average its noise away. Each session's ε is booked in the desk's privacy ledger before
anything of its list leaves, and an offer is refused when too little is left.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.partners.overlap.session_ledger import NotPaidError
from safelight.release.noise.plan import PrivacyUnit
from tests.partners.overlap.test_desk_page import Page
from tests.partners.overlap.test_files import Table, done
from tests.release.noisy import with_budget
from tests.support.desk import PASSPHRASE, TestDesk, desk

__all__ = ["desk"]


def spends() -> list[tuple[str, str, tuple[int, ...]]]:
    from safelight.release.ledger import read_ledger

    found = read_ledger().spends
    return [(one.proposal_id.split("-")[0], str(one.loss.amount), one.years) for one in found]


def test_two_sessions_of_a_half_spend_one_and_a_third_is_refused(desk: TestDesk) -> None:
    with_budget("1")
    for number in (1, 2):
        page = Page(desk)
        shown = page.offer(page.agree(epsilon="1/2"))
        assert "Send this to the relay" in shown
        assert spends() == [("session", "1/2", (2024,))] * number
    third = Page(desk)
    terms = third.agree(epsilon="1/2")
    assert re.search(r"costs your own list ε =\s+1/2.*Left for these years: 0", third.text, re.S)
    refused = third.post("offer", code=terms.code, unit="incident", list=_list())
    assert refused.status_code == 400
    assert "The privacy ledger cannot pay for this noise." in refused.text
    assert "the budget is spent" in refused.text
    assert not re.findall(r'/file/([^"]+\.overlap)"', third.text)
    assert len(spends()) == 2


def _list() -> Any:
    from tests.partners.overlap.test_desk_page import upload

    return upload(("key\n" + "".join(f"{number}\n" for number in range(20))).encode())


def test_the_entry_stands_in_the_journal_before_the_commitment_does(desk: TestDesk) -> None:
    from safelight.journal.chain import entries

    with_budget("1")
    page = Page(desk)
    page.offer(page.agree(epsilon="1/2"))
    kinds = [entry.kind for entry in entries()]
    assert kinds.index("release.budget-spent") < kinds.index("overlap.offered")


def test_a_machine_that_stopped_after_booking_books_one_session_once(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.partners.overlap.desk_sessions import DeskPlace

    with_budget("1")
    page = Page(desk)
    terms = page.agree(epsilon="1/2")
    with monkeypatch.context() as patched:
        patched.setattr(DeskPlace, "keep", lambda *_: (_ for _ in ()).throw(OSError("power cut")))
        page.offer(terms)
    assert len(spends()) == 1
    assert "Send this to the relay" in page.offer(terms)
    assert len(spends()) == 1


def test_a_small_spend_under_a_session_s_name_pays_for_no_larger_one(desk: TestDesk) -> None:
    from safelight.desk.partners.overlap_budget import paid_as
    from safelight.release.ledger import spend_before_drawing
    from safelight.release.noise.privacy_loss import PrivacyLoss

    with_budget("1")
    page = Page(desk)
    terms = page.agree(epsilon="1/2")
    name = paid_as(terms, terms.names[0])
    # All of the hash: two terms that share half of it a convener can look for.
    assert terms.session.hex() in name
    small = PrivacyLoss.parse("pure", "1/1000")
    for number in range(len(terms.names)):
        spend_before_drawing(paid_as(terms, terms.names[number]), small, lists=1, years=(2024,))
    refused = page.post("offer", code=terms.code, unit="incident", list=_list())
    assert refused.status_code == 400
    assert "The privacy ledger cannot pay for this noise." in refused.text


def test_a_person_on_several_rows_costs_as_many_times(desk: TestDesk) -> None:
    with_budget("1", unit=PrivacyUnit("person", 2))
    page = Page(desk)
    page.offer(page.agree(epsilon="1/2"))
    assert spends() == [("session", "1", (2024,))]


def test_a_unit_that_the_ledger_does_not_protect_and_a_missing_budget_are_refused(
    desk: TestDesk,
) -> None:
    page = Page(desk)
    terms = page.agree(epsilon="1/2")
    assert "No privacy budget is set on this desk" in page.text
    refused = page.post("offer", code=terms.code, unit="incident", list=_list())
    assert "no privacy budget is set" in refused.text
    with_budget("1")
    other = Page(desk)
    terms = other.agree(epsilon="1/2", unit="perpetrator")
    refused = other.post("offer", code=terms.code, unit="perpetrator", list=_list())
    assert "protects another unit" in refused.text
    assert spends() == []


def test_a_command_beside_a_desk_books_there_and_none_forgets_to_say(
    desk: TestDesk, tmp_path: Path
) -> None:
    with_budget("1")
    table = Table(tmp_path / "session", "--epsilon", "1")
    (tmp_path / "own").write_text(PASSPHRASE, encoding="utf-8")
    csv = tmp_path / "list.csv"
    csv.write_text("id\n" + "".join(f"{one}\n" for one in range(9)), encoding="utf-8")

    def offer(name: str, *more: str) -> Any:
        return CliRunner().invoke(
            safelight,
            [
                *("overlap", "offer", str(csv), "--dir", str(table.here / name)),
                *("--terms", str(table.terms), "--code", table.code, "--unit", "incident"),
                *more,
            ],
        )

    beside = ("--data", str(desk.data), "--passphrase-file", str(tmp_path / "own"))
    silent = offer("one")
    assert silent.exit_code == 2
    assert "--without-ledger" in silent.output
    assert offer("one", *beside).exit_code == 0
    # Another list of the same desk in the same session costs as much again.
    assert isinstance(offer("two", *beside).exception, NotPaidError)
    again = Table(tmp_path / "again", "--epsilon", "1")
    table = again
    refused = offer("one", *beside)
    assert isinstance(refused.exception, NotPaidError)
    assert done("status", "--dir", again.here / "one")["waits_for"] == "terms"
    assert offer("two", "--without-ledger").exit_code == 0
    from safelight.desk.unlocking import unlocked

    with unlocked(desk.data, PASSPHRASE):
        assert spends() == [("session", "1", (2024,))]
