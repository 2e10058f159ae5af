"""The header: its shape is checked before any key is tried."""

from __future__ import annotations

import base64

import pytest

from safelight.sealing.header import (
    HeaderError,
    Stanza,
    decode_base64,
    encode_base64,
    header_bytes,
    parse_header,
)

SHARE, ENC, SALT = (encode_base64(bytes(size)) for size in (32, 1120, 16))
WRAPPED = bytes(32)


def header(*stanzas: Stanza) -> bytes:
    return header_bytes(bytes(16), stanzas)


@pytest.mark.parametrize(
    "stanza",
    [
        Stanza(("X25519", SHARE), WRAPPED),
        Stanza(("mlkem768x25519", ENC), WRAPPED),
        Stanza(("scrypt", SALT, "18"), WRAPPED),
        Stanza(("grease", "!~", "x" * 500), bytes(48)),
        Stanza(("x",), b""),
    ],
    ids=lambda stanza: stanza.kind,
)
def test_stanzas_are_written_and_read_back(stanza: Stanza) -> None:
    assert parse_header(header(stanza)).stanzas == (stanza,)


@pytest.mark.parametrize(
    ("stanza", "reason"),
    [
        # A longer body could be opened by several keys (partitioning oracle): never tried.
        (Stanza(("X25519", SHARE), bytes(33)), "wraps 32 bytes; got 33"),
        (Stanza(("mlkem768x25519", ENC), bytes(31)), "wraps 32 bytes; got 31"),
        (Stanza(("scrypt", SALT, "18"), bytes(33)), "wraps 32 bytes; got 33"),
        (Stanza(("X25519", encode_base64(bytes(31))), WRAPPED), "is 32 bytes long; got 31"),
        (Stanza(("mlkem768x25519", SHARE), WRAPPED), "is 1120 bytes long; got 32"),
        (Stanza(("scrypt", SHARE, "18"), WRAPPED), "is 16 bytes long; got 32"),
        (Stanza(("X25519", SHARE, "more"), WRAPPED), "has 2 arguments; got 3"),
        (Stanza(("X25519",), WRAPPED), "has 2 arguments; got 1"),
        (Stanza(("X25519", SHARE + "="), WRAPPED), "not canonical base64|not base64"),
        (Stanza(("scrypt", SALT, "1000"), WRAPPED), "decimal number"),
        (Stanza(("scrypt", SALT, "018"), WRAPPED), "decimal number"),
    ],
)
def test_native_stanzas_of_another_shape_are_refused_unread(stanza: Stanza, reason: str) -> None:
    with pytest.raises(HeaderError, match=reason):
        parse_header(header(stanza))


def test_a_passphrase_stanza_stands_alone() -> None:
    alone = Stanza(("scrypt", SALT, "10"), WRAPPED)
    assert parse_header(header(alone)).stanzas == (alone,)
    for others in ([alone, alone], [Stanza(("x",), b""), alone], [alone, Stanza(("x",), b"")]):
        with pytest.raises(HeaderError, match="only one"):
            parse_header(header(*others))


def test_the_authenticated_part_ends_at_the_dashes() -> None:
    parsed = parse_header(header(Stanza(("x",), b"")) + b"payload")
    assert parsed.authenticated == b"age-encryption.org/v1\n-> x\n\n---"
    assert parsed.length == len(parsed.authenticated) + 1 + 43 + 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 47, 48, 49, 96])
def test_bodies_end_with_a_short_line_whatever_their_length(size: int) -> None:
    stanza = Stanza(("x",), bytes(range(size)))
    assert parse_header(header(stanza)).stanzas == (stanza,)
    assert len(stanza.to_bytes().splitlines()[-1]) < 64


@pytest.mark.parametrize("text", ["A", "AA=", "AB", "A A", "AA\n", "AA==", "-_8", "é"])
def test_base64_that_we_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64 without padding"):
        decode_base64(text)
    assert decode_base64(encode_base64(b"\xfb\xff")) == b"\xfb\xff"
    assert base64.b64encode(b"\xfb\xff") == b"+/8="
