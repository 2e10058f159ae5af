"""Codes are translated by the profile, and what the profile does not know is said, not guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from safelight.partners.check import check_list, examine
from safelight.partners.dates import DateForm, half_year, quarter, read_date, read_month
from safelight.partners.profile_reading import parse_profile, shipped_profile
from tests.partners.lists import GAY, JEWISH, nypd_row, write_csv

NYPD = shipped_profile("nypd")

FBI_ROW = {
    "INCIDENT_ID": "26",
    "DATA_YEAR": "1991",
    "ORI": "AZ0072300",
    "INCIDENT_DATE": "05-Sep-91",
    "TOTAL_OFFENDER_COUNT": "1",
    "OFFENSE_NAME": "Simple Assault",
    "TOTAL_INDIVIDUAL_VICTIMS": "1",
    "LOCATION_NAME": "Restaurant",
    "BIAS_DESC": "Anti-Gay (Male)",
}


def fbi_values(tmp_path: Path, **changes: str) -> dict[str, tuple[str, ...]]:
    profile = shipped_profile("fbi")
    columns = [column.name for column in profile.layout.columns]  # type: ignore[union-attr]
    row = dict.fromkeys(columns, "") | FBI_ROW | changes
    path = write_csv(tmp_path / "fbi.csv", [row], columns=columns)
    (incident,) = examine(path, profile).incidents
    return dict(incident.values)


def test_an_fbi_row_becomes_our_codes(tmp_path: Path) -> None:
    values = fbi_values(tmp_path)
    assert values["acts"] == ("ASS",)
    assert values["bias_ground"] == ("GAY",)
    assert values["bias_confidence"] == ("LIKELY",)
    assert values["occurred_period"] == ("1991-H2",)
    assert values["occurred_precision"] == ("EXACT",)
    assert values["setting"] == ("VENUE",)
    assert values["victims_band"] == values["perpetrators_band"] == ("1",)
    assert values["fatal"] == ("false",)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"OFFENSE_NAME": "Murder and Nonnegligent Manslaughter;Robbery"}, "acts", ("KIL", "ROB")),
        ({"OFFENSE_NAME": "Murder and Nonnegligent Manslaughter"}, "fatal", ("true",)),
        ({"OFFENSE_NAME": "Murder and Nonnegligent Manslaughter"}, "harm", ("DEATH",)),
        ({"OFFENSE_NAME": "Shoplifting"}, "acts", ()),
        ({"BIAS_DESC": "Anti-Jewish;Anti-Transgender"}, "bias_ground", ("TRN",)),
        ({"LOCATION_NAME": "Other/Unknown;Residence/Home"}, "setting", ("HOME",)),
        ({"LOCATION_NAME": "Restaurant;Residence/Home"}, "setting", ("OTHER",)),
        ({"LOCATION_NAME": ""}, "setting", ("UNK",)),
        ({"TOTAL_OFFENDER_COUNT": "0"}, "perpetrators_band", ("UNK",)),
        ({"TOTAL_OFFENDER_COUNT": "3"}, "perpetrators_band", ("2-3",)),
        ({"TOTAL_OFFENDER_COUNT": "30"}, "perpetrators_band", ("4+",)),
        ({"TOTAL_INDIVIDUAL_VICTIMS": ""}, "victims_band", ("UNK",)),
        ({"TOTAL_INDIVIDUAL_VICTIMS": "900"}, "victims_band", ("5+",)),
    ],
)
def test_each_rule_of_the_fbi_profile(
    tmp_path: Path, changes: dict[str, str], field: str, expected: tuple[str, ...]
) -> None:
    assert set(fbi_values(tmp_path, **changes)[field]) == set(expected)


def test_an_unknown_code_is_listed_with_its_rows_and_stops_the_import(tmp_path: Path) -> None:
    rows = [nypd_row(10000), *(nypd_row(10001 + i, motive="ANTI-NEW THING") for i in range(7))]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    (unknown,) = check.unknown_codes
    assert (unknown.column, unknown.value) == ("Bias Motive Description", "ANTI-NEW THING")
    assert (unknown.rows, unknown.first_rows) == (7, (3, 4, 5, 6, 7))
    assert (check.verdict, check.decisions) == ("needs-decision", ("unknown-codes",))
    assert check.counts.with_bias_ground.number == 1


def test_known_values_without_a_code_are_counted_with_their_reason(tmp_path: Path) -> None:
    rows = [nypd_row(10000, motive=JEWISH), nypd_row(10001, offence="RESISTING ARREST")]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    assert check.verdict == "ready"
    assert {(u.field, u.value, u.incidents) for u in check.unmapped} == {
        ("bias_ground", JEWISH, 1),
        ("acts", "RESISTING ARREST", 1),
    }
    assert all(u.because for u in check.unmapped)
    (without,) = check.without_row
    assert (without.reason, without.first_rows) == ("no-act-code", (3,))


def test_a_date_that_cannot_be_refuses_its_row(tmp_path: Path) -> None:
    rows = [nypd_row(10000), nypd_row(10001, month="13"), nypd_row(10002, month="")]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    assert [(r.row, r.reason, r.column) for r in check.refusals] == [
        (3, "unreadable", "Month Number")
    ]
    # A blank month leaves the year.
    incidents = examine(tmp_path / "list.csv", NYPD).incidents
    assert [i.values["occurred_period"] for i in incidents] == [("2023-H1",), ("2023",)]


def test_records_older_than_what_they_record_are_counted_and_left(tmp_path: Path) -> None:
    rows = [nypd_row(10000), nypd_row(10001, month="9", recorded="05/20/2023")]
    check = check_list(write_csv(tmp_path / "list.csv", rows), NYPD)
    assert (check.dates_out_of_order, check.verdict) == (1, "ready")


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("05/31/2021", DateForm.US, date(2021, 5, 31)),
        ("31.05.2021", DateForm.EUROPEAN, date(2021, 5, 31)),
        ("2021-05-31", DateForm.ISO, date(2021, 5, 31)),
        ("31/05/2021", DateForm.US, None),
        ("02/30/2021", DateForm.US, None),
        ("2021-05-31", DateForm.US, None),
        ("٣١.٠٥.٢٠٢١", DateForm.EUROPEAN, None),
    ],
)
def test_a_day_is_read_in_its_form_or_not_at_all(
    text: str, form: DateForm, expected: date | None
) -> None:
    assert read_date(text, form) == expected


def test_a_two_digit_year_takes_its_century_from_the_row_and_must_agree() -> None:
    form = DateForm.SHORT_ENGLISH
    assert read_date("05-Sep-91", form, year_cell="1991") == date(1991, 9, 5)
    assert read_date("05-Sep-20", form, year_cell="2020") == date(2020, 9, 5)
    assert read_date("05-Sep-91", form, year_cell="1992") is None
    assert read_date("05-Sep-91", form) is None
    assert read_date("05-Xyz-91", form, year_cell="1991") is None


def test_periods_are_half_years_and_quarters() -> None:
    assert [half_year(2024, month) for month in (1, 6, 7, 12)] == [
        "2024-H1",
        "2024-H1",
        "2024-H2",
        "2024-H2",
    ]
    assert [quarter(2024, month) for month in (1, 3, 4, 12)] == [
        "2024-Q1",
        "2024-Q1",
        "2024-Q2",
        "2024-Q4",
    ]
    assert read_month("2024", "07") == (2024, 7)
    assert read_month("24", "7") is None


def test_a_new_list_is_a_new_profile_and_no_code(tmp_path: Path) -> None:
    other = (
        NYPD.text.replace("profile: nypd", "profile: another-city")
        .replace("GAY: [ANTI-MALE HOMOSEXUAL (GAY)]", "MIX: [ANTI-MALE HOMOSEXUAL (GAY)]")
        .replace("      MIX: [ANTI-LGBT (MIXED GROUP)]\n", "")
    )
    profile = parse_profile(other.encode())
    path = write_csv(tmp_path / "list.csv", [nypd_row(motive=GAY)])
    (incident,) = examine(path, profile).incidents
    assert incident.values["bias_ground"] == ("MIX",)
    (ours,) = examine(path, NYPD).incidents
    # The same id in another list is another source's incident.
    assert ours.source_key != incident.source_key
