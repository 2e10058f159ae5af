"""Outcomes: CPU seconds for a desk's 50,000 cases, and the kernel beside statsmodels.

    python bench/outcomes.py [--cases 50000] [--json]

Both run now, in this process, on one thread. statsmodels gives shares and standard errors
of the same two causes; ours gives intervals as well. Figures within a factor of two mean
nothing on a shared machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from safelight.outcomes.curves import Rules  # noqa: E402
from safelight.outcomes.facts_file import read_facts  # noqa: E402
from safelight.outcomes.funnel import ALL_STAGES, Funnel, by_stratum, funnel  # noqa: E402
from safelight.outcomes.funnel_chart import funnel_svg  # noqa: E402
from safelight.outcomes.incidence import cumulative_incidence  # noqa: E402
from safelight.outcomes.incidence_chart import from_start_svg  # noqa: E402

AS_OF: Final = date(2026, 6, 30)
RULES: Final = Rules(
    level=0.95, least_cases=10, most_undated=0.2, most_proved=0.2, horizons=(30, 90, 365, 730)
)
WAY: Final = (
    ("F1_DECISION", "REPORT", "NOT_REPORT", 5),
    ("F2_REPORT", "ACCEPTED", "REFUSED_TO_ACCEPT", 5),
    ("F3_CASE", "OPENED_CRIMINAL", "REFUSED_TO_OPEN", 30),
    ("F6_SUSPECT", "IDENTIFIED", "SUSPENDED", 90),
    ("F7_CHARGED", "YES", "NO", 90),
    ("F8_COURT", "SENT", "RECONCILED", 120),
    ("F9_VERDICT", "CONVICTED", "ACQUITTED", 200),
)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def facts_csv(cases: int) -> bytes:
    """Seven in ten go on at each stage; nobody's facts."""
    rng = np.random.default_rng(1)
    rows = ["case,stage,code,date,occurred,district"]
    for number in range(cases):
        day = AS_OF - timedelta(days=int(rng.integers(1, 1500)))
        happened, district = day, f"D{rng.integers(8)}"
        for stage, on, off, days in WAY:
            day += timedelta(days=int(rng.exponential(days)))
            goes_on = rng.random() < 0.7
            rows.append(f"{number},{stage},{on if goes_on else off},{day},{happened},{district}")
            if not goes_on:
                break
    return "\n".join(rows).encode()


def kernel(n: int) -> list[dict[str, Any]]:
    from statsmodels.duration.survfunc import CumIncidenceRight

    rng = np.random.default_rng(2)
    waits = np.ceil(rng.exponential(300, n))
    causes = rng.integers(0, 3, n)
    ours, found = seconds(
        lambda: cumulative_incidence(waits, causes, n_causes=2, level=0.95).cause(1)
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        theirs, peer = seconds(lambda: CumIncidenceRight(waits, causes))
    place = np.searchsorted(peer.times, found.days)
    apart = float(np.abs(peer.cinc[0][place] - found.share).max())
    told = f"statsmodels {theirs:.3f} s, shares apart by {apart:.0e}"
    return [{"what": f"Aalen–Johansen of {n:,} waits", "seconds": ours, "told": told}]


def whole(cases: int) -> list[dict[str, Any]]:
    text = facts_csv(cases)
    reading, read = seconds(lambda: read_facts(text))
    counting, found = seconds(
        lambda: funnel(read.cases, as_of=AS_OF, rules=RULES, stages=ALL_STAGES)
    )
    strata, _ = seconds(
        lambda: by_stratum(read.cases, "district", as_of=AS_OF, rules=RULES, stages=ALL_STAGES)
    )
    assert isinstance(found, Funnel)
    drawing, size = seconds(
        lambda: [len(draw(found, language="ru").encode()) for draw in (funnel_svg, from_start_svg)]
    )
    return [
        {"what": f"read {len(text):,} bytes", "seconds": reading, "told": f"{found.cases:,} cases"},
        {"what": "funnel of all", "seconds": counting, "told": f"{len(found.steps)} steps"},
        {"what": "funnel of 8 strata", "seconds": strata, "told": ""},
        {"what": "both charts", "seconds": drawing, "told": f"{size[0]:,} and {size[1]:,} bytes"},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--json", action="store_true", dest="as_json")
    chosen = parser.parse_args()
    rows = [*kernel(1_000), *kernel(100_000), *whole(chosen.cases)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if chosen.as_json:
        print(json.dumps({"rows": rows, "peak_megabytes": memory}))
        return
    for row in rows:
        print(f"{row['what']:<32} {row['seconds']:>8.3f} CPU s   {row['told']}")
    print(f"peak memory {memory:,.0f} MB, statsmodels included")


if __name__ == "__main__":
    main()
