"""The simulated country: a seed in, everything that is true in it out.

It exists so that what we publish can be held against what happened. Nobody in it is
real, and its numbers say nothing about any real place (docs/methods/simulated-country.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from safelight.demo.assumptions import Assumptions, Kind, ListHabit
from safelight.demo.campaign import simulate_smear, smear_days
from safelight.demo.chances import from_log_odds, happens, pick, some
from safelight.demo.facts import Campaign, Decision, Incident, Person, SmearFacts
from safelight.demo.funnel import accepted_by_police, simulate_funnel
from safelight.demo.invented_names import invent_name

MINOR_BANDS: Final = frozenset({"U14", "14-15", "16-17"})


@dataclass(frozen=True)
class Country:
    """`as_of` is the day on which everybody in the simulation stops looking."""

    seed: int
    size: str
    as_of: date
    people: tuple[Person, ...]
    incidents: tuple[Incident, ...]
    campaign: Campaign


def simulate_country(seed: int, size: str, assume: Assumptions) -> Country:
    """Everything that happened. The same seed, size and assumptions give the same country."""
    # Separate streams, so that a change in one part does not re-draw the others.
    when, what, who, funnel, smear, lists = np.random.default_rng(seed).spawn(6)
    days = _incident_days(when, assume, assume.sizes[size].incidents)
    teachers = assume.sizes[size].smeared_teachers
    smear_on = smear_days(smear, assume.campaign, teachers)
    drawn = {name: kind.weight for name, kind in assume.kinds.items() if kind.weight > 0}
    events: list[tuple[date, str, SmearFacts | None]] = [
        (day, pick(what, drawn), None) for day in days
    ]
    events += [(day, "smear", simulate_smear(smear, assume.campaign)) for day in smear_on]
    events.sort(key=lambda event: (event[0], event[1]))

    people: list[Person] = []
    incidents = [
        _incident(number, event, people, assume, what=what, who=who, funnel=funnel, lists=lists)
        for number, event in enumerate(events)
    ]
    return Country(
        seed=seed,
        size=size,
        as_of=assume.last_day,
        people=tuple(people),
        incidents=tuple(incidents),
        campaign=_campaign(assume, size, incidents),
    )


def _incident_days(rng: np.random.Generator, assume: Assumptions, incidents: int) -> list[date]:
    length = (assume.last_day - assume.first_day).days + 1
    weight_by_day = assume.growth_per_half_year ** (np.arange(length) / 182.5)
    offsets = rng.choice(length, size=incidents, p=weight_by_day / weight_by_day.sum())
    return [assume.first_day + timedelta(days=int(offset)) for offset in sorted(offsets)]


def _incident(
    number: int,
    event: tuple[date, str, SmearFacts | None],
    people: list[Person],
    assume: Assumptions,
    *,
    what: np.random.Generator,
    who: np.random.Generator,
    funnel: np.random.Generator,
    lists: np.random.Generator,
) -> Incident:
    on, kind_name, smear = event
    kind = assume.kinds[kind_name]
    victims = _victims(who, people, assume, smear=smear is not None)
    acts = _acts(what, kind)
    fatal = "KIL" in acts
    district = assume.campaign.district if smear else pick(what, assume.districts)
    speaks_up = not people[victims[0]].hardly_ever_reports
    ages = tuple(pick(what, kind.age) for _ in victims)
    police = _police_decision(lists, assume, kind, speaks_up=speaks_up, age=ages[0])
    steps = simulate_funnel(funnel, assume.funnel, happened_on=on, acts=acts, decision=police)
    listed = _lists_reached(
        lists,
        assume,
        kind,
        speaks_up=speaks_up,
        on_police_list=accepted_by_police(steps) is not None,
    )
    return Incident(
        number=number,
        kind=kind_name,
        on=on,
        district=district,
        oblast=assume.campaign.oblast if smear else pick(what, assume.oblasts[district]),
        setting=pick(what, kind.setting),
        acts=acts,
        grounds=tuple(dict.fromkeys(people[victim].ground for victim in victims)),
        indicators=some(what, kind.indicators),
        premeditation=pick(what, kind.premeditation),
        perpetrators=(pick(what, kind.perpetrator),),
        perpetrators_band=pick(what, kind.perpetrators),
        harm=_harm(what, kind, fatal=fatal, smear=smear),
        fatal=fatal,
        people=victims,
        ages=ages,
        police=police,
        safelight=_safelight_decision(lists, assume, tells="own" in listed),
        funnel=steps,
        on_lists=listed,
        smear=smear,
    )


def _victims(
    rng: np.random.Generator, people: list[Person], assume: Assumptions, *, smear: bool
) -> tuple[int, ...]:
    """Numbers of one or two victims; somebody already hurt may be hurt again."""
    count = 1 if smear else 1 + int(happens(rng, assume.second_victim))
    numbers: list[int] = []
    for _ in range(count):
        if not smear and people and happens(rng, assume.repeat_victim):
            again = int(rng.integers(len(people)))
            if again not in numbers:
                numbers.append(again)
                continue
        numbers.append(len(people))
        people.append(_person(rng, len(people), assume, smear=smear))
    return tuple(numbers)


def _person(rng: np.random.Generator, number: int, assume: Assumptions, *, smear: bool) -> Person:
    gender = pick(rng, assume.gender)
    return Person(
        number=number,
        name=invent_name(rng, gender),
        gender=gender,
        ground=pick(rng, assume.ground_by_gender[gender]),
        occupation="TEACHER" if smear else pick(rng, assume.occupation),
        # A smeared person is already exposed, so fewer of them have a secret to keep.
        hardly_ever_reports=happens(rng, assume.hardly_ever_report * (0.5 if smear else 1)),
    )


def _acts(rng: np.random.Generator, kind: Kind) -> tuple[str, ...]:
    drawn = (*kind.always, pick(rng, kind.one_of), *some(rng, kind.acts))
    return tuple(dict.fromkeys(drawn))


def _harm(
    rng: np.random.Generator, kind: Kind, *, fatal: bool, smear: SmearFacts | None
) -> tuple[str, ...]:
    if fatal:
        return ("DEATH",)
    drawn = [code for code in some(rng, kind.harm) if code != "NONE"]
    if smear and smear.employer_action in ("DISMISSED", "FORCED_RESIGNATION"):
        drawn.append("JOB_LOSS")
    return tuple(drawn) or ("NONE",)


def _police_decision(
    rng: np.random.Generator, assume: Assumptions, kind: Kind, *, speaks_up: bool, age: str
) -> Decision:
    chance = _chance(assume.police_report, kind.told.get("police", 0.0), speaks_up=speaks_up)
    reasons = dict(assume.reasons_not["police"])
    if age not in MINOR_BANDS:
        del reasons["NEEDS_PARENT"]
    return _decision(rng, happens(rng, chance), reasons)


def _safelight_decision(rng: np.random.Generator, assume: Assumptions, *, tells: bool) -> Decision:
    return _decision(rng, tells, assume.reasons_not["safelight"])


def _decision(rng: np.random.Generator, tells: bool, reasons: Mapping[str, float]) -> Decision:
    reason = pick(rng, reasons)
    return Decision(tells, None if tells else reason)


def _lists_reached(
    rng: np.random.Generator,
    assume: Assumptions,
    kind: Kind,
    *,
    speaks_up: bool,
    on_police_list: bool,
) -> frozenset[str]:
    """The lists depend on each other: by the hidden class, by the kind, and by referral."""
    listed = {"police"} if on_police_list else set()
    for name, habit in assume.lists.items():
        tie = sum(habit.tie.get(other, 0.0) for other in sorted(listed))
        shift = kind.told.get(name, 0.0) + tie
        if happens(rng, _chance(habit, shift, speaks_up=speaks_up)):
            listed.add(name)
    return frozenset(listed)


def _chance(habit: ListHabit, shift: float, *, speaks_up: bool) -> float:
    return from_log_odds(habit.base + shift + (habit.open if speaks_up else habit.closed))


def _campaign(assume: Assumptions, size: str, incidents: list[Incident]) -> Campaign:
    smears = [incident for incident in incidents if incident.smear]
    actions = [incident.smear.employer_action for incident in smears if incident.smear]
    return Campaign(
        oblast=assume.campaign.oblast,
        first_post=assume.campaign.first_post,
        incidents=tuple(incident.number for incident in smears),
        claimed_dismissals=assume.campaign.claimed_dismissals[size],
        true_dismissals=actions.count("DISMISSED"),
        true_forced_resignations=actions.count("FORCED_RESIGNATION"),
    )
