"""What a linkage found, as JSON for programs and as lines for people. No ids, no cells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from safelight.linkage.clusters import CERTAIN
from safelight.linkage.comparing import levels
from safelight.linkage.linking import Linked, combination_numbers

UNSURE: Final = (0.05, 0.95)
"""A pair whose chance lies between these is one for a person to look at."""


def linked_as_json(found: Linked, *, seed: int) -> dict[str, Any]:
    """JSON values only; the fields are described in docs/how-to/link-lists.md."""
    sizes = np.bincount(np.unique(found.label, return_inverse=True)[1])
    weight = found.pairs.weight
    chance = 1 / (1 + np.exp(-np.clip(weight, -700, 700)))
    open_pairs = np.abs(weight) < CERTAIN / 2
    return {
        "unit": found.unit.value,
        "lists": [
            {"name": one.name, "records": len(one), "holds_nothing_twice": one.once}
            for one in found.lists
        ],
        "records": len(found.label),
        "clusters": len(sizes),
        "clusters_of_two_or_more": int((sizes > 1).sum()),
        "largest_cluster": int(sizes.max()),
        "pairs_compared": found.compared_pairs,
        "pairs_unsure": int((open_pairs & (chance > UNSURE[0]) & (chance < UNSURE[1])).sum()),
        "expected_wrong_links": float((1 - chance)[open_pairs & (weight > 0)].sum()),
        "expected_missed_links": float(chance[open_pairs & (weight <= 0)].sum()),
        "decisions": found.decisions,
        "fields": _fields(found),
        "rules": [
            {
                "fields": sorted(found.fields[number].name for number in rule.fields),
                "pairs": round(rule.cost),
            }
            for rule in found.rules
        ],
        "list_pairs": [
            {
                "lists": [found.lists[one].name, found.lists[other].name],
                "matches": float(found.model.matches[number]),
                "pairs": float(found.model.possible[number]),
            }
            for (one, other), number in combination_numbers(len(found.lists)).items()
            if found.model.possible[number] >= 1
        ],
        "seed": seed,
    }


def _fields(found: Linked) -> list[dict[str, Any]]:
    told = []
    total = np.maximum(found.model.matches, 1e-9)
    for number, one in enumerate(found.fields):
        m = np.average(found.model.m[number], axis=0, weights=total)
        u = found.model.u[number]
        told.append(
            {
                "column": one.name,
                "kind": one.kind.value,
                "levels": [
                    {
                        "agreement": level.said,
                        "among_matches": float(m[place]),
                        "among_others": float(u[place]),
                        "weight": float(np.log2(m[place] / u[place])),
                    }
                    for place, level in enumerate(levels(found.fields, number))
                ],
            }
        )
    return told


def linked_as_text(told: dict[str, Any]) -> str:
    """The same for people, in a few lines."""
    lists = ", ".join(f"{one['name']} {one['records']:,}" for one in told["lists"])
    return "\n".join(
        [
            f"Lists: {lists} ({told['unit']}s)",
            f"Compared by: {', '.join(one['column'] for one in told['fields'])}",
            f"{told['pairs_compared']:,} pairs compared; {told['records']:,} records stand for "
            f"{told['clusters']:,} {told['unit']}s, {told['clusters_of_two_or_more']:,} of them "
            "with two records or more",
            f"About {told['expected_wrong_links']:.1f} links are wrong and "
            f"{told['expected_missed_links']:.1f} missing among the pairs compared; "
            f"{told['pairs_unsure']:,} pairs are for a person to decide",
        ]
    )
