"""The demo's letters: what a visitor finds on the page of letters, and under which rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from safelight.casework.letters.policy import verified_policy
from safelight.demo import keys
from safelight.demo.letter_words import invented_letters
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]


@pytest.fixture
def roster(desk: TestDesk, tmp_path: Any) -> keys.DemoRoster:
    return keys.make_roster(
        tmp_path,
        recipient=desk.recipient,
        verify_key=desk.verify_key,
        today=datetime.now(UTC).date(),
    )


def test_one_letter_waits_one_is_to_be_read_again_and_one_is_answered_by_one_person(
    desk: TestDesk, roster: keys.DemoRoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.letters.models import AgreedLetter, LetterLine
    from safelight.casework.letters.standing import letter_now
    from safelight.casework.projecting import case_now
    from safelight.demo import letters
    from safelight.journal.chain import told

    envelopes: list[bytes] = []
    monkeypatch.setattr(letters, "deposit", lambda _port, sent: envelopes.append(sent.envelope))
    monkeypatch.setattr(letters, "take_in", lambda _source, expected: take_in(envelopes))
    assert letters.letters_come_and_are_answered(0, roster) == len(invented_letters())
    states = dict(LetterLine.objects.values_list("state", "case_id"))
    assert set(states) == {"waiting", "to-read", "answered"}
    now = case_now(states["answered"])
    assert now is not None
    (remark,) = letter_now(now, told(now.case_id)).remarks
    assert remark.alone, "nobody else read it, and the journal says so"
    assert not AgreedLetter.objects.exists(), "nothing is published by one person"


def test_the_rules_are_signed_and_loosen_only_the_second_reader(roster: keys.DemoRoster) -> None:
    policy = verified_policy(roster.letters_rules, root=roster.root)
    assert policy.author_may_read(policy.issued)
    assert not policy.author_may_read(date(policy.expires.year + 1, 1, 1))
    assert (policy.shift_minutes, policy.week_minutes) == (120, 720)
