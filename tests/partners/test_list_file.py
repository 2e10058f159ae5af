"""A file from outside is read as what its profile says, or refused with a reason one can act on."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from safelight.partners.check import check_list
from safelight.partners.list_file import LONGEST_RECORD, ListFile
from safelight.partners.problems import ListFileError
from safelight.partners.profile import FileForm
from safelight.partners.profile_reading import parse_profile, shipped_profile
from tests.partners.lists import NYPD_COLUMNS, nypd_row, write_csv

NYPD = shipped_profile("nypd")
FORM = FileForm("utf-8", ",", 1000)


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    rows = [nypd_row(10000), nypd_row(10001)]
    return write_csv(tmp_path / "good.csv", rows).read_bytes()


def refused(tmp_path: Path, content: bytes, *, name: str = "list.csv") -> ListFileError:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ListFileError) as caught:
        check_list(path, NYPD)
    return caught.value


def checked_rows(tmp_path: Path, content: bytes) -> int:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    return check_list(path, NYPD).counts.incidents.number


def test_byte_order_marks_line_ends_and_gzip_change_nothing(tmp_path: Path, good: bytes) -> None:
    assert checked_rows(tmp_path, good) == 2
    assert checked_rows(tmp_path, b"\xef\xbb\xbf" + good) == 2
    assert checked_rows(tmp_path, good.replace(b"\n", b"\r\n")) == 2
    assert checked_rows(tmp_path, good.rstrip(b"\n")) == 2
    assert checked_rows(tmp_path, gzip.compress(good)) == 2
    assert checked_rows(tmp_path, good + b"\n\n,,,,,,,,,,,,,\n") == 2


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty", "empty"),
        (b"\n\n", "empty", "no header"),
        (b"PK\x03\x04rest", "not-csv", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "not-csv", "old Excel workbook"),
        (b"%PDF-1.7", "not-csv", "PDF"),
        (b"<!DOCTYPE html><html>", "not-csv", "web page"),
        (b"\x7fELF\x00\x01\x02", "not-csv", "binary"),
        ("Full Complaint ID\n1".encode("utf-16"), "not-csv", "UTF-16"),
        (b"a,b,c\n1,2,3\n", "missing-columns", "14 of 14 expected columns are missing"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], "compression", "breaks off"),
        (gzip.compress(gzip.compress(b"a", mtime=0), mtime=0), "not-csv", "compressed twice"),
    ],
)
def test_what_is_no_such_list_is_named(
    tmp_path: Path, content: bytes, code: str, says: str
) -> None:
    error = refused(tmp_path, content)
    assert error.code == code
    assert says in str(error)


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter_is_named(tmp_path: Path, delimiter: str, word: str) -> None:
    path = write_csv(tmp_path / "list.csv", [nypd_row()], delimiter=delimiter)
    error = refused(tmp_path, path.read_bytes())
    assert error.code == "delimiter"
    assert word in str(error)


def test_missing_and_doubled_columns_are_named(tmp_path: Path, good: bytes) -> None:
    missing = refused(
        tmp_path, good.replace(b"Bias Motive Description", b"bias motive description")
    )
    assert missing.code == "missing-columns"
    assert "Bias Motive Description (1 of them are there in other capitals)" in str(missing)
    doubled = refused(tmp_path, good.replace(b"County", b"Full Complaint ID"))
    # County is missing then; only a full header with a column twice is a doubled one.
    assert doubled.code == "missing-columns"
    twice = good.replace(b"Arrest Id", b"Arrest Id,County").replace(b",\n", b",,\n")
    assert refused(tmp_path, twice).code == "duplicate-columns"


def test_text_in_another_encoding_is_refused_with_its_row(tmp_path: Path, good: bytes) -> None:
    russian = good.replace(b"PATROL BORO MAN SOUTH", "ЮЖНЫЙ".encode("windows-1251"), 1)
    error = refused(tmp_path, russian)
    assert error.code == "encoding"
    assert "row 2 is written in something else" in str(error)


def test_utf_8_is_not_taken_for_a_one_byte_encoding(tmp_path: Path) -> None:
    old = parse_profile(NYPD.text.replace("encoding: utf-8", "encoding: windows-1251").encode())
    row = nypd_row(10000) | {"Patrol Borough Name": "ЮЖНЫЙ"}
    right = write_csv(tmp_path / "right.csv", [row], encoding="windows-1251")
    assert check_list(right, old).counts.incidents.number == 1
    wrong = write_csv(tmp_path / "wrong.csv", [row], encoding="utf-8")
    with pytest.raises(ListFileError, match=r"expected windows-1251, but row 2 .* UTF-8"):
        check_list(wrong, old)


def test_ragged_rows_are_refused_one_by_one_with_their_numbers(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(good + b"2023,short\n" + b"x," * 20 + b"long\n")
    check = check_list(path, NYPD)
    assert [(r.row, r.reason) for r in check.refusals] == [(4, "ragged"), (5, "ragged")]
    assert check.counts.incidents.number == 2
    assert check.decisions == ("refused-rows",)


def test_an_unnamed_last_column_must_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b,\n1,2,\n3,4,note\n", encoding="utf-8")
    file = ListFile(path, FORM, required=("a", "b"))
    assert list(file.rows()) == [(2, ["1", "2"]), (3, None)]


def test_an_unclosed_quote_does_not_swallow_the_file(tmp_path: Path, good: bytes) -> None:
    assert refused(tmp_path, good + b'"opened,' + b"x,\n" * 10).code == "quoting"
    long = refused(tmp_path, good + b'"opened,' + b"x,\n" * LONGEST_RECORD)
    assert long.code == "record-too-long"
    assert "row 4 is longer" in str(long)
    inside = good.replace(b"PATROL BORO MAN SOUTH", b'"PATROL" BORO', 1)
    assert refused(tmp_path, inside).code == "quoting"


def test_nul_bytes_are_refused_with_their_row(tmp_path: Path) -> None:
    many = write_csv(tmp_path / "many.csv", [nypd_row(10000 + i) for i in range(60)]).read_bytes()
    at = many.rindex(b"NEW YORK")
    error = refused(tmp_path, many[:at] + b"\0" + many[at:])
    assert error.code == "nul-bytes"
    assert "row 61 " in str(error)


def test_more_rows_than_the_profile_allows_are_refused(tmp_path: Path) -> None:
    few = parse_profile(NYPD.text.replace('most_rows: "500000"', 'most_rows: "3"').encode())
    rows = [nypd_row(10000 + i) for i in range(4)]
    assert check_list(write_csv(tmp_path / "3.csv", rows[:3]), few).verdict == "ready"
    with pytest.raises(ListFileError, match="more than 3 rows"):
        check_list(write_csv(tmp_path / "4.csv", rows), few)


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)  # opening it would wait for ever
    for path in (tmp_path, tmp_path / "absent.csv", pipe):
        with pytest.raises(ListFileError) as caught:
            check_list(path, NYPD)
        assert caught.value.code == "unreadable"


def test_columns_the_profile_does_not_name_are_counted_and_not_read(tmp_path: Path) -> None:
    row = nypd_row() | {"Notes": "what somebody wrote"}
    check = check_list(
        write_csv(tmp_path / "list.csv", [row], columns=(*NYPD_COLUMNS, "Notes")), NYPD
    )
    assert (check.verdict, check.file.unread_columns) == ("ready", 1)


def test_the_digest_is_of_the_whole_file(tmp_path: Path, good: bytes) -> None:
    import hashlib

    path = tmp_path / "list.csv"
    for content in (good, gzip.compress(good)):
        path.write_bytes(content)
        facts = check_list(path, NYPD).file
        assert facts.sha256 == hashlib.sha256(content).hexdigest()
        assert facts.size == len(content)


def test_progress_is_told_while_a_long_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("a\n")
        file.writelines(f"{i}\n" for i in range(1, 120_001))
    told: list[int] = []
    for _ in ListFile(path, FileForm("utf-8", ",", 200_000), required=("a",)).rows(told.append):
        pass
    assert told == [50_000, 100_000]
