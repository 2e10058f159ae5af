"""Notices of a case: kept, sent by a person, answered; tasks and the table follow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.campaigns.notices.cases import a_case, a_draft, said, today
from tests.support.desk import TestDesk


def record() -> Any:
    from safelight.campaigns.notices import recording

    return recording


def tasks(case_id: str) -> list[tuple[str, date | None]]:
    from safelight.casework.followup.deciding import follow_up_of

    return [(task.kind, task.due) for task in follow_up_of(case_id).open_tasks]


def lines() -> list[dict[str, Any]]:
    from safelight.campaigns.notices.models import NoticeLine

    return sorted(NoticeLine.objects.values(), key=lambda row: row["entry"])


def sent(case_id: str, entry: str, **changes: Any) -> date:
    given = {"on": today(), "channel": "FORM", "agreed": "REPORT", "agreed_in": ""}
    due: date = record().note_sent(case_id, entry, language="ru", **(given | changes))
    return due


def came(case_id: str, entry: str, outcome: str, on: date | None = None, words: str = "") -> None:
    record().note_outcome(case_id, entry, outcome, on=on or today(), words=words, language="ru")


def a_sent_notice(desk: TestDesk) -> tuple[str, str]:
    case_id = a_case(desk, "ASK_REMOVAL")
    entry = record().keep_notice(case_id, a_draft())
    sent(case_id, entry)
    return case_id, entry


def test_a_notice_that_is_sent_brings_a_task_on_the_day_of_its_deadline(desk: TestDesk) -> None:
    case_id = a_case(desk, "ASK_REMOVAL")
    entry = record().keep_notice(case_id, a_draft())
    assert tasks(case_id) == [], "nothing was sent, so nothing is awaited"
    due = sent(case_id, entry)
    assert due == today() + timedelta(days=3), "no law names a day: our own"
    assert tasks(case_id) == [("check", due)]
    (line,) = lines()
    assert (line["kind"], line["sent_on"], line["due"]) == ("HOSTER", today(), due)
    assert [one.entry for one in record().awaited(until=due)] == [entry]
    assert record().awaited(until=due - timedelta(days=1)) == []


def test_an_answer_ends_the_waiting_and_a_refusal_asks_what_now(desk: TestDesk) -> None:
    case_id, entry = a_sent_notice(desk)
    came(case_id, entry, "ACKNOWLEDGED")
    assert [kind for kind, _due in tasks(case_id)] == ["check"], "receipt alone is no answer"
    came(case_id, entry, "REFUSED", words="не нарушает правил")
    assert tasks(case_id) == [("notice", today() + timedelta(days=7))]
    (line,) = lines()
    assert (line["ended"], line["ended_on"], line["due"]) == ("refused", today(), None)


def test_what_was_taken_down_is_looked_for_again_and_may_come_back(desk: TestDesk) -> None:
    from safelight.campaigns.notices.problems import NoticeError

    case_id, entry = a_sent_notice(desk)
    with pytest.raises(NoticeError, match="never taken down"):
        came(case_id, entry, "REPOSTED")
    came(case_id, entry, "REMOVED")
    assert tasks(case_id) == [("check", today() + timedelta(days=14))]
    came(case_id, entry, "REPOSTED")
    (line,) = lines()
    assert (line["ended"], line["outcome"]) == ("granted", "REPOSTED")
    assert line["reposted_on"] == today()


def test_a_tick_in_the_alarm_covers_its_kind_and_nothing_that_names_the_person(
    desk: TestDesk,
) -> None:
    from safelight.campaigns.notices.problems import NoticeError

    silent = a_case(desk, "KEEP_COPIES")
    entry = record().keep_notice(silent, a_draft())
    with pytest.raises(NoticeError, match="does not cover"):
        sent(silent, entry)
    ticked = a_case(desk, "ASK_REMOVAL")
    named = record().keep_notice(
        ticked, a_draft(person_name="Имя Примерное", may_show=("person_name",))
    )
    with pytest.raises(NoticeError, match="does not cover"):
        sent(ticked, named)
    with pytest.raises(NoticeError, match="message of the person"):
        sent(ticked, named, agreed="MESSAGE", agreed_in="0" * 64)
    from safelight.casework.followup.rules import FollowUpError

    with pytest.raises(FollowUpError, match="expected a text"):
        sent(ticked, named, agreed="SPOKEN")
    assert tasks(ticked) == [], "what was refused left no task behind"
    sent(ticked, named, agreed="SPOKEN", agreed_in="по телефону, сегодня")
    assert len(tasks(ticked)) == 1


def test_a_message_in_which_they_agree_is_enough_for_a_name(desk: TestDesk) -> None:
    from safelight.casework.followup.deciding import followed
    from safelight.sealing.receipt import Receipt

    words = Receipt.generate()
    case_id = a_case(desk, "ASK_REMOVAL", words=words)
    said(desk, words, "да, с именем")
    (turn,) = followed(case_id)[0].conversation
    named = a_draft(person_name="Имя Примерное", may_show=("person_name",))
    entry = record().keep_notice(case_id, named)
    sent(case_id, entry, agreed="MESSAGE", agreed_in=turn.key)
    (notice,) = record().case_notices(case_id)
    assert notice.sent.agreed_in == turn.key


def test_the_same_files_can_be_made_again_from_what_was_kept(desk: TestDesk) -> None:
    from safelight.campaigns.notices.as_pdf import as_pdf

    draft = a_draft(person_name="Имя Примерное", may_show=("person_name",))
    case_id = a_case(desk)
    entry = record().keep_notice(case_id, draft)
    again = record().redrafted(record().one_notice(case_id, entry), day=draft.document.day)
    assert again == draft
    assert as_pdf(again.document) == as_pdf(draft.document)


def test_the_longest_notice_can_be_kept_and_a_longer_one_is_refused(desk: TestDesk) -> None:
    from safelight.campaigns.notices.problems import NoticeRefusedError

    case_id = a_case(desk)
    longest = dict.fromkeys(("statements", "reasons", "harm"), "ы" * 4000)

    def addresses(letters: int) -> list[str]:
        return [f"https://example.org/{number}/" + "%D1%8B" * letters for number in range(50)]

    with pytest.raises(NoticeRefusedError, match="слишком длинно"):
        a_draft(urls=[one.replace("%D1%8B", "ы") for one in addresses(400)], **longest)
    entry = record().keep_notice(case_id, a_draft(urls=addresses(300), **longest))
    assert record().one_notice(case_id, entry).facts["urls"] == addresses(300)


def test_what_is_struck_is_out_and_its_task_with_it(desk: TestDesk) -> None:
    from safelight.campaigns.notices.problems import NoticeError

    case_id, entry = a_sent_notice(desk)
    with pytest.raises(NoticeError, match="was sent"):
        record().strike(case_id, entry, language="ru")
    (notice,) = record().case_notices(case_id)
    record().strike(case_id, notice.sent.entry, language="ru")
    assert tasks(case_id) == []
    assert lines()[0]["sent_on"] is None
    record().strike(case_id, entry, language="ru")
    assert lines() == []
    assert record().case_notices(case_id) == ()


def test_tables_made_anew_are_the_same(desk: TestDesk) -> None:
    from safelight.casework.projecting import rebuild

    case_id, entry = a_sent_notice(desk)
    came(case_id, entry, "REMOVED_PARTLY")
    record().keep_notice(case_id, a_draft())
    before = lines()
    assert len(before) == 2
    rebuild()
    assert lines() == before


def test_a_case_that_is_withdrawn_has_no_notices_left(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.casework.withdrawals import RETENTION, destroy_case
    from safelight.journal import content_keys

    case_id, _entry = a_sent_notice(desk)
    kept, _other = a_sent_notice(desk)
    with transaction.atomic():
        destroy_case(case_id, why=RETENTION, proof="")
    content_keys.finish_erasure()
    assert [line["case_id"] for line in lines()] == [kept]


def test_what_is_counted_is_of_cases_that_agree_to_be_counted(desk: TestDesk) -> None:
    from safelight.casework.followup.models import AgreedPurpose

    case_id, entry = a_sent_notice(desk)
    other, _sent_too = a_sent_notice(desk)
    came(case_id, entry, "REFUSED")
    assert len(list(record().notice_facts(on=today()))) == 2
    AgreedPurpose.objects.filter(case_id=other).delete()
    (fact,) = record().notice_facts(on=today())
    assert (fact.kind, fact.ended, fact.sent_on) == ("HOSTER", "refused", today())


def test_an_answer_before_the_notice_does_not_stop_the_counting(desk: TestDesk) -> None:
    from safelight.campaigns.notices import kinds
    from safelight.casework.cases import decide

    _case, _entry = a_sent_notice(desk)
    case_id, entry = a_sent_notice(desk)
    early = {"notice": entry, "outcome": "REFUSED", "on": "2020-01-01", "words": ""}
    decide(case_id, kinds.OUTCOME, early)  # as a colleague's broken desk would write it
    (fact,) = record().notice_facts(on=today())
    assert fact.ended == ""


def test_the_kinds_of_entries_are_those_that_the_table_of_roles_knows() -> None:
    from safelight.campaigns.notices.kinds import BY_CASEWORKERS
    from safelight.casework.team.roles import MAY, Role
    from safelight.casework.wording import KINDS

    known = {kind for kind in MAY[Role.CASEWORKER] if kind.startswith("notice.")}
    assert known == BY_CASEWORKERS
    assert {kind for kind in KINDS if kind.startswith("notice.")} == BY_CASEWORKERS
    for role in set(Role) - {Role.CASEWORKER}:
        assert not MAY[role] & BY_CASEWORKERS


def test_what_is_back_reopens_the_notice_and_asks_to_write_again(desk: TestDesk) -> None:
    case_id, entry = a_sent_notice(desk)
    came(case_id, entry, "REMOVED")
    came(case_id, entry, "REPOSTED")
    assert tasks(case_id) == [("notice", today() + timedelta(days=1))], (
        "nobody looks any more whether it came back: it did"
    )
    notice = record().one_notice(case_id, entry)
    assert notice.is_back
    page = desk.client.get(f"/cases/{case_id}/emergency").text
    assert "it is back: capture it, and write again" in page
    assert page.count('name="do" value="outcome"') == 1, "its next outcome can be noted"
    came(case_id, entry, "REMOVED")
    assert not record().one_notice(case_id, entry).is_back
    assert tasks(case_id) == [("check", today() + timedelta(days=14))]


def test_an_outcome_that_is_struck_takes_its_task_along_and_the_waiting_goes_on(
    desk: TestDesk,
) -> None:
    case_id, entry = a_sent_notice(desk)
    awaited = tasks(case_id)
    came(case_id, entry, "REFUSED")
    (refusal,) = record().one_notice(case_id, entry).outcomes
    record().strike(case_id, refusal.entry, language="ru")
    assert tasks(case_id) == awaited, "again somebody asks for the answer"
    came(case_id, entry, "REMOVED")
    assert tasks(case_id) == [("check", today() + timedelta(days=14))]


def test_an_outcome_of_an_older_version_names_no_task_and_is_read(desk: TestDesk) -> None:
    from safelight.campaigns.notices import kinds
    from safelight.casework.cases import decide

    case_id, entry = a_sent_notice(desk)
    old = {"notice": entry, "outcome": "REMOVED", "on": today().isoformat(), "words": ""}
    decide(case_id, kinds.OUTCOME, old)
    (one,) = record().one_notice(case_id, entry).outcomes
    assert (one.code, one.task) == ("REMOVED", "")


def test_a_day_in_working_days_is_about_right_and_the_page_says_so(desk: TestDesk) -> None:
    case_id = a_case(desk, "ASK_REMOVAL")
    for template_id in ("data-152-fz", "hoster-dsa-16"):
        entry = record().keep_notice(case_id, a_draft(template_id))
        sent(case_id, entry, agreed="SPOKEN", agreed_in="по телефону")
    page = desk.client.get(f"/cases/{case_id}/notices").text
    assert page.count("answer due about (working days") == 1
    assert page.count("answer due <time") == 1


def test_what_was_taken_down_cannot_be_struck_while_it_stands_there_as_back(
    desk: TestDesk,
) -> None:
    from safelight.campaigns.notices.problems import NoticeError

    case_id, entry = a_sent_notice(desk)
    came(case_id, entry, "REMOVED")
    came(case_id, entry, "REPOSTED")
    down, back = record().one_notice(case_id, entry).outcomes
    with pytest.raises(NoticeError, match="strike first that it came back"):
        record().strike(case_id, down.entry, language="ru")
    assert lines()[0]["ended"] == "granted", "or it would count as back without having been away"

    record().strike(case_id, back.entry, language="ru")
    assert tasks(case_id) == [("check", today() + timedelta(days=14))], "somebody looks again"
    record().strike(case_id, down.entry, language="ru")
    assert (lines()[0]["ended"], lines()[0]["reposted_on"]) == ("", None)
    assert len(tasks(case_id)) == 1, "and somebody asks for the answer"


def test_nothing_comes_back_on_a_day_before_it_was_taken_down(desk: TestDesk) -> None:
    from safelight.campaigns.notices.problems import NoticeError

    case_id = a_case(desk, "ASK_REMOVAL")
    entry = record().keep_notice(case_id, a_draft())
    sent(case_id, entry, on=today() - timedelta(days=9))
    came(case_id, entry, "REMOVED", on=today() - timedelta(days=2))
    with pytest.raises(NoticeError, match="never taken down"):
        came(case_id, entry, "REPOSTED", on=today() - timedelta(days=5))
    came(case_id, entry, "REPOSTED", on=today() - timedelta(days=2))
    assert record().one_notice(case_id, entry).is_back, "on the same day it may"
