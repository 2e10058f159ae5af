"""`safelight release` on a real list: proposed, audited, approved, published; and refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.errors import SafelightError
from tests.support.desk import PASSPHRASE, TestDesk, desk
from tests.support.open_data import open_data

__all__ = ["desk"]
WORDS = "four words in a row"
YEARS = ("--from", "2019", "--to", "2024")
TABLES = ("--table", "act_group-year", "--table", "bias_group-year")
NOISE = ("propose", "--method", "noise", *TABLES, *YEARS, "--measure", "pure", "--loss", "1/2")


class Commands:
    """`safelight release …` against one desk."""

    def __init__(self, desk: TestDesk, folder: Path) -> None:
        self.where = ["--data", str(desk.data)]
        (folder / "own").write_text(PASSPHRASE, encoding="utf-8")
        (folder / "second").write_text(WORDS + "\n", encoding="utf-8")
        self.own = ["--passphrase-file", str(folder / "own")]
        self.second = ["--reviewer-passphrase-file", str(folder / "second")]

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(safelight, ["release", *arguments, *self.where, *self.own])

    def json(self, *arguments: str) -> Any:
        ran = self.run(*arguments, "--json")
        assert ran.exit_code == 0, (ran.output, ran.exception)
        return json.loads(ran.stdout)

    def refused(self, *arguments: str) -> str:
        ran = self.run(*arguments)
        assert ran.exit_code != 0
        assert isinstance(ran.exception, SafelightError), ran.output
        return str(ran.exception)

    def approve(self, release: Any, by: str = "second-eyes") -> Any:
        return self.json(
            "approve", release["release"], "--document", release["document_sha256"],
            "--reviewer", by, *self.second,
        )  # fmt: skip


@pytest.fixture
def nypd(desk: TestDesk, tmp_path: Path) -> Commands:
    """A desk with the city's list, a second person, and a budget of ε = 1."""
    from safelight.partners.admit import Agreement
    from safelight.partners.check import examine
    from safelight.partners.desk_lists import import_into_desk
    from safelight.partners.profile_reading import shipped_profile

    found = examine(open_data("nypd_hate_crimes_2019_2024.csv"), shipped_profile("nypd"))
    import_into_desk(
        found,
        Agreement(to_import=True, decisions=frozenset()),
        today=date(2026, 2, 3),
        only_with_bias_ground=True,
    )
    commands = Commands(desk, tmp_path)
    assert commands.run("reviewer", "second-eyes", *commands.second).exit_code == 0
    ran = commands.run(
        "budget", "--limit", "1", "--measure", "pure", "--unit", "incident",
        "--contributions", "1", "--reviewer", "second-eyes", *commands.second,
    )  # fmt: skip
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return commands


def test_the_citys_list_goes_the_whole_way_and_a_spent_ledger_ends_it(nypd: Commands) -> None:
    from safelight.release.figures import CSV_PATH

    first = nypd.json(*NOISE)
    assert (first["state"], first["method"], first["findings"]) == ("audited", "noise", [])
    assert nypd.json("audit", first["release"])["passed"] is True
    assert "cannot become published" in nypd.refused("publish", first["release"])
    assert nypd.approve(first)["state"] == "approved"
    out = nypd.json("publish", first["release"])
    lines = (Path(out["folder"]) / CSV_PATH).read_text("utf-8").splitlines()
    assert len(lines) == first["published_numbers"] + 1
    second = nypd.json(*NOISE, "--corrects", first["release"], "--reason", "late-reports")
    nypd.approve(second)
    nypd.json("publish", second["release"])
    assert nypd.json("ledger")["left"]["2023"] == "0"
    assert "the budget is spent" in nypd.refused(*NOISE)
    total = [line for line in lines if ",total,," in line]
    low, high = (int(cell) for cell in total[0].split(",")[4:6])
    assert low - 80 <= 488 <= high + 80  # the interval itself fails once in twenty


def test_suppressed_numbers_of_the_list_and_what_comes_after_them(nypd: Commands) -> None:
    exact = nypd.json("propose", "--method", "suppression")
    assert (exact["state"], exact["method"]) == ("audited", "suppression")
    assert exact["hidden_numbers"] > 10
    nypd.approve(exact)
    nypd.json("publish", exact["release"])
    ended = nypd.json("withdraw", exact["release"], "--reason", "numbers-wrong")
    assert (ended["state"], ended["reason"]) == ("withdrawn", "numbers-wrong")


def test_two_that_were_audited_side_by_side_are_compared_when_the_second_goes_out(
    nypd: Commands,
) -> None:
    noisy, exact = nypd.json(*NOISE), nypd.json("propose", "--method", "suppression")
    nypd.approve(noisy)
    nypd.approve(exact)
    nypd.json("publish", noisy["release"])
    assert "another release went out" in nypd.refused("publish", exact["release"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*NOISE[:3], *TABLES, *YEARS, "--measure", "pure", "--loss", "7"], "up to 6"),
        (["approve", "0" * 16, "--document", "0" * 64, "--reviewer", "x"], "no such release"),
        (["withdraw", "0" * 16, "--reason", "numbers-wrong"], "no such release"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    nypd: Commands, arguments: list[str], message: str
) -> None:
    extra = nypd.second if arguments[0] == "approve" else []
    assert message in nypd.refused(*arguments, *extra)


def test_a_free_column_is_wrong_usage(nypd: Commands) -> None:
    ran = nypd.run("propose", "--method", "noise", "--table", "narrative-year", *YEARS,
                   "--measure", "pure", "--loss", "1")  # fmt: skip
    assert ran.exit_code == 2
    assert "narrative" not in ran.stderr.split("expected")[1]
