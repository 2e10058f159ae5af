"""The lists that four organisations keep of the simulated country, with their mistakes.

Inclusion was decided in `country` (the lists depend on each other). Here each included
incident becomes a record, sometimes two, with wrong half-years, wrong regions, missing
codes and, on some lists, a name in whatever spelling. The incident's number and the
name never leave the truth file: a record crosses to the pipeline as codes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from safelight.demo.assumptions import Assumptions
from safelight.demo.chances import happens, pick
from safelight.demo.country import Country
from safelight.demo.facts import ORGANISATIONS, Incident, half_year, quarter
from safelight.demo.funnel import bias_recorded
from safelight.demo.invented_names import InventedName, romanised, with_a_slip

# How a list holds a name in its own papers.
_NAME_STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "helpline": ("diminutive", "short"),
    "legalaid": ("full", "short"),
    "media": ("initial",),
    "police": ("full",),
}
_LATIN_SPELLING: Final[Mapping[str, float]] = {
    "helpline": 0.3, "legalaid": 0.15, "media": 0.1, "police": 0.0,
}  # fmt: skip
_VERIFICATION: Final[Mapping[str, Mapping[str, float]]] = {
    "helpline": {"V0_UNCHECKED": 60, "V1_COHERENT": 40},
    "legalaid": {"V1_COHERENT": 30, "V2_CORROBORATED": 45, "V3_DOCUMENTED": 25},
    "media": {"V0_UNCHECKED": 65, "V2_CORROBORATED": 35},
    "police": {"V3_DOCUMENTED": 100},
}
_REPORTING_DELAY_DAYS: Final = 25.0


@dataclass(frozen=True)
class Record:
    """One line of a list. `incident` and `name` are truth and stay on the truth's side.

    `codes` holds codes by field of the statistical row, with `district` and `oblast`
    where the row has one `region`.
    """

    stat_id: str
    incident: int
    name: str
    mistakes: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class KeptList:
    organisation: str
    records: tuple[Record, ...]


def keep_lists(country: Country, assume: Assumptions) -> tuple[KeptList, ...]:
    """What each organisation wrote down, in a random order that tells nothing."""
    streams = np.random.default_rng((country.seed, 1)).spawn(len(ORGANISATIONS))
    return tuple(
        _kept(rng, organisation, country, assume)
        for rng, organisation in zip(streams, ORGANISATIONS, strict=True)
    )


def _kept(
    rng: np.random.Generator, organisation: str, country: Country, assume: Assumptions
) -> KeptList:
    chances = assume.errors[organisation]
    drafts: list[tuple[Incident, bool]] = []
    for incident in country.incidents:
        if organisation in incident.on_lists:
            drafts.append((incident, False))
            if happens(rng, chances["duplicate"]):
                drafts.append((incident, True))
    order = rng.permutation(len(drafts))
    records = tuple(
        _record(rng, organisation, *drafts[at], country=country, assume=assume) for at in order
    )
    return KeptList(organisation, records)


def _record(
    rng: np.random.Generator,
    organisation: str,
    incident: Incident,
    is_duplicate: bool,
    *,
    country: Country,
    assume: Assumptions,
) -> Record:
    chances = assume.errors[organisation]
    # Who only heard of it gets more wrong.
    hearsay = happens(rng, chances["hearsay"])
    strength = 2.0 if hearsay else 1.0
    mistakes = ["duplicate"] if is_duplicate else []
    mistakes += ["hearsay"] if hearsay else []
    mistakes += [
        name
        for name, chance in chances.items()
        if name not in ("duplicate", "hearsay") and happens(rng, min(1.0, strength * chance))
    ]
    if organisation == "police" and not bias_recorded(incident.known_funnel(country.as_of)):
        mistakes.append("ground_missing")
    return Record(
        stat_id=rng.bytes(16).hex(),
        incident=incident.number,
        name=_spelled(rng, organisation, country.people[incident.people[0]].name),
        mistakes=tuple(dict.fromkeys(mistakes)),
        codes=_codes(
            rng, organisation, incident, frozenset(mistakes), country=country, assume=assume
        ),
    )


def _codes(
    rng: np.random.Generator,
    organisation: str,
    incident: Incident,
    mistakes: frozenset[str],
    *,
    country: Country,
    assume: Assumptions,
) -> Mapping[str, tuple[str, ...]]:
    """The record's codes by field of the statistical row, after its mistakes."""
    codes: dict[str, tuple[str, ...]] = dict(observed_codes(rng, incident, mistakes, assume))
    known = min(_known_on(rng, incident.on), country.as_of)
    codes |= {
        "reporter_role": (_role(organisation, incident, mistakes),),
        "received_period": (quarter(known),),
        "verification": (pick(rng, _VERIFICATION[organisation]),),
        "bias_confidence": (_confidence(organisation, mistakes),),
        "victim_gender": (country.people[incident.people[0]].gender,),
    }
    if organisation == "police" and "ground_missing" in mistakes:
        codes["bias_indicators"] = ()  # a motive that is not recorded has no signs either
    return codes


