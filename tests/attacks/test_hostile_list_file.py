"""Threat: hostile-list-file: A file made to hurt (a decompression bomb, a field without end, a
device, formulas, terminal escapes, a mapping that unfolds) is refused early and runs nothing.
"""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.desk.partners.list_command import lists
from safelight.partners.beside import beside
from safelight.partners.check import check_list, examine
from safelight.partners.list_file import ListFile
from safelight.partners.problems import ListFileError, ProfileError
from safelight.partners.profile import FileForm
from safelight.partners.profile_reading import parse_profile, shipped_profile
from tests.partners.lists import NYPD_COLUMNS, nypd_row, write_csv

NYPD = shipped_profile("nypd")
HEADER = (",".join(NYPD_COLUMNS) + "\n").encode()


def bomb(path: Path, chunk: bytes, times: int) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEADER)
        for _ in range(times):
            file.write(chunk)
    return path


def test_a_gigantic_field_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.csv.gz", b"A" * 1_000_000, 200)
    tracemalloc.start()
    with pytest.raises(ListFileError) as caught:
        check_list(path, NYPD)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == "record-too-long"
    assert peak < 4_000_000


def test_rows_without_end_are_refused(tmp_path: Path) -> None:
    few = parse_profile(NYPD.text.replace('most_rows: "500000"', 'most_rows: "20000"').encode())
    for chunk in (b"\n" * 10_000, b",".join([b"1"] * len(NYPD_COLUMNS)) + b"\n"):
        path = bomb(tmp_path / "bomb.csv.gz", chunk * 1, 30_000 if len(chunk) < 100 else 30)
        with pytest.raises(ListFileError) as caught:
            check_list(path, few)
        assert caught.value.code == "too-many-rows"


def test_a_long_list_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("a,b\n")
        file.writelines(f"{i},{'x' * 300}\n" for i in range(40_000))
    tracemalloc.start()
    rows = sum(1 for _ in ListFile(path, FileForm("utf-8", ",", 10**6), required=("a",)).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 40_000
    assert path.stat().st_size > 12_000_000
    assert peak < 2_000_000


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 70_000_000)
    table = tmp_path / "table.xlsx"
    table.write_bytes(packed.getvalue())
    examined = examine(write_csv(tmp_path / "list.csv", [nypd_row()]), NYPD)
    with pytest.raises(ListFileError) as caught:
        beside(examined, table, year="2023")
    assert caught.value.code == "too-large"


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-cmd", "\t=1+1", '=HYPERLINK("h")']
)
def test_formula_cells_are_said_and_never_come_out_again(tmp_path: Path, cell: str) -> None:
    rows = [nypd_row(10000), nypd_row(10001, motive=cell) | {"County": cell}]
    path = write_csv(tmp_path / "list.csv", rows)
    check = check_list(path, NYPD)
    assert check.file.formula_first_rows == (3,)
    assert [code.value for code in check.unknown_codes] == [None]
    out = tmp_path / "rows.csv"
    arguments = ["import", str(path), "--as", "nypd", "--out", str(out)]
    agreed = [*arguments, "--yes", "--unknown-codes-as-none"]
    result = CliRunner().invoke(lists, agreed)
    assert result.exit_code == 0
    assert "cells begin like a spreadsheet formula" in result.stderr
    everything = result.output + out.read_text() + (tmp_path / "rows.provenance.json").read_text()
    assert cell.strip() not in everything


def test_terminal_escapes_do_not_reach_the_terminal(tmp_path: Path) -> None:
    escape = "\x1b]0;owned\x07\x1b[2J"
    rows = [nypd_row(10000, motive=f"ANTI{escape}"), nypd_row(10001)]
    columns = (*NYPD_COLUMNS, f"More{escape}")
    path = write_csv(tmp_path / "list.csv", rows, columns=columns)
    result = CliRunner().invoke(lists, ["check", str(path), "--as", "nypd"])
    assert "1 rows hold codes that the profile does not know" in result.output
    assert "\x1b" not in result.output
    assert "\x07" not in result.output


def test_a_mapping_that_unfolds_or_nests_is_refused() -> None:
    unfolding = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    with pytest.raises(ProfileError, match="aliases"):
        parse_profile(unfolding.encode())
    with pytest.raises(ProfileError, match="nested too deeply"):
        parse_profile(b"a: " + b"[" * 100_000)
    with pytest.raises(ProfileError):
        parse_profile(b"!!python/object/apply:os.system ['true']")
