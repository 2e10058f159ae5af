"""Threat: one-of-two-opens-alone: Somebody with one desk, its passphrase and a copy of its file
opens a case that two people must open together: alone, with an old backup, with the second
person's answer replayed later, or by answering their own question.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import (
    CANARY,
    file_of,
    message_of,
    receipt,
    report_with,
    said,
)
from tests.casework.team.real_team import Team, team_in
from tests.support.desk import CHEAP, PASSPHRASE, codes
from tests.support.every_page import decrypted

STORY = f"{CANARY} о двоих"


@pytest.fixture
def team(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Team]:
    """Two desks; three where a test says `WITH_A_THIRD`."""
    with team_in(tmp_path, count=getattr(request, "param", 2)) as made:
        yield made


WITH_A_THIRD = pytest.mark.parametrize("team", [3], indirect=True)


def sealed_to(team: Team, content: Any, *seats: int) -> bytes:
    from safelight.sealing.recipients import parse_recipient
    from safelight.sealing.seal import seal_bytes

    plain = content if isinstance(content, bytes) else content.to_bytes()
    return seal_bytes(plain, [parse_recipient(team.seats[at].recipient) for at in seats])


def opened(case_id: str) -> Any:
    from safelight.casework.cases import open_case
    from safelight.casework.opening import open_for, purposes

    case = open_case(case_id)
    open_for(case, next(one.value for one in purposes() if one.value != "other"))
    return case


def a_case_everywhere(team: Team, words: Any) -> tuple[str, bytes]:
    """A coded case with a file, known to all three desks and opened by two of them themselves."""
    from safelight.casework.coding import code_case
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.journal.models import StoredKey

    report = report_with(words, answers={"story": STORY, "acts": ("THR",)})
    envelopes = [
        sealed_to(team, report, 0, 1),
        sealed_to(team, file_of(words, f"{CANARY}.jpg", CANARY.encode() * 9), 0, 1),
    ]
    for at in (0, 1):
        team.sit(at)
        take_in(envelopes)  # each desk makes a key of its own
    case_id = Case.objects.get().case_id
    code_case(case_id, codes(region="77"))
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    secret = bytes(StoredKey.objects.filter(subject=case_id).first().secret)
    return case_id, secret


def marked(team: Team, case_id: str) -> None:
    from safelight.casework.team.unsealing import mark_for_two

    team.sit(0)
    opened(case_id)
    mark_for_two(case_id, first=("desk-1",), second=("desk-2",))
    team.everybody_exchanges(rounds=2)


def story_here(case_id: str) -> str:
    """What a desk can read of the case now; empty when nothing."""
    from safelight.casework.folding import fold
    from safelight.journal.chain import told

    now = fold(case_id, told(case_id))
    return "" if now is None else now.report.decode()


def bytes_at(team: Team, at: int) -> bytes:
    from django.db import connections

    from safelight.journal.content_keys import finish_erasure

    team.sit(at)
    assert finish_erasure()
    connections.close_all()
    return decrypted(team.seats[at].data, team.seats[at].key)


@WITH_A_THIRD
def test_no_desk_alone_holds_a_key_and_two_together_read_for_a_time(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.kept_envelopes import KeptEnvelopeError, kept_file
    from safelight.casework.models import Case, ReceivedEnvelope, StatisticalRow
    from safelight.casework.projecting import rebuild
    from safelight.casework.team import unsealing
    from safelight.journal import held_open
    from safelight.journal.exchange import batch_for
    from safelight.journal.models import StoredKey

    words = receipt()
    case_id, _ = a_case_everywhere(team, words)
    keys = set()
    for at in range(3):
        team.sit(at)
        keys |= {bytes(key.secret) for key in StoredKey.objects.filter(subject=case_id)}
        digests = ReceivedEnvelope.objects.filter(case_id=case_id).values_list("digest", flat=True)
        keys |= {bytes(k.secret) for k in StoredKey.objects.filter(subject__in=list(digests))}
        assert STORY in story_here(case_id)
    assert len(keys) == 2 + 4, "each desk's own of the case, and of its two originals"
    marked(team, case_id)
    lines = []
    for at in range(3):
        everything = bytes_at(team, at)
        assert [key for key in keys if key in everything] == [], f"desk {at + 1}"
        assert CANARY.encode() not in everything
        team.sit(at)
        assert story_here(case_id) == ""
        assert StatisticalRow.objects.count() == 0
        lines.append(list(Case.objects.values()))
        rebuild()
        assert list(Case.objects.values()) == lines[-1]
    assert lines[0] == lines[1] == lines[2]
    team.sit(0)
    question = unsealing.ask_to_open(case_id, "other", "вместе с юристом")
    with pytest.raises(unsealing.TwoPersonError, match="second person, got the first"):
        unsealing.release(case_id, question)
    team.everybody_exchanges(rounds=2)
    team.sit(2)
    with pytest.raises(unsealing.TwoPersonError, match="neither side"):
        unsealing.release(case_id, question)
    team.sit(1)
    (asked,) = unsealing.apart_now(case_id).questions  # type: ignore[union-attr]
    assert (asked.desk, asked.sentence, asked.state) == ("desk-1", "вместе с юристом", "asked")
    unsealing.release(case_id, question)
    assert story_here(case_id) == "", "who releases does not read"
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    unsealing.open_released(case_id, question)
    assert STORY in story_here(case_id)
    originals = ReceivedEnvelope.objects.filter(case_id=case_id).values_list("digest", flat=True)
    assert all(kept_file(digest).read(20) for digest in originals)
    assert [key for key in keys if key in bytes_at(team, 0)] == [], "in memory only"
    handed_on = {key.subject for key in batch_for({}).keys}
    assert case_id not in handed_on, "what is open at one desk is not handed on"
    monkeypatch.setattr(held_open.time, "monotonic", lambda: 10.0**9)
    assert story_here(case_id) == "", "its time is over"
    with pytest.raises(KeptEnvelopeError):
        kept_file(originals[0]).read()


def test_a_release_is_good_for_one_opening_and_replaying_it_opens_nothing(team: Team) -> None:
    from safelight.casework.team import unsealing
    from safelight.journal import held_open
    from safelight.journal.batch import Batch
    from safelight.journal.exchange import batch_for

    case_id, _ = a_case_everywhere(team, receipt())
    marked(team, case_id)
    team.sit(0)
    question = unsealing.ask_to_open(case_id, "other", "раз")
    team.everybody_exchanges(rounds=2)
    team.sit(1)
    unsealing.release(case_id, question)
    carried = batch_for({}).to_bytes()
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    unsealing.open_released(case_id, question)
    held_open.close_all()  # as locking does
    assert story_here(case_id) == ""
    with pytest.raises(unsealing.TwoPersonError, match="used already"):
        unsealing.open_released(case_id, question)
    from safelight.casework.colleagues import take_in_batch

    take_in_batch(Batch.parse(carried))
    with pytest.raises(unsealing.TwoPersonError, match="used already"):
        unsealing.open_released(case_id, question)
    again = unsealing.ask_to_open(case_id, "other", "два")
    with pytest.raises(unsealing.TwoPersonError, match="used already"):
        unsealing.open_released(case_id, again)  # nobody answered that one
    team.everybody_exchanges(rounds=2)
    team.sit(1)
    unsealing.refuse(case_id, again)
    with pytest.raises(unsealing.TwoPersonError, match="answered already"):
        unsealing.release(case_id, again)


def test_a_copied_desk_file_of_one_cannot_use_a_release_that_was_used(
    team: Team, tmp_path: Path
) -> None:
    """Copied before the question, and after the release was used: its seed is in neither."""
    from django.db import connections

    from safelight.casework.team import unsealing
    from safelight.desk.sqlcipher import held_key
    from safelight.journal import held_open
    from safelight.journal.batch import Batch
    from safelight.journal.exchange import batch_for

    case_id, _ = a_case_everywhere(team, receipt())
    marked(team, case_id)
    team.sit(0)
    connections.close_all()
    shutil.copytree(team.seats[0].data, tmp_path / "before")
    question = read_together(team, case_id)
    held_open.close_all()
    everything = batch_for({}).to_bytes()
    connections.close_all()
    shutil.copytree(team.seats[0].data, tmp_path / "after")
    for copy in ("before", "after"):
        connections.close_all()
        held_key.hold(tmp_path / copy / "desk.db", team.seats[0].key)
        from safelight.casework.colleagues import take_in_batch

        if copy == "before":
            take_in_batch(Batch.parse(everything))
        with pytest.raises(unsealing.TwoPersonError):
            unsealing.open_released(case_id, question)
        assert story_here(case_id) == "", copy


def test_a_backup_from_before_the_mark_opens_no_more(team: Team, tmp_path: Path) -> None:
    from safelight.casework.team.backup_keys import BackupKeyError, opened_backup_key
    from safelight.desk.backups.backing_up import back_up

    case_id, _ = a_case_everywhere(team, receipt())
    (tmp_path / "stick").mkdir()
    made = back_up(tmp_path / "stick" / "b", PASSPHRASE, key_to=None, cost=CHEAP)
    key = opened_backup_key(made.backup).secret
    team.everybody_exchanges(rounds=2)
    marked(team, case_id)
    for at in range(2):
        team.sit(at)
        with pytest.raises(BackupKeyError, match="opens for nobody"):
            opened_backup_key(made.backup)
        assert key not in bytes_at(team, at)


@WITH_A_THIRD
def test_a_key_made_offline_at_another_desk_is_shared_out_when_it_hears_of_the_mark(
    team: Team,
) -> None:
    """Desk 3 opens the same envelope itself, before it hears: its own key goes as well."""
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.casework.team import unsealing
    from safelight.journal.models import StoredKey

    words = receipt()
    sealed = sealed_to(team, report_with(words, answers={"story": STORY}), 0, 2)
    team.sit(2)
    take_in([sealed])
    team.sit(0)
    take_in([sealed])
    case_id = Case.objects.get().case_id
    opened(case_id)
    unsealing.mark_for_two(case_id, first=("desk-1",), second=("desk-2",))
    team.everybody_exchanges(rounds=2)
    for at in range(3):
        team.sit(at)
        assert not StoredKey.objects.filter(subject=case_id).exists(), f"desk {at + 1}"
        assert story_here(case_id) == ""
    read_together(team, case_id)
    assert STORY in story_here(case_id)


def read_together(team: Team, case_id: str) -> str:
    """Ask, be let, open; return the question."""
    from safelight.casework.team import unsealing

    team.sit(0)
    question = unsealing.ask_to_open(case_id, "other", "вместе")
    team.everybody_exchanges(rounds=2)
    team.sit(1)
    unsealing.release(case_id, question)
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    unsealing.open_released(case_id, question)
    return question


@WITH_A_THIRD
def test_ending_the_mark_gives_everybody_the_case_back_as_it_was(team: Team) -> None:
    from safelight.casework.inbox import open_stored, take_in
    from safelight.casework.kept_envelopes import kept_file
    from safelight.casework.models import Case, ReceivedEnvelope, StatisticalRow
    from safelight.casework.projecting import case_now
    from safelight.casework.team import unsealing
    from safelight.journal.verifying import verify

    words = receipt()
    case_id, _ = a_case_everywhere(team, words)
    team.sit(1)
    before = list(StatisticalRow.objects.values())
    marked(team, case_id)
    team.sit(1)
    assert take_in([sealed_to(team, message_of(words, "позже"), 1)]).unproven == 1, "waits"
    team.sit(0)
    with pytest.raises(unsealing.TwoPersonError, match="open by two people"):
        unsealing.end_mark(case_id)
    read_together(team, case_id)
    unsealing.end_mark(case_id)
    team.everybody_exchanges(rounds=2)
    for at in range(3):
        team.sit(at)
        assert STORY in story_here(case_id)
        assert Case.objects.get().state == "coded"
        assert list(StatisticalRow.objects.values()) == before
        assert verify().forks == ()
        digests = ReceivedEnvelope.objects.filter(case_id=case_id).values_list("digest", flat=True)
        assert all(kept_file(digest).read(20) for digest in digests)
    team.sit(1)
    assert open_stored().added == 1
    now = case_now(case_id)
    assert now is not None
    assert [turn.text for turn in now.conversation if turn.kind == "message"] == ["позже"]


def test_a_person_can_still_take_a_marked_report_back(team: Team) -> None:
    from safelight.casework.models import Case
    from safelight.casework.withdrawals import take_in_withdrawal
    from safelight.journal.models import SealedContent

    words = receipt()
    case_id, _ = a_case_everywhere(team, words)
    marked(team, case_id)
    team.sit(0)
    assert take_in_withdrawal(said(words)) == 1
    team.everybody_exchanges(rounds=2)
    for at in range(2):
        team.sit(at)
        assert Case.objects.get().state == "withdrawn"
        left = SealedContent.objects.filter(subject__contains=case_id)
        assert not left.exists()


def test_a_question_that_nobody_answered_leaves_no_seed_after_two_days(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from django.db import transaction

    from safelight.casework.team import two_person, unsealing
    from safelight.journal.models import StoredKey

    case_id, _ = a_case_everywhere(team, receipt())
    marked(team, case_id)
    team.sit(0)
    question = unsealing.ask_to_open(case_id, "other", "раз")
    seed = bytes(StoredKey.objects.get(subject__startswith="unseal:").secret)

    class Later(two_person.datetime):  # type: ignore[name-defined,misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return two_person_now(tz) + timedelta(hours=50)

    two_person_now = two_person.datetime.now
    monkeypatch.setattr(two_person, "datetime", Later)
    with transaction.atomic():
        two_person.forget_old_seeds()  # as each unlocking does
    assert seed not in bytes_at(team, 0)
    team.sit(0)
    with pytest.raises(unsealing.TwoPersonError):
        unsealing.open_released(case_id, question)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ((), ("desk-2",), "at least one desk on each side"),
        (("desk-1",), ("desk-1",), "both sides"),
        (("desk-1",), ("desk-9",), "desks of the team"),
    ],
)
def test_sides_that_one_person_could_be_are_refused(
    team: Team, first: tuple[str, ...], second: tuple[str, ...], why: str
) -> None:
    from safelight.casework.team.unsealing import TwoPersonError, mark_for_two

    case_id, _ = a_case_everywhere(team, receipt())
    team.sit(0)
    with pytest.raises(TwoPersonError, match="open the case first"):
        mark_for_two(case_id, first=("desk-1",), second=("desk-2",))
    opened(case_id)
    with pytest.raises(TwoPersonError, match=why):
        mark_for_two(case_id, first=first, second=second)
    assert STORY in story_here(case_id)
