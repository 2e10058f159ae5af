"""What became of the demo's cases: the simulated authorities' steps, noted as a caseworker would.

The people come back and tell how it went on. Only steps that somebody could know on the
country's last day are noted; the rest is pending, as in life. Needs an unlocked desk, so
import this module only after Django has started.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from safelight.casework.cases import report_of
from safelight.casework.funnel_facts import REASON_NOT, Noted, note_facts
from safelight.casework.models import Case, CaseState
from safelight.demo.facts import FunnelStep, Incident
from safelight.demo.own_reports import answers_of
from safelight.demo.simulation import Simulation
from safelight.demo.telling import Telling
from safelight.vocabulary.report import Answer

_SOURCE: Final = "OWN"


def follow_up(simulation: Simulation, *, today: date) -> int:
    """Note what became of every coded case that one telling alone fits; return how many."""
    incidents = {incident.number: incident for incident in simulation.country.incidents}
    told = _by_words(simulation.tellings)
    until = min(simulation.country.as_of, today)
    followed = 0
    for case in Case.objects.filter(state=CaseState.CODED).order_by("case_id"):
        report = report_of(case)
        fitting = told.get(_words(report.language, report.answers), set())
        if len(fitting) != 1:
            continue  # two incidents of which the very same was said: a person could not tell
        facts = _facts(incidents[next(iter(fitting))], until)
        note_facts(case.case_id, facts, today=today)
        followed += bool(facts)
    return followed


def _by_words(tellings: Sequence[Telling]) -> dict[str, set[int]]:
    told: dict[str, set[int]] = defaultdict(set)
    for telling in tellings:
        told[_words(telling.language, answers_of(telling))].add(telling.incident)
    return told


def _words(language: str, answers: Mapping[str, Answer]) -> str:
    # A report keeps the codes of one answer in the vocabulary's order, a telling in its own.
    plain = {k: v if isinstance(v, str) else tuple(sorted(v)) for k, v in answers.items()}
    return repr((language, sorted(plain.items())))


def _facts(incident: Incident, until: date) -> list[Noted]:
    return [_noted(step) for step in incident.known_funnel(until)]


def _noted(step: FunnelStep) -> Noted:
    reason = step.details.get(REASON_NOT)
    return Noted(
        step.stage,
        step.code,
        when=step.on.isoformat(),
        source=_SOURCE,
        reasons=(reason,) if reason else (),
        details={name: value for name, value in step.details.items() if name != REASON_NOT},
    )
