"""The tables of cases, made from the journal: after each decision for one case, or all anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from safelight.casework.folding import CaseNow, fold
from safelight.casework.followed import sealed_facts
from safelight.casework.followup.models import FollowedCase
from safelight.casework.followup.tables import (
    forget_followups,
    is_ours,
    project_followup,
    project_ours,
    rebuild_ours,
)
from safelight.casework.letters.tables import forget_letters, project_letter
from safelight.casework.models import (
    Answer,
    AnswerState,
    Bridge,
    Case,
    SealedAnswer,
    StatisticalRow,
)
from safelight.casework.opening import rebuild_openings
from safelight.casework.summaries import sealed_summary
from safelight.casework.team import two_person
from safelight.casework.team.judging import judge_all
from safelight.casework.triage import place
from safelight.journal import content_keys
from safelight.journal.apart import ENDED, mark_of
from safelight.journal.chain import desk_key, told
from safelight.journal.content import Told
from safelight.journal.models import JournalEntry
from safelight.vocabulary.schema import VocabularyError, vocabulary
from safelight.vocabulary.stat_row import StatRow

_KINDS: tuple[str, ...] = ("case.made", "case.destroyed")
# A colleague's desk can write about anything; what is no case's id would break every address.
_CASE_ID = re.compile(r"[0-9a-f]{16}")


class Projection(NamedTuple):
    """Tables of cases that a room above keeps (docs/adr/0023). A case that is not open is
    forgotten by `project`; both run in the caller's transaction. `columns`: what the room knows
    of a case that belongs into its statistical row (docs/adr/0031).
    """

    project: Callable[[CaseNow, Iterable[Told]], object]
    forget: Callable[[], None]
    columns: Callable[[CaseNow, Iterable[Told]], Mapping[str, str]] | None = None


def _of_rooms_above() -> list[Projection]:
    # Asked for by name, as this room knows none that stands on it.
    return [import_string(name) for name in getattr(settings, "SAFELIGHT_PROJECTIONS", ())]


def is_case_id(subject: str) -> bool:
    """Whether a subject of the journal may be a case."""
    return _CASE_ID.fullmatch(subject) is not None


def case_now(case_id: str) -> CaseNow | None:
    """Return how a case stands, from the journal; None when there is none."""
    return fold(case_id, told(case_id))


def project(case_id: str) -> CaseNow | None:
    """Bring the tables up to date for one case, inside the caller's transaction."""
    if is_ours(case_id):
        project_ours(case_id)
        return None
    if not is_case_id(case_id) or _is_apart(case_id):
        return None
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        return None
    case, _ = Case.objects.update_or_create(
        case_id=case_id,
        defaults={
            "envelope": now.envelope,
            "mailbox": now.mailbox,
            "origin": now.origin,
            "received_on": now.received_on,
            "state": now.state,
            "reason": now.reason,
            "lane": now.lane,
            "place": place(now.lane, now.suspicion),
            "has_news": now.has_news,
            "summary": sealed_summary(case_id, now.report) if now.is_open else b"",
            "funnel": sealed_facts(case_id, now.facts) if now.is_open else b"",
        },
    )
    _project_row(case, now, story)
    _project_answers(now)
    project_followup(now, story)
    project_letter(now, story)
    for room in _of_rooms_above():
        room.project(now, story)
    return now


def _is_apart(case_id: str) -> bool:
    """Leave one line of a case that two people open together; whether it is one."""
    mark = mark_of(case_id)
    if mark is None:
        return False
    if mark.kind == ENDED:
        two_person.take_back(case_id)
        return False
    if content_keys.is_destroyed(case_id):
        return False
    two_person.settle(case_id, mark)
    day = two_person.project_apart(case_id, mark)
    nothing = CaseNow(case_id, day, state="withdrawn")  # so that other rooms' tables forget it
    project_followup(nothing, [])
    project_letter(nothing, [])
    for room in _of_rooms_above():
        room.project(nothing, [])
    return True


