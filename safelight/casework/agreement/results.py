"""What a sample that was coded twice says: α for each field, and where the two differ.

Pure but for the vocabulary: pairs of codings in, lines out. Which difference fits which field
stands in `METRICS`: sets by MASI (Passonneau 2006), ladders by ranks, the rest as names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from safelight.casework.agreement.alpha import (
    MASI,
    NOMINAL,
    Alpha,
    Metric,
    NoAlpha,
    krippendorff_alpha,
    ordinal,
    reading,
)
from safelight.casework.agreement.second_coding import Twice
from safelight.casework.coding import CODED_BY_HAND
from safelight.vocabulary.schema import vocabulary

MIN_UNITS: Final = 10
LEVEL: Final = 0.95
DRAWS: Final = 1000

# From weakest to strongest. "Refuted" and "duplicate" stand on no rung: such a case is left out
# of this field's α, and still listed as a difference.
_CONFIDENCE: Final = ("NOT_SHOWN", "POSSIBLE", "LIKELY", "CONFIRMED")
_LADDER: Final = ("V0_UNCHECKED", "V1_COHERENT", "V2_CORROBORATED", "V3_DOCUMENTED")
_ORDINAL: Final[Mapping[str, Metric]] = {
    "bias_confidence": ordinal(*_CONFIDENCE),
    "verification": ordinal(*_LADDER),
}
# How a report arrived is no judgement.
_NOT_COMPARED: Final = frozenset({"channel"})


def compared_fields() -> tuple[str, ...]:
    """The fields that are compared, in the order of the coding page."""
    return tuple(name for name in CODED_BY_HAND if name not in _NOT_COMPARED)


def metric_of(name: str) -> Metric:
    """How differences in a field are measured."""
    if name in _ORDINAL:
        return _ORDINAL[name]
    return MASI if vocabulary().field(name).kind == "multi-code" else NOMINAL


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """One line of the table. `differ`: how many cases the two coded differently."""

    field: str
    found: Alpha | NoAlpha
    reading: str
    differ: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one case on which two people differ."""

    case_id: str
    field: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Agreement:
    """The results of a sample. `units`: cases that were coded twice."""

    units: int
    fields: tuple[FieldAgreement, ...]
    differences: tuple[Difference, ...]


def agreement(pairs: Sequence[Twice], *, seed: str) -> Agreement:
    """Return α of every field, and every difference. The same seed gives the same intervals."""
    both = sorted((p for p in pairs if p.second is not None), key=lambda p: p.case_id)
    lines, differences = [], []
    for name in compared_fields():
        metric = metric_of(name)
        values = [(p.first[name], p.second[name]) for p in both if p.second is not None]
        on_scale = [tuple(_on(metric, value) for value in pair) for pair in values]
        rng = np.random.default_rng(
            int.from_bytes(hashlib.sha256(f"{seed}\n{name}".encode()).digest()[:8], "big")
        )
        found = krippendorff_alpha(
            on_scale, metric, min_units=MIN_UNITS, level=LEVEL, draws=DRAWS, rng=rng
        )
        differing = [
            Difference(p.case_id, name, first, second)
            for p, (first, second) in zip(both, values, strict=True)
            if first != second
        ]
        lines.append(FieldAgreement(name, found, reading(found), len(differing)))
        differences += differing
    differences.sort(key=lambda one: one.case_id)
    return Agreement(len(both), tuple(lines), tuple(differences))


def _on(metric: Metric, value: Any) -> Any:
    return None if metric.scale and value not in metric.scale else value
