"""No number leaves without all that it must carry."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import Any

import pytest

from safelight.release.counts import ReleaseError
from safelight.release.document import canonical, release_document
from safelight.release.figures import (
    CSV_PATH,
    DOCUMENT_PATH,
    PACKAGE_PATH,
    Figure,
    figures,
    release_files,
)
from safelight.release.noise.document import noisy_document
from tests.release.tables import usual_draft
from tests.release.test_noisy_release import _draft

_ALONE = {"value", "low", "high", "level", "cell"}


def _numbers_in(cells: Any) -> int:
    """How many numbers (or hidden ones) stand in nested cells; [value, low, high] is one."""
    if not isinstance(cells, list):
        return 1
    if len(cells) == 3 and isinstance(cells[0], float):
        return 1
    return sum(_numbers_in(cell) for cell in cells)


def _numbers_of(document: bytes) -> int:
    found = 0
    for part in json.loads(document)["lists"]:
        found += 1 + _numbers_in(
            part["verification"].get("counts", part["verification"].get("cells"))
        )
        for table in part["tables"]:
            for key in ("cells", "row_totals", "column_totals"):
                found += _numbers_in(table.get(key, []))
    return found


@pytest.mark.parametrize(
    "document", [release_document(usual_draft()), noisy_document(_draft())], ids=["exact", "noise"]
)
def test_no_number_is_without_what_it_must_carry(document: bytes) -> None:
    lines = figures(document)
    assert len(lines) == _numbers_of(document) > 40
    for line in lines:
        assert all(getattr(line, f.name) for f in fields(Figure) if f.name not in _ALONE)
        if line.reading == "count-with-noise":
            assert line.level == "19/20"
            assert float(line.low) <= float(line.value) <= float(line.high)
        elif line.value:
            assert line.reading == "documented-count-lower-bound"
            assert (line.low, line.high) == (line.value, "")


@pytest.mark.parametrize(
    ("remove", "missing"),
    [
        (("coverage", "en"), "coverage_en"),
        (("unit",), "unit"),
        (("linkage",), "linkage"),
        (("assumption",), "assumption"),
        (("data_sha256",), "data_sha256"),
    ],
)
def test_a_number_that_lacks_something_is_not_written(
    remove: tuple[str, ...], missing: str
) -> None:
    document = json.loads(noisy_document(_draft()))
    assert release_files(canonical(document))
    inner = document["lists"][0]
    for key in remove[:-1]:
        inner = inner[key]
    inner[remove[-1]] = ""
    with pytest.raises(ReleaseError, match=f"without {missing}"):
        release_files(canonical(document))


def test_the_package_describes_every_column_and_names_the_bytes() -> None:
    files = release_files(noisy_document(_draft()))
    described = json.loads(files[PACKAGE_PATH])
    numbers, release = described["resources"]
    header = next(csv.reader(io.StringIO(files[CSV_PATH].decode())))
    assert [f["name"] for f in numbers["schema"]["fields"]] == header
    assert all(f["description"] for f in numbers["schema"]["fields"])
    assert numbers["bytes"] == len(files[CSV_PATH])
    assert release["hash"].removeprefix("sha256:") == described["id"]
    assert DOCUMENT_PATH in files


def test_a_line_that_a_spreadsheet_would_run_is_made_text() -> None:
    document = json.loads(noisy_document(_draft()))
    document["lists"][0]["coverage"]["en"] = "=cmd|' /C calc'!A0"
    lines = list(csv.DictReader(io.StringIO(release_files(canonical(document))[CSV_PATH].decode())))
    assert lines
    assert all(line["coverage_en"].startswith("'=") for line in lines)
