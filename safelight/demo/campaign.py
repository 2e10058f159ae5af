"""A smear campaign of one vigilante channel against teachers of one region.

What the channel boasts of and what happened are drawn apart and stay apart.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from safelight.demo.assumptions import CampaignHabit
from safelight.demo.chances import happens, pick, some
from safelight.demo.facts import SmearFacts

_NO_CONSEQUENCE = frozenset({"NONE", "SUPPORTED"})
# The channel claims a dismissal for most of those it named, whatever happened.
_CLAIMS_DISMISSAL = 0.85


def smear_days(rng: np.random.Generator, habit: CampaignHabit, teachers: int) -> list[date]:
    """One day for each teacher, in the order the channel names them."""
    offsets = sorted(int(day) for day in rng.integers(0, habit.weeks * 7, teachers))
    return [habit.first_post + timedelta(days=offset) for offset in offsets]


def simulate_smear(rng: np.random.Generator, habit: CampaignHabit) -> SmearFacts:
    """The smear module for one teacher."""
    action = pick(rng, habit.one_of["employer_action"])
    consequence = pick(rng, habit.one_of["days_to_consequence"])
    claims = happens(rng, _CLAIMS_DISMISSAL)
    return SmearFacts(
        technique=some(rng, habit.chances["technique"]),
        platform=some(rng, habit.chances["platform"]),
        exposed=some(rng, habit.chances["exposed"]),
        audience_addressed=some(rng, habit.chances["audience_addressed"]),
        accusation=pick(rng, habit.one_of["accusation"]),
        victim_occupation_group="TEACHER",
        employer_action=action,
        days_to_consequence_band="NONE" if action in _NO_CONSEQUENCE else consequence,
        takedown=pick(rng, habit.one_of["takedown"]),
        claimed_employer_action="DISMISSED" if claims else "UNK",
    )
