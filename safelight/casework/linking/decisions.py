"""A person's word on two records: an entry of the journal, reversible, and reused.

Entries hold random row ids and codes of lists, nothing of what a record says. Desks of a
team share them with the rest of the journal; of two judgements of one pair the later in the
journal's order counts, on every desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safelight.casework.folding import entry_name
from safelight.casework.linking import kinds
from safelight.errors import SafelightError
from safelight.journal.chain import append, told
from safelight.linkage.decision import Decision

Named = tuple[str, str]


class LinkingDecisionError(SafelightError):
    """A judgement that does not stand, or not any more."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`name`: of its entry, by which it is taken back."""

    name: str
    desk: str
    at: datetime
    decision: Decision


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample: pairs with their stratum, and how many pairs each stratum has."""

    at: datetime
    pairs: tuple[tuple[Named, Named, str], ...]
    sizes: Mapping[str, int]


def decide(one: Named, other: Named, *, same: bool) -> None:
    """Write down that two records are the same, or are not."""
    if one == other:
        raise LinkingDecisionError("a judgement is about two records; got one twice")
    first, second = sorted((one, other))
    body = {"one": list(first), "other": list(second), "same": same}
    with transaction.atomic():
        append(kinds.DECIDED, body, subject=kinds.SUBJECT)


def take_back(name: str) -> None:
    """Take a judgement back; raises `LinkingDecisionError` if it does not stand."""
    if name not in {one.name for one in judgements()}:
        raise LinkingDecisionError(
            "this judgement does not stand any more; look at the list of judgements again"
        )
    with transaction.atomic():
        append(kinds.TAKEN_BACK, {"judgement": name}, subject=kinds.SUBJECT)


def write_sample(pairs: Sequence[tuple[Named, Named, str]], sizes: Mapping[str, int]) -> None:
    """Write down which pairs were drawn to be judged, before anybody judges them."""
    body = {
        "pairs": [[*one, *other, stratum] for one, other, stratum in pairs],
        "sizes": dict(sizes),
    }
    with transaction.atomic():
        append(kinds.SAMPLED, body, subject=kinds.SUBJECT)


def judgements() -> list[Judgement]:
    """The judgements that stand, one for each pair, the oldest first."""
    standing: dict[tuple[Named, Named], Judgement] = {}
    for entry in (one.entry for one in told(kinds.SUBJECT)):
        body = entry.body
        if entry.kind == kinds.DECIDED:
            pair = (tuple(body["one"]), tuple(body["other"]))
            standing.pop(pair, None)
            decision = Decision(*pair, same=bool(body["same"]))
            standing[pair] = Judgement(entry_name(entry), entry.desk, entry.at, decision)
        elif entry.kind == kinds.TAKEN_BACK:
            standing = {
                pair: one for pair, one in standing.items() if one.name != body["judgement"]
            }
    return list(standing.values())


def latest_sample() -> Sample | None:
    """The sample drawn last, or None."""
    drawn = [one.entry for one in told(kinds.SUBJECT) if one.entry.kind == kinds.SAMPLED]
    if not drawn:
        return None
    body = drawn[-1].body
    return Sample(
        drawn[-1].at,
        tuple(((a, b), (c, d), stratum) for a, b, c, d, stratum in body["pairs"]),
        {str(name): int(size) for name, size in body["sizes"].items()},
    )
