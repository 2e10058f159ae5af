"""WARC 1.1 records of one capture, and the index over them (ISO 28500, CDXJ).

Bodies are as the browser gave them to the page: decompressed. So `Content-Encoding` and
`Transfer-Encoding` stand under `x-orig-…`, which is what other browser recorders write, and
`Content-Length` is the body's.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from safelight.evidence.capture.redaction import Headers, Redactor
from safelight.evidence.capture.surt import surt

WARC_NAME: Final = "data.warc.gz"
_ENCODED: Final = frozenset({"content-encoding", "transfer-encoding"})
_PHRASES: Final = {200: "OK", 204: "No Content", 206: "Partial Content", 404: "Not Found"}


@dataclass(frozen=True)
class Exchange:
    """One request and the answer to it. `address`: what was connected to, "" if unknown."""

    url: str
    method: str
    request_headers: Headers
    request_body: bytes
    status: int
    phrase: str
    response_headers: Headers
    body: bytes
    at: datetime
    address: str


@dataclass(frozen=True)
class IndexLine:
    """Where an answer stands in the WARC. `asked`: digest of the request's body, "" without."""

    url: str
    at: datetime
    method: str
    asked: str
    status: int
    mime: str
    digest: str
    offset: int
    length: int

    def to_cdxj(self) -> str:
        """One line of CDXJ."""
        facts: dict[str, Any] = {
            "url": self.url,
            "mime": self.mime,
            "status": str(self.status),
            "digest": self.digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": WARC_NAME,
        }
        if self.method != "GET":
            facts |= {"method": self.method, "requestDigest": self.asked}
        stamp = self.at.strftime("%Y%m%d%H%M%S%f")[:17]
        return f"{surt(self.url)} {stamp} {json.dumps(facts, ensure_ascii=False)}\n"

    @classmethod
    def parse(cls, untrusted: str) -> IndexLine:
        """Read what `to_cdxj` wrote. Raises `ValueError` or `KeyError`."""
        _, stamp, rest = untrusted.split(" ", 2)
        facts = json.loads(rest)
        return cls(
            url=str(facts["url"]),
            at=datetime.strptime(stamp, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC),
            method=str(facts.get("method", "GET")),
            asked=str(facts.get("requestDigest", "")),
            status=int(facts["status"]),
            mime=str(facts["mime"]),
            digest=str(facts["digest"]),
            offset=int(facts["offset"]),
            length=int(facts["length"]),
        )


def body_digest(body: bytes) -> str:
    """What tells requests with different bodies apart; "" for none."""
    return hashlib.sha256(body).hexdigest()[:32] if body else ""


class ArchiveWriter:
    """Writes exchanges as they come, so that what came before a crash is on the disk."""

    def __init__(self, path: Path, *, software: str, redactor: Redactor) -> None:
        self._file = path.open("xb")
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
        self._redactor = redactor
        self.lines: list[IndexLine] = []
        facts = {
            "software": software,
            "format": "WARC File Format 1.1",
            "redacted": "cookies, authorisation headers and login values; see record.json",
        }
        self._writer.write_record(self._writer.create_warcinfo_record(WARC_NAME, facts))

    def add(self, untrusted: Exchange) -> None:
        """Write one exchange, without what a login left in it."""
        took = self._redactor
        url = took.text(untrusted.url.partition("#")[0], place="address")
        body = took.body(untrusted.body, place="answer")
        asked = took.body(untrusted.request_body, place="question")
        mime = _mime(untrusted.response_headers)
        answer_headers = [
            (f"x-orig-{name}" if name.lower() in _ENCODED else name, _one_line(value))
            for name, value in took.headers(untrusted.response_headers, place="answer")
            if name.lower() != "content-length"
        ]
        answer_headers.append(("Content-Length", str(len(body))))
        phrase = untrusted.phrase or _PHRASES.get(untrusted.status, "")
        warc_headers = {"WARC-Date": untrusted.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        if untrusted.address:
            warc_headers["WARC-IP-Address"] = untrusted.address
        response = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(
                f"{untrusted.status} {_one_line(phrase)}".strip(), answer_headers, "HTTP/1.1"
            ),
            warc_headers_dict=dict(warc_headers),
        )
        request = self._writer.create_warc_record(
            url,
            "request",
            payload=io.BytesIO(asked),
            length=len(asked),
            http_headers=StatusAndHeaders(
                f"{untrusted.method} {_target(url)} HTTP/1.1",
                self._asked_headers(untrusted, url),
                is_http_request=True,
            ),
        )
        offset = self._file.tell()
        self._writer.write_record(response)
        length = self._file.tell() - offset
        request.rec_headers.replace_header("WARC-Date", warc_headers["WARC-Date"])
        request.rec_headers.add_header(
            "WARC-Concurrent-To", response.rec_headers.get_header("WARC-Record-ID")
        )
        self._writer.write_record(request)
        digest = response.rec_headers.get_header("WARC-Payload-Digest") or ""
        self.lines.append(
            IndexLine(
                url=url,
                at=untrusted.at,
                method=untrusted.method,
                asked=body_digest(asked),
                status=untrusted.status,
                mime=mime,
                digest=digest,
                offset=offset,
                length=length,
            )
        )

    def close(self) -> None:
        self._file.close()

    def _asked_headers(self, untrusted: Exchange, url: str) -> list[tuple[str, str]]:
        kept = self._redactor.headers(untrusted.request_headers, place="question")
        headers = [(name, _one_line(value)) for name, value in kept]
        if not any(name.lower() == "host" for name, _ in headers):
            headers.insert(0, ("Host", urlsplit(url).netloc))
        return headers


def read_exchange(warc: bytes) -> tuple[int, Headers, bytes]:
    """Read the answer at the beginning of a piece of a WARC: status, headers, body.

    Raises `ValueError`.
    """
    for record in ArchiveIterator(io.BytesIO(warc)):
        if record.rec_type != "response" or record.http_headers is None:
            break
        status = int(record.http_headers.get_statuscode())
        return status, tuple(record.http_headers.headers), record.content_stream().read()
    raise ValueError("no answer at that place of the archive")


def headers_of(told: Mapping[str, str]) -> Headers:
    """Headers as the browser tells them, some with several values in one."""
    return tuple((name, one) for name, value in told.items() for one in str(value).split("\n"))


def cdxj(lines: list[IndexLine]) -> Iterator[str]:
    """Lines of CDXJ in the order that readers search in."""
    return iter(sorted(line.to_cdxj() for line in lines))


def _mime(headers: Headers) -> str:
    for name, value in headers:
        if name.lower() == "content-type":
            return _one_line(value).partition(";")[0].strip().lower()[:100] or "unk"
    return "unk"


def _one_line(value: str) -> str:
    return " ".join(value.splitlines())


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
