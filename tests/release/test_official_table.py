"""A table a city really published (open data; skipped where it is absent).

Precinct by motive, 2023: of 282 cells with an incident 251 are below five and 154 are one.
"""

from __future__ import annotations

from functools import cache

from safelight.release.attacker import feasible_intervals
from safelight.release.counts import CountSystem, two_way
from safelight.release.disclosure import Protected, protect
from tests.release.tables import RULE
from tests.support.open_data import open_data

FIRST_ROW, MOTIVES = 6, 16  # 1-based, as the sheet has them
SOME_PRECINCTS = 20  # the whole table takes 20 s of CPU: bench/release.py


@cache
def _cells() -> dict[tuple[str, str], int]:
    import openpyxl

    sheet = openpyxl.load_workbook(open_data("nypd_official_complaints_2023.xlsx")).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=FIRST_ROW, values_only=True))
    return {
        (str(row[0]), f"motive {place}"): int(count or 0)  # type: ignore[call-overload]
        for row in rows
        if str(row[0])[:3].isdecimal()
        for place, count in enumerate(row[1 : MOTIVES + 1])
    }


def _some() -> CountSystem:
    precincts = sorted({precinct for precinct, _ in _cells()})[:SOME_PRECINCTS]
    return two_way(
        "precinct", "motive", {key: n for key, n in _cells().items() if key[0] in precincts}
    )


def test_the_table_is_what_its_readme_says() -> None:
    counts = _cells().values()
    assert sum(counts) == 669
    assert sum(count > 0 for count in counts) == 282
    assert sum(0 < count < 5 for count in counts) == 251
    assert sum(count == 1 for count in counts) == 154


def test_no_single_case_is_recovered_from_the_protected_table() -> None:
    system = _some()
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    singles = [index for index, count in enumerate(system.counts) if count == 1]
    assert len(singles) > 30
    for index in singles:
        assert outcome.intervals[index].includes(0, RULE.threshold - 1)


def test_hiding_small_cells_alone_would_give_single_cases_away() -> None:
    # As a careless office might: zeros shown, 1 to 4 replaced by a dash, margins published.
    system = _some()
    dashes = {i for i, n in enumerate(system.counts) if 0 < n < 5 and len(system.cells[i]) == 2}
    seen = feasible_intervals(system, dashes)
    recovered = [i for i in dashes if system.counts[i] == 1 and seen[i].low == seen[i].high]
    assert recovered
