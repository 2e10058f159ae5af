"""A list beside an official table: differences are explained as far as counts can explain them."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.partners.beside import beside
from safelight.partners.check import Examined, examine
from safelight.partners.problems import CountingUnitError, ListFileError
from safelight.partners.profile_reading import parse_profile, shipped_profile
from tests.partners.lists import GAY, JEWISH, nypd_row, write_csv

NYPD = shipped_profile("nypd")


def listed(tmp_path: Path, *rows: dict[str, str]) -> Examined:
    return examine(write_csv(tmp_path / "list.csv", rows), NYPD)


def official(tmp_path: Path, *lines: str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_text("Some title,,\n,,\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


HEADER = f"PRECINCT,{JEWISH},{GAY},Grand Total"


def test_equal_tables_are_equal_and_rows_are_not_counted(tmp_path: Path) -> None:
    rows = [nypd_row(10000, arrest="M1"), nypd_row(10000, arrest="M2")]
    found = beside(
        listed(tmp_path, *rows),
        official(tmp_path, HEADER, "014,0,1,1", "Grand Total,0,1,1"),
        year="2023",
    )
    assert (found.ours_total.number, found.differing, found.cells) == (1, 0, ())
    assert found.can_be_said() == ("Every cell of the table is equal.",)
    assert found.cannot_be_said() == ()


def test_a_reclassified_complaint_shows_as_a_change_of_category_in_one_place(
    tmp_path: Path,
) -> None:
    found = beside(
        listed(tmp_path, nypd_row(10000), nypd_row(10001, precinct="5", motive=JEWISH)),
        official(tmp_path, HEADER, "014,1,0,1", "005,1,0,1"),
        year="2023",
    )
    assert [(c.label, c.category, c.difference, c.rows) for c in found.cells] == [
        ("14", JEWISH, -1, ()),
        ("14", GAY, 1, (2,)),
    ]
    assert (found.could_be_category_alone, found.could_be_place_alone) == (1, 0)
    assert (found.at_least_moved, found.candidates) == (1, 1)
    assert "as many came as left" in found.can_be_said()[0]


def test_a_transferred_complaint_shows_as_a_change_of_place(tmp_path: Path) -> None:
    found = beside(
        listed(tmp_path, nypd_row(10000)),
        official(tmp_path, HEADER, "014,0,0,0", "005,0,1,1"),
        year="2023",
    )
    assert (found.could_be_category_alone, found.could_be_place_alone) == (0, 1)
    assert found.differing == 0


def test_totals_that_differ_are_said_to_differ(tmp_path: Path) -> None:
    found = beside(
        listed(tmp_path, nypd_row(10000)),
        official(tmp_path, HEADER, "014,3,1,4"),
        year="2023",
    )
    assert "The totals differ by -3" in found.can_be_said()[0]


def test_wrong_totals_in_the_table_are_noticed_and_not_believed(tmp_path: Path) -> None:
    found = beside(
        listed(tmp_path, nypd_row(10000)),
        official(tmp_path, HEADER, "014,0,1,9", "Grand Total,5,1,6"),
        year="2023",
    )
    assert (found.official_total.number, found.wrong_totals) == (1, 2)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["PRECINCT,ANTI-UNHEARD OF", "014,1"], "column 2 of the table is a category"),
        ([HEADER, "014,1,x,1"], "row 4 of the table: expected whole numbers"),
        ([HEADER, "014,1,1,2", "14,1,1,2"], "row 5 of the table repeats a place"),
        ([f"PRECINCT,{GAY},{GAY}", "014,1,1"], "column 3 of the table repeats a category"),
        (["WRONG,a", "1,2"], "no header row that begins with PRECINCT"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_at_its_place(
    tmp_path: Path, lines: list[str], says: str
) -> None:
    examined = listed(tmp_path, nypd_row(10000))
    with pytest.raises(ListFileError, match=says) as caught:
        beside(examined, official(tmp_path, *lines), year="2023")
    assert "UNHEARD" not in str(caught.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04not really", b"\xff\xfe\x00", b""])
def test_a_broken_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(content)
    with pytest.raises(ListFileError):
        beside(listed(tmp_path, nypd_row(10000)), path, year="2023")


def test_a_workbook_is_read_without_believing_its_formulas(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Title"], [], ["PRECINCT", GAY, "Grand Total"], ["014", 1, "=SUM(B4:B4)"]):
        sheet.append(row)
    sheet.append(["Grand Total", "=SUM(B4:B4)", "=1+1"])
    book.save(tmp_path / "table.xlsx")
    found = beside(
        listed(tmp_path, nypd_row(10000)),
        tmp_path / "table.xlsx",
        year="2023",
    )
    assert (found.differing, found.wrong_totals) == (0, 0)


def test_a_year_that_the_list_does_not_have_is_refused(tmp_path: Path) -> None:
    table = official(tmp_path, HEADER, "014,0,1,1")
    with pytest.raises(ListFileError, match="no incident of 2010"):
        beside(listed(tmp_path, nypd_row(10000)), table, year="2010")


def test_a_table_of_another_unit_is_not_put_beside(tmp_path: Path) -> None:
    of_arrests = NYPD.text.replace("cross_table:\n  unit: incident", "cross_table:\n  unit: arrest")
    profile = parse_profile(of_arrests.encode())
    examined = examine(write_csv(tmp_path / "list.csv", [nypd_row(10000)]), profile)
    with pytest.raises(CountingUnitError, match="arrests, the list incidents"):
        beside(examined, official(tmp_path, HEADER, "014,0,1,1"), year="2023")
