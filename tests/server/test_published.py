"""What a server shows of a publication: as signed, short enough, in pieces where it is not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from safelight.publication.mirrors.folder import FolderMirror
from safelight.publication.mirrors.mirroring import mirror
from safelight.publication.site import site_files
from safelight.sealing.manifest import SIGNED_NAME, Manifest
from tests.publication.outward_parts import outward
from tests.publication.releases import KEY, ON, release
from tests.support.live_server import Keeper, LiveServer, live_server

pytestmark = pytest.mark.live
MOST = 12_000
FILES: dict[str, bytes] = {}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Path, Manifest]]:
    place = tmp_path_factory.mktemp("published")
    keeper = Keeper.with_desks()
    FILES.update(site_files(release(), outward=outward(keeper)))
    manifest = build_bundle(place / "site", FILES, key=KEY, on=ON, previous=None)
    key = KEY.public_key().public_bytes_raw().hex()
    arguments = ("--publication", str(place / "site"), "--publication-key", key)
    with live_server(place / "server", keeper=keeper, arguments=arguments) as server:
        yield server, place, manifest


def test_every_file_is_served_as_signed_and_every_page_below_12_kb(
    served: tuple[LiveServer, Path, Manifest],
) -> None:
    server, place, manifest = served
    for name in (*manifest.files, SIGNED_NAME):
        answer = server.request("GET", f"/8/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200, name
        packed = answer.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(answer.body) if packed else answer.body
        assert body == (place / "site" / name).read_bytes()
        head = sum(len(key) + len(value) + 4 for key, value in answer.headers.items())
        if name.endswith((".html", ".css", ".csv")) and name != "form.html":
            assert len(answer.body) + head < MOST, name
        assert answer.headers["cache-control"] == "no-store"
        assert "script-src" not in answer.headers["content-security-policy"]
    assert server.request("GET", "/8/").body == FILES["index.html"]


def test_what_is_larger_comes_in_ranges(served: tuple[LiveServer, Path, Manifest]) -> None:
    server, _, _ = served
    form, got = FILES["form.html"], b""
    while len(got) < len(form):
        asked = {"Range": f"bytes={len(got)}-{len(got) + 9_999}"}
        answer = server.request("GET", "/8/form.html", headers=asked)
        assert answer.status == 206
        assert answer.headers["content-range"].startswith(f"bytes {len(got)}-")
        assert answer.headers["content-disposition"] == "attachment"
        got += answer.body
    assert got == form
    beyond = server.request("GET", "/8/form.html", headers={"Range": f"bytes={len(form)}-"})
    assert (beyond.status, beyond.body) == (416, b"")
    rest = server.request("GET", "/8/form.html", headers={"Range": f"bytes={len(form) - 3}-"})
    assert rest.body == form[-3:]
    # Several ranges, or none that is understood: the whole.
    odd = server.request("GET", "/8/form.html", headers={"Range": "bytes=0-1,3-4"})
    assert (odd.status, odd.body) == (200, form)


@pytest.mark.parametrize(
    "path", ["/8/nothing.html", "/8/../roster", "/8/%2e%2e/%2e%2e/etc/passwd", "/8/ru//index.html"]
)
def test_nothing_else_is_there(served: tuple[LiveServer, Path, Manifest], path: str) -> None:
    assert served[0].request("GET", path).status == 404


def test_only_reading_is_answered(served: tuple[LiveServer, Path, Manifest]) -> None:
    assert served[0].request("POST", "/8/index.html", b"x").status in {403, 405, 413}


def test_a_newer_publication_is_taken_in_while_the_server_runs(
    served: tuple[LiveServer, Path, Manifest],
) -> None:
    server, place, manifest = served
    newer = {**FILES, "index.html": b"<!doctype html><p>newer"}
    build_bundle(place / "newer", newer, key=KEY, on=ON, previous=manifest)
    mirror(
        place / "newer",
        FolderMirror(place / "site"),
        key=KEY.public_key(),
        anew=False,
        told=lambda *_: None,
    )
    assert server.request("GET", "/8/index.html").body == newer["index.html"]


def test_without_a_publication_there_is_no_such_place(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        assert server.request("GET", "/8/index.html").status == 404
        assert "/8/" not in server.request("GET", "/en/").text
