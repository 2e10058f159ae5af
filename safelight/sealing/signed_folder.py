"""A folder with a signed manifest, read from a stranger's disk: every file as signed, or a reason.

What a desk has published, on whatever host. Used by readers, by mirrors and by the server,
which serves it and must not be able to do more than that (so it stands here and not with the
code that makes publications).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.sealing.manifest import (
    LARGEST_FILE,
    MOST_FILES,
    SIGNED_NAME,
    FileFacts,
    Manifest,
    SignedFolderError,
    verified_manifest,
)

LARGEST_SIGNED: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class LastSeen:
    """The newest publication a reader has verified before: version, and its manifest's digest."""

    version: int
    digest: str | None = None


@dataclass(frozen=True)
class Verified:
    """What holds of a folder that verified."""

    version: int
    digest: str
    on: date
    files: int
    size: int


def read_manifest(folder: Path, *, key: Ed25519PublicKey) -> Manifest:
    """Return the signed manifest of a folder, without looking at the files it lists."""
    path = folder / SIGNED_NAME
    try:
        untrusted = read_plain(path, largest=LARGEST_SIGNED)
    except FileNotFoundError:
        raise SignedFolderError(
            f"no {SIGNED_NAME} in this folder; expected a publication as `safelight publication "
            "build` makes it"
        ) from None
    return verified_manifest(untrusted, key)


def verify_folder(folder: Path, *, key: Ed25519PublicKey, last_seen: LastSeen | None) -> Verified:
    """Verify every file of a folder, or raise `SignedFolderError` naming what is wrong.

    With `last_seen` an older publication is refused, another one of the same version, and
    a next one that does not follow it. Without, rollback cannot be noticed.
    """
    manifest = read_manifest(folder, key=key)
    _refuse_rollback(manifest, last_seen)
    found = dict(_found(folder))
    found.pop(SIGNED_NAME)
    problems = [f"missing: {path}" for path in manifest.files if path not in found]
    # An extra file's name is a stranger's text; how many there are is enough to act on.
    extra = sum(path not in manifest.files for path in found)
    if extra:
        problems.append(f"extra: {extra} files that the manifest does not list")
    for path, facts in manifest.files.items():
        if path in found and _facts(found[path]) != facts:
            problems.append(f"changed: {path}")
    if problems:
        raise SignedFolderError(
            f"this is not publication {manifest.version} as it was signed: "
            + "; ".join(problems[:10])
            + (f"; and {len(problems) - 10} more" if len(problems) > 10 else "")
            + ". Fetch it again from another mirror"
        )
    size = sum(facts.size for facts in manifest.files.values())
    return Verified(manifest.version, manifest.digest, manifest.on, len(manifest.files), size)


def _refuse_rollback(manifest: Manifest, last_seen: LastSeen | None) -> None:
    if last_seen is None:
        return
    if manifest.version < last_seen.version:
        raise SignedFolderError(
            f"this is publication {manifest.version}, but {last_seen.version} was seen before: "
            "an old one is shown as if it were new. Fetch it from another mirror"
        )
    if last_seen.digest is None:
        return
    if manifest.version == last_seen.version and manifest.digest != last_seen.digest:
        raise SignedFolderError(
            f"this is another publication {manifest.version} than the one seen before, signed "
            "with the same key: ask the keeper of the key which one is true"
        )
    if manifest.version == last_seen.version + 1 and manifest.previous != last_seen.digest:
        raise SignedFolderError(
            f"publication {manifest.version} does not follow the publication "
            f"{last_seen.version} seen before: ask the keeper of the key"
        )


def _found(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file and empty folder below `folder`; links and special files are refused, unread."""
    count = 0
    places = [folder]
    while places:
        place = places.pop()
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        if not entries:
            # No file leads to it, so nobody signed that it is there. With its slash it has a
            # name that no file in a manifest has.
            yield f"{place.relative_to(folder).as_posix()}/", place
        for entry in entries:
            path = Path(entry.path)
            count += 1
            if count > 2 * MOST_FILES:
                raise SignedFolderError(
                    f"more than {2 * MOST_FILES} entries; a publication has at most {MOST_FILES}"
                )
            if entry.is_dir(follow_symlinks=False):
                places.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield path.relative_to(folder).as_posix(), path
            else:
                raise SignedFolderError(
                    "a symbolic link or special file in the publication; it may lead outside, "
                    "so nothing of this folder is trusted"
                )


def _facts(path: Path) -> FileFacts | None:
    try:
        return FileFacts.of(read_plain(path, largest=LARGEST_FILE))
    except FileNotFoundError:  # taken away while we were looking
        return None


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file without following a link, even one put there a moment ago."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError:
        raise SignedFolderError(
            "a file of the publication cannot be opened, or is a symbolic link"
        ) from None
    # Before fdopen(), which has an error of its own for a directory and leaves the handle open.
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SignedFolderError(
            "a folder or special file stands where a file of the publication should"
        )
    return os.fdopen(handle, "rb")


def read_plain(path: Path, *, largest: int) -> bytes:
    """Read a plain file of at most so many bytes, as `open_plain` does."""
    with open_plain(path) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise SignedFolderError(f"a file is larger than {largest} bytes, the most that is read")
    return content
