"""Threat: leaver-keeps-asking: A desk that has left goes on asking, writing and dating
back; it gets nothing new, and nothing of that counts.

It keeps what it had. It gets nothing new from anybody, and what it writes after its last day
counts for nothing, also when it dates it back and an old colleague passes it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.casework.team.roles import Role, RoleError
from safelight.casework.team.statement import TeamDesk
from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.support.desk import a_report
from tests.support.live_server import today


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def left(member: TeamDesk, days_ago: int, last_entry: int | None = None) -> TeamDesk:
    until = today() - timedelta(days=days_ago)
    spans = tuple(replace(span, until=until) for span in member.spans)
    return replace(member, spans=spans, last_entry=last_entry)


def without_desk_3(team: Team, last_entry: int | None = None) -> bytes:
    gone = left(team.member(2), 1, last_entry)
    return team.signed(team.member(0), team.member(1), gone, version=2)


def write_anyway(case: str, lane: str, at: datetime) -> None:
    """What a changed program would write, whatever its role says."""
    from django.db import transaction
    from django.test import override_settings

    from safelight.journal.chain import append

    with override_settings(SAFELIGHT_MAY_WRITE=None), transaction.atomic():
        append("case.lane", {}, subject=case, content={"lane": lane}, at=at)


def lane_of(case: str) -> Any:
    from safelight.casework.models import Case

    return Case.objects.get(case_id=case).lane


def test_a_desk_that_left_is_sent_nothing_and_the_server_does_not_let_it_in(team: Team) -> None:
    from safelight.casework.mail_server import MailServerError
    from safelight.casework.team.held import held_by

    (old,) = take_in_reports(team, a_report())
    team.everybody_exchanges()
    team.sit(0)
    from safelight.casework.team.standing import accept

    accept(without_desk_3(team))
    team.office.members = {"desk-1", "desk-2"}  # the server's roster
    written = len(team.office.ever)
    (new,) = take_in_reports(team, a_report(answers={"story": "new"}))
    for _ in range(3):
        team.exchange(0)
        team.exchange(1)
    assert {one.addressee for one in team.office.ever[written:]} == {"desk-1", "desk-2"}
    with pytest.raises(MailServerError, match="does not accept"):
        team.exchange(2)
    team.sit(2)
    from safelight.casework.models import Case

    assert list(Case.objects.values_list("case_id", flat=True)) == [old]
    for at in (0, 1):
        team.sit(at)
        assert [one.case for one in held_by("desk-3")] == [old], "what it held is listed"
        assert {one.case for one in held_by("desk-2" if at == 0 else "desk-1")} == {old, new}


def test_from_the_moment_it_is_said_to_leave_today_nothing_new_is_sealed_to_it(team: Team) -> None:
    from safelight.casework.team.standing import accept

    gone = left(team.member(2), 0)
    statement = team.signed(team.member(0), team.member(1), gone, version=2)
    team.sit(0)
    accept(statement)
    take_in_reports(team, a_report())
    team.exchange(0)
    assert {one.addressee for one in team.office.ever} == {"desk-2"}
    # What it wrote today, before it was told, is still taken.
    team.exchange(2)
    assert team.exchange(0).mails == 1


def test_what_it_writes_after_its_last_day_counts_for_nothing_whoever_passes_it_on(
    team: Team,
) -> None:
    from safelight.casework.colleagues import take_in_batch
    from safelight.journal.exchange import batch_for, held_ends
    from safelight.journal.models import PassedOver

    (case,) = take_in_reports(team, a_report())
    team.everybody_exchanges()
    team.sit(0)
    last = held_ends()["desk-3"]
    statement = without_desk_3(team, last_entry=last)
    from safelight.casework.team.standing import accept

    accept(statement)
    team.sit(2)
    long_ago = datetime.now(UTC) - timedelta(days=20)
    write_anyway(case, "urgent", datetime.now(UTC))
    write_anyway(case, "letters", long_ago)
    theirs = batch_for({}, upto={"desk-3": 10_000})
    team.sit(0)
    before = lane_of(case)
    taken = take_in_batch(theirs)
    assert [entry.kind for entry in taken.new] == ["case.lane"] * 2, "its chain goes on"
    assert lane_of(case) == before
    assert PassedOver.objects.filter(desk="desk-3").count() == 2
    # On a desk that hears of the leaving only afterwards it ends the same.
    team.sit(1)
    take_in_batch(theirs)
    assert lane_of(case) == "letters"
    accept(statement)
    assert lane_of(case) == before


def test_its_mail_is_refused_by_name_and_its_own_program_refuses_to_write(team: Team) -> None:
    from safelight.casework.cases import move_to_lane
    from safelight.casework.team.standing import NoTeamError, accept

    (case,) = take_in_reports(team, a_report())
    team.everybody_exchanges()
    statement = without_desk_3(team)
    team.sit(2)
    write_anyway(case, "urgent", datetime.now(UTC))
    team.exchange(2)  # it has not heard that it left, or does not care
    team.sit(0)
    accept(statement)
    done = team.exchange(0)
    assert (done.refused, problems_named()) == (1, {"left": 1})
    assert lane_of(case) != "urgent"
    team.sit(2)
    accept(statement)
    with pytest.raises(NoTeamError, match="not of the team"):
        team.exchange(2)
    with pytest.raises(RoleError, match="this one has: -"):
        move_to_lane(case, "letters")


def test_a_role_is_kept_where_one_writes_and_where_colleagues_take_in(team: Team) -> None:
    from safelight.casework.cases import move_to_lane
    from safelight.casework.models import Case
    from safelight.casework.opening import open_for, purposes

    (case,) = take_in_reports(team, a_report())
    team.accept_everywhere(
        team.signed(team.member(0), team.member(1, Role.ANALYST), team.member(2), version=2)
    )
    team.everybody_exchanges()
    team.sit(1)
    with pytest.raises(RoleError, match="caseworker"):
        move_to_lane(case, "urgent")
    with pytest.raises(RoleError, match="caseworker"):
        open_for(Case.objects.get(), purposes()[0].value)
    write_anyway(case, "urgent", datetime.now(UTC))
    team.everybody_exchanges()
    lanes = []
    for at in range(3):
        team.sit(at)
        lanes.append(lane_of(case))
    assert lanes == ["reports"] * 3, "also on the desk that wrote it"
    team.sit(0)
    move_to_lane(case, "urgent")
    assert lane_of(case) == "urgent"
