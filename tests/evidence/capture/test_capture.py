"""A page with redirect, XHR, lazy images, iframe, video, worker and a feed, captured whole."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.evidence.bundles.bundling import Original, make_bundle
from safelight.evidence.bundles.verifying import examine
from safelight.evidence.capture.archive import read_exchange
from safelight.evidence.capture.capture_address import checked_address
from safelight.evidence.capture.capture_record import (
    CaptureRecord,
    CaptureStatus,
    changed_files,
    read_record,
)
from safelight.evidence.capture.difference import Change, difference
from safelight.evidence.capture.problems import CaptureError
from safelight.evidence.capture.wacz import WaczReader
from safelight.sealing.statement import key_id
from tests.evidence.capture.conftest import FeedCapture
from tests.support.capture_feed import VIDEO
from tests.support.evidence_bundles import IDENTITY

pytestmark = pytest.mark.browser


def test_everything_the_page_is_made_of_is_captured(feed: FeedCapture) -> None:
    record = feed.record
    assert record.gaps == ()
    assert record.status is CaptureStatus.COMPLETE
    assert (record.http_status, record.final_url.rpartition("/")[2]) == (200, "page")
    text = (feed.folder / "text.txt").read_text(encoding="utf-8")
    for said in (
        *("by XHR", "by a worker", "an answer to a question", "in a frame", "inside the fold"),
        *("запись 1.0", "запись 4.2", "comment 1; comment 2;"),
    ):
        assert said in text
    archive = WaczReader(feed.folder / "page.wacz")
    kept = {line.url.partition("/")[2].partition("/")[2]: line for line in archive.lines}
    assert {line.status for line in archive.lines} == {200, 302, 404}
    for path in ("late.png", "framed.png", "worker.txt", "feed?part=4", "post", "film.webm"):
        assert any(url.endswith(path) for url in kept), path
    film = next(line for url, line in kept.items() if url.endswith("film.webm"))
    assert read_exchange(archive.piece(film))[2] == VIDEO
    archive.close()
    assert (feed.folder / "page.pdf").read_bytes().startswith(b"%PDF-")


def test_it_replays_offline_with_equal_text_and_pixels(feed: FeedCapture) -> None:
    assert feed.record.fidelity is not None
    assert feed.record.fidelity.text_equal
    assert feed.record.fidelity.pixels_differing <= 1e-3
    assert (feed.record.fidelity.missing, feed.record.fidelity.asked_outside) == (0, 0)


def test_nothing_but_the_page_s_own_host_was_reached(feed: FeedCapture) -> None:
    assert feed.record.boxed
    assert feed.record.reached == {"127.0.0.1": ("127.0.0.1",)}
    # A replay asks the site nothing: every request here is one of the capture, asked once,
    # but for the film, which the page asked for and we fetched again whole.
    twice = {line for line in feed.asked if feed.asked.count(line) > 1}
    assert twice == {"GET /film.webm"}


def test_the_record_reads_back_and_a_changed_file_is_named(
    feed: FeedCapture, tmp_path: Path
) -> None:
    assert read_record(feed.folder) == feed.record
    assert changed_files(feed.folder, feed.record) == ()
    for name in feed.record.files:
        (tmp_path / name).write_bytes((feed.folder / name).read_bytes())
    (tmp_path / "text.txt").write_text("other")
    assert changed_files(tmp_path, feed.record) == ("text.txt",)


def test_the_package_lists_every_part_with_its_digest(feed: FeedCapture) -> None:
    with zipfile.ZipFile(feed.folder / "page.wacz") as package:
        described = json.loads(package.read("datapackage.json"))
        digest = json.loads(package.read("datapackage-digest.json"))["hash"]
        assert digest == f"sha256:{hashlib.sha256(package.read('datapackage.json')).hexdigest()}"
        listed = {one["path"]: one for one in described["resources"]}
        assert set(package.namelist()) == listed.keys() | {
            "datapackage.json",
            "datapackage-digest.json",
        }
        for path, one in listed.items():
            content = package.read(path)
            assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
            assert one["bytes"] == len(content)


def test_a_deleted_page_changes_nothing_in_what_can_be_proved(
    feed: FeedCapture, tmp_path: Path
) -> None:
    assert difference(feed.folder, feed.later).change is Change.REMOVED
    desk = Ed25519PrivateKey.generate()
    now = datetime.now(tz=UTC)
    names = ["record.json", *feed.record.files]
    made = make_bundle(
        tmp_path / "bag",
        [Original(feed.folder / name) for name in names],
        [],
        desk=desk,
        recipients=[IDENTITY.recipient()],
        authorities=(),
        ask=lambda *_: b"",
        now=now,
    )
    found = examine(made.folder, desk=key_id(desk.public_key()), roots=None, at=now)
    assert found.faults == ()
    assert found.items == len(names) == 6
    items = {
        one["name"]: one["item"]
        for one in json.loads((made.folder / "data/items.json").read_bytes())["items"]
    }
    kept = made.folder / f"data/originals/{items['page.wacz']}.wacz"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == feed.record.files["page.wacz"].sha256
    # The gate's own replay ran on these bytes and asked nobody; the page is gone all the same.
    archive = WaczReader(kept)
    page = next(line for line in archive.lines if line.url.endswith("/page"))
    assert "Паблик" in read_exchange(archive.piece(page))[2].decode()
    archive.close()


def test_what_was_edited_is_shown_line_by_line(feed: FeedCapture) -> None:
    found = difference(feed.folder, feed.later)
    assert "-by XHR" in found.text
    assert "+gone" in found.text
    assert found.pixels == 1.0
    with pytest.raises(CaptureError, match="the first capture is the later one"):
        difference(feed.later, feed.folder)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http://name:secret@example.org/",
        "http://example.org/a b",
        "http://example.org:99999/",
        "chrome://settings",
        "example.org",
    ],
)
def test_only_web_addresses_are_captured(address: str) -> None:
    assert checked_address("https://example.org/ш?a=1#b")
    with pytest.raises(CaptureError, match="begins with http") as refused:
        checked_address(address)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("untrusted", [b"", b"[]", b"{}", b'{"version": 2}', b"\xff", b"[" * 9999])
def test_a_record_that_is_none_is_refused(untrusted: bytes, feed: FeedCapture) -> None:
    assert CaptureRecord.parse(feed.record.to_json()) == feed.record
    with pytest.raises(CaptureError):
        CaptureRecord.parse(untrusted)
