"""What people do when a desk is lost or has two histories, step by step as the page says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.casework.team.real_team import (
    Seat,
    Team,
    problems_named,
    take_in_reports,
    team_in,
)
from tests.support.desk import CHEAP, PASSPHRASE, a_report, codes
from tests.support.live_server import today


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def cases() -> list[tuple[str, str, str]]:
    from safelight.casework.models import Case

    return list(Case.objects.order_by("case_id").values_list("case_id", "state", "lane"))


def left(team: Team, at: int, last_entry: int | None) -> Any:
    """The line of a desk that has left, as the keeper signs it with `--left NAME=ENTRY`."""
    member = team.member(at)
    spans = tuple(replace(span, until=today()) for span in member.spans)
    return replace(member, spans=spans, last_entry=last_entry)


def sit_at_copy(team: Team, data: Path) -> None:
    from django.db import connections

    from safelight.desk.sqlcipher import held_key

    connections.close_all()
    held_key.hold(data / "desk.db", team.seats[0].key)


def test_after_a_fork_the_desk_goes_on_under_a_new_name_and_all_tables_agree_again(
    team: Team, tmp_path: Path
) -> None:
    from safelight.casework.cases import move_to_lane
    from safelight.desk.backups.new_chain import continue_under
    from safelight.journal.batch import Batch
    from safelight.journal.chain import desk_key, end_of
    from safelight.journal.exchange import batch_for
    from safelight.journal.verifying import verify

    team.sit(0)
    one, two = take_in_reports(team, a_report(), a_report(mailbox="22" * 16))
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    end = end_of("desk-1").seq
    copy = tmp_path / "old-copy"
    from django.db import connections

    connections.close_all()
    shutil.copytree(team.seats[0].data, copy)
    team.sit(0)
    move_to_lane(one, "urgent")  # the desk goes on
    sit_at_copy(team, copy)
    move_to_lane(two, "letters")  # and so does the copy that somebody put back
    second_history = batch_for({"desk-1": end}).to_bytes()
    team.everybody_exchanges(rounds=2)
    team.sit(1)
    from safelight.casework.colleagues import take_in_batch

    refused = take_in_batch(Batch.parse(second_history)).refused
    assert {(one.desk, one.seq, one.reason) for one in refused} == {("desk-1", end + 1, "forked")}
    (fork,) = verify().forks
    assert (fork.desk, fork.seq) == ("desk-1", end + 1)
    # The person of desk-1 goes on at the first machine; the keeper signs what the page says.
    team.sit(0)
    old = team.member(0)
    public = continue_under(team.seats[0].data, "desk-1b")
    assert json.loads((team.seats[0].data / "desk-1b.public.json").read_text())["name"] == "desk-1b"
    forked = left(team, 0, last_entry=end)
    team.seats[0] = Seat(
        "desk-1b", team.seats[0].data, team.seats[0].key, public.recipient, public.verify_key
    )
    assert old.name == "desk-1"
    everybody = [team.member(at) for at in range(3)]
    team.accept_everywhere(team.signed(*everybody, forked, version=2))
    team.everybody_exchanges(rounds=3)
    stood = []
    for at in range(3):
        team.sit(at)
        stood.append(cases())
    assert stood[0] == stood[1] == stood[2]
    assert {lane for _, _, lane in stood[0]} == {"reports"}, "neither history counts past the fork"
    team.sit(0)
    assert desk_key().desk == "desk-1b"
    move_to_lane(one, "urgent")  # decided again
    team.everybody_exchanges(rounds=2)
    for at in range(3):
        team.sit(at)
        assert (one, "new", "urgent") in cases(), f"at desk {at}"
        verify()


def test_a_lost_desk_comes_back_from_a_colleagues_with_everything_that_was_written(
    team: Team, tmp_path: Path
) -> None:
    """No backup: a new desk, enrolled by the keeper, gets the journal and all keys."""
    from safelight.casework.cases import report_of
    from safelight.casework.coding import code_case
    from safelight.casework.models import Case, StatisticalRow
    from safelight.desk.key_file import unwrapped_key
    from safelight.desk.setting_up import set_up
    from safelight.journal.verifying import verify

    team.sit(0)
    ids = take_in_reports(team, *[a_report(mailbox=f"{n:032x}") for n in range(5)])
    code_case(ids[0], codes())
    team.everybody_exchanges(rounds=2)
    shutil.rmtree(team.seats[0].data)  # the machine is gone
    data = tmp_path / "new"
    public = set_up(data, "desk-4", PASSPHRASE, cost=CHEAP)
    lost = left(team, 0, last_entry=None)
    team.seats[0] = Seat(
        "desk-4",
        data,
        unwrapped_key(data / "desk.key.json", PASSPHRASE),
        public.recipient,
        public.verify_key,
    )
    everybody = [team.member(at) for at in range(3)]
    team.accept_everywhere(team.signed(*everybody, lost, version=2))
    shown: list[Any] = []
    team.exchange(1)
    team.exchange(0, on_progress=shown.append)
    assert shown[-1].new > 0, "progress is told on the way"
    team.everybody_exchanges(rounds=2)
    team.sit(0)
    mine = cases()
    assert len(mine) == 5
    assert all(report_of(case).answers for case in Case.objects.all())
    assert StatisticalRow.objects.count() == 1
    chains = {chain.desk: chain.entries for chain in verify().chains}
    assert set(chains) == {"desk-1", "desk-2", "desk-3", "desk-4"}
    team.sit(1)
    assert cases() == mine
    assert {c.desk: c.entries for c in verify().chains}["desk-1"] == chains["desk-1"]


def test_a_backup_and_a_colleagues_key_bring_a_desk_back_into_the_team(
    team: Team, tmp_path: Path
) -> None:
    """The whole way: backup, loss, key from a colleague, restore, statement, exchange."""
    from safelight.casework.cases import move_to_lane, open_case
    from safelight.casework.opening import is_open, open_for, purposes
    from safelight.casework.team.restored import NotCaughtUpError, is_waiting
    from safelight.desk.backups.backing_up import back_up, write_key
    from safelight.desk.backups.restoring import restore
    from safelight.desk.key_file import unwrapped_key
    from safelight.journal.verifying import verify

    team.sit(0)
    one, two = take_in_reports(team, a_report(), a_report(mailbox="22" * 16))
    (tmp_path / "stick").mkdir()
    made = back_up(tmp_path / "stick" / "b", PASSPHRASE, key_to=None, cost=CHEAP)
    move_to_lane(one, "urgent")
    team.everybody_exchanges(rounds=2)
    shutil.rmtree(team.seats[0].data)
    team.sit(1)
    write_key(made.backup, tmp_path / "key.json")
    data = tmp_path / "again"
    public = restore(
        made.file,
        data,
        name="desk-1b",
        passphrase=PASSPHRASE,
        key_file=tmp_path / "key.json",
        new_passphrase=None,
        cost=CHEAP,
    ).public
    lost = left(team, 0, last_entry=None)
    key = unwrapped_key(data / "desk.key.json", PASSPHRASE)
    team.seats[0] = Seat("desk-1b", data, key, public.recipient, public.verify_key)
    everybody = [team.member(at) for at in range(3)]
    team.accept_everywhere(team.signed(*everybody, lost, version=2))
    team.sit(0)
    purpose = next(known.value for known in purposes() if known.value != "other")
    with pytest.raises(NotCaughtUpError):
        open_for(open_case(two), purpose)
    team.everybody_exchanges(rounds=3)
    for at in range(3):
        team.sit(at)
        assert problems_named() == {}, f"nothing to complain of at desk {at}"
        assert (one, "new", "urgent") in cases()
        assert verify().missing == ()
    team.sit(0)
    assert not is_waiting()
    open_for(open_case(two), purpose)
    assert is_open(two)
    move_to_lane(two, "letters")
    team.everybody_exchanges(rounds=2)
    team.sit(2)
    assert (two, "new", "letters") in cases()
