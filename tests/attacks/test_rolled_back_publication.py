"""Threat: rolled-back-publication: a mirror shows an old publication, or another of the same
version, as if it were the newest; a reader who gives what was last seen is told so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from safelight.sealing.manifest import Manifest, SignedFolderError
from safelight.sealing.signed_folder import LastSeen, verify_folder
from tests.publication.releases import KEY, ON


def _built(folder: Path, text: bytes, previous: Manifest | None) -> Manifest:
    return build_bundle(folder, {"index.html": text}, key=KEY, on=ON, previous=previous)


def _verify(folder: Path, seen: LastSeen) -> int:
    return verify_folder(folder, key=KEY.public_key(), last_seen=seen).version


def test_an_older_publication_than_the_last_seen_is_refused(tmp_path: Path) -> None:
    first = _built(tmp_path / "1", b"first", None)
    second = _built(tmp_path / "2", b"second", first)
    seen = LastSeen(2, second.digest)
    assert _verify(tmp_path / "2", seen) == 2
    with pytest.raises(SignedFolderError, match="an old one is shown as if it were new"):
        _verify(tmp_path / "1", seen)


def test_a_second_publication_of_the_same_version_is_refused(tmp_path: Path) -> None:
    seen = LastSeen(1, _built(tmp_path / "1", b"first", None).digest)
    _built(tmp_path / "other", b"for you alone", None)
    assert _verify(tmp_path / "1", seen) == 1
    with pytest.raises(SignedFolderError, match="another publication 1 than the one seen before"):
        _verify(tmp_path / "other", seen)


def test_a_next_publication_that_does_not_follow_is_refused(tmp_path: Path) -> None:
    seen = LastSeen(1, _built(tmp_path / "1", b"first", None).digest)
    other = _built(tmp_path / "other", b"other", None)
    _built(tmp_path / "2", b"second", other)
    with pytest.raises(SignedFolderError, match="does not follow the publication 1"):
        _verify(tmp_path / "2", seen)
