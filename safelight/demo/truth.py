"""What was true, written beside the publication and never read by the pipeline.

The file holds what no real country can know: every incident, who told nobody, which
record is about which incident. It is for teaching and for testing the methods.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from safelight.demo.country import Country
from safelight.demo.facts import ALL_LISTS, OWN, Incident
from safelight.demo.organisations import KeptList
from safelight.demo.telling import Telling

FORMAT: Final = "safelight-simulated-truth/1"


@dataclass(frozen=True)
class YearOfTruth:
    """One year: incidents that happened, and how many of them each list holds.

    `on_list` counts incidents, `records` counts lines (a list may hold one incident
    twice or misdate it, so neither bounds the other). `on_no_list` is the undercount.
    """

    year: int
    happened: int
    on_list: Mapping[str, int]
    records: Mapping[str, int]
    on_no_list: int


def years_of_truth(
    country: Country, lists: Iterable[KeptList], tellings: Iterable[Telling]
) -> tuple[YearOfTruth, ...]:
    """The truth per year in which incidents happened; records by the year they claim."""
    claimed: dict[str, list[str]] = {
        kept.organisation: [record.codes["occurred_period"][0] for record in kept.records]
        for kept in lists
    }
    claimed[OWN] = [telling.codes["occurred_period"][0] for telling in tellings]
    years = range(country.incidents[0].on.year, country.as_of.year + 1)
    return tuple(_year(year, country.incidents, claimed) for year in years)


def _year(
    year: int, incidents: Iterable[Incident], claimed: Mapping[str, list[str]]
) -> YearOfTruth:
    happened = [incident for incident in incidents if incident.on.year == year]
    return YearOfTruth(
        year=year,
        happened=len(happened),
        on_list={
            name: sum(name in incident.on_lists for incident in happened) for name in ALL_LISTS
        },
        records={
            name: sum(period.startswith(str(year)) for period in claimed[name])
            for name in ALL_LISTS
        },
        on_no_list=sum(not incident.on_lists for incident in happened),
    )


def truth_bytes(country: Country, lists: Iterable[KeptList], tellings: Iterable[Telling]) -> bytes:
    """The whole truth as JSON; the same country gives the same bytes."""
    lists, tellings = tuple(lists), tuple(tellings)
    document = {
        "format": FORMAT,
        "note": "simulated; nobody in it is real; never an input of the pipeline",
        "seed": country.seed,
        "size": country.size,
        "as_of": country.as_of,
        "years": [asdict(year) for year in years_of_truth(country, lists, tellings)],
        "campaign": asdict(country.campaign),
        "people": [asdict(person) for person in country.people],
        "incidents": [asdict(incident) for incident in country.incidents],
        "records": {
            kept.organisation: [
                {
                    "stat_id": record.stat_id,
                    "incident": record.incident,
                    "name_on_list": record.name,
                    "mistakes": record.mistakes,
                }
                for record in kept.records
            ]
            for kept in lists
        },
        "reports": [
            {
                "report": telling.number,
                "incident": telling.incident,
                "mistakes": telling.mistakes,
                "counted_with_consent": "STAT" in telling.consent,
            }
            for telling in tellings
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
    return text.encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")
