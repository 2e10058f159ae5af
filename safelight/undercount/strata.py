"""Strata: the same lists in several years or regions, answered one by one and added up.

Where lists reach regions or years differently, a table of all together mixes what is easy
to see with what is hard. Strata are the plain remedy (Sekar & Deming 1949, JASA 44:101).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from safelight.undercount.answer import Answer, Options, answered, refused
from safelight.undercount.combine import add_strata
from safelight.undercount.overlap import (
    LONGEST_NAME,
    Overlap,
    OverlapError,
    can_be_shown,
    rows_from_csv,
)
from safelight.undercount.verdict import estimate

_MOST_STRATA = 100


def strata_from_csv(untrusted: str, *, column: str) -> Mapping[str, Overlap]:
    """A CSV as `Overlap.from_csv` reads it, with one more column that names the stratum.

    Raises `OverlapError` if there is no such column, or if a stratum's table cannot be.
    """
    rows = rows_from_csv(untrusted)
    header = rows[0][1]
    if header.count(column) != 1:
        raise OverlapError("the column of the strata must be in the header once")
    place = header.index(column)
    parts: dict[str, list[list[str]]] = {}
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise OverlapError(f"line {line} has {len(row)} cells; expected {len(header)}")
        parts.setdefault(row[place], []).append(row[:place] + row[place + 1 :])
    if not 2 <= len(parts) <= _MOST_STRATA:
        raise OverlapError(f"strata are 2 to {_MOST_STRATA}; got {len(parts)}")
    if not all(can_be_shown(name) for name in parts):
        raise OverlapError(
            f"a stratum's name is up to {LONGEST_NAME} letters, digits, signs and spaces"
        )
    found = {}
    for number, (name, part) in enumerate(parts.items(), start=1):
        out = io.StringIO(newline="")
        csv.writer(out).writerows([header[:place] + header[place + 1 :], *part])
        try:
            found[name] = Overlap.from_csv(out.getvalue())
        except OverlapError as wrong:
            raise OverlapError(f"stratum number {number}: {wrong}") from None
    return found


def merged(strata: Sequence[Overlap]) -> Overlap:
    """All incidents of several tables of the same lists in one."""
    if len({one.lists for one in strata}) != 1:
        raise OverlapError("tables are merged if they have the same lists in the same order")
    noise = float(np.sqrt(sum(one.noise_scale**2 for one in strata)))
    counts = np.sum([one.counts for one in strata], axis=0)
    return Overlap(strata[0].lists, counts, noise)


def estimate_strata(strata: Mapping[str, Overlap], *, method: str, options: Options) -> Answer:
    """One answer for the sum. `diagnostics` has each stratum's and that of the merged table."""
    parts = {}
    for number, (name, one) in enumerate(strata.items()):

        def share_done(share: float, number: int = number) -> None:
            if options.on_progress is not None:
                options.on_progress((number + share) / len(strata))

        parts[name] = estimate(one, method=method, options=replace(options, on_progress=share_done))
    whole = merged(list(strata.values()))
    total = add_strata(parts, level=options.level)
    told = {"strata": {name: one.as_json() for name, one in parts.items()}}
    if total.estimate is None or total.interval is None:
        return refused(whole, method, level=options.level, reason=total.reason, diagnostics=told)
    return answered(
        whole,
        method,
        verdict=total.verdict,
        estimate=total.estimate,
        interval=total.interval,
        model=f"{len(parts)} strata, one model each",
        reason=f"The sum of {len(parts)} strata. {total.reason}",
        diagnostics=told,
    )
