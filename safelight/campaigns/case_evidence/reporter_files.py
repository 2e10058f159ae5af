"""What the reporter sent as files, as items beside those of our own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from safelight.casework.folding import CaseNow
from safelight.casework.inbox import write_file
from safelight.casework.kept_envelopes import kept_file
from safelight.casework.models import EnvelopeState, ReceivedEnvelope


@dataclass(frozen=True, slots=True)
class ReportersFile:
    """A file the reporter sent. `envelope`: the digest of the sealed file it arrived in."""

    envelope: str
    name: str = field(repr=False)
    media_type: str
    size: int
    on: date
    metadata: str


def files_of_reporter(now: CaseNow) -> tuple[ReportersFile, ...]:
    """The proven files of a conversation, the first first."""
    return tuple(
        ReportersFile(turn.key, turn.name, turn.media_type, turn.size, turn.written, turn.metadata)
        for turn in now.conversation
        if turn.kind == "file"
    )


def on_this_desk(files: Iterable[ReportersFile]) -> frozenset[str]:
    """Which of these files have their envelope here: a colleague's desk may have fetched it."""
    names = [one.envelope for one in files]
    rows = ReceivedEnvelope.objects.filter(digest__in=names).exclude(state=EnvelopeState.DESTROYED)
    return frozenset(rows.values_list("digest", flat=True))


class _Counting:
    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        return self._sink.write(data)


def write_clear(one: ReportersFile, target: Path) -> str:
    """Write the file as the reporter sent it; return SHA-256 of its bytes in hex."""
    with target.open("xb") as sink:
        counting = _Counting(sink)
        write_file(one.envelope, counting, is_proven=True)
    return counting.digest.hexdigest()


def write_sealed(one: ReportersFile, target: Path) -> None:
    """Write the envelope as it arrived."""
    with target.open("xb") as sink:
        source = kept_file(one.envelope)
        while piece := source.read(1024 * 1024):
            sink.write(piece)
