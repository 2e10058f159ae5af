"""How far a case got with the authorities: dated facts with a source, noted by a person.

A fact is a stage and code of the vocabulary (data/funnel.yaml), a date as exact as anybody
knows it (2026-05-17, 2026-05, 2026-Q2, 2026-H1, 2026, or nothing), and who says so. Facts are
added and struck, never changed; what they amount to on a day is for `outcomes` to say. F0,
recorded by us, is not noted by hand: it is the day on which the report came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.cases import CaseStateError, check_open, decide, open_case, standing_of
from safelight.casework.folding import KnownFact
from safelight.casework.projecting import project
from safelight.errors import SafelightError
from safelight.journal.chain import append
from safelight.outcomes.facts import StageFact
from safelight.outcomes.path import START
from safelight.outcomes.when import When
from safelight.vocabulary.codes import Field
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary

NOTED: Final = "case.fact"
STRUCK: Final = "case.fact-struck"
REASON_NOT: Final = "reason_not"
MOST_FACTS: Final = 60
# What the person's own answers say beyond doubt; the others mean one of two things.
_SAID_BY: Final[Mapping[str, tuple[str, str]]] = {
    "ACCEPTED": ("F2_REPORT", "ACCEPTED"),
    "AGAINST": ("F3_CASE", "VICTIM_TARGETED"),
}


class FactRefusedError(SafelightError):
    """A fact that cannot be noted about this case."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person enters. `when` is text as typed, `details` the stage's finer codes."""

    stage: str
    code: str
    when: str = ""
    source: str = ""
    reasons: tuple[str, ...] = ()
    details: Mapping[str, str] | None = None


def details_of(stage: str) -> tuple[Field, ...]:
    """The stage's finer questions with one answer each (F9: bias recognised, panic argument)."""
    return tuple(f for f in vocabulary().stage(stage).details if f.kind == "code")


def note_fact(case_id: str, noted: Noted, *, today: date) -> None:
    """Write a fact down. Raises `WhenError`, `PathError`, `FactsError`, `FactRefusedError`."""
    note_facts(case_id, [noted], today=today)


def note_facts(case_id: str, several: Sequence[Noted], *, today: date) -> None:
    """Write several facts down, each as an entry of its own; all or none."""
    contents = [_content(noted, today) for noted in several]
    with transaction.atomic():
        case = open_case(case_id)
        check_open(case)
        if len(standing_of(case).facts) + len(contents) > MOST_FACTS:
            raise FactRefusedError(f"a case has at most {MOST_FACTS} facts; strike one first")
        for content in contents:
            append(NOTED, {}, subject=case_id, content=content)
        project(case_id)


def _content(noted: Noted, today: date) -> dict[str, Any]:
    fact = StageFact(
        stage=noted.stage,
        code=noted.code,
        when=When.parse(noted.when) if noted.when else None,
        source=noted.source,
        reasons=noted.reasons,
    )
    if fact.stage == START:
        raise FactRefusedError("F0 is the day on which the report came; it is not noted by hand")
    if fact.when is not None and fact.when.first > today:
        raise FactRefusedError("a fact lies in the past; got a date after today")
    return {
        "stage": fact.stage,
        "code": fact.code,
        "when": noted.when,
        "source": fact.source,
        "reasons": list(fact.reasons),
        "details": _checked_details(noted),
    }


def _checked_details(noted: Noted) -> dict[str, str]:
    given = {name: value for name, value in (noted.details or {}).items() if value}
    known = {field.name: field for field in details_of(noted.stage)}
    if not set(given) <= set(known):
        raise FactRefusedError("finer codes of another stage; choose the stage they belong to")
    for name, value in given.items():
        known[name].code(value)
    return given


def strike_fact(case_id: str, entry: str) -> None:
    """Take one fact out of the case, whichever it is; the journal keeps both entries."""
    with transaction.atomic():
        case = open_case(case_id)
        check_open(case)
        if entry not in {fact.entry for fact in standing_of(case).facts}:
            raise CaseStateError(_("this fact is not in the case any more; reload the page"))
        decide(case_id, STRUCK, {"entry": entry})


def in_order(facts: tuple[KnownFact, ...]) -> list[KnownFact]:
    """The facts by stage, and within one by date."""
    stages = [stage.value for stage in vocabulary().stages]
    return sorted(facts, key=lambda fact: (stages.index(fact.stage), fact.when))


def suggested(report: Report, facts: tuple[KnownFact, ...]) -> Noted | None:
    """What the person's own answers already say about the police, while nothing is noted."""
    if facts:
        return None
    if report.answers.get("police") == "NO":
        reasons = report.answers.get("police_not", ())
        kept = (reasons,) if isinstance(reasons, str) else tuple(reasons)
        return Noted("F1_DECISION", "NOT_REPORT", source="OWN", reasons=kept)
    said = _SAID_BY.get(str(report.answers.get("police_did", "")))
    return None if said is None else Noted(*said, source="OWN")
