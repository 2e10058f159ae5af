"""Threat: receiver-keeps-what-was-withdrawn: A person takes everything back after their case was
referred; with the case the desk forgets whom to ask, and the receiver keeps the sheet for ever.

And of all that was noted while the case was followed no byte is left, nor of the asking back
once it is done.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import everything, withdraw
from tests.casework.followup.cases import a_place, act, days, refer, reportable, tables
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]

CANARY = "канарейка-9"
PLACE = "Приёмная-канарейка"


@pytest.fixture
def words() -> Any:
    from safelight.sealing.receipt import Receipt

    return Receipt.generate()


def a_followed_case(desk: TestDesk, words: Any) -> tuple[str, str]:
    """A case with everything that following up can note; its id, and the referral's."""
    (case_id,) = desk.take_in(reportable(words, answers={"story": CANARY}))
    act(desk, case_id, "assign", to="desk-1", note=CANARY)
    act(desk, case_id, "task", kind="check", words=CANARY, due=days(1))
    act(desk, case_id, "contact", codes=["NEVER_CALL"], words=CANARY)
    act(desk, case_id, "told", what=CANARY, whom=CANARY)
    act(desk, case_id, "keep", until=days(40), because=CANARY)
    entry = refer(case_id, a_place(name=PLACE), note=CANARY)
    return case_id, entry


def handed(desk: TestDesk, case_id: str, entry: str) -> None:
    page = f"/cases/{case_id}/referrals/{entry}/hand-over"
    assert desk.client.post(page, {"how": "printed"}).status_code == 302


def test_what_was_handed_over_is_asked_back_by_its_reference(desk: TestDesk, words: Any) -> None:
    from safelight.casework.followup.deciding import follow_up_of
    from safelight.casework.followup.recalling import to_ask_back
    from safelight.casework.projecting import rebuild
    from safelight.journal.chain import latest

    case_id, entry = a_followed_case(desk, words)
    handed(desk, case_id, entry)
    reference = follow_up_of(case_id).referrals[0].reference
    assert withdraw(words) == 1
    (recall,) = to_ask_back()
    assert (recall.place, recall.reference) == (PLACE, reference)
    written = latest(1)[0]
    assert (written.kind, written.body) == ("recall.needed", {})
    assert case_id not in written.subject
    page = desk.client.get("/today/").text
    assert reference in page
    assert case_id not in page
    before = tables()
    rebuild()
    assert tables() == before
    assert len(to_ask_back()) == 1
    told = f"/today/{recall.subject}/told"
    assert desk.client.post(told).status_code == 302
    assert to_ask_back() == []
    assert desk.client.post(told).status_code == 400
    rebuild()
    assert to_ask_back() == []
    assert reference.encode() not in everything(desk)


def test_what_never_left_is_not_asked_back(desk: TestDesk, words: Any) -> None:
    from safelight.casework.followup.recalling import to_ask_back

    a_followed_case(desk, words)
    assert withdraw(words) == 1
    assert to_ask_back() == []


def test_no_byte_of_what_was_noted_is_left(desk: TestDesk, words: Any) -> None:
    from safelight.journal.models import SealedContent, StoredKey
    from safelight.journal.verifying import verify

    case_id, entry = a_followed_case(desk, words)
    handed(desk, case_id, entry)
    keys = [bytes(key.secret) for key in StoredKey.objects.filter(subject=case_id)]
    sealed = [bytes(one.sealed) for one in SealedContent.objects.filter(subject=case_id)]
    assert len(sealed) >= 8
    before = everything(desk)
    assert all(key in before for key in keys)
    assert CANARY.encode() not in before, "words are sealed even inside the encrypted file"
    withdraw(words)
    after = everything(desk)
    assert [key for key in keys if key in after] == []
    assert [one for one in sealed if one[44:60] in after] == []
    for table in ("FollowedCase", "OpenTask", "AgreedPurpose"):
        assert tables()[table] == [], table
    verify()
