"""Threat: good-addresses-silenced: whoever can block the keeper's line to honest mirrors cannot
shrink the signed address book to their own, and an old folder at hand throws no honest one out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from safelight.publication.address_book import PAGES, REPORTS, Address, AddressBook
from safelight.publication.bundle import build_bundle
from safelight.publication.mirrors.fetching import new_session
from safelight.publication.mirrors.probing import (
    AHEAD,
    BEHIND,
    CHANGED,
    GOOD,
    SILENT,
    Probe,
    probe,
    rotated,
)
from safelight.publication.reading import PublicationError
from tests.publication.outward_parts import address_book
from tests.publication.releases import KEY, ON
from tests.support.mirror_hosts import dav_host

HONEST = [f"https://honest-{n}.example/" for n in range(4)]
ATTACKER = "https://attacker.example/"
SPARES = [f"https://spare-{n}.example/" for n in range(4)]


def rotate(
    book: AddressBook, states: dict[str, str], spares: Sequence[Address] = ()
) -> list[str] | None:
    probes = [
        Probe(one.url, states[one.url], 0 if states[one.url] == GOOD else 99)
        for one in (*book.addresses, *spares)
    ]
    following = rotated(book, spares, probes, give_up_after=3, on=ON, days=30)
    return None if following is None else [one.url for one in following.addresses]


def book_of(*urls: str) -> AddressBook:
    full = address_book(1, *urls)
    return full.replaced(full.addresses[1:], on=ON, days=30)


def test_a_book_never_shrinks_to_the_one_address_that_is_let_through() -> None:
    book = book_of(*HONEST, ATTACKER)
    states = dict.fromkeys(HONEST, SILENT) | {ATTACKER: GOOD}
    assert rotate(book, states) is None
    # What shows words that nobody signed goes all the same.
    following = rotate(book, states | {HONEST[0]: CHANGED})
    assert following == [*HONEST[1:], ATTACKER]


def test_at_most_half_of_a_book_is_another_one_after_one_probe() -> None:
    spares = [Address(url, PAGES) for url in SPARES]
    states = dict.fromkeys(HONEST, SILENT) | dict.fromkeys(SPARES, GOOD)
    assert rotate(book_of(*HONEST), states, spares) == [*HONEST[2:], *SPARES[:2]]


def test_where_people_report_is_not_replaced_by_pages_alone() -> None:
    book = address_book(1, HONEST[0])
    reports = book.addresses[0]
    assert reports.offers == REPORTS
    pages = [Address(SPARES[0], PAGES)]
    states = {HONEST[0]: GOOD, SPARES[0]: GOOD}
    for state in (SILENT, BEHIND):
        assert rotate(book, states | {reports.url: state}, pages) is None
    server = [Address(SPARES[0], REPORTS)]
    assert rotate(book, states | {reports.url: SILENT}, server) == [HONEST[0], SPARES[0]]


def test_whoever_probes_with_an_old_folder_throws_nobody_out(tmp_path: Path) -> None:
    with dav_host(tmp_path / "host") as (address, root):
        first = build_bundle(tmp_path / "1", {"a.html": b"1"}, key=KEY, on=ON, previous=None)
        build_bundle(root / "new", {"a.html": b"2"}, key=KEY, on=ON, previous=first)
        url = "http" + address.removeprefix("dav") + "new/"
        state = probe(url, first, new_session(None), key=KEY.public_key(), whole=False)
    assert state == AHEAD
    with pytest.raises(PublicationError, match="is an old one"):
        rotate(book_of(HONEST[0], ATTACKER), {HONEST[0]: AHEAD, ATTACKER: GOOD})
