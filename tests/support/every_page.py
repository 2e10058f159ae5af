"""Every byte of an unlocked desk: each page of its database and log, decrypted.

What a thief with the disk *and* the passphrase can see, free pages, slack inside pages and
old versions in the write-ahead log included. Page layout of SQLCipher 4: AES-256-CBC, the
last 80 bytes of a page hold its IV (16) and HMAC-SHA512 (64); page 1 begins with the salt
(https://www.zetetic.net/sqlcipher/design/).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE = 4096
_RESERVED = 80
_LOG_HEADER, _FRAME_HEADER = 32, 24


def decrypted(data: Path, key: bytes) -> bytes:
    """All pages one after the other, and all other files of the desk as they are."""
    return b"".join(_everything(data, key))


def _everything(data: Path, key: bytes) -> Iterator[bytes]:
    for file in sorted(path for path in data.rglob("*") if path.is_file()):
        content = file.read_bytes()
        if file.name == "desk.db":
            for number, at in enumerate(range(0, len(content), PAGE)):
                yield _page(content[at : at + PAGE], key, is_first=number == 0)
        elif file.name == "desk.db-wal":
            step = _FRAME_HEADER + PAGE
            for at in range(_LOG_HEADER, len(content) - step + 1, step):
                frame = content[at : at + step]
                is_first = int.from_bytes(frame[:4], "big") == 1
                yield _page(frame[_FRAME_HEADER:], key, is_first=is_first)
        else:
            yield content


def _page(page: bytes, key: bytes, *, is_first: bool) -> bytes:
    iv = page[-_RESERVED : -_RESERVED + 16]
    sealed = page[16 if is_first else 0 : -_RESERVED]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()
