"""Cases: open one, decide about it, take a decision back. Every decision is a journal entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework import triage
from safelight.casework.folding import NEXT, UNDOABLE, CaseNow, entry_name, fold
from safelight.casework.models import Case, CaseState
from safelight.casework.projecting import case_now, project
from safelight.casework.wording import STATES
from safelight.errors import SafelightError
from safelight.journal.chain import append, told
from safelight.journal.content import Told
from safelight.vocabulary.report import Report

# Why a person set a case aside. Codes (labels: `wording`).
REASONS: Final = ("read-not-counted", "outside-our-work", "duplicate", "test", "flood")


class CaseNotFoundError(SafelightError):
    """No such case on this desk."""


class CaseStateError(SafelightError):
    """A move that the table of states does not allow."""


class CaseWithdrawnError(SafelightError):
    """The person withdrew: what was said is destroyed."""


def open_case(case_id: str) -> Case:
    """Return the case, or raise `CaseNotFoundError`. The one door to a case: guards come here."""
    case = Case.objects.filter(case_id=case_id).first()
    if case is None:
        raise CaseNotFoundError(_("there is no such case on this desk; go back to the inbox"))
    return case


def standing_of(case: Case) -> CaseNow:
    """Return everything about a case: what was said, decided and written, from the journal."""
    now = case_now(case.case_id)
    if now is None:
        raise CaseNotFoundError(_("there is no such case on this desk; go back to the inbox"))
    return now


def next_new_case() -> str | None:
    """Return the id of the case that should be read next, or None: most urgent, then oldest.

    Letters have a queue of their own, and are never coded.
    """
    new = Case.objects.filter(state=CaseState.NEW).exclude(lane__in=("aside", "letters"))
    return new.order_by("place", "received_on", "case_id").values_list("case_id", flat=True).first()


def report_of(case: Case) -> Report:
    """Return what the person said, from the bytes the case was made of."""
    return report_in(standing_of(case))


def report_in(now: CaseNow) -> Report:
    """Return the report of a case, or raise `CaseWithdrawnError`."""
    if not now.is_open:
        raise CaseWithdrawnError(
            _("the person withdrew this report; what was said is destroyed on every desk")
        )
    return Report.parse(now.report)


def check_move(now: CaseState | str, to: CaseState | str) -> None:
    """Raise `CaseStateError` unless a case may go from `now` to `to`."""
    if str(to) not in NEXT[str(now)]:
        raise CaseStateError(
            _("a case that is %(now)s cannot become %(to)s; reload the page")
            % {"now": STATES[CaseState(now)], "to": STATES[CaseState(to)]}
        )


def decide(
    case_id: str,
    kind: str,
    content: Mapping[str, Any] | None = None,
    *,
    body: Mapping[str, Any] | None = None,
) -> CaseNow | None:
    """Write a decision about a case down and bring the tables up to date, in one transaction.

    `content` may hold words; it is sealed under the case's key. `body` stays for ever.
    """
    with transaction.atomic():
        append(kind, body or {}, subject=case_id, content=content)
        return project(case_id)


def check_open(case: Case) -> None:
    """Raise `CaseStateError` for a case in which nobody may go on: locked or withdrawn."""
    if case.state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
        raise CaseStateError(
            _("this case is %(state)s; nothing can be added to it. Reload the page: it says why")
            % {"state": STATES[CaseState(case.state)]}
        )


def set_aside(case_id: str, reason: str) -> None:
    """Set a case aside; if it was counted, its statistical row goes."""
    if reason not in REASONS:
        raise CaseStateError(_("expected one of the reasons on the page; choose one"))
    with transaction.atomic():
        check_move(open_case(case_id).state, CaseState.SET_ASIDE)
        decide(case_id, "case.set-aside", {"reason": reason})


def take_back(case_id: str) -> None:
    """End a setting aside: the case is new again, and is coded anew if it should count."""
    with transaction.atomic():
        check_move(open_case(case_id).state, CaseState.NEW)
        decide(case_id, "case.taken-back", {})


def move_to_lane(case_id: str, lane: str) -> None:
    """Move a case to another lane: the last word is a person's."""
    triage.checked_lane(lane)
    with transaction.atomic():
        case = open_case(case_id)
        check_open(case)
        if case.lane != lane:
            decide(case_id, "case.lane", {"lane": lane})


def undo(case_id: str, name: str) -> None:
    """Undo one decision, by an entry that names it (`desk:seq`); what it hid shows again.

    Only the latest decision that still counts: undoing one that others were built upon
    would leave states nobody chose.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        latest = undoable(case_id)
        if latest is None or entry_name(latest.entry) != name:
            raise CaseStateError(
                _(
                    "only the latest decision about a case can be undone, and an answer only until "
                    "it has been sent; reload the page"
                )
            )
        decide(
            case_id,
            "case.undone",
            body={"desk": latest.entry.desk, "seq": latest.entry.seq},
        )


def undoable(case_id: str) -> Told | None:
    """Return the latest decision that can still be undone, or None."""
    story = told(case_id)
    now = fold(case_id, story)
    return None if now is None else undoable_in(now, story)


def undoable_in(now: CaseNow, story: Sequence[Told]) -> Told | None:
    """The same, for a story that has been read already."""
    if now.state in {"locked", "withdrawn"}:
        return None
    left = {turn.entry for turn in now.conversation if turn.entry and turn.state != "waiting"}
    for one in reversed(story):
        name = entry_name(one.entry)
        if one.entry.kind in UNDOABLE and name not in now.undone | now.passed_over | left:
            return one
    return None
