"""Threat: rows-counted-as-incidents: Rows of a list that are not incidents (arrest pairs, say)
are never counted, compared or published as incidents, whatever a profile or a table claims.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from safelight.partners.admit import Agreement
from safelight.partners.beside import beside
from safelight.partners.check import Examined, examine
from safelight.partners.problems import CountingUnitError
from safelight.partners.profile_reading import parse_profile, shipped_profile
from safelight.partners.rows_file import write_rows
from tests.partners.lists import GAY, nypd_row, write_csv

NYPD = shipped_profile("nypd")
ELEVEN = [nypd_row(10000, arrest=f"M{i}") for i in range(11)]


def examined(tmp_path: Path, changes: tuple[str, str]) -> Examined:
    profile = parse_profile(NYPD.text.replace(*changes).encode())
    return examine(write_csv(tmp_path / "list.csv", ELEVEN), profile)


def written(found: Examined, out: Path) -> int:
    agreement = Agreement(True, frozenset({"refused-rows", "unknown-codes"}))
    day = date(2026, 2, 3)
    return write_rows(found, out, agreement, today=day, only_with_bias_ground=False).rows


def test_a_profile_cannot_call_repeated_rows_incidents(tmp_path: Path) -> None:
    honest = examined(tmp_path, ("", ""))
    assert written(honest, tmp_path / "honest.csv") == 1
    lying = examined(tmp_path, ("row: arrest-pair", "row: incident"))
    with pytest.raises(CountingUnitError, match="10 rows repeat an id"):
        written(lying, tmp_path / "lying.csv")
    assert not (tmp_path / "lying.csv").exists()


def test_incidents_are_not_put_beside_a_table_of_another_unit(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(f"PRECINCT,{GAY}\n014,1\n", encoding="utf-8")
    honest = examined(tmp_path, ("", ""))
    assert beside(honest, table, year="2023").differing == 0
    of_pairs = examined(
        tmp_path, ("cross_table:\n  unit: incident", "cross_table:\n  unit: arrest")
    )
    with pytest.raises(CountingUnitError, match="cannot stand side by side"):
        beside(of_pairs, table, year="2023")
