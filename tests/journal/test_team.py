"""Three desks that hear of one another late, twice, in any order: they end up the same."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.journal.batch import Batch, BatchError
from safelight.journal.entry import Entry, SignedEntry, sign_entry
from tests.journal.simulated_team import (
    SimulatedDesk,
    a_team,
    everybody_hears_everybody,
    made,
)

CASES = ("case-1", "case-2", "case-3")
NAMES = ("desk-1", "desk-2", "desk-3")


def act(desk: SimulatedDesk, draw: random.Random) -> None:
    """One thing a person does at a desk, whether or not it makes sense by now."""
    case = draw.choice(CASES)
    kind = draw.choice(
        [
            "made",
            "made",
            "coded",
            "coded",
            "aside",
            "back",
            "lane",
            "said",
            "answer",
            "undo",
            "gone",
        ]
    )
    number = draw.randrange(1000)
    if kind == "made":
        desk.write("case.made", case, made(case))
    elif kind == "coded":
        desk.write("case.coded", case, {"row": f"row-{number}", "codes": {"region": str(number)}})
    elif kind == "aside":
        desk.write("case.set-aside", case, {"reason": "test"})
    elif kind == "back":
        desk.write("case.taken-back", case, {})
    elif kind == "lane":
        desk.write("case.lane", case, {"lane": draw.choice(["urgent", "letters"])})
    elif kind == "said":
        said = {"written": "2026-03-15", "text": f"words {number}", "sealed_by": "browser"}
        desk.write("case.message", case, {"envelope": f"e{number % 7}", **said})
    elif kind == "answer":
        said = {"written": "2026-03-15", "text": f"answer {number}", "status": ""}
        desk.write("case.answered", case, {"answer": f"a{number}", **said})
    elif kind == "undo":
        mine = [entry for entry in desk.entries() if entry.subject == case]
        if mine:
            undone = draw.choice(mine)
            desk.write("case.undone", case, body={"desk": undone.desk, "seq": undone.seq})
    elif draw.random() < 0.05:
        desk.write("case.destroyed", case, body={"why": "withdrawn", "mailbox": "0f" * 16})


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), operations=st.integers(10, 120))
def test_desks_converge_whatever_the_order_repetition_or_delay(seed: int, operations: int) -> None:
    draw = random.Random(seed)
    desks = a_team(*NAMES)
    bag: list[tuple[SimulatedDesk, Batch]] = []
    for _ in range(operations):
        desk = draw.choice(desks)
        step = draw.random()
        if step < 0.6:
            act(desk, draw)
        elif step < 0.8:
            other = draw.choice([d for d in desks if d is not desk])
            # What they lack by an old or a wrong idea of what they have, in parts.
            theirs = {n: max(0, s - draw.randrange(5)) for n, s in other.ends().items()}
            bag.append((other, desk.batch(theirs, most=draw.randrange(1, 30))))
        elif bag:
            receiver, batch = bag[draw.randrange(len(bag))] if step < 0.9 else bag.pop()
            entries = list(batch.entries)
            draw.shuffle(entries)
            receiver.receive(replace(batch, entries=tuple(entries[: draw.randrange(1, 40)])))
    everybody_hears_everybody(desks)
    tables = [desk.tables() for desk in desks]
    assert tables[0] == tables[1] == tables[2]
    chains = [[e.to_bytes() for e in desk.entries()] for desk in desks]
    assert chains[0] == chains[1] == chains[2], "no acknowledged entry is lost"
    assert all(desk.missing() == () for desk in desks)
    assert [desk.store.forks for desk in desks] == [{}, {}, {}]


def test_ten_thousand_operations_between_three_desks_end_the_same() -> None:
    draw = random.Random(20260314)
    desks = a_team(*NAMES)
    written = 0
    for operation in range(10_000):
        desk = draw.choice(desks)
        if operation % 400 == 399:
            other = draw.choice([d for d in desks if d is not desk])
            desk.receive(other.batch(desk.ends(), most=draw.randrange(50, 900)))
        else:
            case = f"case-{draw.randrange(300)}"
            kind = draw.choice(["case.made", "case.coded", "case.set-aside", "case.taken-back"])
            content = {"row": f"r{operation}", "codes": {"n": operation}, "reason": "test"}
            written += (
                desk.write(kind, case, made(case) if kind == "case.made" else content) is not None
            )
    everybody_hears_everybody(desks)
    assert desks[0].tables() == desks[1].tables() == desks[2].tables()
    assert len(desks[0].entries()) == written


def test_after_a_withdrawal_no_desk_can_open_the_content_in_whatever_order_it_hears() -> None:
    one, two, three = a_team(*NAMES)
    one.write("case.made", "case-1", made("case-1", report="canary"))
    early = one.batch({})
    two.receive(early)
    two.write("case.coded", "case-1", {"row": "r", "codes": {}})
    coded = two.batch({})
    one.write("case.destroyed", "case-1", body={"why": "withdrawn", "mailbox": ""})
    three.receive(one.batch({}))  # the order comes before the words
    three.receive(coded)
    three.receive(early)
    two.receive(one.batch(two.ends()))
    one.receive(coded)
    for desk in (one, two, three):
        assert (desk.keys, desk.contents) == ({}, {}), desk.name
        now = desk.tables()["case-1"]
        assert now is not None
        assert (now.state, now.report) == ("withdrawn", b"")
    assert one.tables() == two.tables() == three.tables()


def forged_by_hand(one: SimulatedDesk) -> SignedEntry:
    last = Entry.parse(one.batch({}).entries[-1].signed)
    return SignedEntry(replace(last, kind="case.coded").to_bytes(), bytes(64))


def changed_after_signing(one: SimulatedDesk) -> SignedEntry:
    last = one.batch({}).entries[-1]
    return SignedEntry(last.signed.replace(b"case-1", b"case-2"), last.signature)


def signed_by_a_colleague(one: SimulatedDesk) -> SignedEntry:
    last = Entry.parse(one.batch({}).entries[-1].signed)
    return sign_entry(last, a_team("desk-9")[0].key)


def of_a_stranger(one: SimulatedDesk) -> SignedEntry:
    stranger = a_team("desk-9")[0]
    stranger.write("case.made", "case-1", made("case-1"))
    return stranger.batch({}).entries[0]


def counting_back(one: SimulatedDesk) -> SignedEntry:
    end = one.store.end(one.name)
    last = Entry.parse(one.batch({}).entries[-1].signed)
    return sign_entry(replace(last, seq=end.seq + 1, previous=end.digest, clock=1), one.key)


def not_an_entry(one: SimulatedDesk) -> SignedEntry:
    return SignedEntry(b"{}", bytes(64))


def another_with_its_number(one: SimulatedDesk) -> SignedEntry:
    last = Entry.parse(one.batch({}).entries[-1].signed)
    return sign_entry(replace(last, kind="case.coded"), one.key)


def after_another_history(one: SimulatedDesk) -> SignedEntry:
    end = one.store.end(one.name)
    last = Entry.parse(one.batch({}).entries[-1].signed)
    following = replace(last, seq=end.seq + 1, previous="ab" * 32, clock=end.clock + 1)
    return sign_entry(following, one.key)


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (forged_by_hand, "forged"),
        (changed_after_signing, "forged"),
        (signed_by_a_colleague, "forged"),
        (of_a_stranger, "stranger"),
        (counting_back, "clock-goes-back"),
        (not_an_entry, "unreadable"),
        (another_with_its_number, "forked"),
        (after_another_history, "forked"),
    ],
)
def test_what_no_honest_desk_sends_is_named_and_the_rest_is_taken_in(
    attack: object, reason: str
) -> None:
    one, two = a_team("desk-1", "desk-2")
    for _ in range(3):
        one.write("case.made", "case-1", made("case-1"))
    two.receive(one.batch({}))
    before = two.tables()
    bad = attack(one)  # type: ignore[operator]
    honest = one.write("case.set-aside", "case-1", {"reason": "test"})
    assert honest is not None
    taken = two.receive(replace(one.batch(two.ends()), entries=(bad,)))
    assert [refused.reason for refused in taken.refused] == [reason]
    assert two.tables() == before
    assert two.store.is_forked("desk-1") == (reason == "forked"), "the proof is kept"
    taken = two.receive(one.batch(two.ends()))
    if reason == "forked":
        assert taken.new == (), "its chain ends here until people have decided"
        # Both entries stand there, each with the desk's own signature: anybody can check.
        assert [bad.digest] == [d for d in two.store.forks["desk-1"] if d == bad.digest]
    else:
        assert [entry.seq for entry in taken.new] == [4]


def test_a_repetition_changes_nothing_and_a_dropped_end_is_noticed() -> None:
    one, two = a_team("desk-1", "desk-2")
    for _ in range(5):
        one.write("case.made", "case-1", made("case-1"))
    whole = one.batch({})
    # Somebody on the way (the server, say) keeps the last two entries back.
    taken = two.receive(replace(whole, entries=whole.entries[:3]))
    assert len(taken.new) == 3
    assert [(m.desk, m.first, m.last) for m in two.missing()] == [("desk-1", 4, 5)]
    assert two.receive(whole).known == 3
    again = two.receive(whole)
    assert (again.new, again.known, again.refused) == ((), 5, ())
    assert two.missing() == ()


def test_a_head_that_a_desk_did_not_sign_says_nothing() -> None:
    one, two = a_team("desk-1", "desk-2")
    one.write("case.made", "case-1", made("case-1"))
    batch = one.batch({})
    forged = replace(batch.heads[0], seq=99)
    two.receive(replace(batch, heads=(forged,)))
    assert two.missing() == ()


def test_a_batch_reads_back_equal_and_nothing_else_is_one() -> None:
    (one,) = a_team("desk-1")
    one.write("case.made", "case-1", made("case-1"))
    batch = one.batch({})
    assert Batch.parse(batch.to_bytes()) == batch
    assert b"secret" not in repr(batch).encode()
    for bad in (b"", b"[]", b"{}", b"[" * 9999, batch.to_bytes()[:-1], b"\xff"):
        with pytest.raises(BatchError):
            Batch.parse(bad)


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_a_batch_fail_in_another_way(untrusted: bytes) -> None:
    with pytest.raises(BatchError):
        Batch.parse(untrusted)
