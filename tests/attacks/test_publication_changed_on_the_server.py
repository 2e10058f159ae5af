"""Threat: publication-changed-on-the-server: whoever can write to a server's disk cannot make it
show words, numbers or addresses that no desk has signed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from tests.publication.releases import KEY, ON, OTHER_KEY
from tests.support.live_server import live_server

pytestmark = pytest.mark.live
FILES = {"index.html": b"<!doctype html><p>as signed", "ru/index.html": b"<!doctype html><p>1"}


def test_a_changed_file_a_foreign_manifest_and_an_old_one_are_not_shown(tmp_path: Path) -> None:
    old = build_bundle(tmp_path / "old", FILES, key=KEY, on=ON, previous=None)
    build_bundle(tmp_path / "site", FILES, key=KEY, on=ON, previous=old)
    theirs = {**FILES, "index.html": b"<!doctype html><p>the attacker's"}
    build_bundle(tmp_path / "theirs", theirs, key=OTHER_KEY, on=ON, previous=None)
    site = tmp_path / "site"
    key = KEY.public_key().public_bytes_raw().hex()
    arguments = ("--publication", str(site), "--publication-key", key)
    with live_server(tmp_path / "server", arguments=arguments) as server:

        def shown() -> tuple[int, bytes]:
            answer = server.request("GET", "/8/index.html")
            return answer.status, answer.body

        assert shown() == (200, FILES["index.html"])
        (site / "index.html").write_bytes(theirs["index.html"])
        status, body = shown()
        assert status == 503
        assert b"attacker" not in body
        for name in ("theirs", "old"):
            shutil.copytree(tmp_path / name, site, dirs_exist_ok=True)
            status, body = shown()
            assert b"attacker" not in body
            # The old one has the same page under an older manifest: it stays the newer one's.
            assert status == (503 if name == "theirs" else 200)
        assert "publication.refused" in server.logs()


def test_a_server_does_not_open_with_a_publication_that_does_not_verify(tmp_path: Path) -> None:
    build_bundle(tmp_path / "site", FILES, key=KEY, on=ON, previous=None)
    (tmp_path / "site" / "extra.html").write_bytes(b"x")
    key = KEY.public_key().public_bytes_raw().hex()
    arguments = ("--publication", str(tmp_path / "site"), "--publication-key", key)
    with (
        pytest.raises(RuntimeError, match="extra: 1 files"),
        live_server(tmp_path / "server", arguments=arguments),
    ):
        pytest.fail("it opened")
