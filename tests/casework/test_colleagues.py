"""Two desks with a database each: entries exchanged, tables equal, orders to destroy obeyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import (
    CANARY,
    message_of,
    receipt,
    report_with,
    withdraw,
)
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, a_report, as_form, codes, desk
from tests.support.every_page import decrypted

__all__ = ["desk"]

Sit = Callable[[int], None]


class Colleague:
    """The second desk: its files and what others seal to it."""

    def __init__(self, data: Path) -> None:
        from safelight.desk.key_file import unwrapped_key
        from safelight.desk.setting_up import set_up

        self.data = data
        public = set_up(data, "desk-2", PASSPHRASE, cost=CHEAP)
        self.recipient, self.verify_key = public.recipient, public.verify_key
        self.key = unwrapped_key(data / "desk.key.json", PASSPHRASE)


@pytest.fixture
def two(desk: TestDesk, tmp_path: Path) -> tuple[TestDesk, Colleague, Sit]:
    """A desk, its colleague, and `sit(1)` or `sit(2)` to work at one of them."""
    from django.db import connections

    from safelight.desk.sqlcipher import held_key
    from safelight.journal.exchange import enrol

    own = bytes(held_key.held_key().key)
    colleague = Colleague(tmp_path / "desk-2")

    def sit(at: int) -> None:
        connections.close_all()
        if at == 1:
            held_key.hold(desk.files.database, own)
        else:
            held_key.hold(colleague.data / "desk.db", colleague.key)

    sit(2)
    enrol("desk-1", desk.verify_key)
    sit(1)
    enrol("desk-2", colleague.verify_key)
    return desk, colleague, sit


def send(sit: Sit, sender: int, receiver: int) -> Any:
    from safelight.casework.colleagues import take_in_batch
    from safelight.journal.batch import Batch
    from safelight.journal.exchange import batch_for, held_ends

    sit(receiver)
    ends = held_ends()
    sit(sender)
    carried = batch_for(ends).to_bytes()
    sit(receiver)
    return take_in_batch(Batch.parse(carried))


def exchange(sit: Sit) -> None:
    send(sit, 1, 2)
    send(sit, 2, 1)
    send(sit, 1, 2)


def tables() -> dict[str, Any]:
    """What the projections of this desk say, summaries opened."""
    from safelight.casework.models import Answer, Bridge, Case, StatisticalRow
    from safelight.casework.summaries import opened_summaries

    cases = list(Case.objects.order_by("case_id"))
    summaries = opened_summaries(cases)
    lines = list(Case.objects.order_by("case_id").values())
    for line in lines:
        line["summary"] = summaries.get(line["case_id"])
    return {
        "cases": lines,
        "rows": list(StatisticalRow.objects.order_by("stat_id").values()),
        "bridges": list(Bridge.objects.order_by("case_id").values()),
        "answers": list(Answer.objects.order_by("answer_id").values()),
    }


def test_what_one_desk_decided_the_other_shows_also_offline_at_the_same_time(
    two: tuple[TestDesk, Colleague, Sit],
) -> None:
    desk, _, sit = two
    from safelight.casework.cases import move_to_lane, set_aside
    from safelight.casework.coding import code_case
    from safelight.journal.verifying import verify

    ids = desk.take_in(*[a_report(answers={"story": f"{n}"}) for n in range(4)])
    exchange(sit)
    sit(2)
    code_case(ids[0], codes())
    set_aside(ids[1], "duplicate")
    sit(1)
    code_case(ids[0], codes(region="77"))
    move_to_lane(ids[2], "urgent")
    code_case(ids[1], codes())
    exchange(sit)
    seen = []
    for at in (1, 2):
        sit(at)
        seen.append(tables())
        verified = verify()
        assert {chain.desk for chain in verified.chains} == {"desk-1", "desk-2"}
        assert (verified.missing, verified.forks) == ((), ())
    assert seen[0] == seen[1]
    assert len(seen[0]["cases"]) == 4
    assert [case["lane"] for case in seen[0]["cases"]].count("urgent") == 1


def test_the_same_envelope_opened_on_both_desks_is_one_case(
    two: tuple[TestDesk, Colleague, Sit],
) -> None:
    desk, colleague, sit = two
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case

    sealed = desk.sealed(a_report(), colleague.recipient)
    take_in([sealed])
    sit(2)
    assert take_in([sealed]).cases == 1
    exchange(sit)
    seen = []
    for at in (1, 2):
        sit(at)
        assert Case.objects.count() == 1
        seen.append(tables())
    assert seen[0] == seen[1]


def test_a_withdrawal_that_one_desk_heard_of_destroys_on_the_other(
    two: tuple[TestDesk, Colleague, Sit],
) -> None:
    from django.db import connections

    from safelight.casework.inbox import take_in

    desk, colleague, sit = two
    words = receipt()
    report = desk.sealed(report_with(words, answers={"story": CANARY}), colleague.recipient)
    said = desk.sealed(message_of(words, f"{CANARY} 2"), colleague.recipient)
    take_in([report])
    exchange(sit)
    late = _batch_from(sit, 1)  # a copy that somebody keeps and sends again
    sit(2)
    take_in([report, said])
    from safelight.journal.models import StoredKey

    secrets = [bytes(key.secret) for key in StoredKey.objects.exclude(subject="triage")]
    sit(1)
    withdraw(words)
    exchange(sit)
    sit(2)
    from safelight.casework.colleagues import take_in_batch
    from safelight.casework.models import Case
    from safelight.journal.verifying import verify

    take_in_batch(late)
    assert Case.objects.get().state == "withdrawn"
    assert verify().entries > 5
    connections.close_all()
    pages = decrypted(colleague.data, colleague.key)
    assert [secret for secret in [*secrets, CANARY.encode()] if secret in pages] == []


def _batch_from(sit: Sit, at: int) -> Any:
    from safelight.journal.exchange import batch_for

    sit(at)
    return batch_for({})


def test_a_desk_put_back_from_a_backup_that_writes_on_is_found_out(
    two: tuple[TestDesk, Colleague, Sit],
) -> None:
    desk, _, sit = two
    from django.db import connections

    from safelight.journal.verifying import verify

    desk.take_in(a_report())
    connections.close_all()
    backup = desk.files.database.read_bytes()
    desk.take_in(a_report())
    exchange(sit)
    sit(1)
    connections.close_all()
    desk.files.database.write_bytes(backup)
    for log in desk.data.glob("desk.db-*"):
        log.unlink()
    desk.take_in(a_report())
    taken = send(sit, 1, 2)
    assert {refused.reason for refused in taken.refused} <= {"forked"}
    sit(2)
    # The batch carries on from the numbers the colleague holds, so ask for all of them.
    from safelight.casework.colleagues import take_in_batch

    batch = _batch_from(sit, 1)
    sit(2)
    taken = take_in_batch(batch)
    assert "forked" in {refused.reason for refused in taken.refused}
    assert {fork.desk for fork in verify().forks} == {"desk-1"}


def test_a_batch_is_taken_in_whole_or_not_at_all(
    two: tuple[TestDesk, Colleague, Sit], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _, sit = two
    from safelight.casework import colleagues
    from safelight.casework.models import Case
    from safelight.journal.verifying import verify

    desk.take_in(a_report())
    batch = _batch_from(sit, 1)
    sit(2)
    before = verify()

    def power_cut(_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(colleagues, "project_all", power_cut)
        with pytest.raises(OSError, match="power cut"):
            colleagues.take_in_batch(batch)
    assert verify() == before
    assert not Case.objects.exists()
    colleagues.take_in_batch(batch)
    assert Case.objects.count() == 1


def test_the_tables_are_made_anew_from_the_journal_and_are_the_same(desk: TestDesk) -> None:
    from safelight.casework.answers import write_answer
    from safelight.casework.cases import move_to_lane, set_aside, take_back, undo, undoable
    from safelight.casework.folding import entry_name
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.casework.projecting import rebuild

    words, gone = receipt(), receipt()
    ids = desk.take_in(
        report_with(words), report_with(gone), *[a_report(answers={"story": "x"})] * 3
    )
    take_in([desk.sealed(message_of(words, "ещё"))])
    for case_id in ids[2:]:
        desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    set_aside(ids[2], "duplicate")
    take_back(ids[2])
    move_to_lane(ids[3], "letters")
    latest = undoable(ids[4])
    assert latest is not None
    undo(ids[4], entry_name(latest.entry))
    write_answer(ids[0], text="ответ", status="received")
    withdraw(gone)
    before = tables()
    assert {case["state"] for case in before["cases"]} == {"new", "coded", "withdrawn"}
    Case.objects.filter(case_id=ids[0]).update(lane="aside", has_news=True)
    assert tables() != before, "somebody changed a table by hand"
    assert rebuild() == 5
    assert tables() == before
