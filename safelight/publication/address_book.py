"""Where a publication and its reporting pages can be reached today, signed.

It lies in every publication, so whoever has one copy, on paper or on a stick, can find the
next. Its version only grows, so that nobody can lead readers back to an address that was
given up; after `expires` it says of itself that it may be old.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.publication.reading import PublicationError
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-address-book/1"
PAYLOAD_TYPE: Final = "application/vnd.safelight.address-book+json"
BOOK_NAME: Final = "address-book.dsse.json"
MOST_ADDRESSES: Final = 64
# Longer than this, and a reader would trust addresses that a seizure has long turned over.
LONGEST_LIFE: Final = timedelta(days=366)
_LARGEST: Final = 64 * 1024
_LARGEST_VERSION: Final = 2**53 - 1
_HOST: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
# A folder: relative links of the pages follow. No user, no query, no fragment, punycode only.
_ADDRESS: Final = re.compile(
    rf"https?://{_HOST}(?::[1-9][0-9]{{0,4}})?/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*"
)
_ONION: Final = re.compile(r"https?://[a-z2-7]{56}\.onion[:/].*")
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
# What one finds there: the pages alone (any static host), or a server that takes reports.
PAGES, REPORTS = "pages", "reports"


@dataclass(frozen=True, slots=True)
class Address:
    """One place. `url` ends in a slash; `offers` is "pages" or "reports"."""

    url: str
    offers: str

    def __post_init__(self) -> None:
        if self.offers not in {PAGES, REPORTS}:
            raise PublicationError(f"an address offers {PAGES} or {REPORTS}, got something else")
        if len(self.url) > 200 or not _ADDRESS.fullmatch(self.url):
            raise PublicationError(
                "an address is https://host/ with folders at most, in ASCII, ending in a slash; "
                "got something else"
            )
        if self.url.startswith("http:") and not _ONION.fullmatch(self.url):
            # Anybody on the way could read which page is asked for, and answer in its place.
            raise PublicationError("plain http is for .onion addresses alone; give https")


@dataclass(frozen=True, slots=True)
class AddressBook:
    """`version` only ever grows; `expires` is the last day on which it is current (UTC)."""

    version: int
    issued: date
    expires: date
    addresses: tuple[Address, ...]

    def __post_init__(self) -> None:
        if type(self.version) is not int or not 1 <= self.version <= _LARGEST_VERSION:
            raise PublicationError("an address book's version is a whole number from 1")
        if not timedelta() <= self.expires - self.issued <= LONGEST_LIFE:
            raise PublicationError(
                "an address book expires on a day between its issue and a year later"
            )
        urls = [one.url for one in self.addresses]
        if not 1 <= len(urls) <= MOST_ADDRESSES or len(set(urls)) != len(urls):
            raise PublicationError(
                f"an address book has 1 to {MOST_ADDRESSES} addresses, each once"
            )

    def is_current(self, today: date) -> bool:
        """Whether it has not expired; an expired one is shown, and says so."""
        return today <= self.expires

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, ASCII. These bytes are signed."""
        document = {
            "format": FORMAT,
            "version": self.version,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "addresses": [{"url": one.url, "offers": one.offers} for one in self.addresses],
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def parse(cls, untrusted: Mapping[str, Any]) -> AddressBook:
        """Read what JSON or YAML gave. Raises `PublicationError`."""
        try:
            return _read(untrusted)
        except (KeyError, TypeError, AttributeError, ValueError):
            raise PublicationError(
                "an address book has version, issued, expires (days such as 2026-05-31) and "
                "addresses, each with url and offers; got something else"
            ) from None

    def replaced(self, addresses: tuple[Address, ...], *, on: date, days: int) -> AddressBook:
        """Return the next version, with these addresses."""
        return replace(
            self,
            version=self.version + 1,
            issued=on,
            expires=on + timedelta(days=days),
            addresses=addresses,
        )


def _read(untrusted: Mapping[str, Any]) -> AddressBook:
    if set(untrusted) - {"format"} != {"version", "issued", "expires", "addresses"}:
        raise ValueError("keys")
    if untrusted.get("format", FORMAT) != FORMAT:
        raise ValueError("format")
    return AddressBook(
        untrusted["version"],
        _day(untrusted["issued"]),
        _day(untrusted["expires"]),
        tuple(_address(one) for one in untrusted["addresses"]),
    )


def _address(untrusted: Mapping[str, Any]) -> Address:
    if set(untrusted) != {"url", "offers"} or not isinstance(untrusted["url"], str):
        raise ValueError("address")
    return Address(untrusted["url"], str(untrusted["offers"]))


def _day(untrusted: Any) -> date:
    if type(untrusted) is date:  # YAML reads days itself, and moments, which are dates too
        return untrusted
    if not isinstance(untrusted, str) or not _DAY.fullmatch(untrusted):
        raise ValueError("day")
    return date.fromisoformat(untrusted)


def sign_address_book(book: AddressBook, key: Ed25519PrivateKey) -> bytes:
    """Return the signed book (a DSSE statement, docs/spec/statement.md)."""
    return sign_statement(book.to_bytes(), PAYLOAD_TYPE, key)


def verified_address_book(untrusted: bytes, *, key: Ed25519PublicKey) -> AddressBook:
    """Return the book that `key` signed, or raise `PublicationError`."""
    try:
        payload = verified_payload(untrusted, PAYLOAD_TYPE, key)
        book = AddressBook.parse(parse_object(payload, largest=_LARGEST))
    except StatementError as reason:
        raise PublicationError(f"not an address book of this key: {reason}") from None
    except ValueError as reason:
        raise PublicationError(f"not an address book: {reason}") from None
    if book.to_bytes() != payload:
        raise PublicationError("the address book is not in its canonical form")
    return book
