"""Open: identities, and reading what was sealed to them. Desk only.

Kept apart from sealing so that a server can be shown not to have it: nothing
else in this package decrypts (import contracts, tests/attacks/test_opening_is_kept_apart.py).
"""

from __future__ import annotations

import hmac
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from safelight.errors import SafelightError
from safelight.sealing import bech32
from safelight.sealing.header import (
    FILE_KEY_SIZE,
    HYBRID,
    SCRYPT,
    X25519,
    X25519_SHARE_SIZE,
    ByteSource,
    Header,
    HeaderError,
    SealedFileError,
    Stanza,
    decode_base64,
    derived_key,
    header_mac,
    read_header,
)
from safelight.sealing.padding import PADDING_MARKER
from safelight.sealing.payload import (
    CHUNK,
    PAYLOAD_NONCE_SIZE,
    SEALED_CHUNK,
    TAG,
    chunk_nonce,
)
from safelight.sealing.recipients import (
    HYBRID_INFO,
    HYBRID_SUITE,
    SEED_SIZE,
    WRAP_NONCE,
    X25519_INFO,
    HybridRecipient,
    X25519Recipient,
    expanded_seed,
)
from safelight.sealing.seal import ByteSink, write_all
from safelight.sealing.whole_file import whole_file

HYBRID_IDENTITY_PREFIX: Final = "age-secret-key-pq-"
X25519_IDENTITY_PREFIX: Final = "age-secret-key-"
# 2^18 blocks of 1 KiB: 256 MiB and about a second, what `age` itself writes. A file that
# asks for more is asking for the machine.
_LARGEST_WORK_FACTOR: Final = 18


class IdentityError(SafelightError):
    """A secret key that cannot be read."""


class NoMatchError(SealedFileError):
    """Sealed to others: none of the identities opens it."""


class HeaderMacError(SealedFileError):
    """The header was changed after sealing."""


class PayloadError(SealedFileError):
    """The content was changed, cut off or added to after sealing."""


class PaddingError(SealedFileError):
    """It opened, but the content is not padded as an envelope's is."""


@dataclass(frozen=True)
class HybridIdentity:
    """A post-quantum identity, `AGE-SECRET-KEY-PQ-1…`: 32 secret bytes."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_SIZE:
            raise IdentityError(f"a hybrid identity is {SEED_SIZE} bytes; got {len(self.seed)}")

    @classmethod
    def generate(cls) -> HybridIdentity:
        return cls(os.urandom(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> HybridIdentity:
        return cls(seed)

    def encode(self) -> str:
        return bech32.encode(HYBRID_IDENTITY_PREFIX, self.seed).upper()

    def recipient(self) -> HybridRecipient:
        return HybridRecipient.from_seed(self.seed)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or `None`: sealed to somebody else. Raises `HeaderError`."""
        if stanza.kind != HYBRID:
            return None
        mlkem, x25519 = expanded_seed(self.seed)
        enc = decode_base64(stanza.arguments[1])
        # Decapsulation would report a low-order point like a wrong key; it is an attack.
        _x25519_secret(x25519, enc[-X25519_SHARE_SIZE:])
        try:
            return HYBRID_SUITE.decrypt(
                enc + stanza.body, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), info=HYBRID_INFO
            )
        except InvalidTag:
            return None


@dataclass(frozen=True)
class X25519Identity:
    """A classic identity, `AGE-SECRET-KEY-1…`: 32 secret bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SEED_SIZE:
            raise IdentityError(f"an X25519 identity is {SEED_SIZE} bytes; got {len(self.secret)}")

    @classmethod
    def generate(cls) -> X25519Identity:
        return cls(os.urandom(SEED_SIZE))

    def encode(self) -> str:
        return bech32.encode(X25519_IDENTITY_PREFIX, self.secret).upper()

    def recipient(self) -> X25519Recipient:
        return X25519Recipient(self._key().public_key().public_bytes_raw())

    def _key(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.secret)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or `None`: sealed to somebody else. Raises `HeaderError`."""
        if stanza.kind != X25519:
            return None
        share = decode_base64(stanza.arguments[1])
        secret = _x25519_secret(self._key(), share)
        wrap_key = derived_key(secret, salt=share + self.recipient().public, info=X25519_INFO)
        return _unwrapped(wrap_key, stanza)


