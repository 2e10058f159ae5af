from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from safelight.command_line import safelight
from safelight.outcomes.facts import CaseFacts
from safelight.outcomes.facts_file import FactsFileError, read_facts
from safelight.outcomes.when import When

HEADER = "case,stage,code,date,source,reasons,occurred,followed_to,violent,district\n"
ROWS = (
    "a,F0_RECORDED,,,OWN,,2026-01-01,,yes,VOLGA\n"
    "a,F1_DECISION,REPORT,2026-01-02,,,,,,\n"
    "a,F2_REPORT,ACCEPTED,2026-01-03,,,,,,\n"
    "b,F1_DECISION,NOT_REPORT,2026-Q1,,NO_HOPE|FEAR_POLICE,2026-01-01,2026-05-01,no,URAL\n"
    "c,F1_DECISION,PENDING,,,,2026-01-01,,yes,\n"
)
FUNNEL_FIELDS = [
    "verdict", "as_of", "unit", "cleared_for_publication", "cases", "not_yet", "base",
    "base_cases", "entered_later", "not_recorded", "overturned", "rules", "steps",
]  # fmt: skip
STEP_FIELDS = [
    "stage", "after", "beside", "entered", "reached", "stopped", "waiting", "so_far", "bounds",
    "of_all", "reasons", "sources", "proved", "undated", "out_of_order", "curve", "from_start",
]  # fmt: skip


def run(folder: Path, text: str | bytes, *options: str, as_of: str = "2026-06-30") -> Result:
    path = folder / "facts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CliRunner().invoke(safelight, ["outcomes", str(path), "--as-of", as_of, *options])


def answered(folder: Path, *options: str) -> dict[str, Any]:
    result = run(folder, HEADER + ROWS, "--json", *options)
    assert result.exit_code == 0
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def test_the_answer_is_one_object_with_the_documented_fields(tmp_path: Path) -> None:
    facts = answered(tmp_path, "--least-cases", "1")
    assert list(facts) == ["funnel", "reporting", "by"]
    found = facts["funnel"]
    assert list(found) == FUNNEL_FIELDS
    assert (found["cases"], found["cleared_for_publication"]) == (3, False)
    decided = found["steps"][0]
    assert list(decided) == STEP_FIELDS
    assert (decided["reached"], decided["stopped"], decided["waiting"]) == (1, 1, 1)
    assert decided["curve"]["verdict"] == "estimated"
    assert decided["curve"]["reached"]["at"][0]["day"] == 30
    assert facts["reporting"]["is_the_indicator"] is False
    assert facts["by"] is None


def test_every_documented_field_is_described(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/methods/outcomes.md").read_text(encoding="utf-8")
    curve = answered(tmp_path, "--least-cases", "1")["funnel"]["steps"][0]["curve"]
    ratio = answered(tmp_path, "--least-cases", "1")["reporting"]
    for name in (*FUNNEL_FIELDS, *STEP_FIELDS, *curve, *curve["reached"], *ratio):
        assert f"`{name}`" in page, name


def test_columns_that_are_not_ours_are_strata_and_can_be_asked_for(tmp_path: Path) -> None:
    parts = answered(tmp_path, "--by", "district")["by"]
    assert parts["column"] == "district"
    assert list(parts["values"]) == ["UNK", "URAL", "VOLGA"]
    assert parts["values"]["VOLGA"]["steps"][0]["reached"] == 1


def test_a_curve_of_too_few_cases_is_refused_but_the_counts_are_there(tmp_path: Path) -> None:
    step = answered(tmp_path)["funnel"]["steps"][0]
    assert step["entered"] == 3
    assert step["curve"] == {
        "verdict": "refused",
        "code": "too-few-cases",
        "reason": "Cases at this step: 3; needed: 10.",
    }


def test_charts_are_written_in_the_language_asked_for(tmp_path: Path) -> None:
    chart, curves = tmp_path / "funnel.svg", tmp_path / "curves.svg"
    result = run(
        tmp_path, HEADER + ROWS, "--chart", str(chart), "--curves", str(curves), "--language", "ru"
    )
    assert result.exit_code == 0
    assert "Как далеко дошли дела" in chart.read_text(encoding="utf-8")
    assert ElementTree.fromstring(curves.read_text(encoding="utf-8")).get("lang") == "ru"


def test_a_person_reads_counts_ranges_and_that_nothing_is_cleared(tmp_path: Path) -> None:
    text = run(tmp_path, HEADER + ROWS, "--by", "district").stdout.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "3 cases as known on 2026-06-30" in text
    assert "F1_DECISION  the police were turned to: 1 of 3 (33 %, 6 % to 79 %)" in text
    assert "1 not known yet, so 33 % to 67 %" in text
    assert "Not cleared for publication" in text
    assert "== district = VOLGA" in text


def test_stages_nobody_reached_are_zeros_when_all_are_asked_for(tmp_path: Path) -> None:
    steps = {
        step["stage"]: step for step in answered(tmp_path, "--stages", "all")["funnel"]["steps"]
    }
    assert steps["F9_VERDICT"]["entered"] == 0
    few = answered(tmp_path, "--stages", "F2_REPORT")["funnel"]["steps"]
    assert [step["stage"] for step in few] == ["F2_REPORT"]


@pytest.mark.parametrize(
    "options",
    [
        ("--by", "SECRET"),
        ("--stages", "SECRET"),
        ("--horizons", "soon"),
        ("--level", "95"),
        ("--least-cases", "0"),
    ],
)
def test_wrong_usage_exits_with_two(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run(tmp_path, HEADER + ROWS).exit_code == 0
    result = run(tmp_path, HEADER + ROWS, *options)
    assert result.exit_code == 2


def test_an_as_of_day_is_a_day(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER + ROWS, as_of="2026-06").exit_code == 2


def test_an_as_of_day_that_has_not_come_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, HEADER + ROWS, as_of="2199-01-01")
    assert isinstance(result.exception, FactsFileError)
    assert "a day that has come" in str(result.exception)


def test_before_the_first_case_there_is_a_refusal_with_exit_code_one(tmp_path: Path) -> None:
    result = run(tmp_path, HEADER + ROWS, "--json", as_of="2025-01-01")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["funnel"]["code"] == "no-cases"
    assert "refused: No case was recorded" in result.stderr


def test_rows_of_one_case_are_one_case_wherever_they_stand() -> None:
    lines = ROWS.splitlines(keepends=True)
    straight, mixed = (
        read_facts((HEADER + ROWS).encode()),
        read_facts((HEADER + "".join(lines[3:] + lines[:3])).encode()),
    )
    assert set(map(str, straight.cases)) == set(map(str, mixed.cases))
    first: CaseFacts = straight.cases[0]
    assert (len(first.facts), first.occurred, first.violent) == (3, When.parse("2026-01-01"), True)
    assert straight.strata == ("district",)
    assert dict(straight.cases[2].strata) == {}


def test_a_spreadsheets_byte_order_mark_and_blank_lines_are_no_obstacle() -> None:
    text = "\N{ZERO WIDTH NO-BREAK SPACE}" + (HEADER + ROWS).replace("\n", "\r\n\r\n")
    assert read_facts(text.encode()) == read_facts((HEADER + ROWS).encode())
