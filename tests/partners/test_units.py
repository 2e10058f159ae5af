"""A row is not an incident until somebody has said so, and numbers keep their unit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.partners.admit import check_can_be_admitted
from safelight.partners.check import check_list, examine
from safelight.partners.problems import CountingUnitError
from safelight.partners.profile import Unit
from safelight.partners.profile_reading import parse_profile, shipped_profile
from safelight.partners.units import Count
from tests.partners.lists import GAY, JEWISH, TRANS, nypd_row, write_csv

NYPD = shipped_profile("nypd")


def row_is_an_incident() -> bytes:
    return NYPD.text.replace("row: arrest-pair", "row: incident").encode()


def test_rows_of_one_complaint_are_one_incident(tmp_path: Path) -> None:
    rows = [nypd_row(10000, arrest=f"M{i}") for i in range(11)] + [nypd_row(10001)]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    assert check.counts.rows == Count(12, Unit.ARREST_PAIR)
    assert check.counts.incidents == Count(2, Unit.INCIDENT)
    (arrest,) = check.links
    assert (arrest.incidents, arrest.distinct) == (1, 11)


def test_a_profile_that_calls_such_rows_incidents_is_refused(tmp_path: Path) -> None:
    wrong = parse_profile(row_is_an_incident())
    once = check_list(write_csv(tmp_path / "once.csv", [nypd_row(10000), nypd_row(10001)]), wrong)
    assert once.verdict == "ready"
    rows = [nypd_row(10000, arrest="M1"), nypd_row(10000, arrest="M2")]
    check = check_list(write_csv(tmp_path / "twice.csv", rows), wrong)
    assert check.problems == ("counting-unit",)
    assert check.unit_violation_rows == (3,)
    with pytest.raises(CountingUnitError, match="rows would be counted as incidents"):
        check_can_be_admitted(check)


def test_numbers_of_different_units_are_not_compared_or_added() -> None:
    rows, incidents = Count(3255, Unit.ARREST_PAIR), Count(2991, Unit.INCIDENT)
    assert (incidents + incidents).number == 5982
    assert not incidents.equals(Count(1, Unit.INCIDENT))
    for wrong in (
        lambda: rows + incidents,
        lambda: rows - incidents,
        lambda: rows < incidents,
        lambda: rows.equals(incidents),
    ):
        with pytest.raises(CountingUnitError, match=r"arrest-pairs beside .* incidents"):
            wrong()


def test_a_repeated_arrest_pair_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [nypd_row(10000, arrest="M1"), nypd_row(10000, arrest="M1"), nypd_row(10001)]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    assert (check.counts.repeated_rows, check.repeated_first_rows) == (1, (3,))
    assert check.counts.incidents.number == 2


def test_most_rows_decide_and_the_alphabet_decides_between_equals(tmp_path: Path) -> None:
    majority = [
        nypd_row(10000, motive=GAY, arrest="M1"),
        nypd_row(10000, motive=TRANS, arrest="M2"),
        nypd_row(10000, motive=TRANS, arrest="M3"),
    ]
    tie = [
        nypd_row(10001, motive=JEWISH, arrest="M4"),
        nypd_row(10001, motive=GAY, arrest="M5"),
    ]
    check = check_list(write_csv(tmp_path / "list.csv", majority + tie), NYPD)
    assert [found.decided for found in check.contradictions] == [TRANS, JEWISH]
    assert [found.rows for found in check.contradictions] == [(2, 3, 4), (5, 6)]


def test_a_field_with_several_codes_keeps_those_of_all_rows(tmp_path: Path) -> None:
    rows = [
        nypd_row(10000, motive=GAY, arrest="M1", offence="ASSAULT 3"),
        nypd_row(10000, motive=JEWISH, arrest="M2", offence="MURDER,UNCLASSIFIED"),
    ]
    (incident,) = examine(write_csv(tmp_path / "list.csv", rows), NYPD).incidents
    assert incident.values["bias_ground"] == ("GAY",)
    assert set(incident.values["acts"]) == {"ASS", "KIL"}
    # What follows from a field follows from its final codes.
    assert (incident.values["fatal"], incident.values["harm"]) == (("true",), ("DEATH",))


@settings(max_examples=30)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    numbers = data.draw(st.lists(st.integers(10000, 10004), min_size=1, max_size=12))
    rows = [
        nypd_row(
            number,
            motive=data.draw(st.sampled_from([GAY, TRANS, JEWISH])),
            offence=data.draw(st.sampled_from(["ASSAULT 3", "RAPE 1", "ARSON 1"])),
            arrest=data.draw(st.sampled_from(["", "M1", "M2"])),
        )
        for number in numbers
    ]
    shuffled = data.draw(st.permutations(rows))
    folder = tmp_path_factory.mktemp("order")
    first = examine(write_csv(folder / "a.csv", rows), NYPD)
    second = examine(write_csv(folder / "b.csv", shuffled), NYPD)
    assert first.check.counts == second.check.counts
    assert {(i.source_key, *map(frozenset, i.values.values())) for i in first.incidents} == {
        (i.source_key, *map(frozenset, i.values.values())) for i in second.incidents
    }
