"""Desks of a team hear of one another through mailboxes that others keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.casework.test_colleagues import tables
from tests.support.desk import a_report, codes


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def everybodys_tables(team: Team) -> list[dict[str, Any]]:
    found = []
    for at in range(len(team.seats)):
        team.sit(at)
        found.append(tables())
    return found


def test_what_one_desk_decided_all_show_and_then_nobody_writes_any_more(team: Team) -> None:
    from safelight.casework.coding import code_case

    ids = take_in_reports(team, *[a_report(answers={"story": f"{n}"}) for n in range(3)])
    code_case(ids[0], codes())
    first = team.exchange(0)
    assert (first.mails, first.sent, first.troubles) == (0, 2, {})
    heard = team.exchange(1)
    assert heard.mails == 1
    assert heard.new == first.entries // 2
    team.everybody_exchanges()
    seen = everybodys_tables(team)
    assert len(seen[0]["cases"]) == 3
    assert seen[0] == seen[1] == seen[2]
    written = len(team.office.ever)
    team.everybody_exchanges()
    assert len(team.office.ever) == written, "what is confirmed is not sent again"
    assert team.office.held == []
    assert problems_named() == {}


def test_an_exchange_costs_no_more_mails_than_who_must_hear_what(team: Team) -> None:
    team.everybody_exchanges()
    before = len(team.office.ever)
    take_in_reports(team, a_report())
    team.everybody_exchanges()
    # One to each colleague, and each tells both others that it is there now.
    assert len(team.office.ever) - before <= 6