def observed_codes(
    rng: np.random.Generator, incident: Incident, mistakes: frozenset[str], assume: Assumptions
) -> Mapping[str, tuple[str, ...]]:
    """What somebody who tells of `incident` gets across, given which mistakes they make."""
    acts = incident.acts
    if "act_missing" in mistakes and len(acts) > 1:
        left_out = int(rng.integers(len(acts)))
        acts = _never_the_lure_alone(acts[:left_out] + acts[left_out + 1 :], incident.acts)
    period = half_year(incident.on)
    if "wrong_half_year" in mistakes:
        period = half_year(_shifted_by_half_year(rng, incident.on, assume))
    district, oblast = incident.district, incident.oblast
    if "wrong_region" in mistakes:
        district = pick(rng, {d: w for d, w in assume.districts.items() if d != district})
        oblast = pick(rng, assume.oblasts[district])
    return {
        "occurred_period": (period,),
        "district": (district,),
        "oblast": (oblast,),
        "setting": ("UNK",) if "setting_missing" in mistakes else (incident.setting,),
        "acts": acts,
        "bias_ground": () if "ground_missing" in mistakes else incident.grounds,
        "bias_indicators": incident.indicators,
        "premeditation": (incident.premeditation,),
        "victims_band": ("1" if len(incident.people) == 1 else "2-4",),
        "fatal": ("true" if incident.fatal else "false",),
        "victim_age_band": ("UNK",) if "age_missing" in mistakes else (incident.ages[0],),
        "perpetrator_type": incident.perpetrators,
        "perpetrators_band": (incident.perpetrators_band,),
        "harm": incident.harm,
    }


def _never_the_lure_alone(acts: tuple[str, ...], true_acts: tuple[str, ...]) -> tuple[str, ...]:
    # The vocabulary codes a fake date only together with what followed it.
    return true_acts if acts == ("FDT",) else acts


def _shifted_by_half_year(rng: np.random.Generator, day: date, assume: Assumptions) -> date:
    earlier, later = day - timedelta(days=183), day + timedelta(days=183)
    if later > assume.last_day:
        return earlier
    if earlier < assume.first_day:
        return later
    return earlier if happens(rng, 0.5) else later


def _known_on(rng: np.random.Generator, happened_on: date) -> date:
    return happened_on + timedelta(days=round(rng.exponential(_REPORTING_DELAY_DAYS)))


def _role(organisation: str, incident: Incident, mistakes: frozenset[str]) -> str:
    if organisation == "media":
        return "MEDIA_READ"
    if "hearsay" in mistakes:
        return "WITNESS"
    return "FAMILY_FRIEND" if incident.fatal else "VICTIM"


def _confidence(organisation: str, mistakes: frozenset[str]) -> str:
    if "ground_missing" in mistakes:
        return "NOT_SHOWN" if organisation == "police" else "POSSIBLE"
    return "POSSIBLE" if "hearsay" in mistakes else "LIKELY"


def _spelled(rng: np.random.Generator, organisation: str, name: InventedName) -> str:
    styles = _NAME_STYLES[organisation]
    spelled = name.spelled(styles[int(rng.integers(len(styles)))])
    if happens(rng, _LATIN_SPELLING[organisation]):
        spelled = romanised(spelled, int(rng.integers(3)))
    return with_a_slip(rng, spelled) if happens(rng, 0.06) else spelled
