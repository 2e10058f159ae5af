"""The few static files, read once and served from memory, and the roster as it was signed.

A fixed table of names: no path from a request ever reaches the file system.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from django.http import HttpRequest, HttpResponse

from safelight.intake.current_roster import current_roster
from safelight.intake.refusal import unknown_address, wrong_method

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",  # the licences of what the script contains
}


@dataclass(frozen=True)
class Asset:
    """One public file, plain and compressed."""

    content_type: str
    plain: bytes
    compressed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Return every public file by name."""
    found = {}
    for entry in files("safelight.intake").joinpath("static").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in _TYPES:
            plain = entry.read_bytes()
            # mtime=0: the same file gives the same bytes on every server.
            packed = gzip.compress(plain, 9, mtime=0)
            found[entry.name] = Asset(_TYPES[suffix], plain, packed)
    return found


def static_file(request: HttpRequest, name: str) -> HttpResponse:
    """GET /static/<name>. Compressed where the browser can; it is public, so safely."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    asset = assets().get(name)
    if asset is None:
        raise unknown_address()
    return compressed_if_wanted(request, asset.plain, asset.compressed, asset.content_type)


def compressed_if_wanted(
    request: HttpRequest, plain: bytes, packed: bytes, content_type: str
) -> HttpResponse:
    """Return one of the two forms of the same public content.

    Only for bytes that are equal for every visitor. An answer that repeats what
    somebody typed, or shows a receipt, is never compressed: its length would tell
    about its content (BREACH, 2013).
    """
    wanted = accepts_gzip(request)
    response = HttpResponse(packed if wanted else plain, content_type=content_type)
    if wanted:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Accept-Language"
    return response


def accepts_gzip(request: HttpRequest) -> bool:
    encodings = request.META.get("HTTP_ACCEPT_ENCODING", "")
    return any(
        part.split(";")[0].strip() == "gzip" and "q=0" not in part.replace(" ", "").split(";")[1:]
        for part in encodings.split(",")
    )


PART: Final = 8192


def roster_parts(signed: bytes) -> list[bytes]:
    """Return the signed roster in pieces that come whole where connections are cut."""
    return [signed[start : start + PART] for start in range(0, len(signed), PART)]


def roster_part(request: HttpRequest, number: str) -> HttpResponse:
    """GET /roster/<number>, from 0: one piece. Whoever asks joins them and verifies the whole."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    parts = roster_parts(current_roster().signed)
    if int(number) >= len(parts):
        raise unknown_address()
    response = HttpResponse(parts[int(number)], content_type="application/octet-stream")
    response.headers["Safelight-Parts"] = str(len(parts))
    return response


def signed_roster(request: HttpRequest) -> HttpResponse:
    """GET /roster: the signed bytes, for desks and programs."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    return HttpResponse(current_roster().signed, content_type="application/json")
