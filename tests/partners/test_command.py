"""`safelight list`: exit codes, one JSON object, and no import without agreement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelight.desk.partners.list_command import lists
from safelight.errors import SafelightError
from safelight.partners.problems import IdentifierDamageError, ListError, NotAgreedError
from tests.partners.lists import GAY, nypd_row, write_csv
from tests.support.desk import PASSPHRASE, TestDesk
from tests.support.open_data import open_data


def run(*arguments: object) -> Result:
    return CliRunner().invoke(lists, [str(argument) for argument in arguments])


def refusal(result: Result) -> SafelightError:
    # `safelight.command_line.main` turns it into "refused: …" and exit code 1.
    assert isinstance(result.exception, SafelightError), result.output
    return result.exception


@pytest.fixture
def small(tmp_path: Path) -> Path:
    rows = [nypd_row(10000, arrest="M1"), nypd_row(10000, arrest="M2"), nypd_row(10001)]
    return write_csv(tmp_path / "list.csv", rows)


def test_a_check_gives_one_json_object_and_keeps_messages_apart(small: Path) -> None:
    result = run("check", small, "--as", "nypd", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["format"] == "safelight-list-check/1"
    assert (found["rows"], found["incidents"], found["verdict"]) == (3, 2, "ready")
    assert found["unit"] == {"row": "arrest-pair", "counted": "incident"}
    assert found["beside"] is None


def test_every_key_of_a_check_is_documented(small: Path) -> None:
    found = json.loads(run("check", small, "--as", "nypd", "--json").stdout)
    page = Path(__file__).parents[2] / "docs" / "how-to" / "bring-a-list.md"
    documented = page.read_text(encoding="utf-8")
    missing = [key for key in found if f"`{key}`" not in documented]
    assert missing == []


def test_a_check_of_a_damaged_copy_shows_the_report_and_refuses(tmp_path: Path) -> None:
    damaged = [nypd_row(number, id="2.02314E+14") for number in (1, 2)]
    copy = write_csv(tmp_path / "copy.csv", [nypd_row(10000), *damaged])
    result = run("check", copy, "--as", "nypd")
    assert "THE IDS OF THIS FILE WERE CHANGED" in result.stdout
    assert "cannot be counted with these ids" in result.stdout
    assert "1 different ids in 2 rows written in scientific notation" in result.stdout
    assert isinstance(refusal(result), IdentifierDamageError)
    assert "spreadsheet" in str(result.exception)
    assert "export it with the id column as text" in str(result.exception)
    as_json = json.loads(run("check", copy, "--as", "nypd", "--json").stdout)
    assert as_json["problems"] == ["id-damage"]


def test_an_import_that_nobody_agreed_to_imports_nothing(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    result = run("import", small, "--as", "nypd", "--out", out)
    assert isinstance(refusal(result), NotAgreedError)
    assert not out.exists()
    assert "READY to import as 2 incidents." in result.stderr
    agreed = run("import", small, "--as", "nypd", "--out", out, "--yes", "--json")
    assert agreed.exit_code == 0
    assert json.loads(agreed.stdout)["incidents_kept"] == 2
    assert out.exists()


def test_yes_does_not_answer_the_questions_a_check_raises(tmp_path: Path) -> None:
    rows = [nypd_row(10000), nypd_row(10001, motive="ANTI-NEW")]
    file = write_csv(tmp_path / "list.csv", rows)
    out = tmp_path / "rows.csv"
    result = run("import", file, "--as", "nypd", "--out", out, "--yes")
    assert "--unknown-codes-as-none" in str(refusal(result))
    assert not out.exists()
    agreed = run("import", file, "--as", "nypd", "--out", out, "--yes", "--unknown-codes-as-none")
    assert agreed.exit_code == 0


def test_a_person_at_a_terminal_is_asked(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return len(asked) > 1

    monkeypatch.setattr("safelight.partners.command._asked", answer)
    out = tmp_path / "rows.csv"
    refusal(run("import", small, "--as", "nypd", "--out", out))
    assert not out.exists()
    assert run("import", small, "--as", "nypd", "--out", out).exit_code == 0
    assert asked == ["Import 2 incidents?"] * 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "--as", "nypd"),
        ("import", "--as", "nypd", "--out", "a", "--data", "."),
        ("check", "--as", "nypd", "--beside"),
        ("check", "--as", "nypd", "--mapping"),
    ],
)
def test_wrong_usage_is_exit_2(small: Path, arguments: tuple[str, ...]) -> None:
    command, *rest = arguments
    options = [*rest, small] if rest[-1].startswith("--") else rest
    assert run(command, small, *options).exit_code == 2


def test_a_mapping_of_ones_own_needs_no_code(small: Path, tmp_path: Path) -> None:
    from safelight.partners.profile_reading import shipped_profile

    text = shipped_profile("nypd").text
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text.replace("profile: nypd", "profile: our-city"), encoding="utf-8")
    result = run("check", small, "--as", "own-csv", "--mapping", mapping, "--json")
    assert json.loads(result.stdout)["list"] == "our-city"
    mapping.write_text(text, encoding="utf-8")
    same_name = refusal(run("check", small, "--as", "own-csv", "--mapping", mapping))
    assert "a name of its own" in str(same_name)


def test_a_yearly_series_has_nothing_to_import(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("year,premeditated,unpremeditated,other\n2010,1,2,3\n", encoding="utf-8")
    assert run("check", file, "--as", "yearly-by-type").exit_code == 0
    result = run("import", file, "--as", "yearly-by-type", "--out", tmp_path / "o.csv", "--yes")
    assert "no rows to import" in str(refusal(result))


def test_profiles_lists_what_is_known() -> None:
    names = [p["list"] for p in json.loads(run("profiles", "--json").stdout)["profiles"]]
    assert names == ["fbi", "nypd", "own-csv", "yearly-by-type"]
    assert "an arrest pair" not in run("profiles").stdout
    assert "one complaint stands in up to eleven rows" in " ".join(run("profiles").stdout.split())


def test_the_report_of_the_real_list_reads_as_it_should() -> None:
    result = run(
        "check",
        open_data("nypd_hate_crimes_2019_2024.csv"),
        "--as",
        "nypd",
        "--beside",
        open_data("nypd_official_complaints_2023.xlsx"),
        "--year",
        "2023",
    )
    text = " ".join(result.stdout.split())
    for said in (
        "3,255 rows in the file",
        "2,991 incidents",
        "497 of them with an LGBT bias (561 rows)",
        "rows 906, 2396: 2 values in Bias Motive Description; decided: ANTI-ASIAN",
        "total 669 669",
        "12 of 16 categories are equal.",
        "READY to import as 2,991 incidents.",
    ):
        assert said in text


def test_a_list_goes_into_a_desk_and_out_again(
    desk: TestDesk, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.unlocking import lock

    lock()
    # The real command starts Django; here the test's project is running already.
    monkeypatch.setattr("safelight.desk.unlocking.start_django", lambda: None)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    on_desk = ("--data", desk.data, "--passphrase-file", passphrase, "--json")
    refusal(run("import", small, "--as", "nypd", *on_desk))
    done = json.loads(run("import", small, "--as", "nypd", *on_desk, "--yes").stdout)
    assert (done["imported"], done["incidents_kept"]) == (True, 2)
    again = json.loads(run("import", small, "--as", "nypd", *on_desk, "--yes").stdout)
    assert (again["imported"], again["list_id"]) == (False, done["list_id"])
    (listed,) = json.loads(run("imported", *on_desk).stdout)["lists"]
    assert (listed["incidents"], listed["forgotten_on"]) == (2, None)
    assert isinstance(refusal(run("forget", done["list_id"], *on_desk)), NotAgreedError)
    gone = json.loads(run("forget", done["list_id"], *on_desk, "--yes").stdout)
    assert gone == {"forgotten": done["list_id"], "incidents": 2}


def test_a_directory_without_a_desk_is_refused_before_the_long_work(
    small: Path, tmp_path: Path
) -> None:
    result = run("import", small, "--as", "nypd", "--data", tmp_path, "--yes")
    assert "there is no desk" in str(refusal(result))
    assert not isinstance(result.exception, ListError)
    assert GAY not in result.output
