from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from tests.campaigns.test_texts import POST, STRANGER
from tests.campaigns.test_timeline import HANDLE, THREE
from tests.support import photo_edits as edits
from tests.support.generated_photos import scene
from tests.support.sandbox import needs_sandbox


def run(*arguments: str | Path) -> dict[str, object]:
    result = CliRunner().invoke(safelight, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures")
    rng = np.random.default_rng(1)
    shot = edits.screenshot(scene(1), rng, [scene(3), scene(4)])
    for name, rgb in (("shot.png", shot), ("other.png", scene(5))):
        cv2.imwrite(str(folder / name), rgb[..., ::-1])
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    cv2.imwrite(str(folder.parent / "seed.png"), scene(1)[..., ::-1])
    return folder


@needs_sandbox
def test_copies_are_named_and_what_could_not_be_opened_is_too(
    captures: Path, tmp_path: Path
) -> None:
    seed = captures.parent / "seed.png"
    kept = ("--index", tmp_path / "index", "--index-key", tmp_path / "key")
    for command in (("photos", "match"), ("campaign", "photos")):
        answer = run(*command, "--seed", seed, "--in", captures, *kept)
        (one,) = answer["seeds"]  # type: ignore[misc]
        assert [Path(copy["file"]).name for copy in one["copies"]] == ["shot.png"]
        assert [Path(name).name for name in answer["skipped"]] == ["broken.jpg"]  # type: ignore[attr-defined]
        assert answer["thresholds"] == {"most_bits": 31, "least_inliers": 9}
    part = tmp_path / "index" / "000000.part"
    part.write_bytes(part.read_bytes()[:-1])
    again = CliRunner().invoke(
        safelight, ["photos", "match", "--seed", str(seed), "--in", str(captures), *map(str, kept)]
    )
    assert again.exit_code == 0
    assert "Building it anew" in again.stderr
    assert "shot.png" in again.stdout


def test_texts_are_found_from_the_command_line(tmp_path: Path) -> None:
    posts = tmp_path / "posts"
    posts.mkdir()
    (posts / "copy.txt").write_text(POST.upper(), "utf-8")
    (posts / "stranger.txt").write_text(STRANGER, "utf-8")
    (posts / "endless.txt").write_text("ж" * 10_000_000, "utf-8")
    (tmp_path / "seed.txt").write_text(POST, "utf-8")
    answer = run("campaign", "texts", "--seed", tmp_path / "seed.txt", "--in", posts)
    assert [copy["file"] for copy in answer["copies"]] == ["copy.txt"]  # type: ignore[attr-defined]
    assert answer["skipped"] == ["endless.txt"]


def test_a_timeline_names_nobody_unless_told_to(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"postings": THREE}), "utf-8")
    told = run("campaign", "timeline", facts, "--chart", tmp_path / "chart.svg")
    assert HANDLE not in json.dumps(told)
    assert HANDLE not in (tmp_path / "chart.svg").read_text("utf-8")
    assert HANDLE in json.dumps(run("campaign", "timeline", facts, "--names"))
