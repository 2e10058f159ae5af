"""Threat: replayed-team-mail: The server gives a desk a colleague's old mail once
more; nothing happens twice or is taken back, and it is named.

What a colleague has asked for or confirmed since must not be undone by an old word of it, an
entry must not be taken in twice, and the repetition has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.casework.test_colleagues import tables
from tests.support.desk import a_report


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def test_an_old_mail_that_comes_again_changes_nothing_and_is_named(team: Team) -> None:
    from safelight.casework.team.models import Exchange
    from safelight.journal.verifying import verify

    take_in_reports(team, a_report())
    team.everybody_exchanges()
    take_in_reports(team, a_report(answers={"story": "later"}))
    team.everybody_exchanges()
    team.sit(1)
    before, verified = tables(), verify()
    confirmed = Exchange.objects.get(desk="desk-1").confirmed
    old = [one for one in team.office.ever if (one.sender, one.addressee) == ("desk-1", "desk-2")]
    assert len(old) > 1
    for one in old:
        team.office.put("desk-1", "desk-2", one.sealed)
    done = team.exchange(1)
    assert (done.mails, done.known, done.new) == (0, len(old), 0)
    assert (tables(), verify()) == (before, verified)
    assert Exchange.objects.get(desk="desk-1").confirmed == confirmed
    assert problems_named() == {"replayed": len(old)}


def test_an_old_mail_that_was_kept_back_does_not_take_a_newer_word_back(team: Team) -> None:
    from safelight.casework.team.models import Exchange

    team.everybody_exchanges()
    team.sit(0)
    take_in_reports(team, a_report())
    team.exchange(0)
    kept = [one for one in team.office.held if one.addressee == "desk-2"]
    team.office.lets_through = lambda one: one not in kept
    team.sit(0)
    take_in_reports(team, a_report(answers={"story": "later"}))
    team.exchange(0)
    team.exchange(1)
    state = Exchange.objects.get(desk="desk-1")
    newest = state.confirmed["desk-1"]
    assert state.gaps, "the mail that was kept back is missed by its number"
    team.office.lets_through = lambda _: True
    team.exchange(1)
    state.refresh_from_db()
    assert (state.confirmed["desk-1"], state.gaps) == (newest, [])
    assert problems_named() == {}, "late is not replayed"
