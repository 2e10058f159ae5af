"""From the keeper's root key to two desks that show the same, by commands and a stick alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.casework.team.statement import TeamStatementError
from safelight.command_line import safelight
from tests.casework.team.real_team import Team, take_in_reports, team_in
from tests.support.desk import PASSPHRASE, a_report


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path, accepted=False) as made:
        yield made


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(safelight, [str(one) for one in arguments])


def facts(*arguments: str | Path) -> dict[str, Any]:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return dict(json.loads(ran.stdout))


def at_desk(team: Team, at: int, tmp_path: Path, *arguments: str | Path) -> dict[str, Any]:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="ascii")
    seat = team.seats[at]
    return facts(
        "desk", *arguments, "--data", seat.data, "--passphrase-file", passphrase
    )  # fmt: skip


def root_key(tmp_path: Path) -> Path:
    root = tmp_path / "root.pem"
    facts("roster", "new-root", "--out", root)
    return root


def public(team: Team, at: int) -> Path:
    return team.seats[at].data / f"{team.seats[at].name}.public.json"


def test_a_keeper_signs_and_two_desks_exchange_by_stick(team: Team, tmp_path: Path) -> None:
    root, stick = root_key(tmp_path), tmp_path / "stick"
    stick.mkdir()
    first = tmp_path / "team-1.json"
    signed = facts(
        *("team", "sign", "--root", root, "--out", first),
        *("--desk", public(team, 0), "--role", "desk-1=caseworker,keeper"),
        *("--desk", public(team, 1), "--role", "desk-2=caseworker"),
    )
    assert [(one["name"], one["roles"]) for one in signed["desks"]] == [
        ("desk-1", ["caseworker", "keeper"]),
        ("desk-2", ["caseworker"]),
    ]
    assert facts("team", "show", first, "--root", root.with_suffix(".pub")) == signed
    for at in (0, 1):
        accepted = at_desk(
            team, at, tmp_path, "team", "accept", first, "--root", root.with_suffix(".pub")
        )
        assert accepted == {"version": 1, "desks": ["desk-1", "desk-2"]}
    team.sit(0)
    (case,) = take_in_reports(team, a_report())
    written = at_desk(team, 0, tmp_path, "sync", "--to-folder", stick)
    assert written == {"files": ["for-desk-2-0001.team"]}
    again = at_desk(team, 0, tmp_path, "sync", "--to-folder", stick)
    assert again == {"files": ["for-desk-2-0002.team"]}, "nothing is overwritten"
    taken = at_desk(team, 1, tmp_path, "take-in", stick)["team"]
    assert taken["mails"] + taken["known"] == 2, "written in one second, both are one mail"
    assert taken["refused"] == 0
    assert taken["new"] > 0
    assert at_desk(team, 1, tmp_path, "take-in", stick)["team"]["known"] == 2
    team.sit(1)
    from safelight.casework.models import Case

    assert Case.objects.get().case_id == case
    # One stick goes round: what is for a colleague is no refused mail.
    assert at_desk(team, 0, tmp_path, "take-in", stick)["team"]["refused"] == 0
    held = at_desk(team, 0, tmp_path, "held-by", "desk-2")
    (line,) = held["cases"]
    assert line == {
        "case": case,
        "why": "handed",
        "assigned": False,
        "destroyed": False,
        "order_confirmed": False,
    }
    back = tmp_path / "back"
    back.mkdir()
    at_desk(team, 1, tmp_path, "sync", "--to-folder", back)
    at_desk(team, 0, tmp_path, "take-in", back)
    assert at_desk(team, 0, tmp_path, "held-by", "desk-2")["cases"][0]["why"] == "confirmed"
    shown = at_desk(team, 0, tmp_path, "team", "show")
    (colleague,) = shown["colleagues"]
    assert (colleague["desk"], colleague["waits"], colleague["missing"]) == ("desk-2", 0, None)
    refused = run("desk", "held-by", "desk-9", "--data", team.seats[0].data, "--passphrase-file",
                  tmp_path / "passphrase")  # fmt: skip
    assert "no desk of the team" in str(refused.exception)


def test_the_next_statement_carries_everybody_over_and_a_leaver_stays_named(
    team: Team, tmp_path: Path
) -> None:
    root = root_key(tmp_path)
    first, second, third = (tmp_path / f"team-{n}.json" for n in (1, 2, 3))
    three = [
        part
        for at in range(3)
        for part in ("--desk", public(team, at), "--role", f"desk-{at + 1}=caseworker")
    ]
    facts("team", "sign", "--root", root, "--out", first, *three)
    changed = facts(
        *("team", "sign", "--root", root, "--out", second, "--previous", first),
        *("--role", "desk-2=analyst", "--left", "desk-3=17"),
    )
    by_name = {one["name"]: one for one in changed["desks"]}
    assert changed["version"] == 2
    assert by_name["desk-1"]["roles"] == ["caseworker"]
    # Today's work as a caseworker counts, though from today it is an analyst.
    assert by_name["desk-2"]["roles"] == ["analyst", "caseworker"]
    assert by_name["desk-2"]["until"] is None
    assert by_name["desk-3"]["until"] == changed["issued"]
    assert by_name["desk-3"]["last_entry"] == 17
    for wrong, match in (
        (("--role", "desk-9=analyst"), "another name"),
        (("--left", "desk-1", "--left", "desk-2"), "nobody is left"),
    ):
        ran = run("team", "sign", "--root", root, "--out", third, "--previous", second, *wrong)
        assert isinstance(ran.exception, TeamStatementError)
        assert match in str(ran.exception)
    ran = run("team", "sign", "--root", root, "--out", third, "--desk", public(team, 0))
    assert "has no role" in str(ran.exception)
    assert (
        run("team", "sign", "--root", root, "--out", third, "--role", "desk-1=boss").exit_code == 2
    )
    assert not third.exists()


def test_every_kind_of_entry_that_a_page_can_name_belongs_to_a_role(team: Team) -> None:
    from safelight.casework.team.roles import EVERY_DESK, roles_for
    from safelight.desk.journal_words import KINDS

    nobody = [kind for kind in KINDS if kind not in EVERY_DESK and not roles_for(kind)]
    assert nobody == [], "in a team with a statement nobody could do this"
