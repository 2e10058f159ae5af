"""Threat: hostile-case-facts: A file of case facts made to crash the count, to fill memory, to bend
it by impossible dates or repeated facts, or to carry text about people into an answer or a message,
is refused by line, or counted as if that were not there.

Each attack stands beside the harmless file it was made from, which is counted.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.command_line import safelight
from safelight.errors import SafelightError
from safelight.outcomes import facts_file
from safelight.outcomes.facts_file import FactsFileError, read_facts

SECRET = "Sidorov-at-the-mill"  # the kind of thing that must not come back
HEADER = "case,stage,code,date,occurred,district\n"
HARMLESS = HEADER + "k,F1_DECISION,REPORT,2026-01-02,2026-01-01,VOLGA\n"


def refusal(untrusted: str | bytes) -> str:
    assert len(read_facts(HARMLESS.encode()).cases) == 1
    with pytest.raises(SafelightError) as refused:
        read_facts(untrusted.encode() if isinstance(untrusted, str) else untrusted)
    chain, error = "", refused.value
    seen: BaseException | None = error
    while seen is not None:
        chain += str(seen)
        seen = seen.__cause__
    assert SECRET not in chain
    assert isinstance(error, FactsFileError)
    return str(error)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"k,{SECRET},REPORT,2026-01-02,,\n", "line 2: expected a stage"),
        (f"k,F1_DECISION,{SECRET},2026-01-02,,\n", "line 2: F1_DECISION: expected one of"),
        (f"k,F1_DECISION,REPORT,{SECRET},,\n", "line 2: date: expected a date like"),
        (f"k,F1_DECISION,REPORT,,{SECRET},\n", "line 2: occurred: expected a date like"),
        (f"k,F1_DECISION,REPORT,,,{SECRET} and his sister\n", "line 2: a stratum: expected a code"),
        (f"k,F1_DECISION,REPORT,,,{SECRET * 50}\n", "line 2: expected cells of at most 200"),
        (f"k,F1_DECISION,REPORT,,,,{SECRET}\n", "line 2: expected 6 cells, got 7"),
        (",F1_DECISION,REPORT,,,\n", "line 2: case: expected a key"),
        (f'k,F1_DECISION,REPORT,,,"{SECRET}\n', "expected a row of CSV"),
        (f"k,F1_DECISION,REPORT,,,=cmd|'{SECRET}'!A1\n", "line 2: a stratum: expected a code"),
        ("k,F1_DECISION,REPORT,2026-02-30,,\n", "a day of the calendar"),
        ("k,F1_DECISION,REPORT,9999-12-31,,\n", "expected a year from 1900 to 2199"),
        ("k,F1_DECISION,REPORT,٢٠٢٦-٠١-٠٢,,\n", "expected a date like"),
        ("k,F1_DECISION,REPORT\x00,2026-01-02,,\n", "line 2: "),
    ],
)
def test_a_row_that_is_not_facts_is_refused_by_line_and_never_repeated(
    row: str, reason: str
) -> None:
    assert reason in refusal(HEADER + row)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "names of the columns, got nothing"),
        ("case,code\n", "columns missing: stage"),
        ("case,stage,stage\n", "different names"),
        (f"case,stage,{SECRET} lives here\n", "line 1: a stratum"),
        ("case,stage," + ",".join(f"s{n}" for n in range(50)) + "\n", "up to 40 columns"),
    ],
)
def test_a_first_line_that_names_no_facts_is_refused(header: str, reason: str) -> None:
    assert reason in refusal(header)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: (HEADER + t).encode()))
@settings(max_examples=150)
def test_whatever_the_bytes_they_are_facts_or_a_refusal(untrusted: bytes) -> None:
    with suppress(FactsFileError):  # any other error fails the test
        read_facts(untrusted)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "UTF-8" in refusal(HARMLESS.encode("utf-16"))
    assert "UTF-8" in refusal(b"\xff\xfe\x00" * 1000)


def test_a_case_that_contradicts_itself_is_refused() -> None:
    again = "k,F2_REPORT,ACCEPTED,2026-01-03,2026-01-05,VOLGA\n"
    assert "line 3: occurred: expected what another row" in refusal(HARMLESS + again)
    elsewhere = "k,F2_REPORT,ACCEPTED,2026-01-03,,URAL\n"
    assert "line 3: a stratum: expected what another row" in refusal(HARMLESS + elsewhere)


def test_a_file_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_file, "MOST_ROWS", 3)
    row = "k{},F1_DECISION,REPORT,2026-01-02,,\n"
    assert len(read_facts((HEADER + "".join(row.format(n) for n in range(3))).encode()).cases) == 3
    assert "at most 3 rows" in refusal(HEADER + "".join(row.format(n) for n in range(4)))
    huge = tmp_path / "facts.csv"
    with huge.open("wb") as file:
        file.truncate(facts_file.MOST_BYTES + 1)  # sparse: nothing is on the disk
    result = CliRunner().invoke(safelight, ["outcomes", str(huge), "--as-of", "2026-06-30"])
    assert isinstance(result.exception, FactsFileError)
    assert "got a larger one" in str(result.exception)


def test_a_case_of_endless_facts_is_refused() -> None:
    row = "k,F1_DECISION,REPORT,2026-01-02,,\n"
    assert len(read_facts((HEADER + row * 500).encode()).cases[0].facts) == 500
    assert "at most 500 facts about a case" in refusal(HEADER + row * 501)


def counted(tmp_path: Path, text: str) -> dict[str, int]:
    path = tmp_path / "facts.csv"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(
        safelight, ["outcomes", str(path), "--as-of", "2026-06-30", "--json", "--stages", "all"]
    )
    assert result.exit_code == 0
    assert "k-SECRET" not in result.output  # keys of cases are forgotten
    steps = json.loads(result.stdout)["funnel"]["steps"]
    return {step["stage"]: step["reached"] for step in steps}


def test_facts_repeated_from_the_future_or_before_the_incident_add_nothing(tmp_path: Path) -> None:
    text = HEADER + "k-SECRET,F2_REPORT,ACCEPTED,2026-01-02,2026-01-01,\n"
    once = counted(tmp_path, text)
    assert (once["F2_REPORT"], once["F3_CASE"]) == (1, 0)
    repeated = text + "k-SECRET,F2_REPORT,ACCEPTED,2026-01-02,2026-01-01,\n" * 20
    assert counted(tmp_path, repeated) == once
    future = text + "k-SECRET,F9_VERDICT,CONVICTED,2027-01-01,,\n"
    assert counted(tmp_path, future) == once
    before = text + "k-SECRET,F1_DECISION,REPORT,1999-01-01,,\n"
    assert counted(tmp_path, before) == once
