"""One case on one day: how far it got, whether it stopped, and how long each step took.

The rules, in the order they are applied (docs/methods/outcomes.md says why):

1.  What is dated after the as-of day is not known on it. A case of which nothing is known
    yet does not count.
2.  A stage is reached by its first fact that moves on. A later stage proves the ones
    before it, and so does a stop; a stage that is only proved has no date of its own.
3.  A stop counts while nothing further is known: one at a stage beyond the furthest
    reached, or dated after every fact that moves on. Any other was overturned. Of
    several the last counts.
4.  Neither reached nor stopped is waiting: right-censored, never "no".
5.  An inexact date lies where its neighbours leave room. Each wait has a shortest, a
    middle and a longest length. A stage dated before the one it follows waited 0 days,
    and is counted as out of order.
6.  A case from a list that only holds what got to some stage counts from there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from safelight.outcomes.facts import CaseFacts, StageFact
from safelight.outcomes.path import START, Path, PathStage
from safelight.outcomes.when import When

State: TypeAlias = Literal["reached", "stopped", "waiting"]


# Named tuples, because a desk's funnel makes a dozen of these for each case: frozen
# dataclasses took half of the time (bench/outcomes.py).
class Span(NamedTuple):
    """First and last day something may lie on, as ordinals. `dated`: by a fact of its own."""

    first: int
    last: int
    dated: bool


class Wait(NamedTuple):
    """Days, shortest, middle and longest; all the same when both ends are exact."""

    shortest: float
    middle: float
    longest: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Where and why a case ended."""

    stage: str
    code: str
    reasons: tuple[str, ...]
    on: Span
    source: str


class StepTaken(NamedTuple):
    """One case at one step. `wait` None: there is no day to count from.

    `proved`: that it was at this step at all is only known from something later, so cases
    that ended here unrecorded are missing beside it. `undated`: an end of the wait
    has no date of its own. `out_of_order`: the end is dated before the beginning.
    """

    state: State
    wait: Wait | None
    stop: Stop | None
    proved: bool
    undated: bool
    out_of_order: bool
    source: str


@dataclass(frozen=True, slots=True)
class Followed:
    """`steps`: by stage, from the stage before it, where the case counts. `from_start`: the
    same from the incident, for stages on the way. `entry`: the place on the way from which
    the case counts. `furthest`: the place it reached. `overturned`: stops after which it
    went on all the same."""

    entry: int
    furthest: int
    steps: Mapping[str, StepTaken]
    from_start: Mapping[str, StepTaken]
    overturned: int


class _Reached(NamedTuple):
    """`span` None: nobody knows when, and nothing earlier is dated either. `given`: every
    case that counts was here, because that is where it begins to count."""

    fact: StageFact | None
    span: Span | None
    given: bool


def follow(
    case: CaseFacts, *, path: Path, shown: Sequence[PathStage], as_of: date
) -> Followed | None:
    """Follow a case over the stages `shown`, as known on `as_of`. None: not recorded yet.

    `shown` is in the order of the way, as `Path.chosen` gives it.
    """
    known = _known(case, as_of)
    if known is None:
        return None
    facts, occurred = known
    until = _until(case, facts, as_of)
    entry = max((path.entry(fact.source) for fact in facts if fact.stage == START), default=0)
    moved = _first_by_order(facts, path)
    stops = [fact for fact in facts if path.stage(fact.stage).meaning(fact.code) == "stop"]
    furthest = max([entry, *moved, *_proved(facts, path)])
    main = [stage for stage in shown if not stage.beside]
    on_way = [stage for stage in main if entry <= stage.order <= furthest]
    at = _placed(on_way, moved, occurred, until)
    arrived = _arrived(facts, path, at, furthest)
    final = _final_stop(stops, path, at, until, furthest=furthest, arrived=arrived)
    steps, from_start = {}, {}
    short_of = _taken(at[0], None, final, until) if 0 in at else None
    for before, stage in itertools.pairwise(main):
        here = at.get(stage.order)
        if before.order in at:
            steps[stage.name] = _taken(at[before.order], here, final, until)
        if short_of is not None:
            # Seen from the start it ended, or waits, alike for every stage it did not reach.
            from_start[stage.name] = _taken(at[0], here, final, until) if here else short_of
    for stage in (stage for stage in shown if stage.beside and entry <= stage.order <= furthest):
        earlier = [order for order in at if order <= stage.order]
        if earlier:
            own = [fact for fact in facts if fact.stage == stage.name]
            steps[stage.name] = _beside(
                stage, own, at[max(earlier)], path=path, final=final, until=until
            )
    # Stops of the way itself only: a change of mind beside it overturns nothing.
    overturned = sum(not path.stage(fact.stage).beside for fact in stops) - (final is not None)
    return Followed(entry, furthest, steps, from_start, max(overturned, 0))


