"""A yearly series is compared with its totals, year by year."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.partners.problems import ListFileError, ProfileError
from safelight.partners.profile_reading import parse_profile, shipped_profile
from safelight.partners.yearly import YearlyCheck, check_yearly
from safelight.partners.yearly_text import yearly_as_text

PROFILE = shipped_profile("yearly-by-type")


def checked(tmp_path: Path, parts: str, whole: str | None) -> YearlyCheck:
    (tmp_path / "parts.csv").write_text(
        "year,premeditated,unpremeditated,other,\n" + parts, encoding="utf-8"
    )
    whole_path = None
    if whole is not None:
        whole_path = tmp_path / "whole.csv"
        whole_path.write_text("year,n_crimes,n_victims,n_fatalities\n" + whole, encoding="utf-8")
    return check_yearly(tmp_path / "parts.csv", PROFILE, whole_path=whole_path)


def test_series_that_agree_are_consistent(tmp_path: Path) -> None:
    check = checked(tmp_path, "2010,1,2,3,\n2011,0,0,1,", "2010,6.0,4.0,1.0\n2011,1,1,0\n")
    assert check.consistent
    assert "CONSISTENT: every year" in yearly_as_text(check)


def test_years_that_disagree_are_named_with_their_difference(tmp_path: Path) -> None:
    check = checked(tmp_path, "2010,1,2,3,\n2011,5,0,1,\n", "2010,8,4,1\n2011,4,1,0\n")
    assert {line.year: line.missing_from_parts for line in check.disagreeing} == {
        "2010": 2,
        "2011": -2,
    }
    assert "2 years disagree: 2010 (2), 2011 (−2)." in yearly_as_text(check)


def test_a_year_that_stands_in_one_series_only_is_named(tmp_path: Path) -> None:
    check = checked(tmp_path, "2010,1,2,3,\n2012,1,1,1,\n", "2010,6,4,1\n2011,4,1,0\n")
    assert (check.disagreeing, check.years_in_one_only) == ((), ("2011", "2012"))
    assert not check.consistent


def test_without_totals_only_sums_are_given(tmp_path: Path) -> None:
    check = checked(tmp_path, "2010,1,2,3,\n", None)
    assert (check.sum_of_parts.number, check.sum_of_whole) == (6, None)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ("2010,1,2,3,\n2010,1,1,1,\n", "repeated-year"),
        ("2010,1,2,x,\n", "unreadable"),
        ("2010,1,2,-3,\n", "unreadable"),
        ("2010,1,2,3.5,\n", "unreadable"),
        ("twenty,1,2,3,\n", "unreadable"),
        ("2010,1,2\n", "ragged"),
        ("2010,1,2,3,note\n", "ragged"),
        ("", "empty"),
    ],
)
def test_a_series_that_cannot_be_read_is_refused(tmp_path: Path, parts: str, code: str) -> None:
    with pytest.raises(ListFileError) as caught:
        checked(tmp_path, parts, None)
    assert caught.value.code == code


def test_the_columns_of_a_series_are_data(tmp_path: Path) -> None:
    text = (
        PROFILE.text.replace("profile: yearly-by-type", "profile: by-sex")
        .replace("parts: [premeditated, unpremeditated, other]", "parts: [women, men]")
        .replace("whole: n_crimes", "whole: people")
        .replace("others: [n_victims, n_fatalities]", "others: [dead]")
        .replace("not_more_than_whole: []", "not_more_than_whole: [dead]")
    )
    profile = parse_profile(text.encode())
    (tmp_path / "p.csv").write_text("year,women,men\n2020,1,2\n2021,1,1\n", encoding="utf-8")
    (tmp_path / "w.csv").write_text("year,people,dead\n2020,3,1\n2021,2,5\n", encoding="utf-8")
    check = check_yearly(tmp_path / "p.csv", profile, whole_path=tmp_path / "w.csv")
    assert check.disagreeing == ()
    assert check.years_out_of_bounds == ("2021",)


def test_a_list_of_records_is_no_series(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="not a yearly series"):
        check_yearly(tmp_path / "x.csv", shipped_profile("nypd"), whole_path=None)
