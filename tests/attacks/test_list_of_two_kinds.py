"""Threat: list-of-two-kinds: A file from outside holds rows under several kinds of list, ours among
them, so that lists are added and incidents counted twice; it is refused, and never tabulated.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from safelight.partners.admit import Agreement
from safelight.partners.check import examine
from safelight.partners.problems import ListError
from safelight.partners.profile_reading import shipped_profile
from safelight.vocabulary.stat_row import StatRow, new_random128
from tests.support.desk import TestDesk, codes, desk

__all__ = ["desk"]


def a_row(source: str) -> dict[str, str]:
    consent = {"consent": ("STAT",), "consent_given_at": "2026-Q1"} if source == "OWN" else {}
    row = StatRow(
        stat_id=new_random128(), source_list=source, received_period="2026-Q1", **codes(**consent)
    )
    return row.to_mapping()


def written(path: Path, *sources: str) -> Path:
    rows = [a_row(source) for source in sources]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def imported(path: Path) -> int:
    from safelight.partners.desk_lists import import_into_desk

    agreed = Agreement(to_import=True, decisions=frozenset())
    found = examine(path, shipped_profile("own-csv"))
    today = date(2026, 2, 3)
    return import_into_desk(found, agreed, today=today, only_with_bias_ground=True).rows


@pytest.mark.parametrize("other", ["OWN", "MEDIA"])
def test_it_is_not_imported(desk: TestDesk, tmp_path: Path, other: str) -> None:
    from safelight.partners.models import ImportedList

    with pytest.raises(ListError, match="under 2 kinds of list"):
        imported(written(tmp_path / "mixed.csv", "HELPLINE", "HELPLINE", other))
    assert ImportedList.objects.count() == 0
    assert imported(written(tmp_path / "one.csv", "HELPLINE", "HELPLINE")) == 2


@pytest.mark.parametrize("other", ["OWN", "MEDIA"])
def test_one_that_is_here_already_is_not_counted(
    desk: TestDesk, tmp_path: Path, other: str
) -> None:
    from safelight.desk.numbers import _imported_by_source
    from safelight.partners.models import ListedIncident
    from safelight.release.counts import ReleaseError

    imported(written(tmp_path / "one.csv", *["HELPLINE"] * 8))
    assert list(_imported_by_source()) == ["HELPLINE"]
    # Whichever of its rows comes first by its random id.
    last = ListedIncident.objects.order_by("-stat_id")[0]
    last.codes = a_row(other) | {"stat_id": last.stat_id}
    last.save()
    with pytest.raises(ReleaseError, match="under 2 kinds of list"):
        _imported_by_source()
