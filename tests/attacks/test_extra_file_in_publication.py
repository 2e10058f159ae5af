"""Threat: extra-file-in-publication: somebody with the mirror's disk adds, changes or takes away
a file; verification names it, and a file more is as wrong as a file less.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from safelight.sealing.manifest import SIGNED_NAME, SignedFolderError
from safelight.sealing.signed_folder import verify_folder
from tests.publication.releases import KEY, ON

FILES = {"index.html": b"<p>1</p>", "ru/index.html": b"<p>2</p>", "style.css": b"p{}"}


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (lambda site: (site / "extra.html").write_bytes(b"x"), "extra: 1 files"),
        (lambda site: (site / "ru" / ".hidden").write_bytes(b"x"), "extra: 1 files"),
        (lambda site: (site / "en" / "empty").mkdir(parents=True), "extra: 1 files"),
        (lambda site: (site / "ru" / "index.html").unlink(), "missing: ru/index.html"),
        (lambda site: _flip(site / "style.css"), "changed: style.css"),
        (lambda site: (site / "index.html").write_bytes(b""), "changed: index.html"),
        (lambda site: (site / "index.html").rename(site / "Index.html"), "missing: index.html"),
        (lambda site: _flip(site / SIGNED_NAME), "manifest is not signed by this key"),
        (lambda site: _make_a_folder(site / "style.css"), "missing: style.css"),
        (lambda site: _make_a_folder(site / SIGNED_NAME), "a folder or special file stands where"),
    ],
)
def test_any_change_is_named(
    tmp_path: Path, attack: Callable[[Path], object], message: str
) -> None:
    site = tmp_path / "site"
    build_bundle(site, FILES, key=KEY, on=ON, previous=None)
    assert verify_folder(site, key=KEY.public_key(), last_seen=None).files == 5
    attack(site)
    with pytest.raises(SignedFolderError, match=message):
        verify_folder(site, key=KEY.public_key(), last_seen=None)


def test_the_name_of_an_extra_file_is_not_repeated(tmp_path: Path) -> None:
    site = tmp_path / "site"
    build_bundle(site, FILES, key=KEY, on=ON, previous=None)
    (site / "a message for whoever reads the log").write_bytes(b"x")
    with pytest.raises(SignedFolderError) as refused:
        verify_folder(site, key=KEY.public_key(), last_seen=None)
    assert "message" not in str(refused.value)
