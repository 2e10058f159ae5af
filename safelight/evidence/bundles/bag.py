"""BagIt 1.0 (RFC 8493): manifests, and a walk through a folder from a stranger's disk."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.evidence.problems import EvidenceError

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BAG_INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
# Beyond BagIt, ours:
CUSTODY_LOG: Final = "custody.log"
CUSTODY_TREE: Final = "custody-tree.txt"
DESK_KEY: Final = "desk.pem"
SCRIPT: Final = "verify.sh"
ITEMS: Final = "data/items.json"
LARGEST_TAG_FILE: Final = 16 * 1024 * 1024
MOST_FILES: Final = 100_000
_PIECE: Final = 1024 * 1024
# We choose every name in a bag, so no name needs the escapes of RFC 8493 §2.1.3, none differs
# between file systems, and none can be mistaken by a shell. No part begins with a dot.
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LINE: Final = re.compile(rf"([0-9a-f]{{64}})  ({NAME.pattern})")


@dataclass(frozen=True)
class Found:
    """The plain files of a folder by their names, and how many other things stand in it."""

    files: Mapping[str, Path]
    unsafe: int


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def manifest_bytes(digests: Mapping[str, str]) -> bytes:
    """Return the lines of a manifest, sorted by name: `digest  name`, as sha256sum writes."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("ascii")


def parse_manifest(untrusted: bytes, *, payload: bool) -> dict[str, str]:
    """Return name → digest. Raises `EvidenceError`; `payload` says on which side of `data/`."""
    try:
        text = untrusted.decode("ascii")
    except UnicodeDecodeError:
        raise EvidenceError("a manifest is ASCII text as this program writes it") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found or match[2].startswith("data/") is not payload:
            raise EvidenceError(
                f"line {number} of a manifest is not `digest  name`, each name once"
            )
        found[match[2]] = match[1]
    if text and not text.endswith("\n"):
        raise EvidenceError("the last line of a manifest is cut off")
    return found


def walk(folder: Path) -> Found:
    """List a folder without following a link. Raises `EvidenceError` for a huge one.

    Links, pipes, devices, folders without a file, and names that no bundle of ours has are
    counted as unsafe and not opened.
    """
    files: dict[str, Path] = {}
    unsafe = 0
    places = [(folder, "")]
    while places:
        place, prefix = places.pop()
        with os.scandir(place) as entries:
            listed = list(entries)
        if not listed and prefix:
            unsafe += 1
        for entry in listed:
            name = prefix + entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if not NAME.fullmatch(name) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                unsafe += 1
            elif stat.S_ISDIR(mode):
                places.append((Path(entry.path), name + "/"))
            else:
                files[name] = Path(entry.path)
        if len(files) + unsafe + len(places) > MOST_FILES:
            raise EvidenceError(f"more than {MOST_FILES} files; no evidence bundle has as many")
    return Found(files, unsafe)


def read_tag_file(path: Path) -> bytes:
    """Return a tag file's content. Raises `EvidenceError` if it is too large to be one."""
    with path.open("rb") as file:
        untrusted = file.read(LARGEST_TAG_FILE + 1)
    if len(untrusted) > LARGEST_TAG_FILE:
        raise EvidenceError(f"a tag file has at most {LARGEST_TAG_FILE} bytes; this one has more")
    return untrusted
