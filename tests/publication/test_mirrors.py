"""Mirrors of every kind end with the same bytes, and are never led back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.publication.bundle import build_bundle
from safelight.publication.key_changes import CHANGES_NAME, changes_to_bytes, make_key_change
from safelight.publication.mirrors.folder import FolderMirror
from safelight.publication.mirrors.mirroring import Mirrored, mirror, target_of
from safelight.publication.mirrors.target import Credentials, MirrorError, Target
from safelight.sealing.manifest import SIGNED_NAME, SignedFolderError
from safelight.sealing.signed_folder import verify_folder
from tests.publication.releases import KEY, ON, OTHER_KEY
from tests.support.mirror_hosts import SECRET, USER, dav_host, s3_store, shell_instead_of_ssh

NOBODY = Credentials()
ONE = {"index.html": b"<p>1</p>", "ru/index.html": b"<p>1 ru</p>", "data/old.csv": b"a,b\n"}
TWO = {"index.html": b"<p>2</p>", "ru/index.html": b"<p>1 ru</p>", "data/new.csv": b"c,d\n"}


@pytest.fixture
def editions(tmp_path: Path) -> tuple[Path, Path]:
    first = build_bundle(tmp_path / "1", ONE, key=KEY, on=ON, previous=None)
    build_bundle(tmp_path / "2", TWO, key=KEY, on=ON, previous=first)
    return tmp_path / "1", tmp_path / "2"


def sent(folder: Path, target: Target, *, anew: bool = False) -> Mirrored:
    heard: list[tuple[int, int]] = []
    done = mirror(
        folder,
        target,
        key=KEY.public_key(),
        anew=anew,
        told=lambda now, of: heard.append((now, of)),
    )
    assert heard[-1][0] == heard[-1][1] == len(heard), "progress ends at the end"
    return done


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(params=["folder", "dav", "ssh"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Target, Path]]:
    there = tmp_path / "there"
    if request.param == "folder":
        yield target_of(str(there), credentials=NOBODY, proxy=None), there
    elif request.param == "dav":
        with dav_host(tmp_path / "host") as (address, root):
            yield target_of(address + "site/", credentials=NOBODY, proxy=None), root / "site"
    else:
        monkeypatch.setenv("RSYNC_RSH", shell_instead_of_ssh(tmp_path))
        yield target_of(f"ssh:user@host.example:{there}", credentials=NOBODY, proxy=None), there


def test_a_mirror_has_the_same_bytes_and_gets_only_what_changed(
    editions: tuple[Path, Path], place: tuple[Target, Path]
) -> None:
    target, there = place
    if there.parent.name == "dav":
        there.mkdir()
    first, second = editions
    done = sent(first, target)
    assert (done.version, done.was, done.sent, done.kept) == (1, 0, 5, 0)
    assert contents(there) == contents(first)
    done = sent(second, target)
    # index.html, new.csv and the two files of checksums; ru/index.html was there.
    assert (done.version, done.was, done.sent, done.kept, done.deleted) == (2, 1, 4, 1, 1)
    assert contents(there) == contents(second)
    assert verify_folder(there, key=KEY.public_key(), last_seen=None).version == 2
    done = sent(second, target)
    assert (done.sent, done.kept) == (0, 5)


def test_a_store_gets_the_same_bytes_with_their_types_and_loses_what_is_gone(
    editions: tuple[Path, Path],
) -> None:
    first, second = editions
    with s3_store() as store:
        place = f"s3://bucket/site?endpoint={store.url}"
        target = target_of(place, credentials=Credentials(USER, SECRET), proxy=None)
        sent(first, target)
        done = sent(second, target)
        assert (done.was, done.sent, done.kept, done.deleted) == (1, 4, 1, 1)
        held = {name.removeprefix("bucket/site/"): one for name, one in store.objects.items()}
        assert {name: body for name, (_, body) in held.items()} == contents(second)
        assert held["ru/index.html"][0] == "text/html; charset=utf-8"
        assert held["data/new.csv"][0] == "text/csv; charset=utf-8"

        stranger = target_of(place, credentials=Credentials(USER, "guess"), proxy=None)
        with pytest.raises(MirrorError, match="got SignatureDoesNotMatch") as refused:
            sent(second, stranger)
        assert store.refused > 0
        assert "guess" not in str(refused.value)


def test_cut_off_half_way_the_mirror_keeps_its_old_name_and_the_next_time_goes_on(
    editions: tuple[Path, Path],
) -> None:
    first, second = editions
    with s3_store() as store:
        target = target_of(
            f"s3://bucket?endpoint={store.url}", credentials=Credentials(USER, SECRET), proxy=None
        )
        sent(first, target)
        store.fail_after = len(store.objects)
        with pytest.raises(MirrorError, match="got S"):
            sent(second, target)
        manifest = store.objects[f"bucket/{SIGNED_NAME}"][1]
        assert manifest == (first / SIGNED_NAME).read_bytes()
        store.fail_after = None
        assert sent(second, target).version == 2
        assert store.objects[f"bucket/{SIGNED_NAME}"][1] == (second / SIGNED_NAME).read_bytes()


def test_an_older_publication_never_replaces_a_newer_one(
    editions: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = editions
    target = FolderMirror(tmp_path / "there")
    sent(second, target)
    with pytest.raises(MirrorError, match="has publication 2, this is 1"):
        sent(first, target)
    assert contents(tmp_path / "there") == contents(second)


def test_two_publications_of_one_version_are_told_apart(
    editions: tuple[Path, Path], tmp_path: Path
) -> None:
    target = FolderMirror(tmp_path / "there")
    sent(editions[0], target)
    build_bundle(tmp_path / "other", {"index.html": b"x"}, key=KEY, on=ON, previous=None)
    with pytest.raises(MirrorError, match="another publication 1"):
        sent(tmp_path / "other", target)


def test_what_does_not_verify_goes_nowhere(editions: tuple[Path, Path], tmp_path: Path) -> None:
    (editions[0] / "index.html").write_bytes(b"changed")
    with pytest.raises(SignedFolderError, match=r"changed: index\.html"):
        sent(editions[0], FolderMirror(tmp_path / "there"))
    assert not (tmp_path / "there").exists()


def test_a_spoilt_mirror_is_mended_anew(editions: tuple[Path, Path], tmp_path: Path) -> None:
    there = tmp_path / "there"
    target = FolderMirror(there)
    sent(editions[0], target)
    (there / "index.html").write_bytes(b"spoilt")
    assert sent(editions[0], target).sent == 0, "nobody looks into files that seem to be there"
    assert sent(editions[0], target, anew=True).sent == 5
    assert contents(there) == contents(editions[0])


def test_a_manifest_that_somebody_else_signed_there_is_written_over(
    editions: tuple[Path, Path], tmp_path: Path
) -> None:
    build_bundle(tmp_path / "there", {"index.html": b"x"}, key=OTHER_KEY, on=ON, previous=None)
    assert sent(editions[0], FolderMirror(tmp_path / "there")).was == 0
    assert verify_folder(tmp_path / "there", key=KEY.public_key(), last_seen=None).version == 1


def test_nothing_is_written_through_a_symbolic_link(
    editions: tuple[Path, Path], tmp_path: Path
) -> None:
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    there.mkdir()
    elsewhere.mkdir()
    (there / "data").symlink_to(elsewhere)
    with pytest.raises(MirrorError, match="symbolic link"):
        sent(editions[0], FolderMirror(there))
    assert list(elsewhere.iterdir()) == []


def test_after_a_change_of_the_key_nothing_that_was_taken_back_stays(tmp_path: Path) -> None:
    letter = {"index.html": b"1", "en/letter-a.html": b"a letter"}
    first = build_bundle(tmp_path / "1", letter, key=KEY, on=ON, previous=None)
    changed = changes_to_bytes([make_key_change(KEY, OTHER_KEY.public_key(), on=ON)])
    files = {"index.html": b"2", CHANGES_NAME: changed}
    build_bundle(tmp_path / "2", files, key=OTHER_KEY, on=ON, previous=first)
    there = FolderMirror(tmp_path / "there")

    def bring(folder: str, key: Ed25519PublicKey) -> Mirrored:
        return mirror(tmp_path / folder, there, key=key, anew=False, told=lambda *_: None)

    bring("1", KEY.public_key())
    done = bring("2", OTHER_KEY.public_key())
    assert (done.was, done.deleted) == (1, 1)
    assert verify_folder(tmp_path / "there", key=OTHER_KEY.public_key(), last_seen=None)


def test_a_newer_one_by_a_key_that_was_changed_stops_nobody(tmp_path: Path) -> None:
    first = build_bundle(tmp_path / "1", ONE, key=KEY, on=ON, previous=None)
    changed = changes_to_bytes([make_key_change(KEY, OTHER_KEY.public_key(), on=ON)])
    files = {**ONE, CHANGES_NAME: changed}
    second = build_bundle(tmp_path / "2", files, key=OTHER_KEY, on=ON, previous=first)
    # Whoever stole the old key, and has got at the mirror.
    build_bundle(tmp_path / "there", TWO, key=KEY, on=ON, previous=second)
    place = FolderMirror(tmp_path / "there")
    key = OTHER_KEY.public_key()
    done = mirror(tmp_path / "2", place, key=key, anew=False, told=lambda *_: None)
    assert done.kept == 0
    assert verify_folder(tmp_path / "there", key=key, last_seen=None)


def test_nothing_is_deleted_through_a_symbolic_link(tmp_path: Path) -> None:
    for place in ("there", "elsewhere", "there/en"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.html").write_bytes(b"mine")
    (tmp_path / "there" / "data").symlink_to(tmp_path / "elsewhere")
    FolderMirror(tmp_path / "there").delete(["data/a.html", "en/a.html"])
    assert (tmp_path / "elsewhere" / "a.html").exists()
    assert not (tmp_path / "there" / "en").exists()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("dav://host.example/site/", "in the clear"),
        ("davs://user@host.example/site/", "without a user"),
        ("s3://bucket", "endpoint=https"),
        ("s3://bucket?endpoint=http://host.example", "is https"),
        ("s3://bucket?endpoint=https://host.example&acl=public", "another form"),
        ("ssh:-oProxyCommand=touch:x", "another form"),
        ("ssh:host:-x", "another form"),
        ("ftp://host/", "another kind"),
        ("davs://[::1/site/", "cannot be read"),
        ("s3://bucket?endpoint=https://user:word@host.example", "without a user or a password"),
    ],
)
def test_a_place_that_would_betray_or_misfire_is_refused(place: str, reason: str) -> None:
    with pytest.raises(MirrorError, match=reason):
        target_of(place, credentials=Credentials(USER, SECRET), proxy=None)


def test_a_host_that_is_not_there_is_said_without_its_address() -> None:
    from tests.support.processes import free_port

    target = target_of(f"dav://127.0.0.1:{free_port()}/secret/", credentials=NOBODY, proxy=None)
    with pytest.raises(MirrorError, match="not reached") as refused:
        target.read("index.html", largest=10)
    assert "secret" not in str(refused.value)
