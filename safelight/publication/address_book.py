"""Where a publication and its reporting pages can be reached today, signed.

It lies in every publication, so whoever has one copy, on paper or on a stick, can find the
next. Its version only grows, so that nobody can lead readers back to an address that was
given up; after `expires` it says of itself that it may be old.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.publication.reading import PublicationError
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import sign_statement

FORMAT: Final = "safelight-address-book/1"
PAYLOAD_TYPE: Final = "application/vnd.safelight.address-book+json"
BOOK_NAME: Final = "address-book.dsse.json"
MOST_ADDRESSES: Final = 64
# Longer than this, and a reader would trust addresses that a seizure has long turned over.
LONGEST_LIFE: Final = timedelta(days=366)
_LARGEST: Final = 64 * 1024
_HOST: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
# A folder: relative links of the pages follow. No user, no query, no fragment, punycode only.
_ADDRESS: Final = re.compile(
    rf"https?://{_HOST}(?::[1-9][0-9]{{0,4}})?/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*"
)
_ONION: Final = re.compile(r"https?://[a-z2-7]{56}\.onion[:/].*")
# What one finds there: the pages alone (any static host), or a server that takes reports.
PAGES, REPORTS = "pages", "reports"

_FIELDS: Final = SignedFields(PublicationError)


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
        _FIELDS.version(self.version)
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
    def parse(cls, untrusted: Any) -> AddressBook:
        """Read what JSON gave, or YAML whose scalars stayed texts. Raises `PublicationError`."""
        given = dict(_FIELDS.an_object(untrusted, at="the address book"))
        if given.pop("format", FORMAT) != FORMAT:
            raise PublicationError(f"expected an address book of format {FORMAT}, got another")
        content = _FIELDS.exactly(
            given, {"version", "issued", "expires", "addresses"}, at="the address book"
        )
        return cls(
            version=_FIELDS.written_number(content["version"], at="version"),
            issued=_FIELDS.day(content["issued"], at="issued"),
            expires=_FIELDS.day(content["expires"], at="expires"),
            addresses=tuple(
                _address(one)
                for one in _FIELDS.entries(
                    content["addresses"], least=1, most=MOST_ADDRESSES, at="addresses"
                )
            ),
        )

    def replaced(self, addresses: tuple[Address, ...], *, on: date, days: int) -> AddressBook:
        """Return the next version, with these addresses."""
        return replace(
            self,
            version=self.version + 1,
            issued=on,
            expires=on + timedelta(days=days),
            addresses=addresses,
        )


def _address(untrusted: Any) -> Address:
    content = _FIELDS.exactly(untrusted, {"url", "offers"}, at="an address")
    return Address(
        _FIELDS.text(content["url"], at="url"), _FIELDS.text(content["offers"], at="offers")
    )


def sign_address_book(book: AddressBook, key: Ed25519PrivateKey) -> bytes:
    """Return the signed book (a DSSE statement, docs/spec/statement.md)."""
    return sign_statement(book.to_bytes(), PAYLOAD_TYPE, key)


def verified_address_book(untrusted: bytes, *, key: Ed25519PublicKey) -> AddressBook:
    """Return the book that `key` signed, or raise `PublicationError`."""
    content, payload = _FIELDS.signed_content(
        untrusted, PAYLOAD_TYPE, key, largest=_LARGEST, what="an address book", whose="this key"
    )
    book = AddressBook.parse(content)
    if book.to_bytes() != payload:
        raise PublicationError("the address book is not in its canonical form")
    return book