@dataclass(frozen=True)
class PassphraseIdentity:
    """Opens files that others sealed with a passphrase (scrypt). Safelight seals none."""

    passphrase: bytes = field(repr=False)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or `None`: another passphrase. Raises `HeaderError`."""
        if stanza.kind != SCRYPT:
            return None
        factor = int(stanza.arguments[2])
        if factor > _LARGEST_WORK_FACTOR:
            raise HeaderError(
                f"the passphrase's work factor is {factor}; at most {_LARGEST_WORK_FACTOR} is tried"
            )
        salt = b"age-encryption.org/v1/scrypt" + decode_base64(stanza.arguments[1])
        wrap_key = Scrypt(salt=salt, length=32, n=1 << factor, r=8, p=1).derive(self.passphrase)
        return _unwrapped(wrap_key, stanza)


Identity: TypeAlias = HybridIdentity | X25519Identity | PassphraseIdentity


def parse_identity(untrusted: str) -> HybridIdentity | X25519Identity:
    """Read `AGE-SECRET-KEY-PQ-1…` or `AGE-SECRET-KEY-1…`. Raises `IdentityError`."""
    text = untrusted.strip()
    if text != text.upper():
        raise IdentityError("an identity is written in upper case: AGE-SECRET-KEY-PQ-1…")
    try:
        prefix, secret = bech32.decode(text)
    except ValueError as reason:
        raise IdentityError(f"not an identity (AGE-SECRET-KEY-PQ-1…): {reason}") from None
    if prefix == HYBRID_IDENTITY_PREFIX:
        return HybridIdentity(secret)
    if prefix == X25519_IDENTITY_PREFIX:
        return X25519Identity(secret)
    raise IdentityError("expected an identity AGE-SECRET-KEY-PQ-1…; this is of another type")


def _x25519_secret(key: X25519PrivateKey, share: bytes) -> bytes:
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise HeaderError("an X25519 share of low order: made to be opened by anyone") from None


def _unwrapped(wrap_key: bytes, stanza: Stanza) -> bytes | None:
    try:
        return ChaCha20Poly1305(wrap_key).decrypt(WRAP_NONCE, stanza.body, None)
    except InvalidTag:
        return None


def _file_key(header: Header, identities: Sequence[Identity]) -> bytes:
    for stanza in header.stanzas:
        for identity in identities:
            file_key = identity.unwrap(stanza)
            if file_key is None:
                continue
            # The stanza's length was checked, so this cannot be; an oracle if it could.
            if len(file_key) != FILE_KEY_SIZE:
                raise HeaderError(f"a file key is {FILE_KEY_SIZE} bytes; got {len(file_key)}")
            if not hmac.compare_digest(header_mac(file_key, header.authenticated), header.mac):
                raise HeaderMacError("the header was changed after sealing; do not trust this file")
            return file_key
    raise NoMatchError(
        f"sealed to {len(header.stanzas)} recipient(s), none of them among the "
        f"{len(identities)} key(s) tried; another desk may be able to open it"
    )


def _read_fully(source: ByteSource, size: int) -> bytes:
    """Exactly `size` bytes, or what was left: a pipe may return fewer at a time."""
    found = source.read(size)
    if len(found) == size or not found:
        return found
    parts = bytearray(found)
    while len(parts) < size and (more := source.read(size - len(parts))):
        parts += more
    return bytes(parts)


class _Unpadded:
    """A sink that passes on all but ISO/IEC 7816-4 padding, however long it is."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self._marker = False  # an 0x80 is held back, followed by
        self._zeros = 0  # so many zeros: perhaps the padding, perhaps content
        self.written = 0

    def _pass_on(self, data: bytes | memoryview) -> None:
        write_all(self._sink, bytes(data))
        self.written += len(data)

    def write(self, data: bytes) -> None:
        body = data.rstrip(b"\0")
        zeros = len(data) - len(body)
        if not body:
            if self._marker:
                self._zeros += zeros
            else:
                self._pass_on(data)
            return
        self._release()
        if body.endswith(PADDING_MARKER):
            self._pass_on(body[:-1])
            self._marker, self._zeros = True, zeros
        else:
            self._pass_on(data)

    def _release(self) -> None:
        if not self._marker:
            return
        self._pass_on(PADDING_MARKER)
        while self._zeros:
            take = min(self._zeros, CHUNK)
            self._pass_on(bytes(take))
            self._zeros -= take
        self._marker = False

    def finish(self) -> int:
        if not self._marker:
            raise PaddingError(
                "opened, but not padded as an envelope; open it as a plain age file instead"
            )
        return self.written


