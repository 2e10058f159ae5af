"""`safelight notice`: documented JSON, files of its owner only, nothing sent."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.campaigns.notices.command import notice
from safelight.campaigns.notices.problems import NoticeError
from safelight.campaigns.notices.templates import template, templates
from tests.campaigns.notices.cases import facts_for


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    file = tmp_path / "facts.json"
    facts = facts_for(template("hoster-dsa-16"))
    file.write_text(json.dumps({"facts": facts, "may_show": []}), "utf-8")
    return file


def run(*given: Any) -> Any:
    return CliRunner().invoke(notice, [str(one) for one in given])


def test_kinds_and_show_give_json_in_both_languages() -> None:
    for language in ("ru", "en"):
        listed = json.loads(run("kinds", "--language", language, "--json").stdout)["templates"]
        assert [one["template"] for one in listed] == [one.id for one in templates()]
        for one in listed:
            shown = json.loads(
                run("show", one["template"], "--language", language, "--json").stdout
            )
            assert shown["checked_by_a_lawyer"] is False
            assert shown["dangers"]
            assert {basis["status"] for basis in shown["bases"]} <= {"verified", "from-memory"}


def test_the_plain_text_says_to_be_checked_and_that_nothing_is_sent(facts_file: Path) -> None:
    assert "ТРЕБУЕТ ПРОВЕРКИ ЮРИСТОМ" in run("show", "honour-152", "--language", "ru").stdout
    said = run("check", facts_file, "--as", "hoster-dsa-16").stdout
    assert "This program sends nothing" in said
    assert "to be checked by a lawyer" in said


def test_a_check_says_who_learns_what_and_makes_nothing(facts_file: Path) -> None:
    before = sorted(facts_file.parent.iterdir())
    done = run("check", facts_file, "--as", "hoster-dsa-16", "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert said["sent"] is False
    assert said["files"] == []
    assert {"whose", "datum", "who", "how"} == set(said["who_learns"][0])
    assert sorted(facts_file.parent.iterdir()) == before


def test_a_draft_writes_three_files_that_only_their_owner_reads(
    facts_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ("draft", facts_file, "--as", "hoster-dsa-16", "--out", out, "--day", "2026-03-14")
    assert json.loads(run(*command, "--json").stdout)["files"] == [
        "notice.odt",
        "notice.pdf",
        "notice.txt",
    ]
    for file in out.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run(*command)
    assert again.exit_code == 1
    assert isinstance(again.exception, NoticeError)


def test_letters_that_no_pdf_shows_leave_the_pdf_out_and_say_so(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    facts = facts_for(template("hoster-dsa-16"), harm="😀")
    file.write_text(json.dumps({"facts": facts}), "utf-8")
    done = run("draft", file, "--as", "hoster-dsa-16", "--out", tmp_path / "out", "--json")
    said = json.loads(done.stdout)
    assert said["files"] == ["notice.odt", "notice.txt"]
    assert "Cyrillic" in said["missing"]
    assert "no PDF" in done.stderr


def test_a_refusal_is_json_with_its_reasons(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text('{"facts": {}}', "utf-8")
    done = run("check", file, "--as", "data-gdpr-17", "--json")
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)["refused"]) == 5


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"facts": []}', '{"facts": {}, "may_show": "all"}',
     '{"facts": {}, "may_show": [1]}', '{"fact": {}}', "[" * 100_000, "x" * 1_100_000],
)  # fmt: skip
def test_a_file_that_is_something_else_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(content, "utf-8")
    done = run("check", file, "--as", "data-gdpr-17")
    assert isinstance(done.exception, NoticeError)
    assert "expected JSON such as" in str(done.exception)
