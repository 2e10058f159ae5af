"""One simulated country with all that people in it say and write down, from one seed."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.demo.assumptions import Assumptions, assumptions
from safelight.demo.country import Country, simulate_country
from safelight.demo.organisations import KeptList, keep_lists
from safelight.demo.telling import Telling, tell


@dataclass(frozen=True)
class Simulation:
    assume: Assumptions
    country: Country
    tellings: tuple[Telling, ...]
    lists: tuple[KeptList, ...]

    @property
    def on_no_list(self) -> int:
        return sum(not incident.on_lists for incident in self.country.incidents)


def simulate(seed: int, size: str) -> Simulation:
    """The same seed and size give the same simulation, to the byte."""
    assume = assumptions()
    country = simulate_country(seed, size, assume)
    return Simulation(assume, country, tell(country, assume), keep_lists(country, assume))
