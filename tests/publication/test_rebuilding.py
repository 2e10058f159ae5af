"""A server that was destroyed is back from any copy of its publication."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from safelight.errors import SafelightError
from safelight.publication.bundle import build_bundle
from safelight.publication.reader import Memory, accept
from safelight.publication.reading import PublicationError
from safelight.publication.rebuilding import rebuild_server
from safelight.publication.site import site_files
from safelight.sealing.manifest import Manifest, SignedFolderError
from tests.publication.outward_parts import SHORT, outward
from tests.publication.releases import KEY, ON, release
from tests.support.live_server import Keeper, live_server, today

PUBLIC = KEY.public_key()


@pytest.fixture(scope="module")
def keeper() -> Keeper:
    return Keeper.with_desks()


def published(folder: Path, keeper: Keeper, previous: Manifest | None = None) -> Manifest:
    files = site_files(release(), outward=outward(keeper))
    return build_bundle(folder, files, key=KEY, on=ON, previous=previous)


def rebuilt(copy: Path, place: Path, keeper: Keeper, memory: Memory | None = None) -> object:
    return rebuild_server(
        copy,
        place,
        key=PUBLIC,
        memory=memory,
        root=keeper.root.public_key(),
        today=today(),
    )


@pytest.mark.live
def test_one_command_and_the_server_is_back_with_every_letter_and_number(
    tmp_path: Path, keeper: Keeper
) -> None:
    published(tmp_path / "site", keeper)
    begun = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "safelight", "publication", "rebuild-server"),
            *(str(tmp_path / "site"), "--into", str(tmp_path / "srv"), "--json"),
            *("--key", PUBLIC.public_bytes_raw().hex(), "--root", keeper.root_hex),
        ],
        capture_output=True,
        check=True,
    )
    facts = json.loads(done.stdout)
    assert (facts["version"], facts["helpers"]) == (1, True)
    place = tmp_path / "srv"
    assert (place / "roster.json").read_bytes() == keeper.signed()
    arguments = ("--publication", str(place / "site"))
    arguments += ("--publication-key", str(place / "publication.pub"))
    with live_server(tmp_path / "running", keeper=keeper, arguments=arguments) as server:
        first = server.request("GET", "/en/")
        assert 'href="/8/en/index.html"' in first.text
        letter = server.request("GET", f"/8/en/letter-{SHORT.id}.html")
        assert SHORT.letter in letter.text
        numbers = server.request("GET", "/8/en/own-act-group-by-year.html")
        assert "<table" in numbers.text
    assert time.monotonic() - begun < 60


def test_a_changed_copy_rebuilds_nothing(tmp_path: Path, keeper: Keeper) -> None:
    published(tmp_path / "site", keeper)
    page = tmp_path / "site" / "ru" / "index.html"
    page.write_bytes(page.read_bytes() + b" ")
    with pytest.raises(SignedFolderError, match=r"changed: ru/index\.html"):
        rebuilt(tmp_path / "site", tmp_path / "srv", keeper)
    assert not (tmp_path / "srv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_old_copy_is_refused_by_whoever_remembers_a_newer_one(
    tmp_path: Path, keeper: Keeper
) -> None:
    first = published(tmp_path / "1", keeper)
    published(tmp_path / "2", keeper, first)
    memory = accept(tmp_path / "2", key=PUBLIC, memory=None, last_seen=None).memory
    with pytest.raises(SignedFolderError, match="an old one is shown as if it were new"):
        rebuilt(tmp_path / "1", tmp_path / "srv", keeper, memory)


def test_two_mixed_copies_are_refused(tmp_path: Path, keeper: Keeper) -> None:
    first = published(tmp_path / "1", keeper)
    files = dict(site_files(release(simulated=True), outward=outward(keeper)))
    build_bundle(tmp_path / "2", files, key=KEY, on=ON, previous=first)
    shutil.copy(tmp_path / "1" / "data" / "release.json", tmp_path / "2" / "data")
    with pytest.raises(SignedFolderError, match=r"changed: data/release\.json"):
        rebuilt(tmp_path / "2", tmp_path / "srv", keeper)


def test_a_roster_of_another_root_is_refused(tmp_path: Path, keeper: Keeper) -> None:
    published(tmp_path / "site", Keeper.with_desks())
    with pytest.raises(SafelightError, match="root"):
        rebuilt(tmp_path / "site", tmp_path / "srv", keeper)
    assert not (tmp_path / "srv").exists()


def test_a_copy_without_a_roster_makes_no_server(tmp_path: Path, keeper: Keeper) -> None:
    build_bundle(tmp_path / "site", site_files(release()), key=KEY, on=ON, previous=None)
    with pytest.raises(PublicationError, match="no roster"):
        rebuilt(tmp_path / "site", tmp_path / "srv", keeper)


def test_a_place_that_is_taken_stays_as_it_is(tmp_path: Path, keeper: Keeper) -> None:
    published(tmp_path / "site", keeper)
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "mine").write_bytes(b"mine")
    with pytest.raises(PublicationError, match="exists already"):
        rebuilt(tmp_path / "site", tmp_path / "srv", keeper)
    assert (tmp_path / "srv" / "mine").read_bytes() == b"mine"
