"""What is true in the simulated country, as frozen facts.

Nothing here is read by the pipeline: these types end in the truth file alone. What the
pipeline sees are the reports people send and the lists organisations keep, which are
made from these facts with errors (`telling`, `organisations`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from safelight.demo.invented_names import InventedName

OWN = "own"
ORGANISATIONS = ("helpline", "legalaid", "media", "police")
ALL_LISTS = (OWN, *ORGANISATIONS)


@dataclass(frozen=True)
class Person:
    """Somebody to whom something happened. `hardly_ever_reports` is the hidden class."""

    number: int
    name: InventedName
    gender: str
    ground: str
    occupation: str
    hardly_ever_reports: bool


@dataclass(frozen=True)
class Decision:
    """To tell or not to tell, with the reason when not (codes of F1 in the vocabulary)."""

    tells: bool
    reason_not: str | None


@dataclass(frozen=True)
class FunnelStep:
    """One stage of the impunity funnel: `days` after the incident, on `on`."""

    stage: str
    code: str
    on: date
    details: Mapping[str, str]


@dataclass(frozen=True)
class SmearFacts:
    """The smear module of one teacher: what was done, and what the employer then did."""

    technique: tuple[str, ...]
    platform: tuple[str, ...]
    exposed: tuple[str, ...]
    audience_addressed: tuple[str, ...]
    accusation: str
    victim_occupation_group: str
    employer_action: str
    days_to_consequence_band: str
    takedown: str
    # What the channel says happened to this teacher; never evidence that it did.
    claimed_employer_action: str


@dataclass(frozen=True)
class Campaign:
    """One channel's campaign. Its boast and the verified number are different things."""

    oblast: str
    first_post: date
    incidents: tuple[int, ...]
    claimed_dismissals: int
    true_dismissals: int
    true_forced_resignations: int


@dataclass(frozen=True)
class Incident:
    """What happened, to whom, and what became of it.

    `people` and `ages` run in parallel: one victim, sometimes two. `funnel` holds every
    step the simulation drew, also those after the last day of the simulation, which
    nobody there can know (`known_funnel`).
    """

    number: int
    kind: str
    on: date
    district: str
    oblast: str
    setting: str
    acts: tuple[str, ...]
    grounds: tuple[str, ...]
    indicators: tuple[str, ...]
    premeditation: str
    perpetrators: tuple[str, ...]
    perpetrators_band: str
    harm: tuple[str, ...]
    fatal: bool
    people: tuple[int, ...]
    ages: tuple[str, ...]
    police: Decision
    safelight: Decision
    funnel: tuple[FunnelStep, ...]
    on_lists: frozenset[str]
    smear: SmearFacts | None

    @property
    def half_year(self) -> str:
        return half_year(self.on)

    def known_funnel(self, as_of: date) -> tuple[FunnelStep, ...]:
        """The steps somebody looking on `as_of` can know; what is later is pending, not no."""
        return tuple(step for step in self.funnel if step.on <= as_of)


def half_year(day: date) -> str:
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
