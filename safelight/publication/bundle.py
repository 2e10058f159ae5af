"""A publication as a signed folder: written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.publication.checksums import with_checksums
from safelight.sealing.manifest import SIGNED_NAME, Manifest, SignedFolderError, sign_manifest


def build_bundle(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    key: Ed25519PrivateKey,
    on: date,
    previous: Manifest | None,
) -> Manifest:
    """Write `files` and their signed manifest to `folder`, which must not exist yet.

    Everything is written and synced beside it under another name and renamed at the end,
    so a folder with this name is complete. The two files of `checksums` are added.
    `previous` is the manifest of the publication before this one; None for the first.
    Equal arguments give equal bytes.
    """
    if folder.exists() or folder.is_symlink():
        raise SignedFolderError(
            "the folder to publish into exists already; give a new name and name the old folder "
            "as the previous publication, so that no half-replaced site is ever served"
        )
    version = 1 if previous is None else previous.version + 1
    files = with_checksums(files, version=version, on=on, key=key)
    manifest = Manifest.of(
        files,
        version=version,
        on=on,
        previous=None if previous is None else previous.digest,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=".publication-", dir=folder.parent))
    try:
        workplace.chmod(0o755)
        for path, content in files.items():
            _write(workplace / path, content)
        _write(workplace / SIGNED_NAME, sign_manifest(manifest, key))
        for place, _, _ in os.walk(workplace):
            _sync(Path(place))
        workplace.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(workplace, ignore_errors=True)
        raise
    return manifest


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
