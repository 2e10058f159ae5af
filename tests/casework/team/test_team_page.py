"""The page of the team says what waits, what is missing and what was refused, in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from safelight.casework.team.roles import Role
from tests.casework.team.real_team import Team, take_in_reports, team_in
from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def test_a_desk_of_its_own_is_told_what_a_team_is_and_how_to_join_one(desk: TestDesk) -> None:
    page = desk.client.get("/team/").text
    assert "This desk works alone" in page
    assert 'name="statement"' in page
    assert 'name="root"' in page
    russian = desk.client.get("/team/", HTTP_ACCEPT_LANGUAGE="ru").text
    assert "работает само по себе" in russian
    assert "This desk" not in russian


def test_a_statement_is_taken_in_on_the_page_and_one_of_another_root_key_is_not(
    desk: TestDesk, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tests.casework.team.real_team import Seat

    seat = Seat("desk-1", desk.data, b"", desk.recipient, desk.verify_key)
    team = Team([seat], Ed25519PrivateKey.generate())

    def posted(signed: bytes, root: str = "") -> str:
        file = SimpleUploadedFile("team.json", signed)
        return str(desk.client.post("/team/statement", {"statement": file, "root": root}).text)

    good = team.signed(team.member(0, Role.CASEWORKER))
    root = team.root.public_key().public_bytes_raw().hex()
    assert "64 hex digits" in posted(good, "12")
    assert "did not sign" in posted(good, "ab" * 32)
    assert "Team statement 1 is accepted" in posted(good, root)
    page = desk.client.get("/team/").text
    assert "works on cases" in page
    assert "names no other desk yet" in page
    assert "is older than the one here" in posted(
        team.signed(team.member(0, Role.ANALYST), version=1)
    )


def test_what_a_role_did_not_allow_counts_for_nothing_until_a_statement_allows_it(
    team: Team,
) -> None:
    from safelight.casework.cases import move_to_lane
    from safelight.casework.team.shown import team_now
    from safelight.casework.team.standing import today

    cases = take_in_reports(team, a_report())
    team.everybody_exchanges()
    team.sit(1)
    move_to_lane(cases[0], "urgent")
    team.everybody_exchanges()
    # From now on desk-2 only counts; what it did as a caseworker was never allowed.
    team.accept_everywhere(
        team.signed(team.member(0), team.member(1, Role.ANALYST), team.member(2), version=2)
    )
    team.sit(0)
    two = next(one for one in team_now(today()).colleagues if one.desk == "desk-2")
    assert [(one.kind, one.entries) for one in two.passed_over] == [("case.lane", 1)]
    from safelight.casework.models import Case

    assert Case.objects.get().lane != "urgent", "it counts for nothing, also afterwards"
    team.accept_everywhere(team.signed(version=3))
    team.sit(0)
    assert Case.objects.get().lane == "urgent", "and counts again when the statement says so"
