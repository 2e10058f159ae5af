from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safelight.demo.linkable import LinkableLists, linkable_lists
from safelight.demo.simulation import simulate
from safelight.linkage.contradictions import ContradictionError, decided_pairs
from safelight.linkage.decision import Decision
from safelight.linkage.field_kinds import Kind, choose_fields
from safelight.linkage.linking import Linked, Options, link
from safelight.linkage.open_groups import hanging_together
from safelight.linkage.posterior import patterns, sample_linkages
from safelight.linkage.records import LinkageError, RecordList, Unit
from tests.linkage.febrl import f1

CHOSEN = Options(seed=1, threads=1)


@pytest.fixture(scope="module")
def country() -> LinkableLists:
    return linkable_lists(simulate(1, "small"))


@pytest.fixture(scope="module")
def linked(country: LinkableLists) -> Linked:
    return link(country.lists, options=CHOSEN)


def truth_of(country: LinkableLists) -> np.ndarray:
    return np.array([one for each in country.lists for one in country.incident_of[each.name]])


def test_incidents_of_the_simulated_country_are_found(
    country: LinkableLists, linked: Linked
) -> None:
    assert f1(linked, truth_of(country)) >= 0.95


def test_incidents_that_share_a_victim_stay_apart(country: LinkableLists, linked: Linked) -> None:
    """One victim of two incidents: the person is the same, the incident is not."""
    truth = truth_of(country)
    people = [set(one) for each in country.lists for one in country.people_of[each.name]]
    pairs = [
        (a, b)
        for a in range(len(truth))
        for b in range(a + 1, len(truth))
        if people[a] & people[b] and truth[a] != truth[b]
    ]
    assert len(pairs) >= 10
    assert sum(linked.label[a] == linked.label[b] for a, b in pairs) <= 0.1 * len(pairs)


def test_the_same_lists_give_the_same_answer(country: LinkableLists, linked: Linked) -> None:
    again = link(country.lists, options=replace(CHOSEN, threads=2))
    assert (again.label == linked.label).all()
    assert np.allclose(again.pairs.weight, linked.pairs.weight)


def test_decisions_hold_in_clusters_and_in_every_draw(linked: Linked) -> None:
    apart = int(np.argmax(np.where(linked.pairs.weight > 0, linked.pairs.weight, -np.inf)))
    together = int(np.argmin(linked.pairs.weight))
    told = [
        Decision(
            linked.record(int(linked.pairs.a[pair])), linked.record(int(linked.pairs.b[pair])), same
        )
        for pair, same in ((apart, False), (together, True))
    ]
    again = link(linked.lists, options=CHOSEN, decisions=told)
    assert again.decisions == 2
    draws = sample_linkages(again, draws=10, generator=np.random.default_rng(1))
    for label in (again.label, *draws):
        assert label[linked.pairs.a[apart]] != label[linked.pairs.b[apart]]
        assert label[linked.pairs.a[together]] == label[linked.pairs.b[together]]


def test_decisions_that_contradict_each_other_are_refused(linked: Linked) -> None:
    one, other = linked.record(0), linked.record(1)
    with pytest.raises(LinkageError, match="contradict"):
        link(
            linked.lists,
            options=CHOSEN,
            decisions=[Decision(one, other, True), Decision(other, one, False)],
        )


def test_decisions_that_contradict_each_other_along_a_chain_are_named(linked: Linked) -> None:
    a, b, c, d, e = (linked.record(number) for number in range(5))
    chain = [Decision(b, a, True), Decision(d, e, True), Decision(c, b, True)]
    assert link(linked.lists, options=CHOSEN, decisions=[*chain, Decision(a, d, False)])
    with pytest.raises(ContradictionError, match="decisions 1, 3, 4 contradict") as refused:
        link(linked.lists, options=CHOSEN, decisions=[*chain, Decision(a, c, False)])
    assert refused.value.numbers == (1, 3, 4)


def test_decisions_cannot_join_records_of_a_list_that_holds_nothing_twice(linked: Linked) -> None:
    lists = [replace(linked.lists[0], once=True), *linked.lists[1:]]
    a, b = linked.record(0), linked.record(1)
    other = (lists[1].name, lists[1].ids[0])
    told = [Decision(a, other, True), Decision(other, b, True)]
    assert decided_pairs(linked.lists, told)
    with pytest.raises(ContradictionError, match=f"decisions 1, 2.*{lists[0].name} holds nothing"):
        decided_pairs(lists, told)


