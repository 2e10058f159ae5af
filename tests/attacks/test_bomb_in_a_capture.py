"""Threat: bomb-in-a-capture: a page sends ten gigabytes, a small answer that unpacks to gigabytes,
or ten thousand requests; the capture keeps what fits its limits and names what it cut.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from safelight.evidence.capture.capture_record import CaptureStatus, GapKind
from tests.support.capture_site import LIMITS, MIB, Answer, Site, captured, html, serving
from tests.support.sandbox import need_boxed_browser


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    zeros = bytes(MIB)
    return b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()


@pytest.mark.browser
def test_what_is_too_much_is_cut_and_named(tmp_path: Path) -> None:
    need_boxed_browser()
    bomb = _bomb()
    assert len(bomb) < MIB

    def announced(handler: BaseHTTPRequestHandler) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {10 << 30}\r\n\r\n"
        handler.wfile.write(head.encode())
        for _ in range(20_000):
            handler.wfile.write(bytes(MIB))

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        for _ in range(20_000):
            handler.wfile.write(bytes(MIB))

    def packed(_: BaseHTTPRequestHandler) -> Answer:
        return 200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, bomb

    site = Site(
        {
            "/": html(
                """<p>what was said</p><script>fetch("/packed");fetch("/announced");
                const i = new Image(); i.src = "/endless";
                for (let n = 0; n < 500; n++) fetch("/small?" + n);</script>"""
            ),
            "/packed": packed,
            "/announced": announced,
            "/endless": endless,
            "/small": (200, {"Content-Type": "text/plain"}, b"small"),
        }
    )
    limits = replace(LIMITS, requests=60, settle_seconds=8, total_bytes=24 * MIB)
    with serving(site):
        record = captured(tmp_path / "capture", site, limits=limits, behaviours=())
    assert record.status is CaptureStatus.PARTIAL
    cut = {(gap.kind, gap.where.rpartition("/")[2]) for gap in record.gaps}
    assert (GapKind.TOO_LARGE, "packed") in cut
    assert (GapKind.TOO_LARGE, "announced") in cut
    assert GapKind.TOO_MANY_REQUESTS in {kind for kind, _ in cut}
    assert len([line for line in site.asked if "/small" in line]) <= 60
    # Received: the limit, and what was already on its way when it was reached.
    assert record.received_bytes < limits.total_bytes + 4 * MIB
    assert sum(one.size for one in record.files.values()) < 8 * MIB
    assert "what was said" in (tmp_path / "capture/text.txt").read_text()
