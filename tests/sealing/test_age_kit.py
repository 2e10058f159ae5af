"""Every vector of the C2SP CCTV age kit ends as the kit says, and releases what it says."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

from safelight.sealing.armor import ArmorError, armored, dearmored
from safelight.sealing.header import HeaderError, SealedFileError, header_bytes, parse_header
from safelight.sealing.opening import (
    HeaderMacError,
    Identity,
    NoMatchError,
    PassphraseIdentity,
    PayloadError,
    open_stream,
    parse_identity,
)
from tests.sealing.age_kit import COUNT, KitFile, age_kit

ENDINGS: dict[str, type[SealedFileError] | None] = {
    "success": None,
    "no match": NoMatchError,
    "HMAC failure": HeaderMacError,
    "header failure": HeaderError,
    "payload failure": PayloadError,
    "armor failure": ArmorError,
}
# What the kit consists of; a kit that lost a class of failures would prove less.
CLASSES = {
    "success": 26,
    "no match": 13,
    "HMAC failure": 1,
    "header failure": 62,
    "payload failure": 19,
    "armor failure": 22,
}


def opened(vector: KitFile) -> tuple[type[Exception] | None, bytes]:
    identities: list[Identity] = [parse_identity(text) for text in vector.identities]
    identities += [PassphraseIdentity(text.encode()) for text in vector.passphrases]
    released = io.BytesIO()
    try:
        sealed = dearmored(vector.sealed) if vector.armored else vector.sealed
        open_stream(io.BytesIO(sealed), released, identities, padded=False)
    except SealedFileError as error:
        return type(error), released.getvalue()
    return None, released.getvalue()


def test_the_kit_has_all_its_vectors_and_classes() -> None:
    kit = age_kit()
    assert len({vector.name for vector in kit}) == len(kit) == COUNT
    assert Counter(vector.expect for vector in kit) == CLASSES


def test_every_vector_ends_exactly_as_the_kit_says() -> None:
    kit = age_kit()
    endings = {vector.name: opened(vector) for vector in kit}
    wrong = {
        vector.name: (vector.expect, ending)
        for vector in kit
        if (ending := endings[vector.name][0]) is not ENDINGS[vector.expect]
    }
    assert wrong == {}
    assert len(endings) == COUNT


def test_every_vector_releases_exactly_the_payload_the_kit_says() -> None:
    hashes = {
        vector.name: (vector.payload, hashlib.sha256(opened(vector)[1]).hexdigest())
        for vector in age_kit()
        if vector.payload is not None
    }
    assert {name: pair for name, pair in hashes.items() if pair[0] != pair[1]} == {}
    assert len(hashes) == CLASSES["success"] + CLASSES["payload failure"]


def test_every_header_that_parses_is_written_back_to_the_same_bytes() -> None:
    done = 0
    for vector in age_kit():
        if vector.expect in ("header failure", "armor failure"):
            continue
        sealed = dearmored(vector.sealed) if vector.armored else vector.sealed
        header = parse_header(sealed)
        again = header_bytes(bytes(16), header.stanzas)
        assert again[: len(header.authenticated)] == header.authenticated, vector.name
        assert len(again) == header.length, vector.name
        done += 1
    assert done == COUNT - CLASSES["header failure"] - CLASSES["armor failure"]


def test_armor_is_written_back_to_the_same_text() -> None:
    done = 0
    for vector in age_kit():
        if not vector.armored or vector.expect == "armor failure" or not vector.sealed:
            continue
        text = vector.sealed.replace(b"\r\n", b"\n").strip() + b"\n"
        assert armored(dearmored(vector.sealed)).encode() == text, vector.name
        done += 1
    assert done >= 9
