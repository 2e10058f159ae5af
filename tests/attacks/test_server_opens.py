"""Threat: server-opens: Whoever changes the server's code cannot quietly give it the means to
open: neither its imports nor its installation lead to opening code.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

ROOT = Path(__file__).resolve().parents[2] / "safelight"
SERVER_SIDE = ("server", "intake", "circles")
OPENING = ("safelight.sealing.opening",)
DESK = (
    "journal",
    "casework",
    "evidence",
    "campaigns",
    "partners",
    "release",
    "publication",
    "desk",
)


def imported(path: Path) -> set[str]:
    """Every module one file names in an import, also inside functions and as text."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # import_module("…") and Django's dotted settings are imports too.
            found |= {node.value} if node.value.startswith("safelight.") else set()
    return {name for name in found if name.startswith("safelight")}


def reachable(*packages: str) -> set[str]:
    """Every module of ours that code of `packages` can lead to."""
    open_files = [p for package in packages for p in (ROOT / package).rglob("*.py")]
    names, done = set(), set()
    while open_files:
        path = open_files.pop()
        if path in done:
            continue
        done.add(path)
        for name in imported(path):
            names.add(name)
            module = ROOT.parent / Path(*name.split("."))
            open_files += [
                p for p in (module.with_suffix(".py"), module / "__init__.py") if p.exists()
            ]
    return names


def test_no_import_of_the_server_leads_to_opening_code_or_a_desk() -> None:
    names = reachable(*SERVER_SIDE)
    assert "safelight.sealing.seal" in names
    assert not [n for n in names if n.startswith(OPENING)]
    assert not [n for n in names if n.split(".")[1] in DESK]


def test_the_look_at_imports_sees_a_desk_that_opens() -> None:
    assert "safelight.sealing.opening" in reachable("casework")


@pytest.mark.live
def test_a_stolen_worker_process_cannot_import_what_a_lean_installation_lacks(
    tmp_path: Path,
) -> None:
    # An identity is needed to open, and the roster the server has holds none.
    lines = """
        from safelight.intake.current_roster import current_roster
        roster = current_roster().roster
        held = repr(roster) + repr(vars(roster.desks[0]))
        results["held"] = held
        results["settings"] = repr(__import__("os").environ)
    """
    found = run_lines(tmp_path, Keeper.with_desks(), lines)
    assert "age1pq1" in found["held"]
    assert "AGE-SECRET-KEY" not in found["held"] + found["settings"]
