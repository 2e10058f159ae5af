"""Who has a case, what is to be done, how one may write, how long it is kept: written down.

Each function writes one entry and brings the tables up to date in the same transaction.
Raises `FollowUpError` for what does not fit, `CaseStateError` in a locked or withdrawn case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.cases import CaseNotFoundError, check_open, decide, open_case
from safelight.casework.folding import CaseNow, fold
from safelight.casework.followup import kinds, rules
from safelight.casework.followup.following import FollowUp, follow
from safelight.casework.followup.rules import FollowUpError
from safelight.journal.chain import desk_key, told
from safelight.journal.content import Told
from safelight.journal.models import KnownDesk
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.report import cleaned_text

LONGEST_WORDS: Final = 2000
MOST_TASKS: Final = 100
# What can be agreed to in a conversation. Being counted is asked by the form, which says how.
SAID_LATER: Final = ("SHARE_PARTNER", "EVIDENCE", "ADVOCACY")
YEARS: Final = (1, 3, 10)
# A deadline is hours away; a day years off is a typing mistake.
_FURTHEST_DEADLINE: Final = timedelta(days=366)


def followed(case_id: str) -> tuple[CaseNow, FollowUp, list[Told]]:
    """Return a case, how it is followed, and the story both are made of."""
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        raise CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    return now, follow(now, story), story


def follow_up_of(case_id: str) -> FollowUp:
    """Return how a case is followed."""
    return followed(case_id)[1]


def checked_words(untrusted: str, *, at_least: int = 0) -> str:
    """Return a text as it is kept, or raise `FollowUpError` saying how long it may be."""
    words = cleaned_text(untrusted)
    if not at_least <= len(words) <= LONGEST_WORDS:
        raise FollowUpError(
            _(
                "expected a text of %(least)s to %(most)s characters, got %(length)s; write it "
                "shorter, or write one"
            )
            % {"least": at_least, "most": LONGEST_WORDS, "length": len(words)}
        )
    return words


def checked_day(untrusted: str, *, not_before: date | None = None) -> date | None:
    """Return a day such as 2026-05-31, None for no text, or raise `FollowUpError`."""
    if not untrusted:
        return None
    try:
        day = date.fromisoformat(untrusted)
    except ValueError:
        raise FollowUpError(_("expected a day such as 2026-05-31; choose it again")) from None
    if day.year > _this_day().year + 20 or (not_before is not None and day < not_before):
        raise FollowUpError(_("this day is over already, or too far off; choose another"))
    return day


def desks() -> tuple[str, ...]:
    """The desks a case can be handed to: this one first, then the team's."""
    own = desk_key().desk
    others = KnownDesk.objects.exclude(desk=own).order_by("desk").values_list("desk", flat=True)
    return (own, *others)


def assign(case_id: str, to: str, note: str = "") -> None:
    """Hand a case over to a desk of the team, or to nobody ("")."""
    words = checked_words(note)
    if to and to not in desks():
        raise FollowUpError(_("expected a desk of this team, or nobody; choose one from the list"))
    _write(case_id, kinds.ASSIGNED, {"to": to, "note": words})


def add_task(case_id: str, kind: str, *, words: str, due: str, desk: str = "") -> None:
    """Note something to be done; `due` is a day or ""; `desk`: "" is whoever has the case."""
    rules.checked("tasks", kind)
    if desk and desk not in desks():
        raise FollowUpError(_("expected a desk of this team, or nobody; choose one from the list"))
    day = checked_day(due)
    case = follow_up_of(case_id)
    if len(case.open_tasks) >= MOST_TASKS:
        raise FollowUpError(
            _("a case has at most %(most)s open tasks; finish one first") % {"most": MOST_TASKS}
        )
    content = {
        "kind": kind,
        "words": checked_words(words),
        "due": day.isoformat() if day else "",
        "desk": desk,
    }
    _write(case_id, kinds.TASK, content)


def finish_task(case_id: str, task: str) -> None:
    """Say that a task is done; undone by the history's undo while it is the latest decision."""
    _check_task(case_id, task)
    _write(case_id, kinds.TASK_DONE, {"task": task})


