"""Threat: page-that-never-ends: a hostile page scrolls, reloads, streams, opens windows and asks
questions without end; its capture ends in time, keeps what came, and names each thing it left out.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from safelight.evidence.capture.capture_record import CaptureStatus, GapKind
from tests.support.capture_site import LIMITS, Site, captured, drip, html, redirect, serving
from tests.support.sandbox import need_boxed_browser

pytestmark = pytest.mark.browser
SHORT = replace(LIMITS, seconds=20, resource_seconds=2, settle_seconds=4, rounds=4)


@pytest.fixture(autouse=True)
def _programs() -> None:
    need_boxed_browser()


def test_a_page_without_an_end_is_captured_in_part(tmp_path: Path) -> None:
    def stream(handler: BaseHTTPRequestHandler) -> None:
        drip(handler, "Content-Type: text/event-stream", b"data: more\n\n", 0.05)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        drip(handler, "Content-Type: text/plain", b"more\n", 0.05)

    body = """<h1>what was said</h1><div id=end style="height: 900px"></div><script>
      new EventSource("/stream"); fetch("/slow");
      for (const url of ["/window", "about:blank"]) window.open(url);
      setTimeout(() => alert("a question"), 100); setTimeout(() => prompt("another"), 300);
      onbeforeunload = e => { e.preventDefault(); return "stay" };
      navigator.serviceWorker?.register("/worker.js").catch(() => 0);
      setInterval(() => { const p = document.createElement("p"); p.style.height = "900px";
        p.textContent = "and more"; document.body.append(p) }, 100);
      setTimeout(() => { location = "/file.bin" }, 600);
    </script>"""
    site = Site(
        {
            "/": html(body),
            "/stream": stream,
            "/slow": slow,
            "/window": html("<script>window.open('/window')</script>"),
            "/worker.js": (200, {"Content-Type": "text/javascript"}, b"onfetch = () => 0"),
            "/file.bin": (
                200,
                {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"},
                b"x" * 1000,
            ),
        }
    )
    began = time.monotonic()
    with serving(site):
        record = captured(tmp_path / "capture", site, limits=SHORT)
    assert time.monotonic() - began < 150
    assert record.status is CaptureStatus.PARTIAL
    gaps = {gap.kind for gap in record.gaps}
    assert {GapKind.LIVE_CONNECTION, GapKind.NEVER_ENDED, GapKind.SCROLL_LIMIT} <= gaps
    noise = {one.what for one in record.noise}
    assert "dialog" in noise
    assert "what was said" in (tmp_path / "capture/text.txt").read_text()
    assert {"screenshot.png", "page.wacz"} <= record.files.keys()


def test_a_page_that_always_leads_on_ends(tmp_path: Path) -> None:
    numbers = itertools.count()

    def onward(_handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        return redirect(f"/onward?{next(numbers)}")

    site = Site({"/onward": onward})
    with serving(site):
        record = captured(tmp_path / "capture", site, "/onward", limits=SHORT, behaviours=())
    assert record.status is CaptureStatus.FAILED
    assert [(gap.kind, gap.detail) for gap in record.gaps if gap.kind is GapKind.NO_PAGE] == [
        (GapKind.NO_PAGE, "err_too_many_redirects")
    ]
    # What came is kept even so.
    assert "page.wacz" in record.files


def test_a_page_that_never_lets_go_of_the_browser_ends(tmp_path: Path) -> None:
    site = Site({"/": html("<p>said</p><script>setTimeout(() => { for (;;) {} }, 50)</script>")})
    began = time.monotonic()
    limits = replace(SHORT, settle_seconds=3)
    with serving(site):
        record = captured(tmp_path / "capture", site, limits=limits, behaviours=())
    assert time.monotonic() - began < 100
    assert record.status is not CaptureStatus.COMPLETE
    assert "page.wacz" in record.files
