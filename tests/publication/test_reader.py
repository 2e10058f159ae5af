"""What a reader remembers: newest publication, newest address book, and the key of today."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safelight.publication.address_book import (
    BOOK_NAME,
    Address,
    AddressBook,
    sign_address_book,
    verified_address_book,
)
from safelight.publication.bundle import build_bundle
from safelight.publication.gathering import read_address_book
from safelight.publication.key_changes import (
    CHANGES_NAME,
    changes_to_bytes,
    make_key_change,
    read_key_changes,
)
from safelight.publication.reader import Memory, accept
from safelight.publication.reading import PublicationError
from safelight.sealing.manifest import Manifest, SignedFolderError
from tests.publication.outward_parts import MIRROR, address_book
from tests.publication.releases import KEY, ON, OTHER_KEY

PUBLIC = KEY.public_key()
THIRD_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))


def edition(
    folder: Path,
    previous: Manifest | None = None,
    *,
    key: Ed25519PrivateKey = KEY,
    book: AddressBook | None = None,
    **more: bytes,
) -> Manifest:
    files = {"index.html": b"<p>" + folder.name.encode()}
    if book is not None:
        files[BOOK_NAME] = sign_address_book(book, key)
    files |= {name.replace("_", "-").replace("-json", ".json"): one for name, one in more.items()}
    return build_bundle(folder, files, key=key, on=ON, previous=previous)


def test_the_first_visit_needs_a_key_and_later_ones_do_not(tmp_path: Path) -> None:
    first = edition(tmp_path / "1", book=address_book(1))
    edition(tmp_path / "2", first, book=address_book(2))
    with pytest.raises(PublicationError, match="whose publication"):
        accept(tmp_path / "1", key=None, memory=None, last_seen=None)
    seen = accept(tmp_path / "1", key=PUBLIC, memory=None, last_seen=None)
    later = accept(tmp_path / "2", key=None, memory=seen.memory, last_seen=None)
    assert (later.memory.version, later.memory.book_version) == (2, 2)
    assert Memory.parse(later.memory.to_bytes()) == later.memory


def test_an_old_publication_is_refused_after_a_newer_one(tmp_path: Path) -> None:
    first = edition(tmp_path / "1")
    edition(tmp_path / "2", first)
    seen = accept(tmp_path / "2", key=PUBLIC, memory=None, last_seen=None)
    with pytest.raises(SignedFolderError, match="an old one is shown as if it were new"):
        accept(tmp_path / "1", key=None, memory=seen.memory, last_seen=None)


def test_an_older_address_book_in_a_newer_publication_is_refused(tmp_path: Path) -> None:
    first = edition(tmp_path / "1", book=address_book(5))
    edition(tmp_path / "2", first, book=address_book(4))
    edition(tmp_path / "3", first)
    seen = accept(tmp_path / "1", key=PUBLIC, memory=None, last_seen=None)
    for name in ("2", "3"):
        with pytest.raises(PublicationError, match="older than book 5"):
            accept(tmp_path / name, key=None, memory=seen.memory, last_seen=None)


def test_an_expired_address_book_says_that_something_newer_may_be_kept_back(
    tmp_path: Path,
) -> None:
    book = address_book(1, on=ON, days=10)
    edition(tmp_path / "1", book=book)
    found = accept(tmp_path / "1", key=PUBLIC, memory=None, last_seen=None)
    assert found.is_current(ON + timedelta(days=10))
    assert not found.is_current(ON + timedelta(days=11))


def test_a_change_of_the_key_is_followed_and_the_old_key_is_left_behind(tmp_path: Path) -> None:
    first = edition(tmp_path / "1")
    seen = accept(tmp_path / "1", key=PUBLIC, memory=None, last_seen=None)
    changes = changes_to_bytes(
        [
            make_key_change(KEY, OTHER_KEY.public_key(), on=ON),
            make_key_change(OTHER_KEY, THIRD_KEY.public_key(), on=ON),
        ]
    )
    second = edition(tmp_path / "2", first, key=THIRD_KEY, key_changes_json=changes)
    assert (tmp_path / "2" / CHANGES_NAME).exists()
    later = accept(tmp_path / "2", key=None, memory=seen.memory, last_seen=None)
    assert later.key_changed
    assert later.memory.key == THIRD_KEY.public_key().public_bytes_raw().hex()
    # Whoever finds the old key can sign, and nobody who has seen the change believes it.
    edition(tmp_path / "3", second, key=KEY)
    with pytest.raises(SignedFolderError, match="not signed by this key"):
        accept(tmp_path / "3", key=None, memory=later.memory, last_seen=None)


def test_a_key_with_two_successors_is_not_followed(tmp_path: Path) -> None:
    changes = changes_to_bytes(
        [
            make_key_change(KEY, OTHER_KEY.public_key(), on=ON),
            make_key_change(KEY, THIRD_KEY.public_key(), on=ON),
        ]
    )
    edition(tmp_path / "1", key=THIRD_KEY, key_changes_json=changes)
    with pytest.raises(PublicationError, match="two successors"):
        accept(tmp_path / "1", key=PUBLIC, memory=None, last_seen=None)


def test_a_change_that_the_old_key_did_not_sign_is_refused() -> None:
    honest = make_key_change(KEY, OTHER_KEY.public_key(), on=ON)
    forged = honest.signed.replace(b'"sig":"', b'"sig":"AAAA')
    for untrusted in (
        changes_to_bytes([honest]).replace(b"safelight-key", b"safelight-kay"),
        changes_to_bytes([type(honest)(honest.before, honest.after, ON, forged)]),
        b"[]",
        b"{}",
    ):
        with pytest.raises(PublicationError, match="each signed by the first"):
            read_key_changes(untrusted)
    assert read_key_changes(changes_to_bytes([honest])) == (honest,)


def test_a_circle_of_keys_ends() -> None:
    from safelight.publication.key_changes import key_of_today

    circle = [
        make_key_change(KEY, OTHER_KEY.public_key(), on=ON),
        make_key_change(OTHER_KEY, KEY.public_key(), on=ON),
    ]
    with pytest.raises(PublicationError, match="circle"):
        key_of_today(PUBLIC, circle)


@pytest.mark.parametrize(
    "untrusted",
    [
        *(b"", b"{}", b"[]", b'{"format":"safelight-reader/1","key":"x"}'),
        *(Memory("0" * 64, version, "0" * 64).to_bytes() for version in ("x", True, -1, 1.5)),  # type: ignore[arg-type]
    ],
)
def test_a_spoilt_memory_is_said(untrusted: bytes) -> None:
    with pytest.raises(PublicationError, match="cannot be read"):
        Memory.parse(untrusted)


@pytest.mark.parametrize(
    "url",
    [
        "http://mirror.example/",
        "https://mirror.example",
        "https://user@mirror.example/",
        "https://mirror.example/?a=b",
        "https://mirror.example/../",
        "https://localhost/",
        "javascript:alert(1)/",
        "https://зеркало.example/",
    ],
)
def test_an_address_that_would_betray_or_mislead_is_refused(url: str) -> None:
    with pytest.raises(PublicationError):
        Address(url, "pages")


def test_a_moment_is_no_day() -> None:
    moment = datetime(2026, 2, 1, tzinfo=UTC)
    day = {"version": 1, "addresses": [], "issued": moment, "expires": moment}
    with pytest.raises(PublicationError, match="issued: expected a day such as"):
        AddressBook.parse(day)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"version": 0}, "version: expected"),
        ({"version": True}, "version: expected"),
        ({"issued": "2026-W06-1"}, "issued: expected a day"),
        ({"addresses": []}, "addresses: expected a list"),
        ({"addresses": [{"url": "https://mirror.example/"}]}, "an address: expected the keys"),
        ({"addresses": [{"url": 1, "offers": "pages"}]}, "url: expected a text"),
        ({"format": "safelight-address-book/2"}, "expected an address book of format"),
        ({"more": 1}, "the address book: expected the keys"),
    ],
)
def test_an_address_book_that_is_none_is_refused_by_what_is_wrong(
    wrong: dict[str, Any], reason: str
) -> None:
    good = json.loads(address_book().to_bytes())
    assert AddressBook.parse(good) == address_book()
    with pytest.raises(PublicationError, match=reason):
        AddressBook.parse(good | wrong)


def test_an_address_book_is_read_as_it_is_written_and_each_key_once(tmp_path: Path) -> None:
    text = "version: 3\nissued: 2026-02-01\nexpires: 2026-03-01\naddresses:\n"
    place = f"  - {{url: '{MIRROR}', offers: pages}}\n"
    (tmp_path / "good.yaml").write_text(text + place)
    (tmp_path / "twice.yaml").write_text(text + place + "version: 4\n")
    (tmp_path / "none.yaml").write_text("version: [")
    assert read_address_book(tmp_path / "good.yaml").version == 3
    with pytest.raises(PublicationError, match="line 1: expected each key once"):
        read_address_book(tmp_path / "twice.yaml")
    with pytest.raises(PublicationError, match="neither YAML nor JSON"):
        read_address_book(tmp_path / "none.yaml")


def test_an_address_book_of_another_key_is_none() -> None:
    signed = sign_address_book(address_book(), KEY)
    assert verified_address_book(signed, key=PUBLIC) == address_book()
    with pytest.raises(PublicationError, match="of this key"):
        verified_address_book(signed, key=OTHER_KEY.public_key())


def test_a_stranger_checks_with_coreutils_and_openssl_alone(tmp_path: Path) -> None:
    assert shutil.which("openssl"), "openssl is part of every Debian"
    edition(tmp_path / "1", book=address_book())
    folder = tmp_path / "1"
    (tmp_path / "key.pem").write_bytes(
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    check = (
        f"openssl pkeyutl -verify -pubin -inkey {tmp_path}/key.pem -rawin "
        "-in sha256sums.txt -sigfile sha256sums.sig && sha256sum --check --strict sha256sums.txt"
    )

    def checked() -> int:
        done = subprocess.run(["bash", "-c", check], cwd=folder, capture_output=True, check=False)
        return done.returncode

    assert checked() == 0
    page = folder / "index.html"
    good = page.read_bytes()
    page.write_bytes(good + b" ")
    assert checked() != 0
    page.write_bytes(good)
    sums = folder / "sha256sums.txt"
    sums.write_bytes(sums.read_bytes() + b"# one more line\n")
    assert checked() != 0
