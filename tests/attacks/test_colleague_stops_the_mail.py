"""Threat: colleague-stops-the-mail: A colleague's mail brings the program to a halt,
every time; the others' comes through, and the halt is named.

A desk that was taken over, or runs another version, signs an entry whose content nobody
foresaw. What the others wrote must come through all the same, and the halt has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.support.desk import a_report


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def test_an_entry_that_cannot_be_understood_keeps_only_its_own_desk_waiting(team: Team) -> None:
    from django.db import transaction

    from safelight.casework.models import Case
    from safelight.journal.chain import append
    from safelight.journal.verifying import verify

    team.everybody_exchanges()
    team.sit(2)
    take_in_reports(team, a_report(answers={"story": "theirs"}))
    with transaction.atomic():
        # A report that only a newer version can read: it has to wait, and not be lost from sight.
        append("case.made", {}, subject="ab" * 8, content={"report": "{}"})
    team.exchange(2)
    team.sit(1)
    (fine,) = take_in_reports(team, a_report())
    team.exchange(1)
    done = team.exchange(0)
    assert (done.mails, done.waits) == (1, 1)
    assert list(Case.objects.values_list("case_id", flat=True)) == [fine]
    assert problems_named() == {"accident": 1}
    assert verify().forks == (), "and nothing of it is half here"
    # It stays on the server and is not tried again and again, until somebody asks for it.
    assert team.exchange(0).waits == 1
    assert problems_named() == {"accident": 1}
    assert len([one for one in team.office.held if one.addressee == "desk-1"]) == 1
    team.exchange(0, again=True)
    from safelight.casework.team.models import NamedProblem

    assert NamedProblem.objects.get().times == 2
