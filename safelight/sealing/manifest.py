"""The manifest of a publication: every file with its size and SHA-256, signed.

A list of *all* files, so that an extra one is as wrong as a changed one; a version number
and the digest of the manifest before, so that an old publication cannot pass for the
newest and two cannot be mixed (what The Update Framework calls rollback and
mix-and-match; Samuel, Mathewson, Cappos & Dingledine 2010).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-publication/1"
PAYLOAD_TYPE: Final = "application/vnd.safelight.publication+json"
SIGNED_NAME: Final = "publication.dsse.json"
LARGEST_FILE: Final = 16 * 1024 * 1024
MOST_FILES: Final = 4096


class SignedFolderError(SafelightError):
    """A folder that is not as its keeper signed it, or may not be signed as it is."""


_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# Relative, no dot first in any part: no "..", no hidden file, no drive letter, no backslash.
_PATH: Final = re.compile(r"[a-z0-9][a-zA-Z0-9_.-]*(/[a-z0-9][a-zA-Z0-9_.-]*)*")
_LONGEST_PATH: Final = 200


@dataclass(frozen=True)
class FileFacts:
    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> FileFacts:
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True)
class Manifest:
    """`previous` is the digest of the manifest of version - 1; None for version 1 alone."""

    version: int
    on: date
    previous: str | None
    files: Mapping[str, FileFacts]

    @classmethod
    def of(
        cls, files: Mapping[str, bytes], *, version: int, on: date, previous: str | None
    ) -> Manifest:
        facts = {path: FileFacts.of(content) for path, content in sorted(files.items())}
        made = cls(version, on, previous, facts)
        return cls.parse(made.to_bytes())  # what we would not accept we do not make

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, ASCII. These bytes are signed."""
        document = {
            "format": FORMAT,
            "version": self.version,
            "on": self.on.isoformat(),
            "previous": self.previous,
            "files": {
                path: {"sha256": facts.sha256, "size": facts.size}
                for path, facts in self.files.items()
            },
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def parse(cls, untrusted: bytes) -> Manifest:
        """Read the canonical bytes, or raise `SignedFolderError`; other bytes are refused."""
        try:
            found = _read(parse_object(untrusted, largest=4 * 1024 * 1024))
        except (KeyError, TypeError, AttributeError, ValueError):
            raise SignedFolderError(
                f"not a {FORMAT} manifest: its fields cannot be read; "
                "fetch the publication again from another mirror"
            ) from None
        if found.to_bytes() != untrusted:
            raise SignedFolderError("the manifest is not in its canonical form")
        return found


def _read(document: Mapping[str, Any]) -> Manifest:
    if document["format"] != FORMAT:
        raise ValueError("format")
    version, previous = document["version"], document["previous"]
    if type(version) is not int or version < 1:
        raise ValueError("version")
    if (previous is None) != (version == 1):
        raise ValueError("previous")
    if previous is not None and not _SHA256.fullmatch(previous):
        raise ValueError("previous")
    files = {path: _facts(path, facts) for path, facts in document["files"].items()}
    if not 1 <= len(files) <= MOST_FILES:
        raise ValueError("files")
    return Manifest(version, date.fromisoformat(document["on"]), previous, files)


def _facts(path: str, facts: Mapping[str, Any]) -> FileFacts:
    safe = len(path) <= _LONGEST_PATH and _PATH.fullmatch(path) and path != SIGNED_NAME
    if not safe:
        raise ValueError("path")
    sha256, size = facts["sha256"], facts["size"]
    if not _SHA256.fullmatch(sha256) or type(size) is not int or not 0 <= size <= LARGEST_FILE:
        raise ValueError("facts")
    return FileFacts(sha256, size)


def sign_manifest(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    return sign_statement(manifest.to_bytes(), PAYLOAD_TYPE, key)


def verified_manifest(untrusted: bytes, key: Ed25519PublicKey) -> Manifest:
    """Return the manifest that `key` signed, or raise `SignedFolderError`."""
    try:
        payload = verified_payload(untrusted, PAYLOAD_TYPE, key)
    except StatementError as reason:
        raise SignedFolderError(f"the manifest is not signed by this key: {reason}") from None
    return Manifest.parse(payload)