def _known(case: CaseFacts, as_of: date) -> tuple[list[StageFact], When | None] | None:
    """The facts and the incident's date as known on the day. None: nothing was, yet."""
    occurred = case.occurred
    if occurred is not None:
        occurred = occurred.until(as_of)
        if occurred is None:
            return None
    facts = []
    for fact in case.facts:
        if fact.when is None or fact.when.last <= as_of:
            facts.append(fact)
        elif (clipped := fact.when.until(as_of)) is not None:
            facts.append(replace(fact, when=clipped))
        elif fact.stage == START:
            return None
    if case.facts and not facts and occurred is None:
        return None
    return facts, occurred


def _until(case: CaseFacts, facts: Sequence[StageFact], as_of: date) -> int:
    """The last day on which we know how it stands; a fact shows that we still knew."""
    if case.followed_to is None:
        return as_of.toordinal()
    learnt = [fact.when.first for fact in facts if fact.when is not None]
    return min(as_of, max([case.followed_to, *learnt])).toordinal()


def _first_by_order(facts: Iterable[StageFact], path: Path) -> dict[int, StageFact]:
    """For each place on the way, the first fact that moves on to it; a dated one if any."""
    first: dict[int, StageFact] = {}
    for fact in facts:
        stage = path.stage(fact.stage)
        if stage.beside or stage.meaning(fact.code) != "reach":
            continue
        held = first.get(stage.order)
        if held is None or _sooner(fact, held):
            first[stage.order] = fact
    return first


def _sooner(one: StageFact, other: StageFact) -> bool:
    if one.when is None:
        return False
    return other.when is None or (one.when.first, one.when.last) < (
        other.when.first,
        other.when.last,
    )


def _proved(facts: Iterable[StageFact], path: Path) -> list[int]:
    """Places that facts prove without being a fact of that stage."""
    proved = []
    for fact in facts:
        stage = path.stage(fact.stage)
        meaning = stage.meaning(fact.code)
        if meaning == "stop" and not stage.beside:
            proved.append(path.stage(stage.stop_proves[fact.code]).order)
        elif meaning == "reach" and stage.beside and stage.after is not None:
            proved.append(path.stage(stage.after).order)
    return proved


def _placed(
    on_way: Sequence[PathStage],
    moved: Mapping[int, StageFact],
    occurred: When | None,
    until: int,
) -> dict[int, _Reached]:
    """When each stage was reached: its own date, narrowed by its neighbours where inexact."""
    facts = [moved.get(stage.order) for stage in on_way]
    spans: list[tuple[int | None, int | None]] = []
    for stage, fact in zip(on_way, facts, strict=True):
        when = occurred if stage.order == 0 and occurred else fact.when if fact else None
        spans.append((when.first.toordinal(), when.last.toordinal()) if when else (None, None))
    dated = [first is not None for first, _ in spans]
    floor: int | None = None
    for number, (first, last) in enumerate(spans):
        if first is None or last is None or (floor is not None and first < floor <= last):
            spans[number] = (floor, last)
        if (begun := spans[number][0]) is not None:
            floor = begun if floor is None else max(floor, begun)
    ceiling = until
    found: list[_Reached] = []
    for number in range(len(spans) - 1, -1, -1):
        first, last = spans[number]
        if last is None or (first is not None and first <= ceiling < last):
            last = ceiling
        ceiling = min(ceiling, last)
        # Neighbours that contradict each other leave no room: the later bound gives way.
        span = None if first is None else Span(min(first, last), last, dated[number])
        found.append(_Reached(facts[number], span, given=number == 0))
    return {stage.order: place for stage, place in zip(on_way, reversed(found), strict=True)}


