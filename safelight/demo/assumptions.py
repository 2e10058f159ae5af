"""The simulated country's assumptions, read from `data/country.yaml` into frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import yaml

from safelight.errors import SafelightError

Weights: TypeAlias = Mapping[str, float]
FUNNEL_STAGES: Final = (
    "F2_REPORT", "F3_CASE", "F4_BIAS_RAISED", "F5_BIAS_RECORDED", "F6_SUSPECT",
    "F7_CHARGED", "F8_COURT", "F9_VERDICT", "F10_SENTENCE", "F11_REMEDY",
)  # fmt: skip


class AssumptionsError(SafelightError):
    """The assumptions do not describe a country that can be simulated."""


@dataclass(frozen=True)
class Size:
    incidents: int
    smeared_teachers: int


@dataclass(frozen=True)
class Kind:
    """A pattern of violence: what happens, where, by whom, and who hears of it."""

    weight: float
    always: tuple[str, ...]
    one_of: Weights
    acts: Weights
    setting: Weights
    age: Weights
    perpetrator: Weights
    perpetrators: Weights
    premeditation: Weights
    indicators: Weights
    harm: Weights
    told: Weights


@dataclass(frozen=True)
class ListHabit:
    """Log-odds of standing on a list; `tie` adds for lists one already stands on."""

    base: float
    open: float
    closed: float
    tie: Weights


@dataclass(frozen=True)
class FunnelHabit:
    days: Weights
    usual: Mapping[str, Weights]
    grave: Mapping[str, Weights]
    bias_recognised: Weights
    panic_argument: Weights
    grave_acts: frozenset[str]


@dataclass(frozen=True)
class CampaignHabit:
    district: str
    oblast: str
    first_post: date
    weeks: int
    claimed_dismissals: Mapping[str, int]
    chances: Mapping[str, Weights]
    one_of: Mapping[str, Weights]


@dataclass(frozen=True)
class Assumptions:
    version: int
    first_day: date
    last_day: date
    growth_per_half_year: float
    sizes: Mapping[str, Size]
    hardly_ever_report: float
    repeat_victim: float
    second_victim: float
    districts: Weights
    oblasts: Mapping[str, Weights]
    gender: Weights
    ground_by_gender: Mapping[str, Weights]
    occupation: Weights
    reasons_not: Mapping[str, Weights]
    kinds: Mapping[str, Kind]
    police_report: ListHabit
    lists: Mapping[str, ListHabit]
    errors: Mapping[str, Weights]
    funnel: FunnelHabit
    campaign: CampaignHabit


def assumptions() -> Assumptions:
    """Read the packaged assumptions; `AssumptionsError` when a part is missing."""
    text = files("safelight.demo").joinpath("data/country.yaml").read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    try:
        return _parsed(raw)
    except KeyError as missing:
        raise AssumptionsError(
            f"data/country.yaml has no {missing}; it is part of the package, so reinstall it"
        ) from missing


def _parsed(raw: dict[str, Any]) -> Assumptions:
    return Assumptions(
        version=raw["version"],
        first_day=raw["first_day"],
        last_day=raw["last_day"],
        growth_per_half_year=raw["growth_per_half_year"],
        sizes={name: Size(**size) for name, size in raw["sizes"].items()},
        hardly_ever_report=raw["hardly_ever_report"],
        repeat_victim=raw["repeat_victim"],
        second_victim=raw["second_victim"],
        districts={name: float(region["weight"]) for name, region in raw["regions"].items()},
        oblasts={name: _weights(region["oblasts"]) for name, region in raw["regions"].items()},
        gender=_weights(raw["people"]["gender"]),
        ground_by_gender=_weights_by(raw["people"]["ground_by_gender"]),
        occupation=_weights(raw["people"]["occupation"]),
        reasons_not=_weights_by(raw["reasons_not"]),
        kinds={name: _kind(kind) for name, kind in raw["kinds"].items()},
        police_report=_habit(raw["police_report"]),
        lists={name: _habit(habit) for name, habit in raw["lists"].items()},
        errors=_weights_by(raw["errors"]),
        funnel=_funnel(raw["funnel"], raw["grave_acts"]),
        campaign=_campaign(raw["campaign"]),
    )


def _weights(raw: dict[str, Any]) -> Weights:
    return MappingProxyType({str(code): float(weight) for code, weight in raw.items()})


def _weights_by(raw: dict[str, Any]) -> Mapping[str, Weights]:
    return MappingProxyType({name: _weights(weights) for name, weights in raw.items()})


def _kind(raw: dict[str, Any]) -> Kind:
    parts = {
        name: _weights(raw[name])
        for name in (
            "one_of", "acts", "setting", "age", "perpetrator", "perpetrators",
            "premeditation", "indicators", "harm", "told",
        )
    }  # fmt: skip
    return Kind(weight=float(raw["weight"]), always=tuple(raw["always"]), **parts)


def _habit(raw: dict[str, Any]) -> ListHabit:
    return ListHabit(raw["base"], raw["open"], raw["closed"], _weights(raw.get("tie", {})))


def _funnel(raw: dict[str, Any], grave_acts: list[str]) -> FunnelHabit:
    return FunnelHabit(
        days=_weights(raw["days"]),
        usual={stage: _weights(raw[stage]["usual"]) for stage in FUNNEL_STAGES},
        grave={stage: _weights(raw[stage]["grave"]) for stage in FUNNEL_STAGES},
        bias_recognised=_weights(raw["bias_recognised"]),
        panic_argument=_weights(raw["panic_argument"]),
        grave_acts=frozenset(grave_acts),
    )


def _campaign(raw: dict[str, Any]) -> CampaignHabit:
    several = ("technique", "platform", "exposed", "audience_addressed")
    single = ("accusation", "employer_action", "days_to_consequence", "takedown")
    return CampaignHabit(
        district=raw["district"],
        oblast=raw["oblast"],
        first_post=raw["first_post"],
        weeks=raw["weeks"],
        claimed_dismissals=raw["claimed_dismissals"],
        chances={name: _weights(raw[name]) for name in several},
        one_of={name: _weights(raw[name]) for name in single},
    )
