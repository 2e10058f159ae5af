"""Checking a list beside merely reading it with the csv module: rows a second, peak memory.

    python bench/partners.py [--rows 100000] [--rounds 3] [--json]

Three contenders read the same invented list (New York's form, two rows for every third
complaint) in processes of their own, in turns; the best round counts. `csv` is what any
script pays: csv.DictReader and a count. `read` is our bounded, hashing reader. `check`
gathers rows into incidents, codes them and looks at the ids. Time is CPU time of the
work, without the interpreter's start; memory is the kernel's VmHWM, above an idle start.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

# Each child imports only its own contender, or the peaks would be of all together.

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
CONTENDERS: Final = ("csv", "read", "check")


def _csv(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def _read(path: Path) -> int:
    from safelight.partners.list_file import ListFile
    from safelight.partners.profile_reading import shipped_profile

    profile = shipped_profile("nypd")
    required = [column.name for column in profile.layout.columns]  # type: ignore[union-attr]
    return sum(1 for _ in ListFile(path, profile.file, required=required).rows())


def _check(path: Path) -> int:
    from safelight.partners.check import check_list
    from safelight.partners.profile_reading import shipped_profile

    check = check_list(path, shipped_profile("nypd"))
    if check.verdict != "ready":
        raise SystemExit(f"the bench's own list is not ready: {check.problems}")
    return check.counts.rows.number


def _child(contender: str, path: Path) -> None:
    work: Callable[[Path], int] = {"csv": _csv, "read": _read, "check": _check}[contender]
    began = time.process_time()
    rows = work(path)
    seconds = time.process_time() - began
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    print(json.dumps({"rows": rows, "seconds": seconds, "kib": int(peak[1]) if peak else 0}))


def _write_list(path: Path, rows: int) -> None:
    from tests.partners.lists import GAY, JEWISH, NYPD_COLUMNS, nypd_row, write_csv

    def invented() -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        number = 0
        while len(found) < rows:
            number += 1
            one = nypd_row(
                10_000 + number % 89_999,
                year=str(2000 + number // 89_999 % 100),
                precinct=str(1 + number % 123),
                motive=GAY if number % 5 == 0 else JEWISH,
                arrest=f"K{number}",
            )
            found.append(one)
            if number % 3 == 0:
                found.append(one | {"Arrest Id": f"B{number}"})
        return found[:rows]

    write_csv(path, invented(), columns=NYPD_COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--child", nargs=2, metavar=("CONTENDER", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        _child(given.child[0], Path(given.child[1]))
        return
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="safelight-bench-") as folder:
        path = Path(folder) / "list.csv"
        _write_list(path, given.rows)
        megabytes = path.stat().st_size / 1e6
        print(f"{given.rows:,} rows, {megabytes:.1f} MB", file=sys.stderr)
        for round_ in range(given.rounds):
            for contender in CONTENDERS:
                print(f"round {round_ + 1}: {contender}", file=sys.stderr)
                out = subprocess.run(
                    [sys.executable, __file__, "--child", contender, str(path)],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
                found = json.loads(out)
                if contender not in best or found["seconds"] < best[contender]["seconds"]:
                    best[contender] = found
    base = best["csv"]["seconds"]
    facts = {
        name: {
            "rows_a_second": round(found["rows"] / found["seconds"]),
            "times_csv": round(found["seconds"] / base, 2),
            "peak_mib": round(found["kib"] / 1024, 1),
        }
        for name, found in best.items()
    }
    if given.as_json:
        print(json.dumps({"rows": given.rows, "megabytes": round(megabytes, 1), **facts}))
        return
    print(f"{'':8}{'rows/s':>12}{'× csv':>8}{'peak MiB':>10}")
    for name, fact in facts.items():
        print(f"{name:8}{fact['rows_a_second']:>12,}{fact['times_csv']:>8}{fact['peak_mib']:>10}")


if __name__ == "__main__":
    main()
