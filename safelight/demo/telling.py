"""What people in the simulated country write to us: answers, with mistakes, and a narrative.

Made from the truth but no longer the truth: somebody misdates, skips a question, tells of
a friend, or two people tell of the same incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from safelight.demo.assumptions import Assumptions
from safelight.demo.chances import happens, pick, some
from safelight.demo.country import Country
from safelight.demo.facts import OWN, Incident
from safelight.demo.organisations import observed_codes

_ROLES = {"VICTIM": 78.0, "FAMILY_FRIEND": 12.0, "WITNESS": 10.0}
_LANGUAGES = {"ru": 85.0, "en": 15.0}
# Without STAT a report is helped with but never counted: some people want just that.
_CONSENTS = {"STAT": 0.94, "SHARE_PARTNER": 0.35, "EVIDENCE": 0.4, "ADVOCACY": 0.15}
_WRITES_A_NARRATIVE = 0.9
_DELAY_DAYS = 20.0


@dataclass(frozen=True)
class Telling:
    """One report before it is a report. `incident` and `mistakes` stay on the truth's side."""

    number: int
    incident: int
    mistakes: tuple[str, ...]
    role: str
    language: str
    written: date
    codes: Mapping[str, tuple[str, ...]]
    narrative: str
    consent: tuple[str, ...]


def tell(country: Country, assume: Assumptions) -> tuple[Telling, ...]:
    """Every report people write, in the order of the days on which they write."""
    rng = np.random.default_rng((country.seed, 2))
    drafts: list[tuple[date, Incident, str, bool]] = []
    for incident in country.incidents:
        if OWN not in incident.on_lists:
            continue
        drafts.append(_draft(rng, incident, country.as_of, again=False))
        if happens(rng, assume.errors[OWN]["duplicate"]):
            drafts.append(_draft(rng, incident, country.as_of, again=True))
    drafts.sort(key=lambda draft: (draft[0], draft[1].number, draft[3]))
    return tuple(
        _telling(rng, number, draft, country=country, assume=assume)
        for number, draft in enumerate(drafts)
    )


def _draft(
    rng: np.random.Generator, incident: Incident, as_of: date, *, again: bool
) -> tuple[date, Incident, str, bool]:
    written = incident.on + timedelta(days=round(rng.exponential(_DELAY_DAYS)))
    not_the_victim = {role: weight for role, weight in _ROLES.items() if role != "VICTIM"}
    role = pick(rng, not_the_victim if again or incident.fatal else _ROLES)
    return min(written, as_of), incident, role, again


def _telling(
    rng: np.random.Generator,
    number: int,
    draft: tuple[date, Incident, str, bool],
    *,
    country: Country,
    assume: Assumptions,
) -> Telling:
    written, incident, role, again = draft
    chances = assume.errors[OWN]
    hearsay = role == "WITNESS" and happens(rng, 3 * chances["hearsay"])
    mistakes = ["duplicate"] if again else []
    mistakes += ["hearsay"] if hearsay else []
    mistakes += [
        name
        for name, chance in chances.items()
        if name not in ("duplicate", "hearsay")
        and happens(rng, min(1.0, chance * (2 if hearsay else 1)))
    ]
    language = pick(rng, _LANGUAGES)
    codes = dict(observed_codes(rng, incident, frozenset(mistakes), assume))
    codes["reporter_role"] = (role,)
    codes["victim_gender"] = (country.people[incident.people[0]].gender,)
    codes = _not_later_than(written, codes)
    narrative = _narrative(rng, incident, role, language)
    return Telling(
        number=number,
        incident=incident.number,
        mistakes=tuple(mistakes),
        role=role,
        language=language,
        written=written,
        codes=codes,
        narrative=narrative if happens(rng, _WRITES_A_NARRATIVE) else "",
        consent=some(rng, _CONSENTS),
    )


def _not_later_than(written: date, codes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    # Nobody misdates into a half-year that has not begun when they write.
    latest = f"{written.year}-H{1 if written.month <= 6 else 2}"
    if codes["occurred_period"][0] > latest:
        codes["occurred_period"] = (latest,)
    return codes


def _narrative(rng: np.random.Generator, incident: Incident, role: str, language: str) -> str:
    texts = _templates()
    after = texts["after"][language]
    told_police = "police_yes" if incident.police.tells else "police_no"
    sentences = (
        texts["marker"][language],
        _one(rng, texts["opening"][language][role]),
        _one(rng, texts["what"][incident.kind][language]),
        _one(rng, after[told_police]),
        _one(rng, after["closing"]),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _one(rng: np.random.Generator, sentences: list[str]) -> str:
    return sentences[int(rng.integers(len(sentences)))]


@cache
def _templates() -> dict[str, Any]:
    text = files("safelight.demo").joinpath("data/narratives.yaml").read_text(encoding="utf-8")
    templates: dict[str, Any] = yaml.safe_load(text)
    return templates