def test_a_decision_about_a_record_that_left_is_left_out(linked: Linked) -> None:
    gone = Decision(("helpline", "left"), linked.record(0), True)
    assert link(linked.lists, options=CHOSEN, decisions=[gone]).decisions == 0


def test_draws_are_partitions_whose_patterns_count_every_cluster(linked: Linked) -> None:
    lists = len(linked.lists)
    draws = sample_linkages(linked, draws=8, generator=np.random.default_rng(1))
    tables = [patterns(label, linked.list_numbers(), lists=lists) for label in draws]
    together = hanging_together(linked)
    for label, counts in zip(draws, tables, strict=True):
        assert counts[0] == 0
        assert counts.sum() == len(np.unique(label))
        # Whoever is together hangs together.
        assert len(np.unique(np.stack([label, together]), axis=1)[0]) == len(np.unique(label))
    assert len({tuple(one) for one in tables}) > 1  # what is open differs from draw to draw


def test_a_list_that_holds_nothing_twice_keeps_its_records_apart(country: LinkableLists) -> None:
    lists = [replace(one, once=one.name == "own") for one in country.lists]
    found = link(lists, options=CHOSEN)
    own = found.label[: len(lists[0])]
    assert lists[0].name == "own"
    assert len(np.unique(own)) == len(own)
    # The test can fail: without that word, reports that came twice are one.
    free = link(country.lists, options=CHOSEN).label[: len(lists[0])]
    assert len(np.unique(free)) < len(free)


def test_persons_are_compared_without_what_happened(country: LinkableLists) -> None:
    persons = [replace(one, unit=Unit.PERSON) for one in country.lists]
    fields = {one.name for one in choose_fields(persons, unit=Unit.PERSON)}
    assert fields == {"region", "victim_age_band", "victim_gender", "names", "phone", "profile"}
    assert {"occurred_on", "acts"} <= {
        one.name for one in choose_fields(country.lists, unit=Unit.INCIDENT)
    }


def test_a_key_that_is_too_common_is_refused_and_never_a_guess() -> None:
    # 3,000 records of which all share the little that is known.
    count = 3000
    alike = {"region": tuple("a" if n % 3 else "b" for n in range(count))}
    lists = [
        RecordList(name, Unit.INCIDENT, tuple(str(n) for n in range(count)), alike)
        for name in ("one", "two")
    ]
    with pytest.raises(LinkageError, match="every key is too common"):
        link(lists, options=CHOSEN)


def test_lists_with_nothing_to_compare_are_refused() -> None:
    one = RecordList("one", Unit.INCIDENT, ("1", "2"), {"place": ("x", "x")})
    with pytest.raises(LinkageError, match="nothing to compare"):
        link([one], options=CHOSEN)


def test_too_little_memory_is_a_refusal(country: LinkableLists) -> None:
    count = 20_000
    rng = np.random.default_rng(1)
    cells = tuple("".join(map(chr, rng.integers(97, 123, 60))) for _ in range(count))
    one = RecordList("one", Unit.INCIDENT, tuple(map(str, range(count))), {"street": cells})
    with pytest.raises(LinkageError, match="needs more memory"):
        link([one], options=replace(CHOSEN, memory_gb=0.002))


def test_kinds_are_told_from_titles_and_from_cells() -> None:
    columns = {
        "given_name": ("ab", "cd", "ef"),
        "surname": ("gh", "ij", "kl"),
        "odd": ("2024-01-02", "2024-02-03", "2024-03-04"),
        "consent": ("STAT", "STAT", "EVIDENCE"),
    }
    one = RecordList("one", Unit.INCIDENT, ("1", "2", "3"), columns)
    fields = choose_fields([one], unit=Unit.INCIDENT)
    assert [(f.name, f.kind, f.swaps_with) for f in fields] == [
        ("given_name", Kind.NAME, "surname"),
        ("surname", Kind.NAME, "given_name"),
        ("odd", Kind.WHEN, None),
    ]
    given = choose_fields([one], unit=Unit.INCIDENT, given={"odd": Kind.TEXT})
    assert given[2].kind is Kind.TEXT
    with pytest.raises(LinkageError, match="no list has them"):
        choose_fields([one], unit=Unit.INCIDENT, given={"nowhere": Kind.TEXT})