class _Counted:
    """A sink that counts what it passes on."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self.written = 0

    def write(self, data: bytes) -> None:
        write_all(self._sink, data)
        self.written += len(data)

    def finish(self) -> int:
        return self.written


class _Chunks(Protocol):
    def write(self, data: bytes, /) -> None: ...


def _open_payload(
    source: ByteSource,
    file_key: bytes,
    sink: _Chunks,
    on_progress: Callable[[int], None] | None,
) -> None:
    nonce = _read_fully(source, PAYLOAD_NONCE_SIZE)
    if len(nonce) != PAYLOAD_NONCE_SIZE:
        raise HeaderError("truncated: the file ends before its content")
    aead = ChaCha20Poly1305(derived_key(file_key, salt=nonce, info=b"payload"))
    counter, done = 0, 0
    sealed = _read_fully(source, SEALED_CHUNK)
    while True:
        following = _read_fully(source, SEALED_CHUNK) if len(sealed) == SEALED_CHUNK else b""
        at_end = not following
        if len(sealed) < TAG or (len(sealed) == TAG and counter):
            raise PayloadError(f"cut off: the content ends inside chunk {counter}")
        chunk = _opened_chunk(aead, sealed, counter, final=at_end)
        complaint = ""
        if chunk is None and len(sealed) == SEALED_CHUNK:
            # Authentic, but in the wrong place: the kit wants it released before the refusal.
            chunk = _opened_chunk(aead, sealed, counter, final=not at_end)
            complaint = "cut off after" if at_end else "something was added after"
        if chunk is None:
            raise PayloadError(f"changed: chunk {counter} is not what was sealed")
        sink.write(chunk)
        counter, done = counter + 1, done + len(chunk)
        if on_progress is not None:
            on_progress(done)
        if complaint:
            raise PayloadError(f"{complaint} chunk {counter - 1}; ask for it to be sent again")
        if at_end:
            return
        sealed = following


def _opened_chunk(
    aead: ChaCha20Poly1305, sealed: bytes, counter: int, *, final: bool
) -> bytes | None:
    try:
        return aead.decrypt(chunk_nonce(counter, final=final), sealed, None)
    except InvalidTag:
        return None


def open_stream(
    source: ByteSource,
    sink: ByteSink,
    identities: Sequence[Identity],
    *,
    padded: bool,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Open `source` (binary, not armored) into `sink`; return the number of bytes written.

    Each chunk is authentic when it is written, but only a normal return says that
    nothing is missing: on an error, throw away what `sink` has (or use `open_file`).
    Raises `HeaderError`, `NoMatchError`, `HeaderMacError`, `PayloadError`, `PaddingError`.
    """
    header = read_header(source)
    file_key = _file_key(header, identities)
    unpacked = _Unpadded(sink) if padded else _Counted(sink)
    _open_payload(source, file_key, unpacked, on_progress)
    return unpacked.finish()


def open_bytes(sealed: bytes, identities: Sequence[Identity]) -> bytes:
    """Return the content of a padded envelope. Errors as for `open_stream`."""
    sink = io.BytesIO()
    open_stream(io.BytesIO(sealed), sink, identities, padded=True)
    return sink.getvalue()


def open_file(
    sealed: Path,
    target: Path,
    identities: Sequence[Identity],
    *,
    padded: bool,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Open one file into a new one, which gets its name only when it is whole.

    Returns the number of bytes written; errors as for `open_stream`, and `WholeFileError`.
    """
    with sealed.open("rb") as source, whole_file(target) as sink:
        return open_stream(source, sink, identities, padded=padded, on_progress=on_progress)
