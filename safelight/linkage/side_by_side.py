"""Two records beside each other for a person to judge: what agrees, and how much it says.

Nothing here says on which lists they stand: whoever knows that one came from the police
and one from a helpline expects them to differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from safelight.linkage.as_json import UNSURE
from safelight.linkage.clusters import CERTAIN
from safelight.linkage.comparing import levels
from safelight.linkage.linking import Linked

Agreement: TypeAlias = Literal["same", "near", "different", "nothing"]


@dataclass(frozen=True)
class Line:
    """One field of both records. `weight`: bits for (above 0) or against the same."""

    field: str
    left: str | None
    right: str | None
    agreement: Agreement
    weight: float


def unsure_places(linked: Linked) -> list[int]:
    """Pairs for a person, the most uncertain first; what somebody decided is not among them."""
    weight = linked.pairs.weight
    chance = 1 / (1 + np.exp(-np.clip(weight, -700, 700)))
    among = (np.abs(weight) < CERTAIN / 2) & (chance > UNSURE[0]) & (chance < UNSURE[1])
    places = np.flatnonzero(among)
    return [int(one) for one in places[np.argsort(np.abs(chance[places] - 0.5), kind="stable")]]


def side_by_side(linked: Linked, place: int) -> tuple[Line, ...]:
    """The lines of one pair, strongest evidence first. Which record stands left is by chance."""
    a, b = int(linked.pairs.a[place]), int(linked.pairs.b[place])
    one, other = linked.record(a), linked.record(b)
    # By a hash, so that the same pair always looks the same, and a list never stands left.
    if hashlib.sha256(f"{one}{other}".encode()).digest()[0] % 2:
        a, b = b, a
    chosen = linked.details.where(np.array([place]))
    evidence = linked.model.evidence(chosen)[0] / np.log(2)
    lines = []
    for number, field in enumerate(linked.fields):
        level = int(chosen.levels[0, number])
        last = len(levels(linked.fields, number)) - 1
        agreement: Agreement = (
            "nothing"
            if level < 0
            else "same"
            if level == 0
            else "different"
            if level == last
            else "near"
        )
        lines.append(
            Line(
                field.name,
                _cell(linked, a, field.name),
                _cell(linked, b, field.name),
                agreement,
                float(evidence[number]),
            )
        )
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))


def _cell(linked: Linked, record: int, title: str) -> str | None:
    for one in linked.lists:
        if record < len(one):
            cells = one.columns.get(title)
            return None if cells is None else cells[record]
        record -= len(one)
    return None
