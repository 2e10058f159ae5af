from __future__ import annotations

import resource
from pathlib import Path

import pytest

from safelight.undercount.overlap import LARGEST_TABLE, OverlapError
from safelight.undercount.table_file import estimate_table, table_text

TABLE = "a,b,c,count\n1,0,0,300\n0,1,0,220\n0,0,1,160\n1,1,0,90\n1,0,1,70\n0,1,1,50\n1,1,1,22\n"


def test_a_file_is_answered_in_one_call_and_a_string_is_a_path_too(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    answer = estimate_table(path, method="loglinear")
    assert answer.observed == 912
    assert estimate_table(str(path), method="loglinear").estimate == answer.estimate


def test_of_a_huge_file_no_more_is_read_than_a_table_may_have(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(1 << 33)  # eight gigabytes of nothing, which take no room on the disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(OverlapError, match=f"more than {LARGEST_TABLE} characters"):
        table_text(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_what_is_not_text_is_refused_without_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b,count\n1,0,\xff\xfe17\n")
    with pytest.raises(OverlapError, match="not UTF-8 text") as told:
        estimate_table(path)
    assert "17" not in str(told.value)
    assert told.value.__cause__ is None
