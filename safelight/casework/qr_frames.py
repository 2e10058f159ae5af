"""QR frames: from texts that were read off pictures, in any order, back to whole files.

    SL1/<file>/<index>/<total>/<check>/<base45>      (docs/spec/pocket-form.md, "Pictures")

`file` is the beginning of the whole file's SHA-256, so frames of two reports never mix and
a file is either whole or not there. Pure: knows no pictures (twin: browser/src/pocket/frames.ts).
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_FRAMES: Final = 99
_LONGEST_FRAME: Final = 4296  # the largest QR code there is, in alphanumeric mode
_MOST_FILES: Final = 1000
_MOST_TRIES: Final = 64

# RFC 9285, table 1.
_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGITS: Final = {character: value for value, character in enumerate(_BASE45)}
_FRAME: Final = re.compile(
    r"SL1/([0-9A-F]{16})/([1-9][0-9]?)/([1-9][0-9]?)/([0-9A-F]{8})/([0-9A-Z $%*+\-./:]+)"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One QR code's content; `index` counts from 1."""

    file: str
    index: int
    total: int
    data: bytes

    @classmethod
    def parse(cls, untrusted: str) -> Frame | None:
        """Read a frame; None for any other text, and for one that was misread."""
        if len(untrusted) > _LONGEST_FRAME:
            return None
        found = _FRAME.fullmatch(untrusted)
        if found is None:
            return None
        file, index, total, check, encoded = found.groups()
        place = f"{file}/{index}/{total}/{encoded}"
        data = base45_decoded(encoded)
        if (
            data is None
            or int(index) > int(total)
            or hashlib.sha256(place.encode("ascii")).hexdigest()[:8].upper() != check
        ):
            return None
        return cls(file, int(index), int(total), data)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file that cannot be put together. None `missing`: what is there does not fit together."""

    file: str
    total: int
    missing: tuple[int, ...]

    def sentence(self) -> str:
        """Say what is to be done, in English, for the command line."""
        if not self.missing:
            return (
                f"pictures of {self.file}: all {self.total} are there, but they do not fit "
                "together; photograph them again"
            )
        numbers = ", ".join(map(str, self.missing))
        return (
            f"pictures of {self.file}: number {numbers} of {self.total} are missing; photograph "
            "them again, sharply and without reflections, and take all in once more"
        )


class Frames:
    """Collects frames. Duplicates do nothing; a forged frame does not keep a true one out."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, int], dict[int, set[bytes]]] = {}

    def add(self, untrusted: str) -> bool:
        """Take in a text; say whether it was a frame."""
        frame = Frame.parse(untrusted)
        if frame is None:
            return False
        key = (frame.file, frame.total)
        if key not in self._files and len(self._files) >= _MOST_FILES:
            return True
        self._files.setdefault(key, {}).setdefault(frame.index, set()).add(frame.data)
        return True

    def whole_files(self) -> Iterator[bytes]:
        """Yield every file all of whose frames are there and fit together."""
        for key in sorted(self._files):
            whole = self._whole(key)
            if whole is not None:
                yield whole

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Return the files that are not whole.

        Anybody can print frames under another file's name; what they cannot do is give
        them its digest.
        """
        return tuple(
            Unfinished(
                file,
                total,
                tuple(i for i in range(1, total + 1) if i not in self._files[file, total]),
            )
            for file, total in sorted(self._files)
            if self._whole((file, total)) is None
        )

    def _whole(self, key: tuple[str, int]) -> bytes | None:
        file, total = key
        found = self._files[key]
        if len(found) != total:
            return None
        choices = [sorted(found[index]) for index in range(1, total + 1)]
        if math.prod(len(choice) for choice in choices) > _MOST_TRIES:
            return None
        for pieces in itertools.product(*choices):
            whole = b"".join(pieces)
            if hashlib.sha256(whole).hexdigest()[: len(file)].upper() == file:
                return whole
        return None


def base45_decoded(untrusted: str) -> bytes | None:
    """Return the bytes (RFC 9285 §4), or None for text that is not Base45."""
    decoded = bytearray()
    for at in range(0, len(untrusted), 3):
        group = [_DIGITS.get(character) for character in untrusted[at : at + 3]]
        if None in group or len(group) == 1:
            return None
        value = sum((digit or 0) * 45**power for power, digit in enumerate(group))
        size = len(group) - 1
        if value >= 256**size:
            return None
        decoded += value.to_bytes(size, "big")
    return bytes(decoded)
