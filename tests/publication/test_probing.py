"""Addresses that are down, old or lying, and what comes into the next address book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from safelight.publication.address_book import PAGES, Address
from safelight.publication.bundle import build_bundle
from safelight.publication.mirrors.fetching import new_session
from safelight.publication.mirrors.folder import FolderMirror
from safelight.publication.mirrors.mirroring import mirror
from safelight.publication.mirrors.probing import (
    BEHIND,
    CHANGED,
    GOOD,
    SILENT,
    Probe,
    failures_to_bytes,
    probe,
    probe_all,
    read_failures,
    rotated,
)
from safelight.publication.reading import PublicationError
from tests.publication.outward_parts import MIRROR, ONION, address_book
from tests.publication.releases import KEY, ON, OTHER_KEY
from tests.support.mirror_hosts import dav_host
from tests.support.processes import free_port

OTHER = "https://other.example/"
SPARE = "https://spare.example/"


def test_each_state_of_an_address_is_seen_for_what_it_is(tmp_path: Path) -> None:
    files = {"index.html": b"<p>1</p>"}
    first = build_bundle(tmp_path / "1", files, key=KEY, on=ON, previous=None)
    newest = build_bundle(tmp_path / "2", {"index.html": b"2"}, key=KEY, on=ON, previous=first)
    build_bundle(tmp_path / "foreign", files, key=OTHER_KEY, on=ON, previous=None)
    with dav_host(tmp_path / "host") as (address, root):
        for name, folder in (("new", "2"), ("old", "1"), ("spoilt", "2")):
            place = FolderMirror(root / name)
            mirror(tmp_path / folder, place, key=KEY.public_key(), anew=False, told=lambda *_: None)
        (tmp_path / "foreign").rename(root / "foreign")
        (root / "spoilt" / "index.html").write_bytes(b"somebody else's words")
        base = "http" + address.removeprefix("dav")

        def state(url: str, *, whole: bool = True) -> str:
            return probe(url, newest, new_session(None), key=KEY.public_key(), whole=whole)

        assert state(f"{base}new/") == GOOD
        assert state(f"{base}old/") == BEHIND
        assert state(f"{base}foreign/") == CHANGED
        assert state(f"{base}nothing/") == SILENT
        assert state(f"{base}spoilt/") == CHANGED
        assert state(f"{base}spoilt/", whole=False) == GOOD, "only the manifest was looked at"
    assert state(f"http://127.0.0.1:{free_port()}/") == SILENT


def test_a_mirror_of_the_key_before_is_behind_and_not_changed(tmp_path: Path) -> None:
    files = {"index.html": b"1"}
    with dav_host(tmp_path / "host") as (address, root):
        first = build_bundle(root / "old", files, key=KEY, on=ON, previous=None)
        newest = build_bundle(tmp_path / "2", files, key=OTHER_KEY, on=ON, previous=first)
        # The old key signs on: whoever has it now is not who had it then.
        build_bundle(root / "thief", files, key=KEY, on=ON, previous=first)
        base = "http" + address.removeprefix("dav")
        states = [
            probe(
                *(f"{base}{name}/", newest, new_session(None)),
                key=OTHER_KEY.public_key(),
                earlier=earlier,
                whole=False,
            )
            for name, earlier in (
                ("old", (KEY.public_key(),)),
                ("old", ()),
                ("thief", (KEY.public_key(),)),
            )
        ]
    assert states == [BEHIND, CHANGED, CHANGED]


def found(states: dict[str, str], before: dict[str, int] | None = None) -> Sequence[Probe]:
    book = address_book(1, MIRROR, OTHER)
    spares = [Address(SPARE, PAGES)]
    return probe_all(book, spares, before or {}, lambda url: states[url], lambda _: None)


ALL_GOOD = {ONION: GOOD, MIRROR: GOOD, OTHER: GOOD, SPARE: GOOD}


@pytest.mark.parametrize(
    ("states", "before", "expected"),
    [
        (ALL_GOOD, {}, None),
        # One bad hour takes nothing out; the third in a row does, and a spare comes in.
        (ALL_GOOD | {MIRROR: SILENT}, {MIRROR: 1}, None),
        (ALL_GOOD | {MIRROR: SILENT}, {MIRROR: 2}, [ONION, OTHER, SPARE]),
        (ALL_GOOD | {MIRROR: BEHIND}, {MIRROR: 2}, [ONION, OTHER, SPARE]),
        # What is silent may be silenced on our line alone: without a spare it stays.
        (ALL_GOOD | {MIRROR: SILENT, SPARE: SILENT}, {MIRROR: 2}, None),
        (ALL_GOOD | {MIRROR: BEHIND, SPARE: SILENT}, {MIRROR: 2}, [ONION, OTHER]),
        # Bytes that nobody signed: at once.
        (ALL_GOOD | {MIRROR: CHANGED}, {}, [ONION, OTHER, SPARE]),
        # A good hour forgives.
        (ALL_GOOD, {MIRROR: 9}, None),
    ],
)
def test_what_failed_too_often_goes_and_what_is_good_comes(
    states: dict[str, str], before: dict[str, int], expected: list[str] | None
) -> None:
    book = address_book(1, MIRROR, OTHER)
    probes = found(states, before)
    following = rotated(book, [Address(SPARE, PAGES)], probes, give_up_after=3, on=ON, days=30)
    if expected is None:
        assert following is None
    else:
        assert following is not None
        assert (following.version, following.issued) == (2, ON)
        assert [one.url for one in following.addresses] == expected


def test_when_nothing_answers_the_book_stays() -> None:
    silent = dict.fromkeys(ALL_GOOD, SILENT)
    with pytest.raises(PublicationError, match="your own line first"):
        rotated(
            address_book(1, MIRROR, OTHER),
            [Address(SPARE, PAGES)],
            found(silent, dict.fromkeys(ALL_GOOD, 99)),
            give_up_after=3,
            on=ON,
            days=30,
        )


def test_failures_are_counted_from_probe_to_probe() -> None:
    down = ALL_GOOD | {MIRROR: SILENT}
    first = found(down)
    second = found(down, dict(read_failures(failures_to_bytes(first))))
    assert {one.url: one.failures for one in second} == {ONION: 0, MIRROR: 2, OTHER: 0, SPARE: 0}


@pytest.mark.parametrize("untrusted", [b"", b"{}", b'{"format":"safelight-probes/1"}', b"[1]"])
def test_a_spoilt_count_is_said(untrusted: bytes) -> None:
    with pytest.raises(PublicationError, match="cannot be read"):
        read_failures(untrusted)
