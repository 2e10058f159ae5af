"""Files of evidence on the desk: sealed under their case's key from the moment they are here.

Each file has a key of its own, derived (HKDF-SHA256, RFC 5869) from a content key of its case and
its random name. Destroying the case's key destroys all of them: on a withdrawal, at the end of its
time, by whichever desk. Of a case that two people open together they open as long as it does.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.campaigns.case_evidence.models import EvidenceFile, EvidencePiece
from safelight.campaigns.case_evidence.problems import EvidenceFileError
from safelight.casework.folding import CaseNow
from safelight.casework.projecting import Projection
from safelight.journal.content import ContentKey
from safelight.journal.content_keys import is_destroyed, key_of, keys_of
from safelight.journal.held_open import held_keys

PIECE: Final = 1024 * 1024
# What one file may have: a long video. Beyond it the database of a desk is the wrong place.
LARGEST_FILE: Final = 512 * PIECE
# Pieces of one step: others that write wait for a moment, not for a video.
_AT_ONCE: Final = 8
_CONTEXT: Final = b"safelight evidence file v1\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept: its random name, its length in bytes, SHA-256 of its bytes in hex."""

    item: str
    size: int
    digest: str


def keep(case_id: str, source: BinaryIO) -> Kept:
    """Seal and store a file, inside the caller's transaction, in constant memory.

    Raises `EvidenceFileError` for one that is too large; `DestroyedError` or `ApartError` for a
    case whose key is not here.
    """
    sealing = _Sealing(case_id, source)
    row = sealing.row(is_whole=True)
    for number, sealed in sealing:
        EvidencePiece.objects.create(file=row, number=number, sealed=sealed)
    row.size = sealing.size
    row.save(update_fields=["size"])
    return sealing.kept()


def keep_in_steps(case_id: str, source: BinaryIO) -> Kept:
    """The same for what takes long, outside of any transaction: others write in between.

    The file is not whole before `complete` in the transaction that names it. What breaks off on
    the way is removed; after a power cut by `remove_unfinished`.
    """
    sealing = _Sealing(case_id, source)
    pieces = iter(sealing)
    row = sealing.row(is_whole=False)
    try:
        while some := list(islice(pieces, _AT_ONCE)):
            EvidencePiece.objects.bulk_create(
                EvidencePiece(file=row, number=number, sealed=sealed) for number, sealed in some
            )
        return sealing.kept()
    except BaseException:
        row.delete()
        raise


def complete(kept: Kept) -> None:
    """Say that a file is whole, in the transaction whose entry names it."""
    EvidenceFile.objects.filter(item=kept.item).update(size=kept.size, is_whole=True)


def remove_unfinished() -> int:
    """Remove what a power cut or a lock left of files that were on their way; return how many."""
    left = EvidenceFile.objects.filter(is_whole=False)
    found = left.count()
    left.delete()
    return found


class _Sealing:
    """The sealed pieces of a file, one after the other, with its length and digest at the end."""

    def __init__(self, case_id: str, source: BinaryIO) -> None:
        self._case_id = case_id
        self._key = key_of(case_id)
        self._source = source
        self._digest = hashlib.sha256()
        self.item = secrets.token_hex(16)
        self.size = 0

    def row(self, *, is_whole: bool) -> EvidenceFile:
        return EvidenceFile.objects.create(
            item=self.item,
            case_id=self._case_id,
            key_id=self._key.key_id,
            size=0,
            is_whole=is_whole,
        )

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        cipher = _cipher(self._key, self.item)
        piece = self._source.read(PIECE)
        number = 0
        while True:
            following = self._source.read(PIECE) if piece else b""
            self._digest.update(piece)
            self.size += len(piece)
            if self.size > LARGEST_FILE:
                raise EvidenceFileError(
                    f"a file has at most {LARGEST_FILE} bytes here; keep it outside, and note where"
                )
            nonce = _nonce(number, is_last=not following)
            yield number, cipher.encrypt(nonce, piece, self.item.encode())
            if not following:
                return
            piece, number = following, number + 1

    def kept(self) -> Kept:
        return Kept(self.item, self.size, self._digest.hexdigest())


def _cipher(key: ContentKey, item: str) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), 32, salt=None, info=_CONTEXT + item.encode()).derive(key.secret)
    return ChaCha20Poly1305(derived)


def _nonce(number: int, *, is_last: bool) -> bytes:
    # The key is this file's alone. The last byte says where it ends, so none can be cut short.
    return number.to_bytes(11, "big") + bytes([is_last])


def pieces_of(item: str) -> Iterator[bytes]:
    """Yield the bytes of a file, a MiB at a time. Raises `EvidenceFileError`."""
    row = EvidenceFile.objects.filter(item=item).first()
    keys = () if row is None else (*keys_of([row.case_id]), *held_keys(row.case_id))
    key = next((key for key in keys if row is not None and key.key_id == row.key_id), None)
    if row is None or key is None:
        raise EvidenceFileError(
            "this file is not on this desk: it was made on another one, or destroyed with its case"
        )
    cipher = _cipher(key, item)
    last = row.evidencepiece_set.count() - 1
    stored = row.evidencepiece_set.order_by("number").values_list("number", "sealed")
    for expected, (number, sealed) in enumerate(stored.iterator(2)):
        try:
            nonce = _nonce(expected, is_last=expected == last)
            yield cipher.decrypt(nonce, bytes(sealed), item.encode())
        except InvalidTag:
            raise EvidenceFileError(
                f"piece {number} of a file is not what was kept; the database was changed. "
                "Restore the desk from a backup"
            ) from None


def read_whole(item: str, *, at_most: int) -> bytes:
    """Return a file that is known to be small. Raises `EvidenceFileError`."""
    found = bytearray()
    for piece in pieces_of(item):
        found += piece
        if len(found) > at_most:
            raise EvidenceFileError(f"expected a file of at most {at_most} bytes, got a larger one")
    return bytes(found)


class _Pieces(io.RawIOBase):
    def __init__(self, item: str) -> None:
        self._pieces = pieces_of(item)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._left:
            following = next(self._pieces, None)
            if following is None:
                return 0
            self._left = following
        found = self._left[: len(buffer)]
        self._left = self._left[len(found) :]
        buffer[: len(found)] = found
        return len(found)


def kept_file(item: str) -> io.BufferedReader:
    """Return a file to read from, in constant memory."""
    return io.BufferedReader(_Pieces(item), buffer_size=PIECE)


def here(items: Iterable[str]) -> frozenset[str]:
    """Which of these files are on this desk."""
    return frozenset(
        EvidenceFile.objects.filter(item__in=list(items)).values_list("item", flat=True)
    )


def of_another_case(case_id: str, items: Iterable[str]) -> frozenset[str]:
    """Which of these files are on this desk, and belong to another case than this one."""
    known = EvidenceFile.objects.filter(item__in=list(items)).exclude(case_id=case_id)
    return frozenset(known.values_list("item", flat=True))


def drop(case_id: str, item: str) -> None:
    """Remove a file of a case that a later one replaces, and its small picture."""
    EvidenceFile.objects.filter(evidencethumbnail__item=item, case_id=case_id).delete()
    EvidenceFile.objects.filter(item=item, case_id=case_id).delete()


def _project(now: CaseNow, _story: object) -> None:
    # A case for two people is "not open" here as well; its files wait under keys that are away.
    if not now.is_open and is_destroyed(now.case_id):
        EvidenceFile.objects.filter(case_id=now.case_id).delete()


def _forget() -> None:
    """Files are no projection: nothing makes them anew."""


PROJECTION: Final = Projection(_project, _forget)
