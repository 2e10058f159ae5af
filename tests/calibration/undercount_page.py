"""The page docs/methods/undercount-calibration.md, from what `undercount_runs` counted."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from safelight.undercount.simulation import Scenario
from tests.calibration.undercount_peers import SUMMARY
from tests.calibration.undercount_runs import SHOWN, Tally, first_set

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "undercount-calibration.md"
PEERS = ("Rcapture", "SparseMSE", "dga", "LCMCR")


@dataclass(frozen=True)
class Found:
    """Everything that the page shows; `recall` and `latent` with tables and successes.

    `halves`: what `run_halves` says of each scenario.
    """

    first: Sequence[Tally]
    second: Sequence[Tally]
    held_out: Sequence[Tally]
    recall: Sequence[tuple[Scenario, int, int, int]]
    latent: Sequence[tuple[Scenario, int, int, int]]
    halves: Sequence[tuple[Scenario, list[float]]]


def peer_coverage() -> dict[tuple[str, str], tuple[int, int, int]]:
    """Tables, answers and covering answers of each scenario and package."""
    with SUMMARY.open(encoding="utf-8", newline="") as file:
        return {
            (row["scenario"], row["method"]): (
                int(row["tables"]),
                int(row["answered"]),
                int(row["covered"]),
            )
            for row in csv.DictReader(file)
        }


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def coverage_table(tallies: Iterable[Tally]) -> list[str]:
    lines = [
        "| scenario | tables | " + " | ".join(SHOWN) + " |",
        "|---|---|" + "---|" * len(SHOWN),
    ]
    for tally in tallies:
        cells = []
        for family in SHOWN:
            share = tally.coverage(family)
            text = "–" if share is None else f"{share:.3f}"
            cells.append(f"**{text}**" if family in tally.scenario.right else text)
        lines.append(f"| {tally.scenario.name} | {tally.tables} | " + " | ".join(cells) + " |")
    return lines


def peer_table(tallies: Iterable[Tally]) -> list[str]:
    """Ours and theirs on tables of the same scenario; how many tables stands in brackets."""
    known, ours = peer_coverage(), {tally.scenario.name: tally for tally in tallies}
    lines = [
        "| scenario | " + " | ".join(PEERS) + " | what is stated here |",
        "|---|" + "---|" * (len(PEERS) + 1),
    ]
    for name in first_set():
        cells = []
        for peer in PEERS:
            tables, answered, covered = known.get((name, peer), (0, 0, 0))
            failed = f", {tables - answered} failed" if tables > answered else ""
            cells.append(f"{covered / answered:.2f} ({answered}{failed})" if answered else "–")
        stated = "–"
        if name in ours:
            tally = ours[name]
            stated = (
                f"{tally.stated_covers / tally.stated:.2f} ({tally.stated})"
                if tally.stated
                else "refused"
            )
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {stated} |")
    return lines


def verdict_table(tallies: Iterable[Tally]) -> list[str]:
    lines = [
        "| scenario | estimate | lower bound | refused | a stated interval covers | most often |",
        "|---|---|---|---|---|---|",
    ]
    for tally in tallies:
        shares = [
            _percent(tally.verdicts[verdict], tally.tables)
            for verdict in ("estimate", "lower-bound", "refused")
        ]
        often = ", ".join(
            f"{name} {_percent(count, tally.tables)}"
            for name, count in tally.decided_by.most_common(2)
            if name != "None"
        )
        stated = _percent(tally.stated_covers, tally.stated)
        lines.append(
            f"| {tally.scenario.name} | " + " | ".join(shares) + f" | {stated} | {often} |"
        )
    return lines


def latent_table(rows: Sequence[tuple[Scenario, int, int, int]]) -> list[str]:
    lines = ["| scenario | tables | chains agreed | of these cover |", "|---|---|---|---|"]
    for chosen, reps, agreed, covered in rows:
        share = f"{covered / agreed:.3f}" if agreed else "–"
        lines.append(f"| {chosen.name} | {reps} | {agreed} | {share} |")
    return lines


def halves_table(rows: Sequence[tuple[Scenario, list[float]]]) -> list[str]:
    lines = ["| scenario | tables | half of them less than | the farthest |", "|---|---|---|---|"]
    for chosen, moved in rows:
        lines.append(
            f"| {chosen.name} | {len(moved)} | {np.median(moved):.3f} | {max(moved):.3f} |"
        )
    return lines


def recall_table(rows: Sequence[tuple[Scenario, int, int, int]]) -> list[str]:
    lines = ["| scenario | tables | not told | told within five points |", "|---|---|---|---|"]
    for chosen, reps, blind, told in rows:
        lines.append(
            f"| {chosen.name} | {reps} | {_percent(blind, reps)} | {_percent(told, reps)} |"
        )
    return lines


def _or_said(rows: Sequence[Any], table: Callable[[Any], list[str]]) -> list[str]:
    return table(rows) if rows else ["Not reached in this run."]


def write_page(path: Path, found: Found) -> None:
    """Replace what stands between the markers; the words around are written by people."""
    first = found.first
    generated = [
        "## Do nominal 95 % intervals cover?",
        "",
        "Share of tables on which the interval holds the true number. **Bold**: the family's",
        "assumption holds in this scenario, so it has to be near .95.",
        "",
        *coverage_table(first),
        "",
        "## What is the verdict?",
        "",
        *verdict_table(first),
        "",
        "## Beside the peers",
        "",
        "Coverage of each package's 95 % interval on tables of the same scenarios and seeds, in",
        "brackets the number of tables; last, what `--method all` states here.",
        "",
        *peer_table(first),
        "",
        "## Second and third set",
        "",
        "Rules were changed after looking at these scenarios.",
        "",
        *_or_said(found.second, coverage_table),
        "",
        *(verdict_table(found.second) if found.second else []),
        "",
        "## Held out",
        "",
        *coverage_table(found.held_out),
        "",
        *verdict_table(found.held_out),
        "",
        "## Missed matches",
        "",
        "Coverage of the `loglinear` interval without and with `--match-recall`.",
        "",
        *_or_said(found.recall, recall_table),
        "",
        "## Latent classes",
        "",
        "Half of the chains and sweeps that are shipped (40 chains, 200 sweeps thrown away, 300",
        "kept), and the shipped run where these disagree.",
        "",
        *_or_said(found.latent, latent_table),
        "",
        "How far the ends of an interval move from half to the shipped run, in its widths:",
        "",
        *_or_said(found.halves, halves_table),
        "",
    ]
    text = path.read_text(encoding="utf-8")
    start, stop = text.index("<!-- generated -->"), text.index("<!-- end of generated -->")
    path.write_text(
        text[:start] + "<!-- generated -->\n\n" + "\n".join(generated) + "\n" + text[stop:],
        encoding="utf-8",
    )
