"""Notices of a case, written down: made, sent by a person, what came of it, struck.

    entry = keep_notice(case_id, draft)
    note_sent(case_id, entry, on=day, channel="FORM", agreed="REPORT", agreed_in="", language="ru")
    note_outcome(case_id, entry, "REMOVED", on=day, words="", language="ru")
    case_notices(case_id)                      → the notices as they stand
    redrafted(notice)                          → the same draft again, to make its files anew

Each is one transaction with the tasks that follow from it. Raises `NoticeError` for what does not
fit, `CaseStateError` in a locked or withdrawn case, `RoleError` where the desk's role forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.campaigns.notices import kinds
from safelight.campaigns.notices.codes import Code, code
from safelight.campaigns.notices.counting import CountingError, NoticeFact
from safelight.campaigns.notices.drafting import Draft, drafted
from safelight.campaigns.notices.facts import parsed_facts
from safelight.campaigns.notices.models import NoticeLine
from safelight.campaigns.notices.problems import NoticeError
from safelight.campaigns.notices.reading import shipped, wording
from safelight.campaigns.notices.standing import NoticeNow, notices_of
from safelight.campaigns.notices.templates import Template, template
from safelight.casework.cases import check_open, decide, open_case, report_in
from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.followup.consents import cases_agreed_to
from safelight.casework.followup.deciding import (
    add_task,
    checked_words,
    finish_task,
    follow_up_of,
    followed,
)
from safelight.casework.projecting import project
from safelight.casework.summaries import STATISTICS
from safelight.journal.chain import append
from safelight.journal.content import Told
from safelight.vocabulary.schema import vocabulary

MOST_NOTICES: Final = 60


def case_notices(case_id: str) -> tuple[NoticeNow, ...]:
    """Return the notices of a case, the oldest first."""
    return _standing(case_id)[1]


def one_notice(case_id: str, entry: str) -> NoticeNow:
    """Return one notice of a case, or raise `NoticeError`."""
    return _one(_standing(case_id)[1], entry)


def redrafted(notice: NoticeNow, *, day: date | None = None) -> Draft:
    """Return the draft that a notice was kept as, from the same version of its template."""
    made_from = template(notice.template, notice.version)
    facts = parsed_facts(
        made_from,
        notice.facts,
        shown=notice.shown,
        language=notice.language,
        today=max(notice.made_on, day or notice.made_on),
    )
    return drafted(made_from, facts, language=notice.language, day=day or notice.made_on)


def allowed_by_report(now: CaseNow, kind: str) -> bool:
    """Whether the person ticked in their alarm that such a notice may go at once."""
    may = report_in(now).answers.get("may_do", ())
    asked = code("kinds", kind).report
    return bool(asked) and asked in ((may,) if isinstance(may, str) else may)


def keep_notice(case_id: str, draft: Draft) -> str:
    """Keep a draft as a notice of the case; return the entry that names it. Nothing is sent."""
    with transaction.atomic():
        check_open(open_case(case_id))
        if len(case_notices(case_id)) >= MOST_NOTICES:
            raise NoticeError(
                _("a case has at most %(most)s notices; strike one first") % {"most": MOST_NOTICES}
            )
        content = {
            "template": draft.template.id,
            "version": draft.template.version,
            "language": draft.language,
            "kind": draft.template.kind,
            "names_person": draft.names_the_person,
            "facts": draft.facts.as_json(),
            "shown": sorted(draft.facts.shown),
        }
        entry = append(kinds.MADE, {}, subject=case_id, content=content)
        project(case_id)
    return entry_name(entry)


def note_sent(
    case_id: str,
    entry: str,
    *,
    on: date,
    channel: str,
    agreed: str,
    agreed_in: str,
    language: str,
) -> date:
    """Note that a person sent it; return the day on which a task asks for the answer.

    `agreed` is REPORT (a tick in the alarm; only where nothing in it tells who the person is),
    MESSAGE (`agreed_in` is a message of this case) or SPOKEN (`agreed_in` says when and how).
    """
    code("channels", channel)
    _check_past(on)
    with transaction.atomic():
        check_open(open_case(case_id))
        now, notices, _story = _standing(case_id)
        notice = _one(notices, entry)
        if notice.sent is not None:
            raise NoticeError(_("this notice was sent already; strike that first"))
        said = _checked_agreement(now, notice, agreed, agreed_in)
        made_from = template(notice.template, notice.version)
        due = made_from.deadline.due(on)
        task = _task(case_id, "awaited", made_from, due, language)
        content = {
            "notice": entry,
            "on": on.isoformat(),
            "channel": channel,
            "agreed": agreed,
            "agreed_in": said,
            "due": due.isoformat(),
            "task": task,
        }
        decide(case_id, kinds.SENT, content)
    return due


def note_outcome(
    case_id: str, entry: str, outcome: str, *, on: date, words: str, language: str
) -> None:
    """Note what came of a notice; the tasks that wait for it end, and the next one begins."""
    came = code("outcomes", outcome)
    _check_past(on)
    kept = checked_words(words)
    with transaction.atomic():
        check_open(open_case(case_id))
        notice = one_notice(case_id, entry)
        sent = notice.sent
        if sent is None:
            raise NoticeError(_("nothing can come of a notice that was not sent; note that first"))
        if on < sent.on:
            raise NoticeError(_("an answer cannot be older than the notice; choose another day"))
        if came.after and not any(one.is_takedown and one.on <= on for one in notice.outcomes):
            raise NoticeError(
                _("what was never taken down cannot come back; note first that it was taken down")
            )
        if came.ends or came.after:
            _finish(case_id, notice)
        following = _follows(outcome, came)
        task = ""
        if following:
            made_from = template(notice.template, notice.version)
            due = _following_day(following, made_from, on)
            task = _task(case_id, following, made_from, due, language)
        content = {
            "notice": entry,
            "outcome": outcome,
            "on": on.isoformat(),
            "words": kept,
            "task": task,
        }
        decide(case_id, kinds.OUTCOME, content)


def strike(case_id: str, entry: str, *, language: str) -> None:
    """Take out an outcome, a sending or a notice that was never sent; the journal keeps all.

    Its task goes with it. What ended the wait and was struck leaves a notice that waits: a task
    asks for its answer again.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        content = {"entry": entry}
        for notice in case_notices(case_id):
            if entry in {one.entry for one in notice.outcomes}:
                content |= _without(case_id, notice, entry, language)
                break
            if entry in {one.entry for one in notice.sendings}:
                if notice.outcomes:
                    raise NoticeError(_("strike what came of it first"))
                _finish(case_id, notice)
                break
            if entry == notice.entry:
                if notice.sendings:
                    raise NoticeError(_("this notice was sent; strike the sending first"))
                break
        else:
            raise NoticeError(_("this is not there any more; reload the page"))
        decide(case_id, kinds.STRUCK, content)


