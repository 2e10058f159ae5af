"""What is known about the real lists comes out of the check, and out of the import."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from safelight.partners.admit import Agreement
from safelight.partners.beside import beside
from safelight.partners.check import Examined
from safelight.partners.profile import Unit
from safelight.partners.profile_reading import shipped_profile
from safelight.partners.rows_file import write_rows
from safelight.partners.yearly import check_yearly
from safelight.vocabulary.stat_row import StatRow
from tests.support.open_data import open_data

TODAY = date(2026, 11, 22)
YES = Agreement(to_import=True, decisions=frozenset())


def test_the_new_york_list_is_2991_incidents_in_3255_rows(nypd: Examined) -> None:
    counts = nypd.check.counts
    assert nypd.check.verdict == "ready"
    assert (counts.rows.number, counts.rows.unit) == (3255, Unit.ARREST_PAIR)
    assert (counts.incidents.number, counts.incidents.unit) == (2991, Unit.INCIDENT)
    assert counts.with_bias_ground.number == 497
    assert counts.rows_with_bias_ground.number == 561
    (arrest,) = nypd.check.links
    assert (arrest.incidents, arrest.with_bias_ground) == (1214, 265)
    # Rows with an arrest (1,406) are not arrests either.
    assert arrest.distinct == 1395


def test_the_one_contradiction_of_the_new_york_list_is_named_with_its_decision(
    nypd: Examined,
) -> None:
    (found,) = nypd.check.contradictions
    assert found.rows == (906, 2396)
    assert (found.column, found.decided) == ("Bias Motive Description", "ANTI-ASIAN")
    assert nypd.check.unknown_codes == ()
    assert nypd.check.refusals == ()


def test_the_new_york_list_imports_as_2991_incidents(nypd: Examined, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    written = write_rows(nypd, out, YES, today=TODAY, only_with_bias_ground=False)
    assert written.incidents == 2991
    assert written.rows + sum(written.without_row.values()) == 2991
    with out.open(encoding="utf-8", newline="") as file:
        rows = [StatRow.from_mapping(row) for row in csv.DictReader(file)]
    assert len(rows) == written.rows == 2888
    assert sum(bool(row.bias_ground) for row in rows) == 488
    # The vocabulary has no act code for nine of the 497; they are counted, not dropped.
    facts = json.loads(written.provenance_file.read_text(encoding="utf-8"))
    (without,) = facts["check"]["incidents_without_row"]
    assert (without["incidents"], without["incidents_with_bias_ground"]) == (103, 9)
    assert {row.source_list for row in rows} == {"POLICE"}
    assert {row.channel for row in rows} == {"BULK_IMPORT"}
    assert {row.verification for row in rows} == {"V0_UNCHECKED"}
    assert {row.received_period for row in rows} == {"2026-Q4"}
    assert {row.bias_confidence for row in rows if row.bias_ground} == {"LIKELY"}
    assert {row.bias_confidence for row in rows if not row.bias_ground} == {"NOT_SHOWN"}


def test_2023_stands_beside_the_official_table_with_its_differences(nypd: Examined) -> None:
    found = beside(nypd, open_data("nypd_official_complaints_2023.xlsx"), year="2023")
    assert (found.ours_total.number, found.official_total.number) == (669, 669)
    assert (found.equal, found.differing) == (12, 4)
    assert {line.category: line.difference for line in found.lines if line.difference} == {
        "ANTI-BLACK": 1,
        "ANTI-HISPANIC": -1,
        "ANTI-JEWISH": -1,
        "ANTI-MALE HOMOSEXUAL (GAY)": 1,
    }
    assert found.small_cells == (282, 251, 154)
    assert [(cell.label, cell.difference) for cell in found.cells] == [
        ("1", -1), ("14", 1), ("18", 1), ("30", -1), ("52", -1), ("68", 1),
    ]  # fmt: skip
    # No precinct loses one motive and gains another: reclassifying alone explains none of it.
    assert (found.could_be_category_alone, found.could_be_place_alone) == (0, 1)
    assert (found.at_least_moved, found.candidates) == (3, 13)


def test_the_fbi_list_is_35160_incidents_and_warns_of_its_coverage(fbi: Examined) -> None:
    check = fbi.check
    assert check.verdict == "ready"
    assert check.damage == ()
    assert check.counts.rows.unit is check.counts.incidents.unit is Unit.INCIDENT
    assert check.counts.incidents.number == check.counts.with_bias_ground.number == 35_160
    years = {year.year: year for year in check.years}
    assert (years["1991"].incidents, years["2020"].incidents) == (407, 1658)
    assert (years["1991"].reporters, years["2020"].reporters) == (94, 776)
    assert check.first_year_of_ground["TRN"] == "2013"
    assert check.profile.coverage.no_trend
    assert "739" in check.profile.coverage.text.en
    assert "2,879" in check.profile.coverage.text.en


def test_every_fbi_code_in_thirty_years_is_known(fbi: Examined) -> None:
    assert (fbi.check.unknown_total, fbi.check.refusals) == (0, ())


def test_the_yearly_series_names_its_five_disagreeing_years() -> None:
    found = check_yearly(
        open_data("grey_rainbow/crime_types_10_23.csv"),
        shipped_profile("yearly-by-type"),
        whole_path=open_data("grey_rainbow/hatecrimes_overall_2010_2023.csv"),
    )
    assert found.sum_of_whole is not None
    assert (found.sum_of_parts.number, found.sum_of_whole.number) == (1272, 1296)
    assert {line.year: line.missing_from_parts for line in found.disagreeing} == {
        "2017": 7,
        "2020": 1,
        "2021": 2,
        "2022": 16,
        "2023": -2,
    }
    assert dict(zip(found.other_names, found.sums_of_others, strict=True)) == {
        "n_victims": 1066,
        "n_fatalities": 407,
    }
    assert not found.consistent


@pytest.mark.parametrize("ground", ["GAY", "LES", "TRN", "MIX", "GNC"])
def test_grounds_of_the_new_york_list_sum_to_its_lgbt_incidents(
    nypd: Examined, ground: str
) -> None:
    with_it = [i for i in nypd.incidents if ground in i.values["bias_ground"]]
    assert with_it
    assert all(len(i.values["bias_ground"]) == 1 for i in with_it)
