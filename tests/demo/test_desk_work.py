"""What the demo does at the desk is what people would do there, and is marked as its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from safelight.demo.list_rows import csv_bytes
from safelight.demo.organisations import KeptList
from safelight.demo.own_reports import report_of
from safelight.demo.simulation import Simulation, simulate
from safelight.vocabulary.stat_row import StatRow
from tests.support.desk import NAME, TestDesk, desk

__all__ = ["desk"]

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(9, "tiny")


def _released(simulation: Simulation, folder: Path) -> Any:
    from safelight.demo.desk_work import import_lists, rows_on_desk
    from safelight.demo.publishing import released

    files = []
    for kept in simulation.lists:
        file = folder / f"{kept.organisation}.csv"
        file.write_bytes(csv_bytes(kept))
        files.append(file)
    return released(rows_on_desk(import_lists(files, today=TODAY)), simulation, today=TODAY)


def _stick(desk: TestDesk, folder: Path, simulation: Simulation) -> int:
    folder.mkdir()
    for telling in simulation.tellings[:6]:
        sealed = desk.sealed(report_of(telling))
        (folder / f"{telling.number}.age").write_bytes(sealed)
    return len(simulation.tellings[:6])


def test_coding_follows_the_answers_and_names_the_desk_as_its_coder(
    desk: TestDesk, tmp_path: Path, simulation: Simulation
) -> None:
    from safelight.casework.rows import stat_rows
    from safelight.demo.coder import code_all, waiting_cases
    from safelight.demo.desk_work import take_in

    sent = _stick(desk, tmp_path / "stick", simulation)
    take_in(tmp_path / "stick", expected=sent)
    consenting = [t for t in simulation.tellings[:sent] if "STAT" in t.consent]
    waiting = waiting_cases()
    without = sent - len(consenting)
    assert 0 < without < sent, "then the order shows nothing"
    assert code_all(waiting[:without]).without_consent == without, "who may not be counted is first"
    coded = code_all(waiting[without:])
    assert (coded.rows, coded.without_consent) == (len(consenting), 0)
    assert waiting_cases() == ()
    rows = list(stat_rows())
    assert {row.coder_ids for row in rows} == {(NAME,)}
    assert sorted(row.acts for row in rows) == sorted(
        _in_order(t.codes["acts"]) for t in consenting
    )


def _in_order(acts: tuple[str, ...]) -> tuple[str, ...]:
    from safelight.vocabulary.schema import vocabulary

    return tuple(code for code in vocabulary().field("acts").values if code in acts)


def test_a_report_that_does_not_arrive_stops_the_demo(
    desk: TestDesk, tmp_path: Path, simulation: Simulation
) -> None:
    from safelight.demo.desk_work import DemoDeskError, take_in

    sent = _stick(desk, tmp_path / "stick", simulation)
    with pytest.raises(DemoDeskError, match=f"{sent + 1} reports were sent, {sent} became cases"):
        take_in(tmp_path / "stick", expected=sent + 1)


def test_imported_lists_keep_their_rows_and_leave_out_what_has_no_ground_of_bias(
    desk: TestDesk, tmp_path: Path, simulation: Simulation
) -> None:
    from safelight.demo.desk_work import import_lists, rows_on_desk

    helpline = next(kept for kept in simulation.lists if kept.organisation == "helpline")
    helpline = _with_one_ground_missing(helpline)
    file = tmp_path / "helpline.csv"
    file.write_bytes(csv_bytes(helpline))
    taken_in = import_lists([file], today=TODAY)
    rows = list(rows_on_desk(taken_in))
    expected = {r.stat_id for r in helpline.records if r.codes["bias_ground"]}
    assert {row.stat_id for row in rows} == expected
    assert taken_in.rows == len(expected) < len(helpline.records)


def _with_one_ground_missing(kept: KeptList) -> KeptList:
    first = kept.records[0]
    blank = replace(first, codes={**first.codes, "bias_ground": ()})
    return KeptList(kept.organisation, (blank, *kept.records[1:]))


def test_a_row_without_a_ground_of_bias_is_read_as_one_and_not_refused(
    tmp_path: Path, simulation: Simulation
) -> None:
    # A police register says more by an empty cell than by all others; it must not break an import.
    from safelight.partners.admit import new_rows
    from safelight.partners.check import examine
    from safelight.partners.profile_reading import shipped_profile

    police = next(kept for kept in simulation.lists if kept.organisation == "police")
    file = tmp_path / "police.csv"
    file.write_bytes(csv_bytes(police))
    examined = examine(file, shipped_profile("own-csv"))
    assert examined.check.counts.refused_rows == 0
    kept = list(new_rows(examined.incidents, today=TODAY, only_with_bias_ground=False))
    rows = [new.row for new in kept if isinstance(new.row, StatRow)]
    assert len(rows) == len(police.records)
    assert any(row.bias_ground == () for row in rows)


def test_the_release_needs_two_and_says_that_it_is_simulated(
    desk: TestDesk, tmp_path: Path, simulation: Simulation
) -> None:
    from safelight.demo.desk_work import release_as_two
    from safelight.desk.simulated import is_simulated
    from safelight.journal.chain import entries
    from safelight.release.counts import ReleaseError

    release = _released(simulation, tmp_path)
    handed_over: list[bytes] = []
    with pytest.raises(ReleaseError, match="desk's own name"):
        release_as_two(
            release, reviewer=NAME, passphrase="long enough to be one", hand_over=handed_over.append
        )
    assert handed_over == []
    release_as_two(
        release,
        reviewer="a-second-person",
        passphrase="long enough to be one",
        hand_over=handed_over.append,
    )
    assert handed_over == [release.document]
    assert b'"simulated":true' in release.document
    assert is_simulated()
    assert [entry.kind for entry in entries() if entry.kind.startswith("release.")] == [
        *("release.proposed", "release.audited"),  # the refused attempt stays on record
        *("release.proposed", "release.audited", "release.reviewer-enrolled"),
        *("release.approved", "release.published"),
    ]


def test_the_budget_leaves_room_for_a_visitor_s_release(
    desk: TestDesk, tmp_path: Path, simulation: Simulation
) -> None:
    import numpy as np

    from safelight.demo.desk_work import with_estimate
    from safelight.demo.overlap import LinkedLists
    from safelight.demo.publishing import names_and_ids
    from safelight.release.ledger import read_ledger

    release = _released(simulation, tmp_path)
    ids = list(names_and_ids(release).values())[:2]
    table = np.array([0, 30, 20, 10])
    linked = LinkedLists((table, table), "0" * 64)
    with_estimate(release, linked, ids, reviewer="second-eyes", passphrase="x" * 12)
    assert read_ledger().left(release.draft.years) == 2

    page = desk.client.get("/numbers/noise").text
    suggested = page.split('name="loss" value="')[1].split('"')[0]
    chosen = {
        **{"table": "act_group-year", "from": "2024", "to": "2025"},
        **{"loss": suggested, "measure": "pure", "share": "0"},
    }
    answer = desk.client.post("/numbers/noise/propose", chosen)
    assert answer.status_code == 302, answer.text
    assert "waits for a second person" in desk.client.get(answer.headers["Location"]).text
