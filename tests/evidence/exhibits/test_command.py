"""`safelight evidence exhibit`, from a hostile file to a derivative in a verified bundle."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from safelight.command_line import safelight
from safelight.evidence.bundles.bundling import Derivative, Original, make_bundle
from safelight.evidence.bundles.custody import SignedEntry
from safelight.evidence.bundles.verifying import examine
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.exhibits.rendering import COVER
from safelight.evidence.sandbox.problems import CannotBeShown
from tests.support import hostile_files as made
from tests.support.evidence_bundles import DESK, FINGERPRINT, IDENTITY
from tests.support.sandbox import needs_sandbox

pytestmark = needs_sandbox
PIECE = {"by": "desk-1", "reason": "shows the threat", "at": "2026-11-22T10:00:00+00:00"}


def _run(*words: object) -> Result:
    return CliRunner().invoke(safelight, ["evidence", "exhibit", *map(str, words)])


def _facts(*words: object) -> dict[str, Any]:
    answer = _run(*words, "--json")
    assert answer.exit_code == 0, (answer.output, answer.exception)
    found = json.loads(answer.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "photo"
    file.write_bytes(made.picture("JPEG", (200, 100)))
    return file


def test_without_a_list_everything_stays_covered(photo: Path, tmp_path: Path) -> None:
    facts = _facts("make", photo, "--out", tmp_path / "out")
    assert facts["files"] == ["exhibit.pdf", "page-0.png", "record.json"]
    with Image.open(tmp_path / "out/page-0.png") as picture:
        assert picture.getcolors() == [(200 * 100, COVER)]
    assert (tmp_path / "out/record.json").stat().st_mode & 0o077 == 0


def test_an_exhibit_names_its_original_also_in_a_bundle(photo: Path, tmp_path: Path) -> None:
    pieces = tmp_path / "release.json"
    pieces.write_text(json.dumps([{"page": 0, "box": [0, 0, 20, 10], **PIECE}]))
    facts = _facts("make", photo, "--release", pieces, "--out", tmp_path / "out")
    assert facts["released"] == 1
    bag = tmp_path / "bag"
    make_bundle(
        bag,
        [Original(photo, withheld=True)],
        [
            Derivative(tmp_path / "out/exhibit.pdf", photo),
            Derivative(tmp_path / "out/record.json", photo),
        ],
        desk=DESK,
        recipients=(IDENTITY.recipient(),),
        authorities=(),
        ask=lambda *_: b"",
        now=datetime(2026, 11, 22, 10, tzinfo=UTC),
    )
    found = examine(bag, desk=FINGERPRINT, roots=None, at=datetime(2026, 11, 22, 11, tzinfo=UTC))
    assert (found.faults, found.items) == ((), 3)
    lines = (bag / "custody.log").read_bytes().splitlines()
    origins = {SignedEntry.parse(line).entry.origin for line in lines}
    assert facts["original"] in origins


def test_looking_says_where_and_never_what(tmp_path: Path) -> None:
    chat = tmp_path / "chat"
    chat.write_text("12.05.24, 14:03 - One: hello\n12.05.24, 14:04 - Two: call +7 921 123-45-67\n")
    answer = _run("look", chat, "--json")
    facts = json.loads(answer.stdout)
    assert (facts["kind"], len(facts["lines"])) == ("chat", 2)
    assert [one["what"] for one in facts["suggestions"]] == ["phone"]
    assert not any(word in answer.output for word in ("123-45-67", "hello", "One", "Two"))


def test_looking_writes_what_is_to_be_released_into_a_new_folder(
    photo: Path, tmp_path: Path
) -> None:
    _facts("look", photo, "--to", tmp_path / "uncovered")
    with Image.open(io.BytesIO((tmp_path / "uncovered/page-0.png").read_bytes())) as picture:
        assert picture.size == (200, 100)
    assert (tmp_path / "uncovered").stat().st_mode & 0o077 == 0
    again = _run("look", photo, "--to", tmp_path / "uncovered")
    assert isinstance(again.exception, ExhibitError)


def test_releasing_what_is_suggested_is_said_and_not_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("call +7 921 123-45-67 now")
    pieces = tmp_path / "release.json"
    pieces.write_text(json.dumps([{"line": 0, "span": [0, 25], **PIECE}]))
    answer = _run("make", text, "--release", pieces, "--out", tmp_path / "out")
    assert answer.exit_code == 0
    assert "1 released pieces may name somebody (phone)" in answer.stderr
    assert "123" not in answer.output


@pytest.mark.parametrize("pieces", ["", "{}", "[1]", '[{"page": 0}]', "[" * 90_000])
def test_a_list_that_is_none_makes_no_folder(photo: Path, tmp_path: Path, pieces: str) -> None:
    file = tmp_path / "release.json"
    file.write_text(pieces)
    answer = _run("make", photo, "--release", file, "--out", tmp_path / "out")
    assert isinstance(answer.exception, ExhibitError)
    assert not (tmp_path / "out").exists()


def test_an_archive_is_no_exhibit_but_its_conversation_is(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(made.zipped({"a.bin": b"\x00"}))
    assert isinstance(_run("look", archive).exception, CannotBeShown)
    chat = b"12.05.24, 14:03 - One: hello\n12.05.24, 14:04 - Two: you\n"
    archive.write_bytes(made.zipped({"a.bin": b"\x00", "_chat.txt": chat}))
    assert len(_facts("look", archive)["lines"]) == 2
