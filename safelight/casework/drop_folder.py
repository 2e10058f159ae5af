"""Envelopes that did not come through the server: files, mail, sticks, pictures of QR codes.

    path → files, not links → deposit file · bare envelope · mail message · picture
    mail → its attachments, looked at in the same way
    pictures → texts → frames → deposit files, as soon as all of one are there

What is none of these is counted and left where it is. Nothing here opens an envelope: the
inbox does, and knows bytes again that it has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.casework.drop_folder_mail import LARGEST_MAIL, attachments_of
from safelight.casework.qr_frames import Frames, Unfinished
from safelight.casework.qr_pictures import PictureReader, looks_like_a_picture
from safelight.errors import SafelightError
from safelight.sealing.deposit_file import (
    DEPOSIT_START,
    LARGEST_DEPOSIT,
    DepositFile,
    DepositFileError,
)

_AGE_FILE: Final = b"age-encryption.org/"
_MAILDIR: Final = ("cur", "new")
_DEEPEST: Final = 4
_MOST_FILES: Final = 100_000


class DropFolderError(SafelightError):
    """A path at which there is nothing to take in."""


@dataclass(slots=True)
class Looked:
    """What was found on the way; filled while the envelopes are taken."""

    files: int = 0
    mails: int = 0
    pictures: int = 0
    pictures_without_code: int = 0
    damaged: int = 0
    passed_over: int = 0
    unfinished: tuple[Unfinished, ...] = ()


def envelopes_in(paths: Iterable[Path], looked: Looked) -> Iterator[bytes]:
    """Yield every sealed envelope under `paths`, pictures last; `looked` says what was there.

    Raises `DropFolderError` for a path that does not exist, before anything is read.
    """
    given = list(paths)
    for path in given:
        if not path.exists():
            raise DropFolderError("expected a file or folder there; check the path")
    frames = Frames()
    with PictureReader() as reader:
        for file in _files_under(given):
            looked.files += 1
            yield from _envelopes_in_file(file, frames, reader, looked)
    for whole in frames.whole_files():
        yield from _envelopes_in(whole, looked)
    looked.unfinished = frames.unfinished()


def _files_under(paths: Iterable[Path]) -> Iterator[Path]:
    waiting, seen = [(path, 0) for path in reversed(list(paths))], 0
    while waiting and seen < _MOST_FILES:
        path, depth = waiting.pop()
        # A link could point at a device or at a secret of this machine.
        if path.is_symlink() or (depth > 0 and path.name.startswith(".")):
            continue
        if path.is_dir():
            if depth < _DEEPEST:
                waiting.extend((one, depth + 1) for one in sorted(path.iterdir(), reverse=True))
        elif path.is_file():
            seen += 1
            yield path


def _envelopes_in_file(
    file: Path, frames: Frames, reader: PictureReader, looked: Looked
) -> Iterator[bytes]:
    if file.stat().st_size > LARGEST_MAIL:
        looked.passed_over += 1
        return
    untrusted = file.read_bytes()
    if file.suffix.lower() == ".eml" or file.parent.name in _MAILDIR:
        looked.mails += 1
        for attachment in attachments_of(untrusted):
            yield from _sorted(attachment, frames, reader, looked, in_mail=True)
    else:
        yield from _sorted(untrusted, frames, reader, looked, in_mail=False)


def _sorted(
    untrusted: bytes, frames: Frames, reader: PictureReader, looked: Looked, *, in_mail: bool
) -> Iterator[bytes]:
    if looks_like_a_picture(untrusted):
        looked.pictures += 1
        added = [frames.add(text) for text in reader.texts(untrusted) or ()]
        if not any(added):
            looked.pictures_without_code += 1
    elif untrusted.startswith((DEPOSIT_START, _AGE_FILE)):
        yield from _envelopes_in(untrusted, looked)
    elif not in_mail:  # what else a mail consists of is its text
        looked.passed_over += 1


def _envelopes_in(untrusted: bytes, looked: Looked) -> Iterator[bytes]:
    if untrusted.startswith(_AGE_FILE):
        if len(untrusted) > LARGEST_DEPOSIT:
            looked.passed_over += 1
        else:
            yield untrusted  # the inbox keeps a damaged envelope, with its reason
        return
    try:
        deposit = DepositFile.parse(untrusted)
    except DepositFileError:
        looked.damaged += 1
        return
    for envelope in deposit.envelopes:
        yield envelope.sealed
