"""Codes the demo's cases from the answers people gave, as no real desk should.

A person codes in real use. Every row made here carries the demo desk's name as its
coder, so nobody can take it for a person's work. Needs an unlocked desk, so import
this module only after Django has started.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from safelight.casework.cases import report_of, set_aside
from safelight.casework.coding import (
    CODED_BY_HAND,
    code_case,
    codes_to_start_from,
    may_be_counted,
)
from safelight.casework.models import Case, CaseState

# What the form does not ask, and the demo therefore cannot know.
_NOT_ASKED: Final = MappingProxyType(
    {
        "acts": (),
        "occurred_period": "UNK",
        "occurred_precision": "UNKNOWN",
        "region": "UNK",
        "setting": "UNK",
        "bias_ground": (),
        "bias_indicators": (),
        "premeditation": "UNK",
        "perpetrator_type": (),
        "perpetrators_band": "UNK",
        "victims_band": "UNK",
        "victim_age_band": "UNK",
        "victim_gender": "UNK",
        "harm": (),
        "fatal": False,
        "reporter_role": "UNK",
        "channel": "WEB",
        "verification": "V0_UNCHECKED",
    }
)


@dataclass(frozen=True)
class Coded:
    """`rows` cases became statistical rows; the others did not, for want of consent."""

    rows: int
    without_consent: int


def waiting_cases() -> tuple[str, ...]:
    """The cases nobody has decided on yet; first those that may not be counted.

    What the demo leaves uncoded is taken from the end: the lane of what was set aside then has
    something to show each time, whatever names the desk drew for its cases.
    """
    new = Case.objects.filter(state=CaseState.NEW).order_by("case_id")
    return tuple(sorted(new.values_list("case_id", flat=True), key=may_be_counted))


def code_all(case_ids: Sequence[str]) -> Coded:
    """Decide on each case: a row where the reporter consented, else set aside with that reason."""
    rows = 0
    for case_id in case_ids:
        case = Case.objects.get(case_id=case_id)
        if not may_be_counted(case_id):
            set_aside(case_id, "read-not-counted")
            continue
        code_case(case_id, _codes(case))
        rows += 1
    return Coded(rows, len(case_ids) - rows)


def _codes(case: Case) -> dict[str, Any]:
    answered = codes_to_start_from(case, report_of(case), None)
    codes = {**_NOT_ASKED, **answered}
    shown = codes["bias_ground"] and codes["bias_indicators"]
    codes["bias_confidence"] = "LIKELY" if shown else "POSSIBLE"
    return {name: codes[name] for name in CODED_BY_HAND}
