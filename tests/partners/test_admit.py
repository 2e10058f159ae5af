"""Nothing is imported until a person agrees; what is imported is all of it, with its provenance."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from safelight.partners.admit import Agreement
from safelight.partners.check import Examined, examine
from safelight.partners.problems import IdentifierDamageError, ListFileError, NotAgreedError
from safelight.partners.profile_reading import shipped_profile
from safelight.partners.rows_file import WrittenRows, provenance_path, write_rows
from safelight.vocabulary.stat_row import StatRow
from tests.partners.lists import JEWISH, nypd_row, own_row, write_csv

TODAY = date(2026, 2, 3)
NYPD = shipped_profile("nypd")


def agreed(*decisions: str, to_import: bool = True) -> Agreement:
    return Agreement(to_import, frozenset(decisions))


def examined(tmp_path: Path, *rows: dict[str, str]) -> Examined:
    return examine(write_csv(tmp_path / "list.csv", rows), NYPD)


def written(found: Examined, out: Path, agreement: Agreement, *, only: bool = False) -> WrittenRows:
    return write_rows(found, out, agreement, today=TODAY, only_with_bias_ground=only)


def rows_in(path: Path) -> list[StatRow]:
    with path.open(encoding="utf-8", newline="") as file:
        return [StatRow.from_mapping(row) for row in csv.DictReader(file)]


def test_without_agreement_nothing_is_written(tmp_path: Path) -> None:
    found = examined(tmp_path, nypd_row(10000))
    out = tmp_path / "rows.csv"
    with pytest.raises(NotAgreedError, match="nobody agreed"):
        written(found, out, agreed(to_import=False))
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv"}
    assert written(found, out, agreed()).rows == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "list.csv",
        "rows.csv",
        "rows.provenance.json",
    }


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        (nypd_row(10001, month="99"), "refused-rows"),
        (nypd_row(10001, motive="ANTI-NEW"), "unknown-codes"),
    ],
)
def test_each_decision_has_to_be_agreed_to_by_name(
    tmp_path: Path, row: dict[str, str], decision: str
) -> None:
    found = examined(tmp_path, nypd_row(10000), row)
    out = tmp_path / "rows.csv"
    other = ({"refused-rows", "unknown-codes"} - {decision}).pop()
    with pytest.raises(NotAgreedError, match=decision):
        written(found, out, agreed(other))
    assert not out.exists()
    written(found, out, agreed(decision))
    facts = json.loads(provenance_path(out).read_text(encoding="utf-8"))
    assert facts["agreed_to"] == [decision]


def test_no_agreement_admits_damaged_ids(tmp_path: Path) -> None:
    found = examined(tmp_path, nypd_row(10000), nypd_row(10001, id="2.02314E+14"))
    with pytest.raises(IdentifierDamageError, match=r"scientific-notation; first in rows 3"):
        written(found, tmp_path / "rows.csv", agreed("refused-rows", "unknown-codes"))


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    found = examined(tmp_path, nypd_row(10000))
    for taken in ("rows.csv", "rows.provenance.json"):
        (tmp_path / taken).write_text("mine", encoding="utf-8")
        with pytest.raises(NotAgreedError, match="already there"):
            written(found, tmp_path / "rows.csv", agreed())
        assert (tmp_path / taken).read_text(encoding="utf-8") == "mine"
        (tmp_path / taken).unlink()


def test_both_files_are_written_or_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examined(tmp_path, nypd_row(10000))
    honest = Path.hardlink_to

    def full_disk(self: Path, target: Path) -> None:
        if self.suffix == ".csv":
            raise OSError(28, "No space left on device")
        honest(self, target)

    monkeypatch.setattr(Path, "hardlink_to", full_disk)
    with pytest.raises(ListFileError, match="nothing was imported"):
        written(found, tmp_path / "rows.csv", agreed())
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv"}


def test_rows_carry_no_id_and_no_order_of_the_source(tmp_path: Path) -> None:
    sources = [nypd_row(10000 + i) for i in range(50)]
    found = examined(tmp_path, *sources)
    out = tmp_path / "rows.csv"
    written(found, out, agreed())
    text = out.read_text(encoding="utf-8") + provenance_path(out).read_text(encoding="utf-8")
    assert not any(row["Full Complaint ID"] in text for row in sources)
    ids = [row.stat_id for row in rows_in(out)]
    assert ids == sorted(ids)
    again = tmp_path / "again.csv"
    written(found, again, agreed())
    assert set(ids).isdisjoint(row.stat_id for row in rows_in(again))


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    written(examined(tmp_path, nypd_row(10000)), out, agreed())
    assert {path.stat().st_mode & 0o777 for path in (out, provenance_path(out))} == {0o600}


def test_only_those_with_a_bias_ground_if_one_asks(tmp_path: Path) -> None:
    found = examined(tmp_path, nypd_row(10000), nypd_row(10001, motive=JEWISH))
    assert written(found, tmp_path / "all.csv", agreed()).rows == 2
    few = written(found, tmp_path / "few.csv", agreed(), only=True)
    assert (few.rows, few.rows_with_bias_ground) == (1, 1)


# -- lists in our own codes ------------------------------------------------------------------


def own(tmp_path: Path, *rows: dict[str, str]) -> Examined:
    path = write_csv(tmp_path / "own.csv", rows, columns=list(rows[0]))
    return examine(path, shipped_profile("own-csv"))


def test_a_list_in_our_codes_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = [own_row(), own_row()]
    out = tmp_path / "rows.csv"
    written(own(tmp_path, *rows), out, agreed())
    assert {row.stat_id: row.to_mapping() for row in rows_in(out)} == {
        row["stat_id"]: row for row in rows
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"acts": "ASS|NONSENSE"}, "acts: expected one of"),
        ({"region": ""}, "columns missing or empty: region"),
        ({"most_serious_act": "KIL"}, "most_serious_act: is derived"),
        ({"received_period": "2024-05-06"}, "received_period: expected a quarter"),
        ({"source_list": "OWN"}, "consent"),
    ],
)
def test_a_row_that_is_not_in_our_codes_is_refused_by_field(
    tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    check = own(tmp_path, own_row(), own_row(**changes)).check
    ((row, reason, message),) = [(r.row, r.reason, r.message) for r in check.refusals]
    assert (row, reason) == (3, "not-in-our-codes")
    assert says in message
    assert "NONSENSE" not in message


def test_ids_of_our_own_form_that_a_spreadsheet_changed_are_refused(tmp_path: Path) -> None:
    check = own(tmp_path, own_row(), own_row(stat_id="1.23457E+31")).check
    assert check.problems == ("id-damage",)


def test_two_rows_with_one_id_are_refused_as_not_being_incidents(tmp_path: Path) -> None:
    row = own_row()
    assert own(tmp_path, row, row).check.problems == ("counting-unit",)
