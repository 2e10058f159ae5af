"""What may be released, and what an exhibit says of itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from safelight.evidence.exhibits.exhibit import (
    Area,
    Exhibit,
    Passage,
    Region,
    cover_again,
    exhibit_of,
    release,
    release_again,
)
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.exhibits.rendering import render
from safelight.evidence.exhibits.transcript import Line
from safelight.evidence.sandbox.opened import Opened, Page
from safelight.evidence.sandbox.problems import CannotBeShown
from safelight.evidence.sandbox.wire import FileKind

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PAGE = Page(0, 40, 30, bytes(range(256)) * 14 + bytes(16))
EXHIBIT = Exhibit(
    "a" * 64, FileKind.PICTURE, frozenset(), 1, (PAGE,), (Line(0, "one line"), Line(1, "two"))
)


def _release(region: Region, by: str = "desk-1", reason: str = "why") -> Exhibit:
    return release(EXHIBIT, region, by=by, reason=reason, at=NOW)


@pytest.mark.parametrize(
    "region",
    [
        Area(0, 0, 0, 41, 30),
        Area(0, -1, 0, 10, 10),
        Area(0, 10, 10, 10, 20),
        Area(1, 0, 0, 1, 1),
        Passage(0, 0, 9),
        Passage(0, 3, 3),
        Passage(2, 0, 1),
        Passage(-1, 0, 1),
    ],
)
def test_what_is_not_there_cannot_be_released(region: Region) -> None:
    _release(Area(0, 0, 0, 40, 30))
    _release(Passage(0, 0, 8))
    with pytest.raises(ExhibitError, match=r"^expected a"):
        _release(region)


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("desk-1", "  "), ("d" * 101, "why")])
def test_who_and_why_must_be_said(by: str, reason: str) -> None:
    with pytest.raises(ExhibitError, match="characters"):
        _release(Passage(0, 0, 8), by, reason)


def test_a_release_can_be_taken_back() -> None:
    exhibit = release(_release(Passage(0, 0, 3)), Passage(1, 0, 3), by="b", reason="r", at=NOW)
    assert [one.region for one in cover_again(exhibit, 0).releases] == [Passage(1, 0, 3)]
    with pytest.raises(ExhibitError, match="a release from 0 to 1"):
        cover_again(exhibit, 2)


def test_releases_can_be_written_down_and_done_again() -> None:
    exhibit = release(_release(Area(0, 1, 2, 3, 4)), Passage(1, 0, 3), by="b", reason="r", at=NOW)
    written = json.loads(json.dumps([one.to_json() for one in exhibit.releases]))
    assert release_again(EXHIBIT, written) == exhibit


@pytest.mark.parametrize(
    "changed",
    [{"box": [1, 2, 3]}, {"box": [1, 2, 3, "4"]}, {"box": [True, 2, 3, 4]}, {"page": None},
     {"at": "noon"}, {"box": None}],
)  # fmt: skip
def test_a_malformed_release_is_refused_by_its_number(changed: dict[str, object]) -> None:
    good = {"page": 0, "box": [1, 2, 3, 4], "by": "b", "reason": "r", "at": NOW.isoformat()}
    assert len(release_again(EXHIBIT, [good]).releases) == 1
    with pytest.raises(ExhibitError, match="release 2 is not"):
        release_again(EXHIBIT, [good, {**good, **changed}])


def test_the_same_exhibit_is_the_same_bytes_and_its_record_knows_them() -> None:
    exhibit = _release(Passage(0, 0, 3))
    one = render(exhibit, day=date(2026, 11, 22), language="ru")
    assert render(exhibit, day=date(2026, 11, 22), language="ru") == one
    record = json.loads(one.record)
    assert record["pdf"] == sha256(one.pdf).hexdigest()
    assert record["pages"][0]["sha256"] == sha256(one.pictures[0][1]).hexdigest()
    assert record["original"] == "a" * 64
    assert record["released"][0]["reason"] == "why"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ExhibitError, match="a language of"):
        render(EXHIBIT, day=date(2026, 11, 22), language="xx")


def test_signs_that_no_font_has_are_written_as_numbers() -> None:
    exhibit = replace(EXHIBIT, pages=(), lines=(Line(0, "so 😀 漢 Ђ"),))
    made = render(
        release(exhibit, Passage(0, 0, 8), by="b", reason="r", at=NOW),
        day=date(2026, 11, 22),
        language="en",
    )
    assert made.text == "so 😀 漢 Ђ\n"
    assert made.pdf.startswith(b"%PDF-1.7")


def test_markup_of_the_typesetter_is_only_text() -> None:
    hostile = '#read("/etc/passwd") #image("x") $ x $ *b* <l> @l \\ [ ] "'
    exhibit = replace(EXHIBIT, pages=(), lines=(Line(0, hostile),))
    whole = release(exhibit, Passage(0, 0, len(hostile)), by="b", reason="r", at=NOW)
    assert render(whole, day=date(2026, 11, 22), language="en").text == hostile + "\n"


def test_a_tall_page_becomes_several_sheets() -> None:
    tall = replace(EXHIBIT, pages=(Page(0, 40, 400, bytes(40 * 400 * 3)),), lines=())
    made = render(tall, day=date(2026, 11, 22), language="en")
    assert len(made.pictures) == 1
    assert made.pdf.count(b"/Type /Page\n") + made.pdf.count(b"/Type/Page/") == 8


def test_nothing_to_show_is_no_exhibit(tmp_path: Path) -> None:
    empty = Opened("a" * 64, FileKind.ARCHIVE, frozenset(), 0, (), "", (), None)
    with pytest.raises(CannotBeShown, match="take out the member"):
        exhibit_of(empty, language="en")
