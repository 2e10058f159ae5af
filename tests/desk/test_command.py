"""The command line, as a person types it: real processes, real costs."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.desk.key_file import PRODUCTION_COST
from tests.support.desk import PASSPHRASE, TestDesk, a_report

pytestmark = pytest.mark.live
COMMAND = [sys.executable, "-m", "safelight"]


def command(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return file


@contextmanager
def running(*arguments: str | Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [*COMMAND, "desk", "run", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)


class Person:
    """A browser of few words: keeps the cookie, follows nothing."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.cookie = ""

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.parts.port or 0, timeout=90)
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        if "set-cookie" in found:
            self.cookie = found["set-cookie"].split(";")[0].strip()
        text = response.read().decode()
        connection.close()
        return response.status, found, text


def test_a_desk_from_nothing_to_an_unlocked_inbox(tmp_path: Path, secret: Path) -> None:
    data = tmp_path / "desk"
    made = command("desk", "init", "--data", data, "--name", "desk-1", "--passphrase-file", secret, "--json")  # fmt: skip # noqa: E501
    assert made.returncode == 0, made.stderr
    facts = json.loads(made.stdout)
    assert set(facts) == {"name", "recipient", "verify_key", "public_file"}
    assert json.loads(Path(facts["public_file"]).read_text())["recipient"] == facts["recipient"]
    kdf = json.loads((data / "desk.key.json").read_text())["kdf"]
    assert kdf["memory_kib"] == PRODUCTION_COST.memory_kib

    with running("--data", data) as (url, process):
        assert url.startswith("http://127.0.0.1:"), process.stderr
        person = Person(url)
        assert person.ask("GET", "/unlock")[0] == 403, "not before the address was opened"
        status, headers, _ = person.ask("GET", urlsplit(url).path)
        assert (status, headers["location"]) == (302, "/")
        status, headers, _ = person.ask("GET", "/")
        assert headers["location"] == "/unlock"
        assert person.ask("POST", "/unlock", "passphrase=correct+horse+battery+staple")[0] == 302
        status, headers, html = person.ask("GET", "/cases/")
        assert (status, "Nothing here yet" in html) == (200, True)
        assert headers["cache-control"] == "no-store"
        assert person.ask("POST", "/lock")[1]["location"] == "/unlock"
        assert person.ask("GET", "/cases/")[1]["location"] == "/unlock"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert "Traceback" not in out + err


def test_verifying_prints_a_head_that_can_be_noted(desk: TestDesk, secret: Path) -> None:
    shared = ["--data", desk.data, "--passphrase-file", secret]
    verified = json.loads(run_in_process("desk", "verify", *shared, "--json").stdout)
    assert (verified["desk"], verified["entries"]) == ("desk-1", 1)
    head = f"{verified['entries']}:{verified['head']}"
    assert head in run_in_process("desk", "verify", *shared, "--noted", head).stdout
    rolled_back = run_in_process("desk", "verify", *shared, "--noted", "2:" + "0" * 64)
    assert "older state" in str(rolled_back.exception)
    assert run_in_process("desk", "verify", *shared, "--noted", "nonsense").exit_code == 2


def test_a_wrong_passphrase_file_ends_with_a_sentence_and_exit_code_1(
    desk: TestDesk, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the passphrase\n")
    with running("--data", desk.data, "--passphrase-file", wrong) as (url, process):
        out, err = process.communicate(timeout=90)
    assert url == ""
    assert process.returncode == 1
    assert "refused: the passphrase does not open this desk" in err
    assert "Traceback" not in out + err
    assert "not the passphrase" not in out + err


def run_in_process(*arguments: str | Path) -> Any:
    return CliRunner().invoke(safelight, [str(argument) for argument in arguments])


def test_fetching_from_a_folder_and_opening_to_one(
    desk: TestDesk, tmp_path: Path, secret: Path
) -> None:
    from safelight.desk.unlocking import lock

    stick, out = tmp_path / "stick", tmp_path / "out"
    stick.mkdir()
    (stick / "one.age").write_bytes(desk.sealed(a_report()))
    lock()
    shared = ["--data", desk.data, "--passphrase-file", secret]
    fetched = run_in_process("desk", "fetch", *shared, "--folder", stick, "--json")
    assert fetched.exit_code == 0, fetched.output
    facts = json.loads(fetched.stdout)
    assert (facts["found"], facts["cases"], facts["set_aside"]) == (1, 1, 0)
    opened = run_in_process("open", stick / "one.age", *shared, "--out", out, "--json")
    assert opened.exit_code == 0, opened.output
    (fact,) = json.loads(opened.stdout)["opened"]
    assert Path(fact["opened"]).read_bytes() == a_report().to_bytes()
    assert fact["is_report"] is True
    both = run_in_process("desk", "fetch", *shared, "--folder", stick, "--server", "http://h")
    assert both.exit_code == 2
    from safelight.desk.sqlcipher.held_key import is_held

    assert not is_held(), "a command leaves the desk locked"


def test_a_passphrase_is_asked_twice_and_must_be_the_same(tmp_path: Path) -> None:
    arguments = ["desk", "init", "--data", str(tmp_path / "d"), "--name", "desk-1"]
    answers = "a long passphrase\nanother passphrase\n\n"
    refused = CliRunner().invoke(safelight, arguments, input=answers)
    assert refused.exit_code == 1
    assert "do not match" in refused.output
    assert "a long passphrase" not in refused.output
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("verb", ["run", "verify"])
def test_a_directory_without_a_desk_is_refused_before_anything_is_asked(
    tmp_path: Path, verb: str
) -> None:
    refused = command("desk", verb, "--data", tmp_path)
    assert refused.returncode == 1
    assert "safelight desk init" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_tables_of_cases_are_made_anew_from_the_journal(desk: TestDesk, secret: Path) -> None:
    from safelight.casework.models import Case
    from safelight.desk.unlocking import unlock

    (case_id,) = desk.take_in(a_report())
    Case.objects.update(lane="aside")
    shared = ["--data", str(desk.data), "--passphrase-file", str(secret)]
    assert json.loads(run_in_process("desk", "rebuild", *shared, "--json").stdout) == {"cases": 1}
    unlock(desk.data, PASSPHRASE)
    assert Case.objects.get(case_id=case_id).lane == "reports"
