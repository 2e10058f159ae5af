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


def test_an_exchange_in_another_tab_takes_nothing_of_what_was_heard_away(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.team import taking_in
    from safelight.casework.team.models import Exchange

    team.everybody_exchanges()
    team.sit(0)
    take_in_reports(team, a_report())
    team.sit(1)
    take_in_reports(team, a_report(answers={"story": "x"}))
    counter = team.counter(0)
    leave = type(counter).leave

    def meanwhile(self: Any, desk: str, sealed: bytes) -> str:
        kept = leave(self, desk, sealed)
        monkeypatch.undo()
        # While this tab waits for the server, another one takes a mail of that colleague in.
        team.exchange(1)
        team.sit(0)
        (theirs,) = [o for o in team.office.held if (o.sender, o.addressee) == ("desk-2", "desk-1")]
        taken = taking_in.take_in_sealed(theirs.sealed)
        assert taken.outcome == "taken"
        assert taking_in.take_in_sealed(theirs.sealed).outcome == "known"
        return kept

    monkeypatch.setattr(type(counter), "leave", meanwhile)
    team.exchange(0)
    state = Exchange.objects.get(desk="desk-2")
    team.everybody_exchanges()
    team.sit(0)
    after = Exchange.objects.get(desk="desk-2")
    assert after.heard >= state.heard > 1
    assert after.gaps == []
    assert problems_named() == {}


def test_what_was_destroyed_is_said_of_a_colleague_that_held_it(team: Team) -> None:
    from safelight.casework.team.held import HeldCase, held_by
    from safelight.casework.withdrawals import destroy_case
    from safelight.journal.content_keys import finish_erasure

    (gone, kept) = take_in_reports(team, a_report(), a_report(answers={"story": "x"}))
    team.everybody_exchanges()
    team.sit(0)
    destroy_case(gone, why="withdrawn-unproven", proof="")
    finish_erasure()

    def held() -> dict[str, HeldCase]:
        return {one.case: one for one in held_by("desk-2")}

    assert (held()[gone].destroyed, held()[gone].order_confirmed) == (True, False)
    assert (held()[kept].destroyed, held()[kept].why) == (False, "confirmed")
    team.everybody_exchanges()
    team.sit(0)
    assert held()[gone].order_confirmed


def test_much_goes_in_several_mails_and_goes_on_after_a_cut_where_it_was(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.mail_server import MailServerError
    from safelight.casework.team import exchanging
    from safelight.journal.chain import end_of
    from safelight.journal.verifying import verify

    monkeypatch.setattr(exchanging, "MAIL_BYTES", 1500)
    take_in_reports(team, *[a_report(answers={"story": f"{n}"}) for n in range(8)])
    whole = end_of("desk-1").seq
    counter = team.counter(0)
    leave, left = type(counter).leave, []

    def cut_after_three(self: Any, desk: str, sealed: bytes) -> str:
        if len(left) == 3:
            raise MailServerError("the line is cut")
        left.append(sealed)
        return str(leave(self, desk, sealed))

    with monkeypatch.context() as patched:
        patched.setattr(type(counter), "leave", cut_after_three)
        with pytest.raises(MailServerError):
            team.exchange(0)
    assert team.exchange(0, seconds=0).left, "time was up before anything was done"
    done = team.exchange(0)
    assert done.sent > 3
    assert done.entries < 2 * whole, "what had been left was not left again"
    assert max(len(one.sealed) for one in team.office.ever) <= 256 * 1024
    # Out of order, and each of them twice.
    team.office.held = [one for one in reversed(team.office.held) for _ in range(2)]
    taken = team.exchange(1)
    assert (taken.new, taken.known) == (whole, taken.mails)
    assert verify().missing == ()
    assert problems_named() == {}
