"""Pack a capture's archive as WACZ 1.1.1, and read one.

https://specs.webrecorder.net/wacz/1.1.1/: a zip with the WARC, an index in blocks with an index
of the blocks, the list of pages, and `datapackage.json` with the digest of each.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from safelight.evidence.capture.archive import WARC_NAME, IndexLine, cdxj
from safelight.evidence.capture.problems import CaptureError

_ARCHIVE: Final = f"archive/{WARC_NAME}"
_INDEX: Final = "indexes/index.cdx.gz"
_BLOCKS: Final = "indexes/index.idx"
_PAGES: Final = "pages/pages.jsonl"
_LINES_PER_BLOCK: Final = 1024
_LONGEST_INDEX: Final = 64 * 1024 * 1024
_LONGEST_ANSWER: Final = 1024 * 1024 * 1024


def write_wacz(
    path: Path,
    *,
    warc: Path,
    lines: list[IndexLine],
    page: Mapping[str, str],
    software: str,
    now: datetime,
) -> None:
    """Write the package. `page`: id, url, ts, title, text of the one page."""
    index, blocks = _index(lines)
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
    pages = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (header, dict(page)))
    parts: dict[str, bytes] = {_INDEX: index, _BLOCKS: blocks, _PAGES: pages.encode()}
    with warc.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    listed = [_listed(_ARCHIVE, digest, warc.stat().st_size)]
    for name, content in parts.items():
        listed.append(_listed(name, hashlib.sha256(content).hexdigest(), len(content)))
    package = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": software,
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mainPageUrl": page["url"],
        "mainPageDate": page["ts"],
        "resources": listed,
    }
    described = json.dumps(package, ensure_ascii=False, indent=2).encode()
    digests = {
        "path": "datapackage.json",
        "hash": f"sha256:{hashlib.sha256(described).hexdigest()}",
    }
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED, allowZip64=True) as package_file:
        package_file.write(warc, _ARCHIVE)
        for name, content in parts.items():
            package_file.writestr(_entry(name, now), content)
        package_file.writestr(_entry("datapackage.json", now), described)
        package_file.writestr(_entry("datapackage-digest.json", now), json.dumps(digests))


class WaczReader:
    """Reads answers out of a WACZ that `write_wacz` made. Raises `CaptureError`."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            with self._zip.open(_INDEX) as packed, gzip.open(packed) as index:
                untrusted = index.read(_LONGEST_INDEX + 1)
            if len(untrusted) > _LONGEST_INDEX:
                raise CaptureError("the archive's index is longer than any that we write")
            self.lines = [
                IndexLine.parse(line) for line in untrusted.decode("utf-8").splitlines() if line
            ]
            self._warc = self._zip.open(_ARCHIVE)
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
            raise CaptureError(
                "the archive cannot be read; it is damaged, or not one of our captures"
            ) from None

    def piece(self, line: IndexLine) -> bytes:
        """The bytes of the WARC that a line of the index points to."""
        if not 0 <= line.length <= _LONGEST_ANSWER:
            raise CaptureError("the archive's index points to more than an answer can be")
        self._warc.seek(line.offset)
        return self._warc.read(line.length)

    def close(self) -> None:
        self._warc.close()
        self._zip.close()


def _index(lines: list[IndexLine]) -> tuple[bytes, bytes]:
    packed = bytearray()
    meta = {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    listed = [f"!meta 0 {json.dumps(meta)}\n"]
    written = list(cdxj(lines))
    for first in range(0, len(written), _LINES_PER_BLOCK):
        block = "".join(written[first : first + _LINES_PER_BLOCK]).encode()
        part = gzip.compress(block, mtime=0)
        key, stamp, _ = written[first].split(" ", 2)
        where = {
            "offset": len(packed),
            "length": len(part),
            "digest": f"sha256:{hashlib.sha256(part).hexdigest()}",
            "filename": "index.cdx.gz",
        }
        listed.append(f"{key} {stamp} {json.dumps(where)}\n")
        packed += part
    return bytes(packed) or gzip.compress(b"", mtime=0), "".join(listed).encode()


def _listed(path: str, digest: str, size: int) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    return {"name": name, "path": path, "hash": f"sha256:{digest}", "bytes": size}


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
