"""Reading QR codes off photos and screenshots, in a process of its own (`qr_reader`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Final, Self

from safelight.errors import SafelightError

# Four photos of a new phone at once would not fit; such a file is no photo of a screen.
LARGEST_PICTURE: Final = 32 * 1024 * 1024
_SECONDS_FOR_ONE: Final = 20.0
_LONGEST_ANSWER: Final = 2 * 1024 * 1024
_STARTS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class PicturesError(SafelightError):
    """Pictures cannot be read on this machine at all."""


def looks_like_a_picture(untrusted: bytes) -> bool:
    """Say whether the first bytes are those of a JPEG, PNG or WebP file."""
    return untrusted.startswith(_STARTS) or (
        untrusted.startswith(b"RIFF") and untrusted[8:12] == b"WEBP"
    )


class PictureReader:
    """Gives pictures to the reading process, one at a time; starts it anew after a bad one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def texts(self, untrusted: bytes) -> tuple[str, ...] | None:
        """Return the texts of the QR codes in one picture; None when it cannot be read.

        A picture that makes the process crash or think too long is such a one. Raises
        `PicturesError` when no process starts.
        """
        if len(untrusted) > LARGEST_PICTURE:
            return None
        process = self._running()
        try:
            answer = _asked(process, untrusted)
        except OSError:  # it has gone while it was given the picture
            answer = None
        if answer is None:
            self._stop()
            return None
        texts = json.loads(answer)
        return None if texts is None else tuple(texts)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "safelight.casework.qr_reader"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            )
            # A first, empty picture: whether the process runs, and not yet anybody's fault.
            if _asked(self._process, b"") is None:
                self._stop()
                raise PicturesError(
                    "the program that reads pictures does not start; install safelight[desk] again"
                )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what it had not read is lost with it
                    pipe.close()
        process.wait()


def _asked(process: subprocess.Popen[bytes], picture: bytes) -> bytes | None:
    """Return the process's line for one picture, or None if none came in time."""
    if process.stdin is None or process.stdout is None:
        return None
    process.stdin.write(len(picture).to_bytes(8, "big") + picture)
    process.stdin.flush()
    give_up_at, answer = time.monotonic() + _SECONDS_FOR_ONE, b""
    while not answer.endswith(b"\n"):
        left = give_up_at - time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, left))
        piece = os.read(process.stdout.fileno(), 65536) if ready else b""
        answer += piece
        if not piece or len(answer) > _LONGEST_ANSWER:
            return None
    return answer
