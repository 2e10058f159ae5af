"""Threat: list-name-that-rewrites-the-terminal: A table from outside names its lists or strata
with signs that move the cursor or turn the text, so that the terminal shows another verdict than
the one that was given, or is so large that reading it takes all memory; it is refused, and none
of it is repeated.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.errors import SafelightError
from safelight.undercount.command import undercount

ROWS = "1,0,0,300\n0,1,0,220\n0,0,1,160\n1,1,0,90\n1,0,1,70\n0,1,1,50\n1,1,1,22\n"
CLEARS_AND_LIES = "\x1b[2J\x1b[HESTIMATE 7"


def asked(folder: Path, header: str, rows: str = ROWS, *options: str) -> tuple[str, str | None]:
    table = folder / "table.csv"
    table.write_text(header + "\n" + rows, encoding="utf-8")
    words = ["estimate", str(table), "--method", "independence", *options]
    result = CliRunner().invoke(undercount, words)
    if isinstance(result.exception, SafelightError):
        return result.output, str(result.exception)
    return result.output, None


@pytest.mark.parametrize("name", [CLEARS_AND_LIES, "police\u202eEGAREVOC", "ours\x9b1A", "n" * 101])
def test_a_name_that_would_change_what_is_seen_is_refused_unseen(tmp_path: Path, name: str) -> None:
    shown, refused = asked(tmp_path, f"{name},b,c,count")
    assert refused is not None
    assert refused.startswith("a list's name is up to 100")
    assert name not in shown + refused
    assert "\x1b" not in shown + refused
    shown, refused = asked(tmp_path, "полиция,our list (2024),c,count")
    assert refused is None
    assert shown.startswith("ESTIMATE")


def test_so_is_the_name_of_a_stratum(tmp_path: Path) -> None:
    def rows(year: str) -> str:
        return "".join(f"{line},{year}\n" for line in ROWS.splitlines())

    both = rows("2023") + rows(CLEARS_AND_LIES)
    shown, refused = asked(tmp_path, "a,b,c,count,year", both, "--strata", "year")
    assert refused == "a stratum's name is up to 100 letters, digits, signs and spaces"
    assert "\x1b" not in shown
    both = rows("2023") + rows("2024")
    shown, refused = asked(tmp_path, "a,b,c,count,year", both, "--strata", "year")
    assert refused is None
    assert shown.startswith("ESTIMATE")


def test_of_a_table_without_end_no_more_is_read_than_a_table_has(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(1 << 40)  # a terabyte that takes no room on the disk
    result = CliRunner().invoke(undercount, ["check", str(huge)])
    assert isinstance(result.exception, SafelightError)
    assert "more than 1000000 characters" in str(result.exception)
