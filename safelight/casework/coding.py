"""Coding: from what a person said to one statistical row of closed codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.db import transaction

from safelight.casework.cases import (
    check_move,
    decide,
    open_case,
    report_in,
    standing_of,
)
from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.followup.consents import holds, today
from safelight.casework.models import Bridge, Case, CaseState
from safelight.casework.summaries import STATISTICS
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.journal.content import Told
from safelight.vocabulary.codes import Field
from safelight.vocabulary.consent import ends_on
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow, new_random128

# In the order of the page. The rest of a row is ours to fill in: ids, list, periods, consent.
CODED_BY_HAND: Final = (
    "acts",
    "occurred_period",
    "occurred_precision",
    "region",
    "setting",
    "bias_ground",
    "bias_indicators",
    "bias_confidence",
    "premeditation",
    "perpetrator_type",
    "perpetrators_band",
    "victims_band",
    "victim_age_band",
    "victim_gender",
    "harm",
    "fatal",
    "reporter_role",
    "channel",
    "verification",
)

_SMEAR_ALARM: Final = "smear-alarm"
_SMEAR: Final = "SMR"

Codes = Mapping[str, str | bool | tuple[str, ...]]


class NotCountedError(SafelightError):
    """The person does not agree to be counted, or not any more."""


def may_be_counted(case_id: str) -> bool:
    """Whether the person agrees to statistics today: ticked, not ended, not taken back."""
    return holds(case_id, STATISTICS, on=today())


def fields_by_hand() -> tuple[Field, ...]:
    """The vocabulary's fields that a person codes, in the order of the page."""
    return tuple(vocabulary().field(name) for name in CODED_BY_HAND)


def codes_to_start_from(case: Case, report: Report, coded: StatRow | None) -> dict[str, Any]:
    """What the coding page shows at first: the last coding, or else the report's own answers."""
    if coded is not None:
        return {name: getattr(coded, name) for name in CODED_BY_HAND}
    questions = question_set(report.form, report.form_version)
    start: dict[str, Any] = {
        "verification": "V0_UNCHECKED",
        "channel": "WEB" if case.origin == "server" else "OFFLINE_FILE",
    }
    for question in questions.questions:
        if question.field in CODED_BY_HAND and question.id in report.answers:
            start[question.field] = report.answers[question.id]
    if report.form == _SMEAR_ALARM:
        start["acts"] = (_SMEAR,)  # what that door is for; whoever codes adds what else happened
    start["occurred_precision"] = _precision(str(start.get("occurred_period", "UNK")))
    if "KIL" in start.get("acts", ()):
        start["fatal"] = True
    return start


def _precision(period: str) -> str:
    # "2024-H1" says more than the year and less than the month; the year is what holds.
    return "UNKNOWN" if period == "UNK" else "YEAR"


def basis_in(now: CaseNow, story: Iterable[Told]) -> str:
    """What the verification of the coding that counts stands on, or nothing."""
    hidden = now.undone | now.passed_over
    told = [one for one in story if one.entry.kind == "case.coded" and one.content]
    counting = [one for one in told if entry_name(one.entry) not in hidden]
    content = counting[-1].content if counting and now.codes is not None else None
    return str(content.get("basis", "")) if content else ""


def coded_row(case: Case) -> StatRow | None:
    """Return the row this case is counted as, or None."""
    bridge = Bridge.objects.filter(case=case).select_related("row").first()
    return None if bridge is None else StatRow.from_mapping(bridge.row.codes)


def code_case(case_id: str, codes: Codes, *, basis: str = "") -> StatRow:
    """Count a case as one row, or replace the row it is counted as; journal it with the row.

    `codes` has the fields of `CODED_BY_HAND`. `basis`: what the rung of verification stands on,
    in words, which stay sealed with the case and reach no row. Raises `NotCountedError`
    without consent to statistics, `VocabularyError` for codes that make no row,
    `CaseStateError`.
    """
    with transaction.atomic():
        case = open_case(case_id)
        check_move(CaseState(case.state), CaseState.CODED)
        now = standing_of(case)
        report = report_in(now)
        if not may_be_counted(case_id):
            raise NotCountedError(
                "this person did not agree to be counted, or does not any more, so no statistical "
                "row is made; the case itself stays, and help goes on"
            )
        row = StatRow(
            stat_id=now.row_id or new_random128(),
            source_list="OWN",
            received_period=_quarter(case.received_on),
            consent=_for_rows(report),
            consent_given_at=_quarter(min(report.written, case.received_on)),
            consent_expires_at=_quarter(
                ends_on(
                    report.consent,
                    STATISTICS,
                    written=report.written,
                    received=case.received_on,
                )
            ),
            coder_ids=(desk_key().desk,),
            **_checked_names(codes),
        )
        codes_kept = {name: value for name, value in row.to_mapping().items() if name != "stat_id"}
        content = {"row": row.stat_id, "codes": codes_kept}
        decide(case_id, "case.coded", content | ({"basis": basis} if basis else {}))
    return row


def _for_rows(report: Report) -> tuple[str, ...]:
    # Some purposes (publishing a letter) belong in the case file and in no row.
    listed = vocabulary().field("consent")
    return tuple(purpose for purpose in report.consent if listed.code(purpose).tier != "S2")


def _checked_names(codes: Codes) -> dict[str, Any]:
    if set(codes) != set(CODED_BY_HAND):
        raise NotCountedError(
            f"expected the {len(CODED_BY_HAND)} fields that are coded by hand, got others"
        )
    return dict(codes)


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
