"""Cases: open one, and move it from state to state."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import transaction

from safelight.casework.models import Bridge, Case, CaseState
from safelight.errors import SafelightError
from safelight.journal.chain import append
from safelight.vocabulary.report import Report

# What may follow what. Coding a coded case again keeps its state and adds an entry.
NEXT: Final[Mapping[CaseState, frozenset[CaseState]]] = MappingProxyType(
    {
        CaseState.NEW: frozenset({CaseState.CODED, CaseState.SET_ASIDE}),
        CaseState.CODED: frozenset({CaseState.CODED, CaseState.SET_ASIDE}),
        CaseState.SET_ASIDE: frozenset({CaseState.NEW}),
    }
)

# Why a person set a case aside. Codes, so that the journal can hold them (labels: `wording`).
REASONS: Final = ("read-not-counted", "outside-our-work", "duplicate", "test", "flood")


class CaseNotFoundError(SafelightError):
    """No such case on this desk."""


class CaseStateError(SafelightError):
    """A move that the table of states does not allow."""


def open_case(case_id: str) -> Case:
    """Return the case, or raise `CaseNotFoundError`. The one door to a case: guards come here."""
    # Without the sealed original: it may be 16 MiB, and only opening needs it.
    found = Case.objects.select_related("envelope").defer("envelope__sealed")
    case = found.filter(case_id=case_id).first()
    if case is None:
        raise CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    return case


def next_new_case() -> str | None:
    """Return the id of the new case that has waited longest, or None."""
    new = Case.objects.filter(state=CaseState.NEW).order_by("received_on", "case_id")
    return new.values_list("case_id", flat=True).first()


def report_of(case: Case) -> Report:
    """Return what the person said, from the bytes the case was made of."""
    return Report.parse(bytes(case.report))


def check_move(now: CaseState, to: CaseState) -> None:
    """Raise `CaseStateError` unless a case may go from `now` to `to`."""
    if to not in NEXT[now]:
        raise CaseStateError(
            f"a case that is {now.value} cannot become {to.value}; reload the page"
        )


def set_aside(case_id: str, reason: str) -> None:
    """Set a case aside; if it was counted, its statistical row goes, and the entry says which."""
    if reason not in REASONS:
        raise CaseStateError(f"expected one of the reasons {', '.join(REASONS)}; choose one")
    with transaction.atomic():
        case = open_case(case_id)
        check_move(CaseState(case.state), CaseState.SET_ASIDE)
        bridge = Bridge.objects.filter(case=case).first()
        row_id = ""
        if bridge is not None:
            row_id = bridge.row_id
            row = bridge.row
            bridge.delete()
            row.delete()
        case.state, case.reason = CaseState.SET_ASIDE, reason
        case.save(update_fields=["state", "reason"])
        append("case.set-aside", {"reason": reason, "row-removed": row_id}, subject=case_id)


def take_back(case_id: str) -> None:
    """Undo `set_aside`: the case is new again, and is coded anew if it should count."""
    with transaction.atomic():
        case = open_case(case_id)
        check_move(CaseState(case.state), CaseState.NEW)
        case.state, case.reason = CaseState.NEW, ""
        case.save(update_fields=["state", "reason"])
        append("case.taken-back", {}, subject=case_id)
