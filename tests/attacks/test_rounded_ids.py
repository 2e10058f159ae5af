"""Threat: rounded-ids: A copy of a list whose ids a spreadsheet rounded, so that several
incidents become one and the count falls unseen, is refused with a message that says so.

The detectors themselves are tested in tests/partners/test_id_damage.py.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from safelight.partners.admit import Agreement, check_can_be_admitted
from safelight.partners.check import examine
from safelight.partners.problems import IdentifierDamageError
from safelight.partners.profile_reading import shipped_profile
from safelight.partners.rows_file import write_rows
from tests.partners import damage as how
from tests.partners.lists import many_complaints, with_ids, write_csv

ROWS = many_complaints(120)
IDS = [row["Full Complaint ID"] for row in ROWS]
NYPD = shipped_profile("nypd")
TODAY = date(2026, 2, 3)


@pytest.mark.parametrize(
    "damaging",
    [how.shown_by_excel, how.shown_then_expanded, how.float_suffix, how.thousands],
)
def test_no_agreement_imports_a_copy_with_changed_ids(
    tmp_path: Path, damaging: how.Damaging
) -> None:
    everything = Agreement(True, frozenset({"refused-rows", "unknown-codes"}))
    honest = examine(write_csv(tmp_path / "honest.csv", ROWS), NYPD)
    copy = write_csv(tmp_path / "copy.csv", with_ids(ROWS, map(damaging, IDS)))
    damaged = examine(copy, NYPD)
    out = tmp_path / "rows.csv"
    with pytest.raises(IdentifierDamageError) as caught:
        write_rows(damaged, out, everything, today=TODAY, only_with_bias_ground=False)
    assert not out.exists()
    message = str(caught.value)
    assert "changed, most likely by a spreadsheet" in message
    assert "first in rows 2, 3, 4" in message
    assert "export it with the id column as text" in message
    assert not any(one in message for one in IDS)
    write_rows(honest, out, everything, today=TODAY, only_with_bias_ground=False)
    assert out.exists()


def test_damage_in_a_few_rows_among_honest_ones_is_not_overlooked(tmp_path: Path) -> None:
    ids = [how.shown_then_expanded(one) if i in (40, 41) else one for i, one in enumerate(IDS)]
    check = examine(write_csv(tmp_path / "copy.csv", with_ids(ROWS, ids)), NYPD).check
    with pytest.raises(IdentifierDamageError, match="first in rows 42"):
        check_can_be_admitted(check)
