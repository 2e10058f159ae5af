"""Threat: publication-that-leads-outside: a publication with symbolic links, special files or
paths like `../` makes a reader or a mirror touch files outside of it; it is refused unread.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from safelight.sealing.manifest import PAYLOAD_TYPE, SIGNED_NAME, Manifest, SignedFolderError
from safelight.sealing.signed_folder import verify_folder
from safelight.sealing.statement import sign_statement
from tests.publication.releases import KEY, ON

FILES = {"index.html": b"<p>1</p>", "ru/index.html": b"<p>2</p>"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    build_bundle(tmp_path / "site", FILES, key=KEY, on=ON, previous=None)
    assert verify_folder(tmp_path / "site", key=KEY.public_key(), last_seen=None)
    return tmp_path / "site"


def test_a_link_in_place_of_a_file_is_refused_even_with_the_right_content(site: Path) -> None:
    outside = site.parent / "outside.html"
    outside.write_bytes(FILES["index.html"])
    (site / "index.html").unlink()
    (site / "index.html").symlink_to(outside)
    with pytest.raises(SignedFolderError, match="symbolic link or special file"):
        verify_folder(site, key=KEY.public_key(), last_seen=None)


def test_a_link_in_place_of_a_folder_is_refused(site: Path) -> None:
    (site / "ru").rename(site.parent / "ru")
    (site / "ru").symlink_to(site.parent / "ru")
    with pytest.raises(SignedFolderError, match="symbolic link or special file"):
        verify_folder(site, key=KEY.public_key(), last_seen=None)


def test_a_link_in_place_of_the_manifest_is_refused(site: Path) -> None:
    (site / SIGNED_NAME).rename(site.parent / "manifest")
    (site / SIGNED_NAME).symlink_to(site.parent / "manifest")
    with pytest.raises(SignedFolderError, match="symbolic link"):
        verify_folder(site, key=KEY.public_key(), last_seen=None)


def test_a_pipe_does_not_make_the_reader_wait(site: Path) -> None:
    os.mkfifo(site / "pipe")
    with pytest.raises(SignedFolderError, match="symbolic link or special file"):
        verify_folder(site, key=KEY.public_key(), last_seen=None)


PATHS = ["../x", "/etc/x", "a/../../x", "a//x", "./x", ".hidden", "a\\x", "C:x", "x\n", "a/.git/x"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_outside_is_neither_written_nor_believed(site: Path, path: str) -> None:
    target = site.parent / "second"
    with pytest.raises(SignedFolderError, match="fields cannot be read"):
        build_bundle(target, {path: b"x"}, key=KEY, on=ON, previous=None)
    assert not target.exists()
    plain = json.loads(Manifest.of(FILES, version=1, on=ON, previous=None).to_bytes())
    plain["files"][path] = plain["files"]["index.html"]
    forged = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    (site / SIGNED_NAME).write_bytes(sign_statement(forged, PAYLOAD_TYPE, KEY))
    with pytest.raises(SignedFolderError, match="fields cannot be read"):
        verify_folder(site, key=KEY.public_key(), last_seen=None)