def _without(case_id: str, notice: NoticeNow, entry: str, language: str) -> dict[str, str]:
    """Put the tasks right for a notice that loses an outcome; what is to be noted of it."""
    gone = next(one for one in notice.outcomes if one.entry == entry)
    others = [one for one in notice.outcomes if one.entry != entry]
    if any(
        one.is_after and not any(down.is_takedown and down.on <= one.on for down in others)
        for one in others
    ):
        raise NoticeError(_("strike first that it came back; it must have been taken down before"))
    waits_anew = bool(gone.ends) and not any(one.ends for one in others)
    overtaken = {gone.task, *(notice.asked_again if waits_anew else ())} - {""}
    for task in follow_up_of(case_id).open_tasks:
        if task.entry in overtaken:
            finish_task(case_id, task.entry)
    if notice.sent is None:
        return {}
    made_from = template(notice.template, notice.version)
    today = datetime.now(UTC).date()
    if waits_anew:
        due = max(notice.sent.due, today)
        again = _task(case_id, "awaited", made_from, due, language)
    elif gone.is_after and not any(one.is_after for one in others):
        # It stayed away after all: somebody looks again, as before.
        again = _task(
            case_id, "again", made_from, _following_day("again", made_from, today), language
        )
    else:
        return {}
    return {"notice": notice.entry, "task": again}


def awaited(*, until: date) -> list[NoticeLine]:
    """The notices of all cases whose answer is due until a day, the longest due first."""
    return list(NoticeLine.objects.filter(due__lte=until).order_by("due", "entry"))


