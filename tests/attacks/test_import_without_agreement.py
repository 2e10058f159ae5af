"""Threat: import-without-agreement: No list enters a desk or a file of rows unless a person agreed
to it and to each thing that makes its numbers smaller than the list, by name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.desk.partners.list_command import lists
from safelight.partners.problems import NotAgreedError
from tests.partners.lists import nypd_row, write_csv

AGREED = ["--yes", "--without-refused-rows", "--unknown-codes-as-none"]


@pytest.mark.parametrize("left_out", AGREED)
@pytest.mark.parametrize("typed", ["", "y\ny\ny\n"])
def test_what_is_piped_in_is_no_agreement(tmp_path: Path, left_out: str, typed: str) -> None:
    rows = [
        nypd_row(10000),
        nypd_row(10001, month="99"),
        nypd_row(10002, motive="ANTI-NEW"),
    ]
    path = write_csv(tmp_path / "list.csv", rows)
    out = tmp_path / "rows.csv"
    arguments = ["import", str(path), "--as", "nypd", "--out", str(out)]
    options = [option for option in AGREED if option != left_out]
    result = CliRunner().invoke(lists, [*arguments, *options], input=typed)
    assert isinstance(result.exception, NotAgreedError)
    assert {entry.name for entry in tmp_path.iterdir()} == {"list.csv"}
    assert CliRunner().invoke(lists, [*arguments, *AGREED]).exit_code == 0
    assert out.exists()
