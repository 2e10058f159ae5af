"""The shape of an age payload: 64 KiB chunks, counter nonces (C2SP age.md, "Payload")."""

from __future__ import annotations

from typing import Final

CHUNK: Final = 64 * 1024
TAG: Final = 16
SEALED_CHUNK: Final = CHUNK + TAG
PAYLOAD_NONCE_SIZE: Final = 16


def chunk_nonce(counter: int, *, final: bool) -> bytes:
    """11 bytes of big-endian chunk counter, then 1 for the final chunk and 0 before it."""
    return counter.to_bytes(11, "big") + (b"\x01" if final else b"\x00")


def plaintext_size(payload: int) -> int | None:
    """How many bytes stand in sealed chunks of `payload` bytes together; `None`: no such payload.

    `payload` excludes the payload nonce. A final chunk is not empty unless it is the only one.
    """
    full, rest = divmod(payload, SEALED_CHUNK)
    if rest == 0:
        return full * CHUNK if full else None
    if rest < TAG or (rest == TAG and full):
        return None
    return full * CHUNK + rest - TAG
