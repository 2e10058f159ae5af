"""Time and size of captures of one local page, beside `wget --warc-file`, in one run.

What the two do differs, and the table says so: wget runs no script and takes no picture. Ours
scrolls, presses, pictures, prints, fetches video again and replays what it made.

    python bench/capture.py [--runs 3]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.capture_feed import feed_site
from tests.support.capture_site import Site, captured, serving


def ours(place: Path, site: Site) -> str:
    record = captured(place / "capture", site)
    assert record.fidelity is not None
    return f"{record.status.value}, {record.fidelity.pixels_differing:.5f} of pixels differ"


def wget(place: Path, site: Site) -> str:
    place.mkdir(exist_ok=True)
    subprocess.run(
        [
            "wget",
            "-q",
            "-p",
            "-k",
            "--no-proxy",
            f"--warc-file={place}/w",
            "-P",
            place,
            site.address,
        ],
        check=False,
        capture_output=True,
    )
    return "no script, no picture"


def size(folder: Path, kind: str) -> int:
    return sum(one.stat().st_size for one in folder.rglob(kind))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=3)
    runs = options.parse_args().runs
    tools = [("safelight", ours, "*.wacz")]
    if shutil.which("wget"):
        tools.append(("wget --warc-file", wget, "*.warc.gz"))
    print(f"{'tool':18} {'median s':>9} {'archive kB':>11} {'all kB':>8} {'answers':>8}  note")
    for name, tool, kind in tools:
        seconds, archives, everything, asked, note = [], [], [], [], ""
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder, serving(feed_site()) as site:
                place = Path(folder) / "place"
                began = time.perf_counter()
                note = tool(place, site)
                seconds.append(time.perf_counter() - began)
                archives.append(size(place, kind))
                everything.append(size(place, "*.*"))
                asked.append(len({line for line in site.asked if "favicon" not in line}))
        kept, whole = (statistics.median(sizes) / 1000 for sizes in (archives, everything))
        print(
            f"{name:18} {statistics.median(seconds):9.1f} {kept:11.1f} {whole:8.1f} "
            f"{statistics.median(asked):8.0f}  {note}"
        )


if __name__ == "__main__":
    main()
