"""What a desk has published, served as it was signed or not at all.

The folder is verified when the server starts, and each file again by its hash when somebody
asks for it: whoever can change the disk cannot put words into a publication. A newer folder
may be mirrored into its place while the server runs; an older one is not taken.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from safelight.intake.assets import accepts_gzip
from safelight.intake.configuration import PUBLICATION, PUBLICATION_KEY
from safelight.intake.refusal import RefusedError, unknown_address, wrong_method
from safelight.sealing.manifest import (
    SIGNED_NAME,
    FileFacts,
    Manifest,
    SignedFolderError,
    verified_manifest,
)
from safelight.sealing.signed_folder import LARGEST_SIGNED, open_plain, read_plain

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
# What is larger goes out in pieces, each read when the line has taken the one before: whoever
# asks for many large files and reads none would otherwise fill the memory.
WHOLE: Final = 256 * 1024
PIECE: Final = 32 * 1024
_LOG: Final = logging.getLogger("safelight.server")


class PublishedFile(HttpResponse):
    """An answer with the policy of published pages."""


class PublishedPieces(StreamingHttpResponse):
    """The same, for a file that is never in memory as a whole."""


@dataclass(frozen=True, slots=True)
class _Current:
    changed: tuple[int, int, int]
    manifest: Manifest
    signed: bytes


@dataclass(frozen=True, slots=True)
class _Large:
    """A file that was as signed when its pieces were hashed; each is hashed again when sent."""

    path: Path
    facts: FileFacts
    pieces: tuple[bytes, ...]

    @classmethod
    def of(cls, path: Path, facts: FileFacts) -> _Large:
        """Read it once, piece by piece. Raises `SignedFolderError` if it is not as signed."""
        whole, pieces = hashlib.sha256(), []
        with open_plain(path) as file:
            # One byte more than signed, and nobody reads what somebody appended.
            for at in range(0, facts.size + 1, PIECE):
                piece = file.read(min(PIECE, facts.size + 1 - at))
                whole.update(piece)
                pieces.append(hashlib.sha256(piece).digest())
        if whole.hexdigest() != facts.sha256:
            raise SignedFolderError("a file is not as it was signed")
        return cls(path, facts, tuple(pieces))

    def piece(self, place: int) -> bytes:
        # Opened for each piece: a line that takes nothing holds no file open.
        with open_plain(self.path) as file:
            file.seek(place * PIECE)
            found = file.read(min(PIECE, self.facts.size - place * PIECE))
        if hashlib.sha256(found).digest() != self.pieces[place]:
            raise SignedFolderError("a file is not as it was signed")
        return found

    def part(self, start: int, last: int) -> Iterator[bytes]:
        """Bytes `start` to `last`. Raises before a byte that was not signed is given out."""
        for place in range(start // PIECE, last // PIECE + 1):
            at = place * PIECE
            yield self.piece(place)[max(0, start - at) : last + 1 - at]


class _Publication:
    """One folder with the manifest that was last accepted of it."""

    def __init__(self, folder: Path, key: Ed25519PublicKey) -> None:
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        self._current: _Current | None = None

    def current(self) -> _Current:
        """Read it again when the file is another one; keep the old one if that is not newer."""
        state = (self._folder / SIGNED_NAME).stat()
        changed = (state.st_ino, state.st_mtime_ns, state.st_size)
        with self._lock:
            known = self._current
            if known is None or known.changed != changed:
                signed = read_plain(self._folder / SIGNED_NAME, largest=LARGEST_SIGNED)
                found = _Current(changed, verified_manifest(signed, self._key), signed)
                if known is not None and found.manifest.version < known.manifest.version:
                    _refuse("older")
                    found = _Current(changed, known.manifest, known.signed)
                known = self._current = found
            return known

    def content(self, name: str) -> bytes | _Large | None:
        """Return a file as it was signed; None if there is no such file in the manifest."""
        current = self.current()
        if name == SIGNED_NAME:
            return current.signed  # what was verified, not what lies there by now
        facts = current.manifest.files.get(name)
        if facts is None:
            return None
        if facts.size > WHOLE:
            return _large(self._folder / name, facts)
        content = read_plain(self._folder / name, largest=facts.size)
        if FileFacts.of(content) != facts:
            raise SignedFolderError("a file is not as it was signed")
        return content


@lru_cache(maxsize=256)  # 8 kB for the largest file there can be; what is refused is not kept
def _large(path: Path, facts: FileFacts) -> _Large:
    return _Large.of(path, facts)


@cache
def _publication() -> _Publication:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(os.environ[PUBLICATION_KEY]))
    return _Publication(Path(os.environ[PUBLICATION]), key)


def is_published() -> bool:
    """Whether the operator gave a publication to serve."""
    return bool(os.environ.get(PUBLICATION))


def published_file(request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """GET one file of the publication, whole, or from a byte on (RFC 9110, section 14).

    Text is compressed where the browser can, so that pages pass a line that cuts at 16 kB;
    what stays larger can be fetched in ranges.
    """
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    name = name + "index.html" if not name or name.endswith("/") else name
    try:
        content = _publication().content(name)
        answer = None if content is None else _answer(request, name, content)
    except (SignedFolderError, OSError) as trouble:
        _refuse(type(trouble).__name__)
        raise _not_as_signed() from None
    if answer is None:
        raise unknown_address()
    suffix = Path(name).suffix
    answer.headers["Content-Type"] = _TYPES.get(suffix, "application/octet-stream")
    answer.headers["Vary"] = "Accept-Encoding"
    if suffix not in _SHOWN or name == _FORM:
        answer.headers["Content-Disposition"] = "attachment"
    return answer


def _answer(
    request: HttpRequest, name: str, content: bytes | _Large
) -> HttpResponse | StreamingHttpResponse:
    if isinstance(content, _Large):
        sha256, size = content.facts.sha256, content.facts.size
    else:
        sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    asked = _RANGE.fullmatch(request.META.get("HTTP_RANGE", ""))
    # A download that goes on must go on with the same bytes (RFC 9110, section 13.1.5): a newer
    # publication may have come in between.
    if asked is not None and request.META.get("HTTP_IF_RANGE", f'"{sha256}"') == f'"{sha256}"':
        start = int(asked[1])
        last = min(int(asked[2]) if asked[2] else size - 1, size - 1)
        if start > last:
            refused = PublishedFile(status=416)
            refused.headers["Content-Range"] = f"bytes */{size}"
            return refused
        answer = _part(content, start, last)
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {start}-{last}/{size}"
    elif isinstance(content, bytes) and Path(name).suffix in _TYPES and accepts_gzip(request):
        answer = PublishedFile(_packed(sha256, content))
        answer.headers["Content-Encoding"] = "gzip"
        # Other bytes than a range of the plain file would go on with.
        answer.headers["ETag"] = f'"{sha256}-gzip"'
    else:
        answer = _part(content, 0, size - 1)
    answer.headers.setdefault("ETag", f'"{sha256}"')
    answer.headers["Accept-Ranges"] = "bytes"
    return answer


def _part(content: bytes | _Large, start: int, last: int) -> HttpResponse | StreamingHttpResponse:
    if isinstance(content, bytes):
        return PublishedFile(content[start : last + 1])
    content.piece(start // PIECE)  # so that a changed file is refused and not cut off, mostly
    answer = PublishedPieces(content.part(start, last))
    answer.headers["Content-Length"] = str(last + 1 - start)
    return answer


# Public, and the same for everybody. Kept by their hashes: 64 packed pages, and not the pages.
_PACKED: Final[dict[str, bytes]] = {}
_MOST_PACKED: Final = 64
_PACKING: Final = threading.Lock()


def _packed(sha256: str, content: bytes) -> bytes:
    with _PACKING:
        known = _PACKED.get(sha256)
    if known is None:
        known = gzip.compress(content, 9, mtime=0)
        with _PACKING:
            while len(_PACKED) >= _MOST_PACKED:
                _PACKED.pop(next(iter(_PACKED)))
            _PACKED[sha256] = known
    return known


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
