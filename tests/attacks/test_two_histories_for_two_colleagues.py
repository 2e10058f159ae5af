"""Threat: two-histories-for-two-colleagues: A desk tells two colleagues two different
histories; their first word to each other shows it.

Each of its two chains is unbroken and signed. Every batch carries the signed ends of all chains,
so the first word between the two colleagues shows that both cannot be true.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.support.desk import a_report


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def test_two_colleagues_that_were_told_different_things_find_out(team: Team) -> None:
    from django.db import connections

    team.everybody_exchanges()
    connections.close_all()
    liar = team.seats[0].data
    copy = liar.parent / "other-history"
    shutil.copytree(liar, copy)
    # One history for desk-2, another one for desk-3, with as many entries.
    team.sit(0)
    take_in_reports(team, a_report())
    team.office.lets_through = lambda one: (one.sender, one.addressee) != ("desk-1", "desk-3")
    team.exchange(0)
    team.exchange(1)
    connections.close_all()
    shutil.rmtree(liar)
    shutil.move(copy, liar)
    team.office.held = [one for one in team.office.held if one.sender != "desk-1"]
    team.office.lets_through = lambda _: True
    team.sit(0)
    take_in_reports(team, a_report(answers={"story": "another"}))
    team.exchange(0)
    team.office.held = [
        one for one in team.office.held if (one.sender, one.addressee) != ("desk-1", "desk-2")
    ]
    team.exchange(2)
    assert problems_named() == {}
    # desk-2 and desk-3 talk to each other about something else.
    take_in_reports(team, a_report(answers={"story": "of desk-3"}))
    team.exchange(2)
    team.exchange(1)
    assert problems_named().get("forked"), "its ends differ under one number"
