"""The simulated lists as case files hold them: what linkage sees, and the truth beside it.

Statistical rows are too coarse to link by. Organisations that trust each other compare
what they hold in their files: days or months, names in whatever spelling, phones,
profiles. Everything here is invented; the truth stays in `incident_of` and `people_of`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np

from safelight.demo.chances import happens
from safelight.demo.country import Country
from safelight.demo.facts import OWN, Incident
from safelight.demo.invented_names import romanised, with_a_slip
from safelight.demo.simulation import Simulation
from safelight.linkage.records import RecordList, Unit

_COLUMNS: Final = (
    "occurred_on", "region", "setting", "acts", "victim_age_band", "victim_gender",
    "perpetrators_band", "names", "phone", "profile",
)  # fmt: skip


@dataclass(frozen=True)
class Habit:
    """How a list keeps its files; all are chances, `styles` are spellings of names."""

    exact_day: float
    named: float
    both_named: float
    phone: float
    profile: float
    latin: float
    slip: float
    styles: tuple[str, ...]
    days_off: float = 0.12


HABITS: Final[Mapping[str, Habit]] = MappingProxyType(
    {
        OWN: Habit(0.7, 0.65, 0.6, 0.35, 0.3, 0.15, 0.06, ("short", "diminutive", "full")),
        "helpline": Habit(0.45, 0.75, 0.5, 0.5, 0.25, 0.3, 0.06, ("diminutive", "short")),
        "legalaid": Habit(0.85, 0.97, 0.7, 0.7, 0.2, 0.15, 0.04, ("full", "short")),
        "media": Habit(0.8, 0.55, 0.4, 0.0, 0.15, 0.1, 0.06, ("initial", "short"), days_off=0.3),
        "police": Habit(1.0, 0.98, 0.8, 0.6, 0.02, 0.0, 0.04, ("full",), days_off=0.06),
    }
)


@dataclass(frozen=True)
class LinkableLists:
    """`incident_of` and `people_of`: for each list and record, what is true."""

    lists: tuple[RecordList, ...]
    incident_of: Mapping[str, tuple[int, ...]]
    people_of: Mapping[str, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class _Entry:
    identity: str
    incident: int
    mistakes: frozenset[str]
    codes: Mapping[str, tuple[str, ...]]


def linkable_lists(simulation: Simulation, *, only: Sequence[str] = tuple(HABITS)) -> LinkableLists:
    """The lists named in `only`, as their organisations hold them; the same for one seed."""
    entries = {
        OWN: [
            _Entry(
                f"own-{one.number}",
                one.incident,
                frozenset(one.mistakes),
                one.codes,
            )
            for one in simulation.tellings
        ],
        **{
            kept.organisation: [
                _Entry(one.stat_id, one.incident, frozenset(one.mistakes), one.codes)
                for one in kept.records
            ]
            for kept in simulation.lists
        },
    }
    country = simulation.country
    contacts = _contacts(country)
    streams = np.random.default_rng((country.seed, 3)).spawn(len(HABITS))
    rows = {
        name: [_row(rng, HABITS[name], entry, country, contacts) for entry in entries[name]]
        for rng, name in zip(streams, HABITS, strict=True)
        if name in only
    }
    return LinkableLists(
        lists=tuple(
            RecordList(
                name,
                Unit.INCIDENT,
                tuple(entry.identity for entry in entries[name]),
                {column: tuple(row[0][column] for row in rows[name]) for column in _COLUMNS},
            )
            for name in rows
        ),
        incident_of={name: tuple(entry.incident for entry in entries[name]) for name in rows},
        people_of={name: tuple(row[1] for row in rows[name]) for name in rows},
    )


def _contacts(country: Country) -> Mapping[int, tuple[str, str]]:
    """A phone and a profile for each person."""
    rng = np.random.default_rng((country.seed, 4))
    return {
        person.number: (
            "".join(str(digit) for digit in rng.integers(0, 10, 10)),
            f"{romanised(person.name.diminutive, 1).lower()}_{int(rng.integers(10, 9999))}",
        )
        for person in country.people
    }


def _row(
    rng: np.random.Generator,
    habit: Habit,
    entry: _Entry,
    country: Country,
    contacts: Mapping[int, tuple[str, str]],
) -> tuple[dict[str, str | None], tuple[int, ...]]:
    incident = country.incidents[entry.incident]
    people = _people(rng, habit, incident)
    named = people if happens(rng, habit.named) else ()
    phone, profile = contacts[people[0]]
    codes = entry.codes
    row = {
        "occurred_on": _when(rng, habit, entry, incident, country.as_of),
        "region": codes["oblast"][0],
        "setting": codes["setting"][0],
        "acts": "|".join(codes["acts"]),
        "victim_age_band": codes["victim_age_band"][0],
        "victim_gender": country.people[people[0]].gender,
        "perpetrators_band": codes["perpetrators_band"][0],
        "names": "; ".join(_spelled(rng, habit, country, one) for one in named) or None,
        "phone": _written(rng, phone) if happens(rng, habit.phone) else None,
        "profile": _linked(rng, profile) if happens(rng, habit.profile) else None,
    }
    return {name: None if cell == "UNK" else cell for name, cell in row.items()}, named


def _people(rng: np.random.Generator, habit: Habit, incident: Incident) -> tuple[int, ...]:
    """Of two victims a list knows both, or only one, whichever came to it."""
    if len(incident.people) < 2 or happens(rng, habit.both_named):
        return incident.people
    return (incident.people[int(rng.integers(len(incident.people)))],)


def _when(
    rng: np.random.Generator, habit: Habit, entry: _Entry, incident: Incident, as_of: date
) -> str:
    if "wrong_half_year" in entry.mistakes:
        return entry.codes["occurred_period"][0]
    on = incident.on
    if happens(rng, habit.days_off * (3 if "hearsay" in entry.mistakes else 1)):
        on = min(on + timedelta(days=int(rng.choice([-3, -2, -1, 1, 2, 3]))), as_of)
    return on.isoformat() if happens(rng, habit.exact_day) else on.isoformat()[:7]


def _spelled(rng: np.random.Generator, habit: Habit, country: Country, person: int) -> str:
    style = habit.styles[int(rng.integers(len(habit.styles)))]
    spelled = country.people[person].name.spelled(style)
    if happens(rng, habit.latin):
        spelled = romanised(spelled, int(rng.integers(3)))
    return with_a_slip(rng, spelled) if happens(rng, habit.slip) else spelled


def _written(rng: np.random.Generator, digits: str) -> str:
    start = ("+7", "8", "7")[int(rng.integers(3))]
    if happens(rng, 0.5):
        return start + digits
    return f"{start} ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}"


def _linked(rng: np.random.Generator, profile: str) -> str:
    return (f"https://vk.com/{profile}", f"@{profile}", f"t.me/{profile}")[int(rng.integers(3))]
