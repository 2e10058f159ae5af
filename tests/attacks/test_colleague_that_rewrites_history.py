"""Threat: colleague-that-rewrites-history: A colleague's desk, or whoever has its key or carries
its batches, changes, replays, reorders or drops entries; each desk names it, keeps the proof of
two histories, and shows the same tables as the others.
"""

from __future__ import annotations

from dataclasses import replace

from tests.journal.simulated_team import a_team, everybody_hears_everybody, made


def test_two_histories_are_proved_by_every_desk_that_saw_both() -> None:
    honest, rewriting, third = a_team("desk-1", "desk-2", "desk-3")
    twin = a_team("desk-2")[0]  # the same key: a copy of the desk's files
    twin.team = honest.team
    for desk in (rewriting, twin):
        desk.write("case.made", "case-1", made("case-1"))
    # From here the two copies go on by themselves.
    rewriting.write("case.set-aside", "case-1", {"reason": "duplicate"})
    twin.write("case.lane", "case-1", {"lane": "urgent"})
    honest.receive(rewriting.batch({}))
    taken = honest.receive(twin.batch({}))
    assert {refused.reason for refused in taken.refused} == {"forked"}
    proofs = honest.store.forks["desk-2"].values()
    held = {seq: honest.store.held["desk-2", seq].digest for seq in (1, 2)}
    assert proofs
    assert all(proof.digest not in held.values() for proof in proofs)
    third.receive(honest.batch({}))
    assert third.tables() == honest.tables(), "others still agree on what was held first"


def test_a_carrier_that_drops_replays_and_shuffles_changes_nothing_but_the_time() -> None:
    one, two, three = a_team("desk-1", "desk-2", "desk-3")
    for number in range(6):
        one.write("case.made", f"case-{number}", made(f"case-{number}"))
    whole = one.batch({})
    # Every other entry, backwards, twice; the rest later.
    some = tuple(reversed(whole.entries[::2]))
    for _ in range(2):
        two.receive(replace(whole, entries=some))
    assert two.ends() == {"desk-1": 1}
    assert [(gap.first, gap.last) for gap in two.missing()] == [(2, 6)]
    two.receive(replace(whole, entries=whole.entries[1::2]))
    assert two.missing() == ()
    three.receive(two.batch({}))
    everybody_hears_everybody([one, two, three])
    assert one.tables() == two.tables() == three.tables()
