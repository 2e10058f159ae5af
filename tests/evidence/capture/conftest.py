"""One capture of the issue's page, which many tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from safelight.evidence.capture.capture_record import CaptureRecord
from tests.support.capture_feed import feed_site
from tests.support.capture_site import Site, captured, serving
from tests.support.sandbox import need_boxed_browser


@dataclass(frozen=True)
class FeedCapture:
    folder: Path
    record: CaptureRecord
    asked: tuple[str, ...]
    later: Path
    later_record: CaptureRecord


@pytest.fixture(scope="package")
def feed(tmp_path_factory: pytest.TempPathFactory) -> FeedCapture:
    """The page captured, then deleted by its owner, then captured again."""
    need_boxed_browser()
    place = tmp_path_factory.mktemp("captures")
    site: Site = feed_site()
    with serving(site):
        record = captured(place / "first", site)
        asked = tuple(site.asked)
        site.pages.clear()
        site.pages["/"] = (410, {"Content-Type": "text/plain"}, b"gone")
        later = captured(place / "later", site, behaviours=())
    return FeedCapture(place / "first", record, asked, place / "later", later)