def move_task(case_id: str, task: str, due: str) -> None:
    """Give a task another day, or none."""
    _check_task(case_id, task)
    day = checked_day(due)
    _write(case_id, kinds.TASK_MOVED, {"task": task, "due": day.isoformat() if day else ""})


def _check_task(case_id: str, task: str) -> None:
    case = follow_up_of(case_id)
    if task not in {one.entry for one in case.open_tasks}:
        raise FollowUpError(_("this task is not open any more; reload the page"))


def note_contact(case_id: str, codes: Iterable[str], words: str) -> None:
    """Note how one may write to the person; replaces what was noted before."""
    known = [code for code in rules.codes("contact") if code in set(codes)]
    if len(known) != len(set(codes)):
        raise FollowUpError(_("expected choices of the page; reload it"))
    _write(case_id, kinds.CONTACT, {"codes": known, "words": checked_words(words)})


def note_told(case_id: str, what: str, whom: str) -> None:
    """Note what the person said already, and to whom, so that nobody asks again."""
    content = {"what": checked_words(what, at_least=1), "whom": checked_words(whom)}
    _write(case_id, kinds.TOLD, content)


def set_deadline(case_id: str, at: str) -> None:
    """Set the hour of an urgent case, in UTC: "2026-11-23T06:00"."""
    try:
        moment = datetime.strptime(at, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise FollowUpError(_("expected a day and an hour; choose them again")) from None
    if abs(moment - datetime.now(UTC)) > _FURTHEST_DEADLINE:
        raise FollowUpError(_("this deadline is more than a year away; choose another"))
    _write(case_id, kinds.DEADLINE, {"at": moment.strftime("%Y-%m-%dT%H:%MZ")})


def meet_deadline(case_id: str) -> None:
    """Say that what was urgent is done: the box goes, the case stays."""
    _write(case_id, kinds.DEADLINE_MET, {})


def keep_until(case_id: str, until: str, because: str) -> None:
    """Put the review of a case off, for a reason."""
    day = checked_day(until, not_before=_this_day())
    furthest = _this_day() + timedelta(days=rules.number("longest_prolonging_days"))
    if day is None or day > furthest:
        raise FollowUpError(
            _("expected a day up to %(day)s; choose one") % {"day": f"{furthest:%Y-%m-%d}"}
        )
    words = checked_words(because, at_least=1)
    _write(case_id, kinds.KEPT, {"until": day.isoformat(), "because": words})


def note_consent(case_id: str, purpose: str, *, years: int, said_in: str) -> None:
    """Note that the person agreed in a message; it must be one of theirs, in this case.

    The consent is counted from the day on which the message was written.
    """
    if purpose not in SAID_LATER or years not in YEARS:
        raise FollowUpError(
            _("expected one of %(purposes)s, for 1, 3 or 10 years")
            % {"purposes": ", ".join(SAID_LATER)}
        )
    now = followed(case_id)[0]
    message = next((t for t in now.conversation if t.kind == "message" and t.key == said_in), None)
    if message is None:
        raise FollowUpError(
            _("expected a message of the person in this case in which they agree; ask them first")
        )
    until = last_day(min(message.written, _this_day()), years)
    content = {"purpose": purpose, "until": until.isoformat(), "said_in": said_in}
    _write(case_id, kinds.CONSENT, content)


def end_consent(case_id: str, purpose: str) -> None:
    """Note that the person took back one purpose; it holds for nothing from now on."""
    case = follow_up_of(case_id)
    if case.until(purpose) is None:
        raise FollowUpError(_("there is no such consent in this case; reload the page"))
    _write(case_id, kinds.CONSENT_ENDED, {"purpose": purpose})


def _write(case_id: str, kind: str, content: Mapping[str, Any]) -> None:
    with transaction.atomic():
        check_open(open_case(case_id))
        decide(case_id, kind, content)


def _this_day() -> date:
    return datetime.now(UTC).date()
