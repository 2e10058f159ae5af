"""Threat: mail-kept-back: The server keeps one colleague's mail back and delivers the
others'; the desk is told what is missing, and gets it through a third.

Then one desk decides without knowing what another one did. It is told what is missing, and gets
it through a third.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.team.real_team import Team, Waiting, problems_named, take_in_reports, team_in
from tests.casework.test_colleagues import tables
from tests.support.desk import a_report, codes


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def from_one_to_two(one: Waiting) -> bool:
    return (one.sender, one.addressee) == ("desk-1", "desk-2")


def test_what_never_comes_directly_comes_through_a_third_desk(team: Team) -> None:
    from safelight.casework.coding import code_case
    from safelight.casework.team.shown import team_now
    from safelight.casework.team.standing import today
    from safelight.journal.verifying import verify

    team.office.lets_through = lambda one: not from_one_to_two(one)
    cases = take_in_reports(team, a_report(), a_report(answers={"story": "x"}))
    team.exchange(0)
    team.exchange(2)
    team.exchange(1)
    now = next(one for one in team_now(today()).colleagues if one.desk == "desk-1")
    assert now.missing is not None, "signed for, and not here"
    assert now.heard_at is None
    assert verify().missing
    team.everybody_exchanges()
    team.sit(0)
    code_case(cases[0], codes())
    team.everybody_exchanges()
    seen = []
    for at in (0, 1, 2):
        team.sit(at)
        seen.append(tables())
        assert verify().missing == ()
    assert len(seen[0]["rows"]) == 1
    assert seen[0] == seen[1] == seen[2]
    team.sit(1)
    assert (
        next(one for one in team_now(today()).colleagues if one.desk == "desk-1").heard_at is None
    )
    assert problems_named() == {}


def test_a_mail_that_the_server_lost_is_missed_by_its_number_and_sent_again(team: Team) -> None:
    from safelight.casework.models import Case
    from safelight.casework.team.models import Exchange

    team.everybody_exchanges()
    team.sit(0)
    take_in_reports(team, a_report())
    team.exchange(0)
    lost = [one for one in team.office.held if from_one_to_two(one)]
    assert lost
    team.office.held = [one for one in team.office.held if one not in lost]
    team.sit(0)
    take_in_reports(team, a_report(answers={"story": "later"}))
    team.exchange(0)
    team.exchange(1)
    assert Exchange.objects.get(desk="desk-1").gaps
    assert Case.objects.count() < 2
    team.exchange(0)
    team.exchange(1)
    assert Case.objects.count() == 2, "it asked by name for what it lacks"


def test_a_desk_that_nobody_else_hears_is_sent_again_what_it_did_not_confirm(team: Team) -> None:
    from datetime import timedelta

    from safelight.casework.models import Case
    from safelight.casework.team.models import Exchange

    team.everybody_exchanges()
    team.sit(0)
    take_in_reports(team, a_report())
    team.exchange(0)
    team.office.held = []  # the server lost everything, and nobody else knows of it
    team.everybody_exchanges()
    team.sit(1)
    assert not Case.objects.exists()
    team.sit(0)
    for state in Exchange.objects.all():
        state.sent_at -= timedelta(days=4)
        state.save()
    team.everybody_exchanges()
    team.sit(1)
    assert Case.objects.count() == 1
