"""Threat: list-check-that-repeats-text: What a person wrote in a file that is checked or
imported (by mistake a file of cases, say) appears in no message, report, row or journal entry.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.desk.partners.list_command import lists
from safelight.partners.list_file import LONGEST_RECORD
from tests.partners.lists import NYPD_COLUMNS, nypd_row, own_row, write_csv
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]

CANARY = "Меня избили у подъезда, телефон +0 000 000"
# Looks like a code; may be shown only from columns of public lists that hold codes.
UPPER = "ANTI CANARY"


def everything_said(path: Path, *arguments: str) -> str:
    said = ""
    for extra in ([], ["--json"]):
        result = CliRunner().invoke(lists, ["check", str(path), *arguments, *extra])
        said += result.output + str(result.exception)
    return said


@pytest.mark.parametrize("column", NYPD_COLUMNS)
def test_no_cell_of_a_police_list_is_repeated(tmp_path: Path, column: str) -> None:
    path = write_csv(tmp_path / "list.csv", [nypd_row(10000), nypd_row(10001) | {column: CANARY}])
    said = everything_said(path, "--as", "nypd")
    assert "3" in said
    assert CANARY not in said
    assert "подъезда" not in said
    assert "0 000 000" not in said


@pytest.mark.parametrize("column", sorted(own_row()))
def test_no_cell_of_a_list_of_ones_own_is_repeated(tmp_path: Path, column: str) -> None:
    for text in (CANARY, UPPER):
        rows = [own_row(), own_row(**{column: text})]
        path = write_csv(tmp_path / "own.csv", rows, columns=list(rows[0]))
        said = everything_said(path, "--as", "own-csv")
        assert "row 3" in said, "the row is named by its number"
        assert text not in said


def test_foreign_column_names_are_not_repeated(tmp_path: Path) -> None:
    row = own_row() | {CANARY: CANARY}
    path = write_csv(tmp_path / "own.csv", [row], columns=list(row))
    assert CANARY not in everything_said(path, "--as", "own-csv")
    path.write_text(f"{CANARY},b\n{CANARY},2\n", encoding="utf-8")
    assert CANARY not in everything_said(path, "--as", "nypd")


@pytest.mark.parametrize(
    "content",
    [
        f'"{CANARY}',
        f'"{CANARY}" {CANARY}\n',
        CANARY * (LONGEST_RECORD // 10),
        f"{CANARY}\0",
        f"{CANARY};{CANARY}\n" * 3,
        CANARY.encode("windows-1251").decode("latin-1"),
    ],
)
def test_files_that_cannot_be_read_are_not_repeated(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.csv"
    header = ",".join(NYPD_COLUMNS) + "\n"
    for before in ("", header):
        path.write_text(before + content, encoding="utf-8")
        said = everything_said(path, "--as", "nypd")
        assert "подъезда" not in said
        path.write_bytes((before + content).encode("utf-16"))
        assert "подъезда" not in everything_said(path, "--as", "nypd")


def test_nothing_of_it_is_kept_by_an_import(tmp_path: Path, desk: TestDesk) -> None:
    from safelight.journal.chain import entries
    from safelight.partners.admit import Agreement
    from safelight.partners.check import examine
    from safelight.partners.desk_lists import import_into_desk
    from safelight.partners.models import ImportedList, ListedIncident
    from safelight.partners.profile_reading import shipped_profile

    rows = [nypd_row(10000), nypd_row(10001, motive=CANARY) | {"County": CANARY}]
    found = examine(write_csv(tmp_path / "list.csv", rows), shipped_profile("nypd"))
    import_into_desk(
        found,
        Agreement(True, frozenset({"unknown-codes"})),
        today=date(2026, 2, 3),
        only_with_bias_ground=False,
    )
    kept = json.dumps(
        [
            list(ImportedList.objects.values_list("provenance", flat=True)),
            list(ListedIncident.objects.values_list("codes", flat=True)),
            [dict(entry.body) for entry in entries()],
        ],
        ensure_ascii=False,
    )
    pages = desk.client.get("/lists/").text
    pages += desk.client.get(f"/lists/{ImportedList.objects.get().list_id}/").text
    assert "list.csv" not in kept + pages
    assert "подъезда" not in kept + pages
