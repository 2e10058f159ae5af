"""What a desk has published, served as it was signed or not at all.

The folder is verified when the server starts, and each file again by its hash when somebody
asks for it: whoever can change the disk cannot put words into a publication. A newer folder
may be mirrored into its place while the server runs; an older one is not taken.
"""

from __future__ import annotations

import gzip
import logging
import os
import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import HttpRequest, HttpResponse

from safelight.intake.assets import accepts_gzip
from safelight.intake.configuration import PUBLICATION, PUBLICATION_KEY
from safelight.intake.refusal import RefusedError, unknown_address, wrong_method
from safelight.sealing.manifest import (
    LARGEST_FILE,
    SIGNED_NAME,
    FileFacts,
    Manifest,
    SignedFolderError,
)
from safelight.sealing.signed_folder import LARGEST_SIGNED, read_manifest, read_plain

# As in the pages' own <meta>, which older browsers read less strictly.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}
# Shown by the browser; everything else is a file to take along. The pocket form is a page with
# a script of its own, which has no business at this address.
_SHOWN: Final = frozenset({".html", ".css"})
_FORM: Final = "form.html"
_RANGE: Final = re.compile(r"bytes=([0-9]{1,9})-([0-9]{0,9})")
_LOG: Final = logging.getLogger("safelight.server")


class PublishedFile(HttpResponse):
    """An answer with the policy of published pages."""


@dataclass(frozen=True, slots=True)
class _Current:
    changed: tuple[int, int, int]
    manifest: Manifest


class _Publication:
    """One folder with the manifest that was last accepted of it."""

    def __init__(self, folder: Path, key: Ed25519PublicKey) -> None:
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        self._current: _Current | None = None

    def manifest(self) -> Manifest:
        """Read it again when the file is another one; keep the old one if that is not newer."""
        state = (self._folder / SIGNED_NAME).stat()
        changed = (state.st_ino, state.st_mtime_ns, state.st_size)
        with self._lock:
            known = self._current
            if known is None or known.changed != changed:
                found = read_manifest(self._folder, key=self._key)
                if known is not None and found.version < known.manifest.version:
                    _refuse("older")
                    found = known.manifest
                known = self._current = _Current(changed, found)
            return known.manifest

    def content(self, name: str) -> bytes | None:
        """Return a file as it was signed; None if there is no such file in the manifest."""
        if name == SIGNED_NAME:
            return read_plain(self._folder / SIGNED_NAME, largest=LARGEST_SIGNED)
        facts = self.manifest().files.get(name)
        if facts is None:
            return None
        content = read_plain(self._folder / name, largest=LARGEST_FILE)
        if FileFacts.of(content) != facts:
            raise SignedFolderError("a file is not as it was signed")
        return content


@cache
def _publication() -> _Publication:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(os.environ[PUBLICATION_KEY]))
    return _Publication(Path(os.environ[PUBLICATION]), key)


def is_published() -> bool:
    """Whether the operator gave a publication to serve."""
    return bool(os.environ.get(PUBLICATION))


def published_file(request: HttpRequest, name: str) -> HttpResponse:
    """GET one file of the publication, whole, or from a byte on (RFC 9110, section 14).

    Text is compressed where the browser can, so that pages pass a line that cuts at 16 kB;
    what stays larger can be fetched in ranges.
    """
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    name = name + "index.html" if not name or name.endswith("/") else name
    try:
        content = _publication().content(name)
    except (SignedFolderError, OSError) as trouble:
        _refuse(type(trouble).__name__)
        raise _not_as_signed() from None
    if content is None:
        raise unknown_address()
    suffix = Path(name).suffix
    response = PublishedFile(content_type=_TYPES.get(suffix, "application/octet-stream"))
    response.headers["ETag"] = f'"{FileFacts.of(content).sha256}"'
    if suffix not in _SHOWN or name == _FORM:
        response.headers["Content-Disposition"] = "attachment"
    asked = _RANGE.fullmatch(request.META.get("HTTP_RANGE", ""))
    if asked is not None:
        return _part(response, content, start=int(asked[1]), end=asked[2])
    response.headers["Accept-Ranges"] = "bytes"
    if suffix in _TYPES and accepts_gzip(request):
        content = _packed(content)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.content = content
    return response


def _part(response: HttpResponse, content: bytes, *, start: int, end: str) -> HttpResponse:
    last = min(int(end) if end else len(content) - 1, len(content) - 1)
    if start > last:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{len(content)}"
        return response
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {start}-{last}/{len(content)}"
    response.content = content[start : last + 1]
    return response


@lru_cache(maxsize=64)  # public, and the same for everybody
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def _not_as_signed() -> RefusedError:
    return RefusedError(
        503,
        "not-as-signed",
        expected="the publication as it was signed",
        got="other bytes, or none",
        next_step="look at another address of the address book, or come back in an hour",
    )


@lru_cache(maxsize=8)
def _refuse(why: str) -> None:
    """Once for each reason: nobody may fill the log by asking."""
    _LOG.error("publication.refused reason=%s", why)
