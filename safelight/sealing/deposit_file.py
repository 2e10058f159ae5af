"""A deposit as one file: what the pocket form saves, for any channel (docs/spec/pocket-form.md).

    safelight-deposit/1 <mailbox> <verifier> <roster> <size>[+<size>…]⏎ <envelope>[<envelope>…]

The first envelope holds a report, the others files that belong to it. The line stands in the
clear: it says where the envelopes go, and nothing that the server would not see of any report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from safelight.errors import SafelightError
from safelight.sealing.envelope import Envelope, EnvelopeError

DEPOSIT_START: Final = b"safelight-deposit/1 "
MOST_ENVELOPES: Final = 8
# As much as one upload may have; the line itself needs at most 300 bytes.
LARGEST_DEPOSIT: Final = 16 * 1024 * 1024

LONGEST_LINE: Final = 300
_LINE: Final = re.compile(
    rb"safelight-deposit/1 ([0-9a-f]{32}) ([0-9a-f]{64}) ([1-9][0-9]{0,15})"
    rb" ([1-9][0-9]{0,8}(?:\+[1-9][0-9]{0,8})*)\n"
)


class DepositFileError(SafelightError):
    """Bytes that are no deposit file, or only a part of one."""


@dataclass(frozen=True, slots=True)
class DepositLine:
    """The first line: where the envelopes go, and where each of them stands in the file."""

    mailbox_id: bytes
    verifier: bytes
    roster: int
    sizes: tuple[int, ...]
    # Of the line itself, in bytes, with its line feed.
    length: int

    @classmethod
    def parse(cls, untrusted_start: bytes, *, size: int) -> DepositLine:
        """Read the line from the beginning of a file of `size` bytes (300 are enough).

        For a file that is too large to be held: `DepositFile.parse` reads the line this way
        and keeps the envelopes. Raises `DepositFileError`, also if `size` is not what the
        line says.
        """
        if size > LARGEST_DEPOSIT:
            raise DepositFileError(f"{size} bytes; a deposit file has at most {LARGEST_DEPOSIT}")
        line = _LINE.match(untrusted_start[:LONGEST_LINE])
        if line is None:
            raise DepositFileError(
                "expected a file that starts with the line of a deposit; got another file. "
                "Was it changed on its way, for example pasted as text?"
            )
        sizes = tuple(int(one) for one in line[4].split(b"+"))
        if len(sizes) > MOST_ENVELOPES:
            raise DepositFileError(
                f"{len(sizes)} envelopes; a deposit file has at most {MOST_ENVELOPES}"
            )
        expected = line.end() + sum(sizes)
        if size != expected:
            raise DepositFileError(
                f"{size} bytes where its first line says {expected}; "
                "it came cut off or changed, so ask for it again"
            )
        return cls(
            mailbox_id=bytes.fromhex(line[1].decode("ascii")),
            verifier=bytes.fromhex(line[2].decode("ascii")),
            roster=int(line[3]),
            sizes=sizes,
            length=line.end(),
        )

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield for each envelope where it begins in the file and where it has ended."""
        begin = self.length
        for size in self.sizes:
            yield begin, begin + size
            begin += size


@dataclass(frozen=True, slots=True)
class DepositFile:
    """Envelopes on their way to one mailbox; `roster` is the version they are sealed to."""

    mailbox_id: bytes
    verifier: bytes
    roster: int
    envelopes: tuple[Envelope, ...]

    @classmethod
    def parse(cls, untrusted: bytes) -> DepositFile:
        """Read a whole deposit file, or raise `DepositFileError`."""
        line = DepositLine.parse(untrusted, size=len(untrusted))
        return cls(line.mailbox_id, line.verifier, line.roster, _envelopes(untrusted, line))

    def to_bytes(self) -> bytes:
        """Return the file; `DepositFile.parse` gives back an equal one."""
        sizes = "+".join(str(len(envelope.sealed)) for envelope in self.envelopes)
        line = f"{self.mailbox_id.hex()} {self.verifier.hex()} {self.roster} {sizes}\n"
        return b"".join(
            [
                DEPOSIT_START,
                line.encode("ascii"),
                *(envelope.sealed for envelope in self.envelopes),
            ]
        )


def unpacked(contents: Iterable[bytes | None]) -> Iterator[bytes | None]:
    """Yield what came, with the envelopes of each deposit file in its place.

    None stands for what cannot be taken in; a damaged deposit file becomes None as well.
    """
    for untrusted in contents:
        if untrusted is None or not untrusted.startswith(DEPOSIT_START):
            yield untrusted
            continue
        try:
            deposit = DepositFile.parse(untrusted)
        except DepositFileError:
            yield None
            continue
        yield from (envelope.sealed for envelope in deposit.envelopes)


def damaged_envelope(number: int, line: DepositLine, reason: EnvelopeError) -> DepositFileError:
    """Say which envelope of a deposit is none; `number` counts from 1."""
    return DepositFileError(f"envelope {number} of {len(line.sizes)}: {reason}")


def _envelopes(untrusted: bytes, line: DepositLine) -> tuple[Envelope, ...]:
    envelopes = []
    for number, (begin, end) in enumerate(line.places(), start=1):
        try:
            envelopes.append(Envelope.parse(untrusted[begin:end]))
        except EnvelopeError as reason:
            raise damaged_envelope(number, line, reason) from None
    return tuple(envelopes)