def _project_row(case: Case, now: CaseNow, story: Iterable[Told]) -> None:
    bridge = Bridge.objects.filter(case=case).select_related("row").first()
    if bridge is not None and (now.codes is None or bridge.row_id != now.row_id):
        row = bridge.row
        bridge.delete()
        row.delete()
        bridge = None
    if now.codes is None:
        return
    codes = _with_columns(dict(now.codes) | {"stat_id": now.row_id}, now, story)
    if bridge is not None:
        bridge.row.codes = codes
        bridge.row.save(update_fields=["codes"])
    elif _is_free(now):
        stored = StatisticalRow.objects.create(stat_id=now.row_id, codes=codes)
        Bridge.objects.create(case=case, row=stored)


def _with_columns(codes: dict[str, Any], now: CaseNow, story: Iterable[Told]) -> dict[str, Any]:
    """The row with what rooms above know of the case, in today's version of the vocabulary.

    A row that cannot be read here (of a newer version, or forged) stays as it came, and whoever
    counts refuses it by name; columns that do not fit leave the row without them.
    """
    try:
        row = StatRow.from_mapping(codes)
        known = [room.columns(now, story) for room in _of_rooms_above() if room.columns]
        codes = row.to_mapping()
        more = {name: cell for cells in known for name, cell in cells.items()}
        return StatRow.from_mapping(codes | more).to_mapping()
    except (VocabularyError, TypeError, ValueError, AttributeError):
        return codes


def _is_free(now: CaseNow) -> bool:
    """Whether a row's id is this case's to have. Random, so two cases with one are a forgery: the
    one whose id is smaller has the row on every desk, whatever came first.
    """
    taken = Bridge.objects.filter(row_id=now.row_id).select_related("row").first()
    if taken is None:
        return True
    if taken.case_id < now.case_id:
        return False
    taken.delete()
    taken.row.delete()
    return True


def _project_answers(now: CaseNow) -> None:
    answers = {turn.key: turn for turn in now.conversation if turn.kind == "answer"}
    stale = Answer.objects.filter(case_id=now.case_id).exclude(answer_id__in=answers)
    SealedAnswer.objects.filter(answer_id__in=list(stale.values_list("answer_id"))).delete()
    stale.delete()
    others = Answer.objects.filter(answer_id__in=answers).exclude(case_id=now.case_id)
    taken = set(others.values_list("answer_id", flat=True))
    for turn in answers.values():
        # A colleague who repeats the id of an answer must not keep it from being sent.
        if turn.key in taken and turn.who != desk_key().desk:
            continue
        Answer.objects.update_or_create(
            answer_id=turn.key,
            defaults={
                "case_id": now.case_id,
                "desk": turn.who,
                "state": AnswerState(turn.state),
            },
        )


def catch_up() -> int:
    """Project the cases that an older version left without a line of their following up, or with
    a row of its vocabulary.

    Without a line a case would not be counted: consents are judged there. In an older row is not
    what rooms above know of the case. Returns how many.
    """
    known = FollowedCase.objects.values("case_id")
    left = Case.objects.exclude(state="withdrawn").exclude(case_id__in=known)
    older = Bridge.objects.filter(row__codes__schema_version__in=vocabulary().also_reads)
    found = sorted(
        {
            *left.values_list("case_id", flat=True),
            *older.values_list("case_id", flat=True),
        }
    )
    for case_id in found:
        with transaction.atomic():
            project(case_id)
    return len(found)


def project_all(subjects: Iterable[str]) -> None:
    """Bring the tables up to date for every case among these subjects of new entries."""
    for subject in subjects:
        project(subject)


def cases_in_the_journal() -> list[str]:
    """Return the id of every case that the journal speaks of."""
    return sorted(
        JournalEntry.objects.filter(kind__in=_KINDS)
        .order_by()
        .values_list("subject", flat=True)
        .distinct()
    )


def rebuild() -> int:
    """Throw the tables of cases away and make them anew from the journal; return how many.

    Originals, keys and what came in but was not opened are no projections and stay.
    """
    with transaction.atomic():
        Bridge.objects.all().delete()
        StatisticalRow.objects.all().delete()
        Answer.objects.all().delete()
        Case.objects.all().delete()
        judge_all()
        forget_followups()
        forget_letters()
        for room in _of_rooms_above():
            room.forget()
        cases = cases_in_the_journal()
        for case_id in cases:
            project(case_id)
        rebuild_openings()
        rebuild_ours()
    return len(cases)