def _arrived(
    facts: Iterable[StageFact], path: Path, at: Mapping[int, _Reached], furthest: int
) -> int | None:
    """The last day on which a fact moved the case on; None where that has no date.

    Not the first: a case that was opened, closed and opened again has moved on twice.
    """
    moves = []
    for fact in facts:
        stage = path.stage(fact.stage)
        if not stage.beside and stage.meaning(fact.code) == "reach":
            if fact.when is not None:
                moves.append((stage.order, fact.when.last.toordinal()))
            elif stage.order == furthest and furthest > 0:
                return None
    if any(order == furthest for order, _ in moves):
        return max(day for _, day in moves)
    # Only the beginning is reached without a fact that moves on to it.
    span = at[furthest].span if furthest in at and at[furthest].given else None
    return span.last if span and span.dated else None


def _final_stop(
    stops: Sequence[StageFact],
    path: Path,
    at: Mapping[int, _Reached],
    until: int,
    *,
    furthest: int,
    arrived: int | None,
) -> Stop | None:
    open_still = []
    for fact in stops:
        stage, when = path.stage(fact.stage), fact.when
        later = when is not None and arrived is not None and when.first.toordinal() > arrived
        if not stage.beside and (stage.order > furthest or later):
            open_still.append(fact)
    return _last_stop(open_still, path, at[max(at)].span if at else None, until)


def _last_stop(
    stops: Sequence[StageFact], path: Path, begun: Span | None, until: int
) -> Stop | None:
    """The latest by date, then by stage; an undated one only where no other is dated."""
    if not stops:
        return None
    fact = max(
        stops,
        key=lambda one: (
            (one.when.last, one.when.first) if one.when else (date.min, date.min),
            path.stage(one.stage).order,
            # Two on one day: any rule will do that does not ask for their order in the file.
            one.code,
            one.reasons,
        ),
    )
    return Stop(fact.stage, fact.code, fact.reasons, _after(begun, fact.when, until), fact.source)


def _after(begun: Span | None, when: When | None, until: int) -> Span:
    """Where an end lies that follows `begun`: its own date, narrowed where it is inexact."""
    floor = begun.first if begun else None
    if when is None:
        return Span(until if floor is None else min(floor, until), until, dated=False)
    first, last = when.first.toordinal(), when.last.toordinal()
    if floor is not None and first < floor <= last:
        first = floor
    return Span(first, last, dated=True)


def _taken(begun: _Reached, here: _Reached | None, final: Stop | None, until: int) -> StepTaken:
    if here is not None:
        source = here.fact.source if here.fact else ""
        return _step("reached", begun, here.span, source=source)
    if final is not None:
        return _step("stopped", begun, final.on, stop=final, source=final.source)
    return _step("waiting", begun, Span(until, until, dated=True))


def _beside(
    stage: PathStage,
    own: Sequence[StageFact],
    begun: _Reached,
    *,
    path: Path,
    final: Stop | None,
    until: int,
) -> StepTaken:
    moved: StageFact | None = None
    for fact in own:
        if stage.meaning(fact.code) == "reach" and (moved is None or _sooner(fact, moved)):
            moved = fact
    if moved is not None:
        end = _after(begun.span, moved.when, until)
        return _step("reached", begun, end, source=moved.source)
    stops = [fact for fact in own if stage.meaning(fact.code) == "stop"]
    stop = _last_stop(stops, path, begun.span, until)
    if stop is not None:
        return _step("stopped", begun, stop.on, stop=stop, source=stop.source)
    if final is not None and stage.ends_with_path:
        return _step("stopped", begun, final.on, stop=final, source=final.source)
    return _step("waiting", begun, Span(until, until, dated=True))


def _step(
    state: State,
    at: _Reached,
    end: Span | None,
    *,
    stop: Stop | None = None,
    source: str = "",
) -> StepTaken:
    proved, begun = at.fact is None and not at.given, at.span
    if begun is None or end is None:
        return StepTaken(state, None, stop, proved, True, False, source)
    wait = Wait(
        max(0.0, end.first - begun.last),
        max(0.0, (end.first + end.last - begun.first - begun.last) / 2),
        max(0.0, end.last - begun.first),
    )
    dated = begun.dated and end.dated
    backwards = dated and end.last < begun.first
    return StepTaken(state, wait, stop, proved, not dated, backwards, source)
