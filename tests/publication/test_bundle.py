"""A publication as a signed folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safelight.publication import bundle
from safelight.publication.bundle import build_bundle
from safelight.publication.site import site_files
from safelight.sealing.manifest import SIGNED_NAME, Manifest, SignedFolderError
from safelight.sealing.signed_folder import LastSeen, read_manifest, verify_folder
from tests.publication.releases import KEY, ON, OTHER_KEY, release

FILES = {"index.html": b"<p>1</p>", "ru/index.html": b"<p>2</p>"}


def _built(folder: Path, previous: Manifest | None = None) -> Manifest:
    return build_bundle(folder, FILES, key=KEY, on=ON, previous=previous)


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_built_verifies(tmp_path: Path) -> None:
    site = site_files(release())
    manifest = build_bundle(tmp_path / "site", site, key=KEY, on=ON, previous=None)
    found = verify_folder(tmp_path / "site", key=KEY.public_key(), last_seen=None)
    assert (found.version, found.digest, found.files) == (1, manifest.digest, len(site) + 2)


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    _built(tmp_path / "a")
    _built(tmp_path / "b")
    assert _content(tmp_path / "a") == _content(tmp_path / "b")


def test_each_publication_names_the_one_before(tmp_path: Path) -> None:
    first = _built(tmp_path / "1")
    second = _built(tmp_path / "2", first)
    assert (first.version, first.previous) == (1, None)
    assert (second.version, second.previous) == (2, first.digest)
    seen = LastSeen(1, first.digest)
    assert verify_folder(tmp_path / "2", key=KEY.public_key(), last_seen=seen).version == 2


def test_an_existing_folder_is_never_replaced(tmp_path: Path) -> None:
    _built(tmp_path / "site")
    before = _content(tmp_path / "site")
    with pytest.raises(SignedFolderError, match="exists already"):
        _built(tmp_path / "site")
    assert _content(tmp_path / "site") == before


def test_a_build_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*_: object) -> bytes:
        raise OSError(28, "no space left")

    monkeypatch.setattr(bundle, "sign_manifest", disk_full)
    with pytest.raises(OSError, match="no space left"):
        _built(tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_half_way_leaves_no_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    real = bundle._write

    def once(path: Path, content: bytes) -> None:
        if written:
            raise OSError(28, "no space left")
        written.append(path)
        real(path, content)

    monkeypatch.setattr(bundle, "_write", once)
    with pytest.raises(OSError, match="no space left"):
        _built(tmp_path / "site")
    assert written
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_publication_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SignedFolderError, match=r"no publication\.dsse\.json"):
        verify_folder(tmp_path, key=KEY.public_key(), last_seen=None)


def test_another_key_is_refused(tmp_path: Path) -> None:
    _built(tmp_path / "site")
    assert read_manifest(tmp_path / "site", key=KEY.public_key())
    with pytest.raises(SignedFolderError, match="not signed by this key"):
        verify_folder(tmp_path / "site", key=OTHER_KEY.public_key(), last_seen=None)


def test_the_manifest_is_read_in_its_canonical_form_only() -> None:
    manifest = Manifest.of(FILES, version=1, on=ON, previous=None)
    assert Manifest.parse(manifest.to_bytes()) == manifest
    loose = json.dumps(json.loads(manifest.to_bytes())).encode()
    with pytest.raises(SignedFolderError, match="canonical form"):
        Manifest.parse(loose)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": True},
        {"previous": "a" * 64},
        {"version": 2},
        {"files": {}},
        {"on": "soon"},
        {"format": "safelight-publication/2"},
    ],
)
def test_a_manifest_that_breaks_a_rule_is_refused(change: dict[str, object]) -> None:
    plain = json.loads(Manifest.of(FILES, version=1, on=ON, previous=None).to_bytes())
    broken = json.dumps(plain | change, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(SignedFolderError, match="cannot be read"):
        Manifest.parse(broken)


def test_the_signed_manifest_is_not_one_of_its_own_files() -> None:
    with pytest.raises(SignedFolderError, match="cannot be read"):
        Manifest.of({SIGNED_NAME: b"x"}, version=1, on=ON, previous=None)
