"""The age v1 header: parse, serialise, authenticate (C2SP age.md, "Header").

Nothing here can open a file: the file key is an input, never an output.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.errors import SafelightError

VERSION_LINE: Final = b"age-encryption.org/v1\n"
# The format sets no bound; without one a "header" of ten gigabytes is read into memory.
# 64 KiB is some 40 hybrid or 600 X25519 recipients.
LARGEST_HEADER: Final = 64 * 1024
FILE_KEY_SIZE: Final = 16
WRAPPED_FILE_KEY_SIZE: Final = FILE_KEY_SIZE + 16

X25519: Final = "X25519"
HYBRID: Final = "mlkem768x25519"
SCRYPT: Final = "scrypt"
X25519_SHARE_SIZE: Final = 32
HYBRID_ENC_SIZE: Final = 1120
SCRYPT_SALT_SIZE: Final = 16

_FULL_LINE: Final = 64
_ARGUMENTS: Final = re.compile(rb"-> [\x21-\x7e]+(?: [\x21-\x7e]+)*\n")
_BODY_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{0,64}\n")
_MAC_LINE: Final = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")


class SealedFileError(SafelightError):
    """Something is wrong with a sealed file. The subclasses say which part."""


class HeaderError(SealedFileError):
    """Not an age v1 header, or one that breaks the rules of its recipient types."""


class ByteSource(Protocol):
    """What a sealed file is read from."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


def encode_base64(data: bytes) -> str:
    """Base 64 without padding, as age headers use it."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64(untrusted: str | bytes) -> bytes:
    """The inverse of `encode_base64`; `ValueError` for anything it would not have written."""
    text = untrusted.encode("utf-8") if isinstance(untrusted, str) else untrusted
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("not base64 without padding") from None
    if base64.b64encode(data).rstrip(b"=") != text:
        raise ValueError("not canonical base64 without padding")
    return data


@dataclass(frozen=True)
class Stanza:
    """One recipient's line of the header: arguments, and the wrapped file key as body."""

    arguments: tuple[str, ...]
    body: bytes

    @property
    def kind(self) -> str:
        return self.arguments[0]

    def to_bytes(self) -> bytes:
        encoded = encode_base64(self.body)
        # The last line is shorter than a full one, so a body that fills its line gets an empty one.
        lines = [encoded[at : at + _FULL_LINE] for at in range(0, len(encoded) + 1, _FULL_LINE)]
        return "".join(f"{line}\n" for line in ("-> " + " ".join(self.arguments), *lines)).encode(
            "ascii"
        )