def notice_facts(*, on: date) -> Iterator[NoticeFact]:
    """Yield every notice that was sent, of the cases whose consent to statistics holds on a day."""
    agreed = cases_agreed_to(STATISTICS, on=on)
    lines = NoticeLine.objects.filter(case_id__in=agreed, sent_on__isnull=False).order_by("entry")
    for line in lines.iterator():
        if line.sent_on is None:
            continue
        try:
            yield NoticeFact(
                line.kind,
                line.template,
                line.sent_on,
                line.ended,
                line.ended_on,
                line.reposted_on,
                line.restored_on,
            )
        except CountingError:
            # Two desks that sent it on different days, or one that writes anything: an answer
            # before the notice counts for nothing, and must not stop all counting.
            continue


def outcomes_by_case(*, on: date) -> Mapping[str, Mapping[str, str]]:
    """Case → kind → what its notices of that kind came to (`notice_outcome` of the vocabulary).

    Of several of one kind the first in the vocabulary's order counts, so that each case stands in
    one place. Only cases whose consent to statistics holds on a day.
    """
    order = vocabulary().field("notice_outcome").values
    found: dict[str, dict[str, str]] = {}
    agreed = cases_agreed_to(STATISTICS, on=on)
    lines = NoticeLine.objects.filter(case_id__in=agreed, sent_on__isnull=False)
    for line in lines.order_by("entry").iterator():
        of_case = found.setdefault(line.case_id, {})
        came = _came_to(line)
        known = of_case.get(line.kind, came)
        of_case[line.kind] = min(known, came, key=order.index)
    return found


def _came_to(line: NoticeLine) -> str:
    if line.reposted_on is not None or line.restored_on is not None:
        return "CAME_BACK"
    return line.ended.upper() if line.ended else "WAITING"


def _standing(case_id: str) -> tuple[CaseNow, tuple[NoticeNow, ...], list[Told]]:
    now, _case, story = followed(case_id)
    return now, notices_of(now, story), story


def _one(notices: tuple[NoticeNow, ...], entry: str) -> NoticeNow:
    for notice in notices:
        if notice.entry == entry:
            return notice
    raise NoticeError(_("there is no such notice in this case; reload the page"))


def _checked_agreement(now: CaseNow, notice: NoticeNow, agreed: str, agreed_in: str) -> str:
    code("agreed", agreed)
    if agreed == "REPORT":
        if notice.names_person or not allowed_by_report(now, notice.kind):
            raise NoticeError(
                _(
                    "the tick in the alarm does not cover this notice: it tells who the person is, "
                    "or is of another kind. Ask the person, and name their answer"
                )
            )
        return ""
    if agreed == "MESSAGE":
        messages = {turn.key for turn in now.conversation if turn.kind == "message"}
        if agreed_in not in messages:
            raise NoticeError(
                _("expected a message of the person in this case in which they agree; ask first")
            )
        return agreed_in
    return checked_words(agreed_in, at_least=1)


def _check_past(on: date) -> None:
    if on > datetime.now(UTC).date() + timedelta(days=1):
        raise NoticeError(_("this day has not come yet; choose another"))


def _task(case_id: str, what: str, made_from: Template, due: date, language: str) -> str:
    entry = shipped("codes")["tasks"][what]
    words = wording(entry, at=f"codes.tasks.{what}").in_language(language)
    about = made_from.words.in_language(language)
    add_task(case_id, entry["task"], words=f"{words}: {about}", due=due.isoformat())
    return follow_up_of(case_id).tasks[-1].entry


def _finish(case_id: str, notice: NoticeNow) -> None:
    """Whatever was still to be done about it is overtaken by what came now."""
    waiting = {one.task for one in notice.sendings} | set(notice.asked_again)
    waiting |= {one.task for one in notice.outcomes if one.task}
    for task in follow_up_of(case_id).open_tasks:
        if task.entry in waiting:
            finish_task(case_id, task.entry)


def _follows(outcome: str, came: Code) -> str:
    if came.ends == "refused":
        return "refused"
    if outcome == "ASKED_MORE":
        return "asked-more"
    if came.after:
        return "back"
    return "again" if came.takedown == "REMOVED" else ""


def _following_day(what: str, made_from: Template, on: date) -> date:
    days = on + timedelta(days=int(shipped("codes")["tasks"][what]["days"]))
    if what != "refused":
        return days
    ends = (remedy.within.after(on) for remedy in made_from.refused if remedy.within)
    return min((days, *ends))
