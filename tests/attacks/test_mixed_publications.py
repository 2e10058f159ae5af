"""Threat: mixed-publications: a mirror puts files of one publication under the manifest of
another, or passes another statement of the same key off as a manifest; both are refused by
name.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from safelight.sealing.manifest import SIGNED_NAME, Manifest, SignedFolderError
from safelight.sealing.signed_folder import verify_folder
from safelight.sealing.statement import sign_statement
from tests.publication.releases import KEY, ON

OLD = {"index.html": b"<p>page 1</p>", "data/release.json": b'{"total":100}'}
NEW = {"index.html": b"<p>page 2</p>", "data/release.json": b'{"total":120}'}


@pytest.fixture
def old_and_new(tmp_path: Path) -> tuple[Path, Path]:
    first = build_bundle(tmp_path / "old", OLD, key=KEY, on=ON, previous=None)
    build_bundle(tmp_path / "new", NEW, key=KEY, on=ON, previous=first)
    for name in ("old", "new"):
        assert verify_folder(tmp_path / name, key=KEY.public_key(), last_seen=None)
    return tmp_path / "old", tmp_path / "new"


@pytest.mark.parametrize("taken", [*OLD, SIGNED_NAME])
def test_one_file_of_another_publication_is_found(
    old_and_new: tuple[Path, Path], taken: str
) -> None:
    old, new = old_and_new
    shutil.copy(old / taken, new / taken)
    with pytest.raises(SignedFolderError, match="changed: "):
        verify_folder(new, key=KEY.public_key(), last_seen=None)


def test_another_statement_of_the_same_key_is_no_manifest(old_and_new: tuple[Path, Path]) -> None:
    _, new = old_and_new
    payload = Manifest.of(NEW, version=9, on=ON, previous="0" * 64).to_bytes()
    roster_type = "application/vnd.safelight.roster+json"
    (new / SIGNED_NAME).write_bytes(sign_statement(payload, roster_type, KEY))
    with pytest.raises(SignedFolderError, match="this is of another"):
        verify_folder(new, key=KEY.public_key(), last_seen=None)
