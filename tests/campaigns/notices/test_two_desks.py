"""Two desks of a team: both see the same notices, and two who send one at once disturb nobody."""

from __future__ import annotations

from typing import Any

from tests.campaigns.notices.cases import a_case, a_draft
from tests.campaigns.notices.test_recording import came, lines, record, sent, tasks
from tests.support.two_desks import TwoDesks, team

__all__ = ["team"]


def seen(team: TwoDesks, case_id: str) -> list[Any]:
    found = []
    for at in (1, 2):
        team.sit(at)
        found.append((lines(), record().case_notices(case_id), tasks(case_id)))
    return found


def test_a_colleague_sees_the_same_notices_tasks_and_table(team: TwoDesks) -> None:
    case_id = a_case(team.first, "ASK_REMOVAL")
    entry = record().keep_notice(case_id, a_draft())
    team.exchange()
    team.sit(2)
    sent(case_id, entry)
    team.exchange()
    one, other = seen(team, case_id)
    assert one == other
    assert one[0][0]["sent_on"] is not None


def test_two_who_send_one_notice_at_once_end_with_no_task_left(team: TwoDesks) -> None:
    case_id = a_case(team.first, "ASK_REMOVAL")
    entry = record().keep_notice(case_id, a_draft())
    team.exchange()
    for at in (1, 2):
        team.sit(at)
        sent(case_id, entry)
    team.exchange()
    assert len(tasks(case_id)) == 2, "each asked to look"
    came(case_id, entry, "NO_ANSWER")
    team.exchange()
    one, other = seen(team, case_id)
    assert one == other
    assert one[2] == []
    assert one[0][0]["ended"] == "silent"
