"""The demo writes into an empty folder or its own, and never clears anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.demo.folder import MARKER, DemoFolderError, claimed_folder


def claim_folder(folder: Path, own_entries: tuple[str, ...]) -> None:
    with claimed_folder(folder, own_entries):
        pass


def test_a_new_and_an_empty_folder_are_taken(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (tmp_path / "new" / "deeper", empty):
        claim_folder(folder, ("site",))
        assert (folder / MARKER).is_file()


def test_a_folder_with_somebodys_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "cases.db").write_text("precious")
    with pytest.raises(DemoFolderError, match="was not made by the demo"):
        claim_folder(tmp_path, ("cases.db",))
    assert [entry.name for entry in tmp_path.iterdir()] == ["cases.db"]
    assert (tmp_path / "cases.db").read_text() == "precious"


def test_a_second_demo_replaces_only_what_a_demo_makes(tmp_path: Path) -> None:
    claim_folder(tmp_path, ("site", "truth.json"))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "old.html").write_text("old")
    (tmp_path / "truth.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    claim_folder(tmp_path, ("site", "truth.json"))
    assert not (tmp_path / "site").exists()
    assert not (tmp_path / "truth.json").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_link_is_not_followed_into_another_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "cases.db").write_text("precious")
    folder = tmp_path / "demo"
    claim_folder(folder, ("site",))
    (folder / "site").symlink_to(elsewhere)
    with pytest.raises(DemoFolderError, match="is a link"):
        claim_folder(folder, ("site",))
    assert (elsewhere / "cases.db").read_text() == "precious"


def test_a_marker_that_says_something_else_is_no_marker(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text('{"format": "another"}')
    with pytest.raises(DemoFolderError, match="was not made by the demo"):
        claim_folder(tmp_path, ())


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DemoFolderError, match="is a file"):
        claim_folder(tmp_path / "out", ())


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with claimed_folder(tmp_path / "demo", ("site",)):
        (tmp_path / "demo" / "site").mkdir()
        with pytest.raises(DemoFolderError, match="another demo is running"):
            claim_folder(tmp_path / "demo", ("site",))
        assert (tmp_path / "demo" / "site").is_dir()
    claim_folder(tmp_path / "demo", ("site",))
    assert not (tmp_path / "demo" / "site").exists()
