"""A file that a person chooses on a page, on its way to the case: sealed as it arrives.

A chat export or a video has hundreds of megabytes. They go, a MiB at a time, into a file in the
desk's folder that has no name and whose key is in memory only: when the program ends, or the power,
nothing of it is left and nobody can read it. `deciding.add_file` then keeps it with the case, in
one transaction. So a file needs room for itself twice, for a while.
"""

from __future__ import annotations

import errno
import io
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence.keeping import LARGEST_FILE, PIECE
from safelight.errors import SafelightError

LARGEST_MB: Final = LARGEST_FILE // 1024 // 1024
_TAG: Final = 16
# What the desk needs besides, so that what arrives does not stop everything else.
_ROOM_FOR_THE_REST: Final = 64 * 1024 * 1024
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class ArrivalError(SafelightError):
    """A file that could not arrive whole. Nothing of it is kept."""


class SealedSpool(io.RawIOBase):
    """Written once from the beginning, then read once; on the disk it is noise."""

    def __init__(self, folder: Path) -> None:
        # O_TMPFILE where the file system has it, or unlinked at once: it has no name.
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed by close()
        self._cipher = ChaCha20Poly1305(secrets.token_bytes(32))
        self._waiting = bytearray()
        self._number = 0
        self.size = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting += data
        self.size += len(data)
        while len(self._waiting) >= PIECE:
            self._seal(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]
        return len(data)

    def _seal(self, piece: bytes) -> None:
        sealed = memoryview(self._cipher.encrypt(self._nonce(), piece, None))
        self._number += 1
        while sealed:  # an unbuffered file may take less than it was given
            sealed = sealed[self._file.write(sealed) or 0 :]

    def _nonce(self) -> bytes:
        return self._number.to_bytes(12, "big")

    def rewind(self) -> None:
        """Go over from writing to reading."""
        if self._waiting:
            self._seal(bytes(self._waiting))
        self._waiting = bytearray()
        self._file.seek(0)
        self._number = 0

    def readinto(self, buffer: Any, /) -> int:
        if not self._waiting:
            sealed = self._read_whole(PIECE + _TAG)
            if not sealed:
                return 0
            self._waiting = bytearray(self._cipher.decrypt(self._nonce(), sealed, None))
            self._number += 1
        found = self._waiting[: len(buffer)]
        del self._waiting[: len(buffer)]
        buffer[: len(found)] = found
        return len(found)

    def _read_whole(self, size: int) -> bytes:
        found = b""
        while len(found) < size and (more := self._file.read(size - len(found))):
            found += more
        return found

    def close(self) -> None:
        self._file.close()
        super().close()


class ArrivingFiles(FileUploadHandler):
    """Seals each file of one form into a spool of its own. `trouble`: why none may be kept.

    What comes after trouble is read and dropped: a browser whose form nobody reads to its end shows
    a broken connection instead of our sentence.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._spool: SealedSpool | None = None
        self.trouble: ArrivalError | None = None
        self.is_out_of_room = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  # Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if 2 * content_length + _ROOM_FOR_THE_REST > shutil.disk_usage(self._folder).free:
            self._stop(no_room(), is_room=True)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._spool = None
        if self.trouble is None:
            self._on_the_disk(lambda: setattr(self, "_spool", SealedSpool(self._folder)))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        spool = self._spool
        if self.trouble is not None or spool is None:
            return None
        if spool.size + len(raw_data) > LARGEST_FILE:
            self._stop(too_large())
            return None
        self._on_the_disk(lambda: spool.write(raw_data))
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        spool = self._spool
        if self.trouble is not None or spool is None:
            return None
        self._on_the_disk(spool.rewind)
        if self.trouble is not None:
            return None
        return UploadedFile(
            cast(BinaryIO, spool), self.file_name, self.content_type or "", spool.size
        )

    def _on_the_disk(self, does: Callable[[], object]) -> None:
        try:
            does()
        except OSError as error:
            is_room = error.errno in _NO_ROOM
            self._stop(no_room() if is_room else disk_failed(), is_room=is_room)

    def _stop(self, trouble: ArrivalError, *, is_room: bool = False) -> None:
        self.trouble = trouble
        self.is_out_of_room = is_room
        if self._spool is not None:
            self._spool.close()
            self._spool = None


class Telling:
    """Reads on, and says how much was read."""

    def __init__(self, source: SealedSpool, tell: Callable[[int], None]) -> None:
        self._source = source
        self._tell = tell
        self._read = 0

    def read(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size and (more := self._source.read(size - len(found))):
            found += more
        self._read += len(found)
        self._tell(self._read)
        return bytes(found)


def taken_out_of(one: UploadedFile) -> SealedSpool:
    """The spool of a file, which now outlives its request: Django closes what a request holds."""
    spool: object = one.file
    assert isinstance(spool, SealedSpool)
    one.file = io.BytesIO()
    return spool


def too_large() -> ArrivalError:
    """More than one file may have."""
    return ArrivalError(
        _("a file chosen here has at most %(most)d MB; keep it outside, and note where")
        % {"most": LARGEST_MB}
    )


def no_room() -> ArrivalError:
    """The disk has no room for it."""
    return ArrivalError(
        _(
            "the disk is full: nothing of these files was kept. For a while a file needs room for "
            "itself twice. Make room on the disk of this desk and choose it again"
        )
    )


def disk_failed() -> ArrivalError:
    """The disk did something else."""
    return ArrivalError(
        _(
            "the disk could not be written: nothing of these files was kept. Look at the disk of "
            "this desk (is it read-only, or failing?), and choose them again"
        )
    )
