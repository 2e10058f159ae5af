"""Whatever happens between three desks and a server, they end up the same, and say what happened.

A small sample here, the same each time. `make converge` draws until 10,000 operations have been
done; another number with `SAFELIGHT_OPERATIONS`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.casework.team.real_team import take_in_reports, team_in
from tests.casework.team.test_team_commands import at_desk
from tests.casework.team.three_desks import FAILURES, ThreeDesks, drain, keeper_of
from tests.support.desk import a_report
from tests.support.live_server import LiveServer, live_server

pytestmark = pytest.mark.live

OPERATIONS = int(os.environ.get("SAFELIGHT_OPERATIONS", "0"))
STEPS = 100 if OPERATIONS else 24
EXAMPLES = 20 if OPERATIONS else 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with team_in(tmp_path_factory.mktemp("desks"), accepted=False) as team:
        keeper = keeper_of(team)
    with live_server(tmp_path_factory.mktemp("server"), keeper=keeper) as running:
        yield running


def test_three_desks_end_the_same_whatever_happens_between_them(
    server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = []

    class Counted(ThreeDesks):
        restarts = 3 if OPERATIONS else 0

        def teardown(self) -> None:
            super().teardown()
            counted.append(self.operations)
            if OPERATIONS:
                with capsys.disabled():
                    print(f"{len(counted)} teams, {sum(counted)} operations", flush=True)

    Counted.server = server
    try:
        while sum(counted) <= OPERATIONS:  # Hypothesis ends some examples early
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                Counted,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    derandomize=not OPERATIONS,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    # Shrinking takes as long as all the rest, and keys are really random: what
                    # fails is told at once (`FAILURES`).
                    phases=[Phase.generate],
                ),
            )
    except BaseException:
        print("\n".join(FAILURES[:1]))
        raise


def test_the_command_exchanges_through_the_real_server(server: LiveServer, tmp_path: Path) -> None:
    with team_in(tmp_path) as team:
        drain(server, team)
        team.sit(0)
        (case,) = take_in_reports(team, a_report())
        first = at_desk(team, 0, tmp_path, "sync", "--server", server.url)
        assert (first["sent"], first["mails"], first["troubles"]) == (2, 0, {})
        second = at_desk(team, 1, tmp_path, "sync", "--server", server.url)
        assert (second["mails"], second["refused"], second["left"]) == (1, 0, False)
        assert second["new"] > 0
        team.sit(1)
        from safelight.casework.models import Case

        assert Case.objects.get().case_id == case