@dataclass(frozen=True)
class Header:
    """A parsed header. `authenticated` are the very bytes that `mac` covers."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    authenticated: bytes
    length: int


def derived_key(file_key: bytes, *, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 with 32 bytes of output, the only key derivation that age uses."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def header_mac(file_key: bytes, authenticated: bytes) -> bytes:
    """The MAC of a header, over everything up to and including `---`."""
    key = derived_key(file_key, salt=b"", info=b"header")
    return hmac.digest(key, authenticated, hashlib.sha256)


def header_bytes(file_key: bytes, stanzas: Sequence[Stanza]) -> bytes:
    """Serialise a header and authenticate it with `file_key`."""
    if not stanzas:
        raise HeaderError("a header names at least one recipient; sealed to nobody it is lost")
    authenticated = VERSION_LINE + b"".join(stanza.to_bytes() for stanza in stanzas) + b"---"
    mac = encode_base64(header_mac(file_key, authenticated))
    return authenticated + b" " + mac.encode("ascii") + b"\n"


def read_header(untrusted: ByteSource, *, largest: int = LARGEST_HEADER) -> Header:
    """Read one header from `untrusted`, leaving it at the first byte after it.

    Reads at most `largest` bytes and one. Raises `HeaderError` for whatever is not
    exactly what the specification's ABNF allows; the structure of the native
    stanzas is checked too, others are kept unread.
    """
    taken = bytearray()

    def line() -> bytes:
        room = largest - len(taken)
        found = untrusted.readline(room + 1)
        if len(found) > room:
            raise HeaderError(f"the header does not end within {largest} bytes")
        if not found.endswith(b"\n"):
            raise HeaderError("truncated: the file ends inside the header")
        taken.extend(found)
        return found

    first = untrusted.readline(len(VERSION_LINE))
    if first != VERSION_LINE:
        raise HeaderError(
            "not an age v1 file: expected the line 'age-encryption.org/v1' first"
            if first
            else "an empty file; expected an age v1 file"
        )
    taken.extend(first)

    stanzas: list[Stanza] = []
    while (current := line()).startswith(b"->"):
        if not _ARGUMENTS.fullmatch(current):
            raise HeaderError("a recipient line is not '-> ' and words of visible ASCII")
        arguments = tuple(current[3:-1].decode("ascii").split(" "))
        stanza = Stanza(arguments, _read_body(line))
        check_native(stanza)
        stanzas.append(stanza)
    mac_line = _MAC_LINE.fullmatch(current)
    if not mac_line:
        raise HeaderError("expected a recipient line or the line '--- ' with the header's MAC")
    if not stanzas:
        raise HeaderError("sealed to nobody: the header names no recipient")
    if len(stanzas) > 1 and any(stanza.kind == SCRYPT for stanza in stanzas):
        raise HeaderError("a passphrase stanza must be the only one in the header")
    return Header(
        stanzas=tuple(stanzas),
        mac=_base64_or_refuse(mac_line.group(1), "the header's MAC"),
        authenticated=bytes(taken[: len(taken) - len(current) + 3]),
        length=len(taken),
    )


class _NextLine(Protocol):
    def __call__(self) -> bytes: ...


def _read_body(line: _NextLine) -> bytes:
    encoded = bytearray()
    while True:
        current = line()
        if not _BODY_LINE.fullmatch(current):
            raise HeaderError("a stanza's body is not base64 in lines of at most 64 characters")
        encoded += current[:-1]
        if len(current) <= _FULL_LINE:
            return _base64_or_refuse(bytes(encoded), "a stanza's body")


def _base64_or_refuse(untrusted: str | bytes, what: str) -> bytes:
    try:
        return decode_base64(untrusted)
    except ValueError as reason:
        raise HeaderError(f"{what} is {reason}") from None


def check_native(stanza: Stanza) -> None:
    """Raise `HeaderError` if a stanza of a native type does not have that type's shape.

    The body's length is checked before anything is decrypted: that is what stops
    partitioning oracles (age.md, each recipient type).
    """
    shapes = {X25519: (2, X25519_SHARE_SIZE), HYBRID: (2, HYBRID_ENC_SIZE), SCRYPT: (3, 16)}
    if stanza.kind not in shapes:
        return
    count, size = shapes[stanza.kind]
    if len(stanza.arguments) != count:
        raise HeaderError(
            f"a {stanza.kind} stanza has {count} arguments; got {len(stanza.arguments)}"
        )
    share = _base64_or_refuse(stanza.arguments[1], f"the second argument of {stanza.kind}")
    if len(share) != size:
        raise HeaderError(
            f"the second argument of {stanza.kind} is {size} bytes long; got {len(share)}"
        )
    if len(stanza.body) != WRAPPED_FILE_KEY_SIZE:
        raise HeaderError(
            f"a {stanza.kind} stanza wraps {WRAPPED_FILE_KEY_SIZE} bytes; got {len(stanza.body)}"
        )
    if stanza.kind == SCRYPT and not re.fullmatch(r"[1-9][0-9]{0,2}", stanza.arguments[2]):
        raise HeaderError("the work factor of scrypt is a decimal number without leading zeros")


def parse_header(untrusted: bytes, *, largest: int = LARGEST_HEADER) -> Header:
    """`read_header` for bytes in memory; what follows the header is left alone."""
    return read_header(io.BytesIO(untrusted), largest=largest)
