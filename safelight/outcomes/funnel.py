"""The impunity funnel: how many cases reached each stage, where they stopped, and why.

    answer = funnel(cases, as_of=date(2026, 6, 30), rules=rules, stages=ALL_STAGES)
    answer.step("F3_CASE").reached      # a count
    answer.step("F3_CASE").bounds       # what its share can still become

Counts are of cases as they stood on the as-of day. They are the desk's view: no cell is
hidden here, and nothing of this is cleared for publication, which goes through `release`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from safelight.outcomes.curves import NotEstimable, Rules, StepCurve, curve_of, most_frequent
from safelight.outcomes.facts import CaseFacts
from safelight.outcomes.following import follow
from safelight.outcomes.path import START, Path, PathStage, shipped_path
from safelight.outcomes.shares import Bounds, Share, bounds_of, share_of
from safelight.outcomes.tally import StepTally

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
    steps: dict[str, StepTally] = defaultdict(StepTally)
    from_start: dict[str, StepTally] = defaultdict(StepTally)
    entries: Counter[int] = Counter()
    overturned = 0
    for case in cases:
        one = follow(case, path=path, shown=shown, as_of=as_of)
        if one is None:
            continue
        entries[one.entry] += 1
        overturned += one.overturned
        for name, step in one.steps.items():
            steps[name].add(step, entry=one.entry)
        for name, step in one.from_start.items():
            from_start[name].add(step, entry=one.entry)
    if not entries:
        return NotEstimable("no-cases")
    entry = min(entries)
    counted = entries.total()
    return Funnel(
        as_of=as_of,
        rules=rules,
        cases=counted,
        not_yet=len(cases) - counted,
        base=path.main[entry].name,
        base_cases=entries[entry],
        entered_later=counted - entries[entry],
        not_recorded=tuple(name for name in path.stages if name not in {s.name for s in shown}),
        overturned=overturned,
        steps=tuple(
            _step(
                stage,
                after,
                steps[stage.name],
                from_start[stage.name],
                base=(steps[stage.name].reached_by_entry[entry], entries[entry]),
                rules=rules,
            )
            for stage, after in _followed_by(shown)
            if stage.order > entry or stage.beside
        ),
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
    tally: StepTally,
    begun: StepTally,
    *,
    base: tuple[int, int],
    rules: Rules,
) -> Step:
    entered, reached, waiting = tally.entered, tally.states["reached"], tally.states["waiting"]
    return Step(
        stage=stage.name,
        after=after,
        beside=stage.beside,
        entered=entered,
        reached=reached,
        stopped=tally.states["stopped"],
        waiting=waiting,
        so_far=share_of(reached, entered, level=rules.level),
        bounds=bounds_of(reached, waiting, entered),
        of_all=share_of(*base, level=rules.level),
        reasons=_reasons(tally, rules.level),
        sources=dict(sorted(tally.sources.items())),
        proved=tally.proved,
        undated=tally.undated,
        out_of_order=tally.out_of_order,
        curve=curve_of(tally, rules=rules),
        from_start=curve_of(begun, rules=rules),
    )


def _reasons(tally: StepTally, level: float) -> tuple[Reason, ...]:
    stopped = tally.states["stopped"]
    details = most_frequent(tally.details)
    found = []
    for (stage, code), count in most_frequent(tally.reasons):
        found.append(Reason(stage, code, "", share_of(count, stopped, level=level)))
        found += [
            Reason(stage, code, detail, share_of(times, stopped, level=level))
            for (of_stage, of_code, detail), times in details
            if (of_stage, of_code) == (stage, code)
        ]
    return tuple(found)
