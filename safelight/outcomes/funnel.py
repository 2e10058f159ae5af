"""The impunity funnel: how many cases reached each stage, where they stopped, and why.

    answer = funnel(cases, as_of=date(2026, 6, 30), rules=rules, stages=ALL_STAGES)
    answer.step("F3_CASE").reached      # a count
    answer.step("F3_CASE").bounds       # what its share can still become

Counts are of cases as they stood on the as-of day. They are the desk's view: no cell is
hidden here, and nothing of this is cleared for publication, which goes through `release`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from safelight.outcomes.curves import NotEstimable, Rules, StepCurve, curve_of
from safelight.outcomes.facts import CaseFacts
from safelight.outcomes.following import Followed, StepTaken, follow
from safelight.outcomes.path import START, Path, PathStage, shipped_path
from safelight.outcomes.shares import Bounds, Share, bounds_of, share_of

ALL_STAGES: Final = tuple(shipped_path().stages)
UNKNOWN_STRATUM: Final = "UNK"
MOST_STRATA: Final = 60


@dataclass(frozen=True)
class Reason:
    """Why cases stopped at a step. `detail`: a finer reason; a case may have several of
    them, so they can add up to more than their whole. `share` is of the stopped."""

    stage: str
    code: str
    detail: str
    share: Share


@dataclass(frozen=True, eq=False)
class Step:
    """One stage, seen from the one it follows (`after`).

    `entered` = `reached` + `stopped` + `waiting`. `so_far`: reached of entered, which can
    only be final when nobody waits. `bounds`: that share if all who wait fail, and if all
    arrive. `proved`: how many of `entered` are only known to have been there from something
    later; where they are many, shares of `entered` mislead. `of_all`: reached of all cases
    that count from `Funnel.base` on.
    `curve` counts time from `after`, `from_start` from the incident.
    """

    stage: str
    after: str
    beside: bool
    entered: int
    reached: int
    stopped: int
    waiting: int
    so_far: Share
    bounds: Bounds | None
    of_all: Share
    reasons: tuple[Reason, ...]
    sources: Mapping[str, int]
    proved: int
    undated: int
    out_of_order: int
    curve: StepCurve | NotEstimable
    from_start: StepCurve | NotEstimable


@dataclass(frozen=True, eq=False)
class Funnel:
    """`cases` count; `not_yet` were not recorded by the as-of day. `base`: the first stage
    that any case counts from, with `base_cases` there; `entered_later`: cases of lists that
    begin further on. `not_recorded`: stages that no case has any fact of, left out because
    nobody asked for them. `overturned`: stops after which a case went on all the same.
    """

    as_of: date
    rules: Rules
    cases: int
    not_yet: int
    base: str
    base_cases: int
    entered_later: int
    not_recorded: tuple[str, ...]
    overturned: int
    steps: tuple[Step, ...]

    def step(self, stage: str) -> Step:
        return next(step for step in self.steps if step.stage == stage)


def funnel(
    cases: Iterable[CaseFacts],
    *,
    as_of: date,
    rules: Rules,
    stages: Sequence[str] | None,
    path: Path | None = None,
) -> Funnel | NotEstimable:
    """Follow every case to `as_of` and count. `stages` None: those any case has a fact of.

    A desk that records every stage passes `ALL_STAGES`, so that "nobody got there" shows as
    a zero; a list that records some passes those. Raises `PathError` for an unknown stage.
    """
    path = path or shipped_path()
    cases = list(cases)
    present = {fact.stage for case in cases for fact in case.facts}
    shown = path.chosen(present if stages is None else stages)
    followed = [follow(case, path=path, shown=shown, as_of=as_of) for case in cases]
    counted = [one for one in followed if one is not None]
    if not counted:
        return NotEstimable("no-cases")
    entry = min(one.entry for one in counted)
    at_base = [one for one in counted if one.entry == entry]
    steps = [
        _step(stage, after, counted, at_base, rules)
        for stage, after in _followed_by(shown)
        if stage.order > entry or stage.beside
    ]
    return Funnel(
        as_of=as_of,
        rules=rules,
        cases=len(counted),
        not_yet=len(followed) - len(counted),
        base=path.main[entry].name,
        base_cases=len(at_base),
        entered_later=len(counted) - len(at_base),
        not_recorded=tuple(
            name for name in path.stages if name not in {stage.name for stage in shown}
        ),
        overturned=sum(one.overturned for one in counted),
        steps=tuple(steps),
    )


def by_stratum(
    cases: Iterable[CaseFacts],
    name: str,
    *,
    as_of: date,
    rules: Rules,
    stages: Sequence[str] | None,
    path: Path | None = None,
) -> Mapping[str, Funnel | NotEstimable] | NotEstimable:
    """A funnel for each value of one stratum, in alphabetical order; "UNK" where none is given.

    All have the same stages. Small ones are shown as they are: this is the desk's view.
    """
    parts: dict[str, list[CaseFacts]] = {}
    for case in cases:
        parts.setdefault(case.strata.get(name) or UNKNOWN_STRATUM, []).append(case)
    if len(parts) > MOST_STRATA:
        return NotEstimable("too-many-strata", {"values": len(parts), "most": MOST_STRATA})
    if stages is None:
        stages = sorted(
            {fact.stage for part in parts.values() for case in part for fact in case.facts}
        )
    return {
        value: funnel(parts[value], as_of=as_of, rules=rules, stages=stages, path=path)
        for value in sorted(parts)
    }


def _followed_by(shown: Sequence[PathStage]) -> list[tuple[PathStage, str]]:
    """Each stage but the start, with the shown stage one waits from."""
    main = [stage for stage in shown if not stage.beside]
    pairs = []
    for stage in shown:
        if stage.name == START:
            continue
        earlier = [
            other
            for other in main
            if (other.order <= stage.order if stage.beside else other.order < stage.order)
        ]
        pairs.append((stage, earlier[-1].name))
    return pairs


def _step(
    stage: PathStage,
    after: str,
    counted: Sequence[Followed],
    at_base: Sequence[Followed],
    rules: Rules,
) -> Step:
    taken = [one.steps[stage.name] for one in counted if stage.name in one.steps]
    states = Counter(step.state for step in taken)
    reached = states["reached"]
    of_all = sum(
        1 for one in at_base if stage.name in one.steps and one.steps[stage.name].state == "reached"
    )
    begun = [one.from_start[stage.name] for one in counted if stage.name in one.from_start]
    return Step(
        stage=stage.name,
        after=after,
        beside=stage.beside,
        entered=len(taken),
        reached=reached,
        stopped=states["stopped"],
        waiting=states["waiting"],
        so_far=share_of(reached, len(taken), level=rules.level),
        bounds=bounds_of(reached, states["waiting"], len(taken)),
        of_all=share_of(of_all, len(at_base), level=rules.level),
        reasons=_reasons(taken, rules.level),
        sources=dict(sorted(Counter(step.source for step in taken if step.source).items())),
        proved=sum(step.proved for step in taken),
        undated=sum(step.undated for step in taken),
        out_of_order=sum(step.out_of_order for step in taken),
        curve=curve_of(taken, rules=rules),
        from_start=curve_of(begun, rules=rules),
    )


def _reasons(taken: Sequence[StepTaken], level: float) -> tuple[Reason, ...]:
    stops = [step.stop for step in taken if step.stop is not None]
    found = []
    tally = Counter((stop.stage, stop.code) for stop in stops)
    for (stage, code), count in tally.most_common():
        found.append(Reason(stage, code, "", share_of(count, len(stops), level=level)))
        finer = Counter(
            detail for stop in stops if (stop.stage, stop.code) == (stage, code)
            for detail in stop.reasons
        )  # fmt: skip
        found += [
            Reason(stage, code, detail, share_of(times, len(stops), level=level))
            for detail, times in finer.most_common()
        ]
    return tuple(found)
