"""The demo's cases are followed up: every incident told in words of its own has its facts."""

from __future__ import annotations

from pathlib import Path

from safelight.demo.own_reports import report_of
from safelight.demo.simulation import simulate
from tests.support.desk import desk_in


def test_what_became_of_the_cases_is_what_the_simulation_knows(tmp_path: Path) -> None:
    simulation = simulate(20, "tiny")
    counted = [telling for telling in simulation.tellings if "STAT" in telling.consent][:6]
    with desk_in(tmp_path / "desk") as desk:
        from safelight.casework.followed import followed_cases
        from safelight.demo.coder import code_all
        from safelight.demo.followed_up import follow_up

        ids = desk.take_in(
            *(report_of(telling, mailbox=f"{n:032x}") for n, telling in enumerate(counted))
        )
        code_all(ids)
        until = simulation.country.as_of
        assert follow_up(simulation, today=until) == len(counted)
        incidents = {incident.number: incident for incident in simulation.country.incidents}
        expected = [
            [(step.stage, step.code, step.on) for step in incident.known_funnel(until)]
            for incident in (incidents[telling.incident] for telling in counted)
        ]
        noted = [
            [(f.stage, f.code, f.when.first) for f in case.facts[1:] if f.when]
            for case in followed_cases()
        ]
        assert sorted(noted) == sorted(expected)
        assert any(len(facts) > 1 for facts in noted), "somebody went to the police"
