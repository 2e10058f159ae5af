"""Threat: captor-that-gives-itself-away: a page learns from the browser of a capture that a program
looks, or what machine and place it looks from, and shows it something else or knows it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.capture_site import Site, captured, html, serving
from tests.support.sandbox import need_boxed_browser

ASKING = """<script>
const told = {
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  languages: navigator.languages,
  driven: navigator.webdriver,
  brands: (navigator.userAgentData || {brands: []}).brands.length,
  agent: navigator.userAgent,
  processors: navigator.hardwareConcurrency,
  fits: screen.width >= innerWidth && screen.height >= innerHeight,
};
onload = () => fetch("/told?" + encodeURIComponent(JSON.stringify(told)));
</script>a page"""


@pytest.mark.browser
def test_a_page_meets_an_ordinary_browser_without_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_boxed_browser()
    monkeypatch.setenv("TZ", "Asia/Irkutsk")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    site = Site({"/": html(ASKING), "/told": html("")})
    with serving(site):
        captured(tmp_path / "capture", site, behaviours=())
    [told] = {line.partition("?")[2] for line in site.asked if "/told?" in line}
    found = json.loads(unquote(told))
    assert "Headless" not in found.pop("agent")
    assert found == {
        "zone": "UTC",
        "languages": ["en"],
        "driven": False,
        "brands": 2,
        "processors": 4,
        "fits": True,
    }
