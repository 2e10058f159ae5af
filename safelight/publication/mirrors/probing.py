"""Which addresses of the book still show the newest publication, and which are to be replaced.

A probe tells an address that is down from one that lies: the second is the dangerous one, as
people go on trusting it. What it finds is remembered from probe to probe, so that one bad
hour takes no address out of the book.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.publication.address_book import PAGES, REPORTS, Address, AddressBook
from safelight.publication.mirrors.fetching import (
    LONGEST_SECONDS,
    answer_of,
    limited,
    within,
)
from safelight.publication.mirrors.target import MirrorError
from safelight.publication.reading import PublicationError
from safelight.sealing.manifest import (
    LARGEST_FILE,
    SIGNED_NAME,
    FileFacts,
    Manifest,
    SignedFolderError,
    verified_manifest,
)
from safelight.sealing.signed_folder import LARGEST_SIGNED
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-probes/1"
# What an address showed: the newest as signed; an older one; bytes that nobody signed; nothing.
# Ahead: a newer one of ours, so that it is we who compare with an old one.
GOOD, BEHIND, CHANGED, SILENT, AHEAD = "good", "behind", "changed", "silent", "ahead"
_MOST_FAILURES: Final = 10_000
_LONGEST_WHOLE: Final = 6 * LONGEST_SECONDS


@dataclass(frozen=True, slots=True)
class Probe:
    """`state` of one address now; `failures`: probes in a row that were not good."""

    url: str
    state: str
    failures: int


def probe(
    url: str,
    newest: Manifest,
    session: requests.Session,
    *,
    key: Ed25519PublicKey,
    earlier: Sequence[Ed25519PublicKey] = (),
    whole: bool,
) -> str:
    """Return the state of one address. `whole` fetches every file, not only the manifest.

    `earlier`: keys before this one. A mirror that was not reached since is *behind*.
    """
    try:
        return within(
            _LONGEST_WHOLE if whole else LONGEST_SECONDS,
            lambda: _state(url, newest, session, keys=(key, *earlier), whole=whole),
        )
    except MirrorError:
        return SILENT


def _state(
    url: str,
    newest: Manifest,
    session: requests.Session,
    *,
    keys: Sequence[Ed25519PublicKey],
    whole: bool,
) -> str:
    try:
        found = _fetched(session, url + SIGNED_NAME, largest=LARGEST_SIGNED)
        manifest, current = _signed_by_one_of(keys, found)
        if manifest.version < newest.version:
            return BEHIND
        if current and manifest.version > newest.version:
            return AHEAD
        # An earlier key signs nothing new, unless a thief has it.
        if not current or manifest.digest != newest.digest:
            return CHANGED
        for path, facts in newest.files.items() if whole else ():
            if FileFacts.of(_fetched(session, url + path, largest=LARGEST_FILE)) != facts:
                return CHANGED
    except SignedFolderError:
        return CHANGED
    return GOOD


def _signed_by_one_of(keys: Sequence[Ed25519PublicKey], found: bytes) -> tuple[Manifest, bool]:
    """The manifest, and whether it is of the first key."""
    for key in keys[1:]:
        with contextlib.suppress(SignedFolderError):
            return verified_manifest(found, key), False
    return verified_manifest(found, keys[0]), True


def _fetched(session: requests.Session, address: str, *, largest: int) -> bytes:
    with answer_of(session, "GET", address) as answer:
        if answer.status_code != 200:
            raise MirrorError("expected the file, got another answer; see what stands there")
        return limited(answer, largest=largest)


def probe_all(
    book: AddressBook,
    spares: Sequence[Address],
    before: Mapping[str, int],
    state_of: Callable[[str], str],
    told: Callable[[Probe], None],
) -> tuple[Probe, ...]:
    """Probe the addresses of the book and the spares; `before`: failures so far, by url."""
    probes = []
    for one in (*book.addresses, *spares):
        state = state_of(one.url)
        failures = 0 if state == GOOD else min(before.get(one.url, 0) + 1, _MOST_FAILURES)
        probes.append(Probe(one.url, state, failures))
        told(probes[-1])
    return tuple(probes)


def rotated(
    book: AddressBook,
    spares: Sequence[Address],
    probes: Sequence[Probe],
    *,
    give_up_after: int,
    on: date,
    days: int,
) -> AddressBook | None:
    """Return the next address book, or None when this one can stay.

    Out goes at once what shows bytes that nobody signed. What failed `give_up_after` times in a
    row goes if a good spare takes its place, and at most half of the book in one go: whoever
    can silence our line to good addresses would otherwise shrink the book to their own. What
    shows an old publication goes without a spare, too, unless it takes reports.

    Raises `PublicationError` when nothing is good: then it is likely our own line, and an empty
    book would strand everybody; and when an address shows a newer publication than ours.
    """
    found = {one.url: one for one in probes}
    if any(one.state == AHEAD for one in probes):
        raise PublicationError(
            "an address shows a newer publication of this key: the folder that was compared with "
            "is an old one. Probe with the newest; the book stays as it is"
        )
    if not any(one.state == GOOD for one in probes):
        raise PublicationError(
            "no address is good; expected at least one. Look at your own line first (and the "
            "proxy): the book stays as it is"
        )
    known = {one.url for one in book.addresses}
    free = [one for one in spares if found[one.url].state == GOOD and one.url not in known]
    may_go = max(1, len(book.addresses) // 2)
    stays: list[Address] = []
    comes: list[Address] = []
    for one in book.addresses:
        state, failures = found[one.url].state, found[one.url].failures
        if state != CHANGED and (failures < give_up_after or not may_go):
            stays.append(one)
            continue
        spare = _spare_for(one, free, any_kind=state == CHANGED)
        if spare is not None:
            free.remove(spare)
            comes.append(spare)
        elif state != CHANGED and (state != BEHIND or one.offers == REPORTS):
            stays.append(one)
            continue
        may_go -= state != CHANGED
    if len(stays) == len(book.addresses):
        return None
    if not stays and not comes:
        raise PublicationError(
            "every address is to go and no spare is good; add spares that are, then probe again"
        )
    return book.replaced((*stays, *comes), on=on, days=days)


def _spare_for(one: Address, free: Sequence[Address], *, any_kind: bool) -> Address | None:
    """One that offers the same, or reports besides pages; `any_kind` if there is no such."""
    fit = [spare for spare in free if spare.offers == one.offers]
    fit += [spare for spare in free if any_kind or one.offers == PAGES]
    return fit[0] if fit else None


def failures_to_bytes(probes: Sequence[Probe]) -> bytes:
    """Return what the next probe starts from."""
    facts = {"format": FORMAT, "failures": {one.url: one.failures for one in probes}}
    return json.dumps(facts, sort_keys=True).encode("ascii") + b"\n"


def read_failures(untrusted: bytes) -> Mapping[str, int]:
    """Read it back. Raises `PublicationError`."""
    try:
        facts = parse_object(untrusted, largest=256 * 1024)
        failures = facts["failures"]
        good = facts["format"] == FORMAT and all(
            re.fullmatch(r"https?://\S+/", url) and type(count) is int and count >= 0
            for url, count in failures.items()
        )
    except (KeyError, ValueError, AttributeError, TypeError):
        good = False
    if not good:
        raise PublicationError(
            "what earlier probes found cannot be read; delete that file to start counting anew"
        )
    return dict(failures)
