"""Captures of one local page beside programs by other people, in one run: time, size, what is kept.

The page leads on by a redirect, fetches by XHR and POST, has an iframe, a worker, lazy images, a
video, a feed without end and a button for more. Afterwards the site is stopped, what each program
kept is opened in the same browser, scrolled and pressed as a reader would, and asked for its
parts. What the programs are for differs (docs/spec/capture.md); the table says what came of it.

    make peers bench-peers; python bench/capture.py [--runs 3] [--only NAME]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench/peers")]

from captures import TOOLS, Tool, scroll_to_end  # noqa: E402

from tests.support.capture_feed import feed_site  # noqa: E402
from tests.support.capture_site import serving  # noqa: E402

# What a reader sees of each part. Text in any frame; pictures that were decoded.
WORDS: Final = {
    "redirect": "Паблик «Тест» и ещё",
    "XHR": "by XHR",
    "answer to a POST": "an answer to a question",
    "worker": "by a worker",
    "iframe": "in a frame",
    "feed, first part": "запись 1.0",
    "feed, last part": "запись 4.2",
    "show more": "comment 2",
}
_PICTURES: Final = """() => ({
  wide: [...document.images].filter(i => i.naturalWidth === 160).length,
  framed: [...document.images].filter(i => i.naturalWidth === 40).length,
  video: [...document.querySelectorAll("video")].filter(v => v.videoWidth > 0).length,
})"""


def parts(page: Any) -> dict[str, bool]:
    """Read a kept page to its end, as a person does."""
    found = dict.fromkeys((*WORDS, "image", "lazy image", "picture in the iframe", "video"), False)
    still = 0
    before = sum(found.values())
    while still < 12 and not all(found.values()):
        text, wide, framed, video = "", 0, 0, 0
        for frame in page.frames:
            with contextlib.suppress(Exception):  # a frame that goes while it is asked
                scroll_to_end(frame)
                page.wait_for_timeout(250)
                for button in frame.query_selector_all("#more"):
                    button.click(timeout=500)
                text += frame.evaluate("document.body.innerText") + "\n"
                there = frame.evaluate(_PICTURES)
                wide, framed = max(wide, there["wide"]), max(framed, there["framed"])
                video = max(video, there["video"])
        found |= {part: True for part, word in WORDS.items() if word in text}
        found["image"] |= wide >= 1
        found["lazy image"] |= wide >= 2
        found["picture in the iframe"] |= framed >= 1
        found["video"] |= video >= 1
        still, before = (0 if sum(found.values()) > before else still + 1), sum(found.values())
    return found


@dataclass
class Measured:
    """What came of one program, over all its runs."""

    tool: Tool
    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    kept: dict[str, bool] = field(default_factory=dict)
    note: str = ""

    def run(self, *, is_last: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            with serving(feed_site()) as site:
                began = time.perf_counter()
                self.note = self.tool.keep(place, site)
                self.seconds.append(time.perf_counter() - began)
            kept = [path for path in place.glob(self.tool.kept) if path.is_file()]
            self.sizes.append(sum(path.stat().st_size for path in kept))
            if is_last:
                # The site is gone: what is shown now was kept.
                with self.tool.shown(place, site.address) as page:
                    self.kept = parts(page)

    def told(self) -> dict[str, Any]:
        return {
            "tool": self.tool.name,
            "median_s": round(statistics.median(self.seconds), 1),
            "all_s": [round(one, 1) for one in self.seconds],
            "kB": round(statistics.median(self.sizes) / 1000, 1),
            "kept": [part for part, there in self.kept.items() if there],
            "not": [part for part, there in self.kept.items() if not there],
            "note": self.note,
        }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--only", nargs="*", default=[])
    asked = options.parse_args()
    all_of_them = []
    for tool in TOOLS:
        if asked.only and tool.name not in asked.only:
            continue
        if not tool.installed():
            print(json.dumps({"tool": tool.name, "note": "not installed"}))
            continue
        all_of_them.append(Measured(tool))
    # In turns, so that what else the machine does falls on each.
    for turn in range(asked.runs):
        for one in all_of_them:
            sys.stderr.write(f"{one.tool.name}, run {turn + 1} of {asked.runs}\n")
            one.run(is_last=turn == asked.runs - 1)
    for one in all_of_them:
        print(json.dumps(one.told(), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
