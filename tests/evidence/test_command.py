"""`safelight evidence`, from the key to the proof, with a roster and authorities as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from safelight.command_line import safelight
from safelight.evidence.problems import EvidenceError
from safelight.sealing.opening import open_bytes
from tests.support.evidence_bundles import DESK, FINGERPRINT, IDENTITY, PHOTO, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _run(*words: object, code: int = 0) -> Result:
    answer = CliRunner().invoke(safelight, ["evidence", *map(str, words)])
    assert answer.exit_code == code, (answer.output, answer.exception)
    return answer


def _facts(*words: object, code: int = 0) -> dict[str, Any]:
    found = json.loads(_run(*words, "--json", code=code).stdout)
    assert isinstance(found, dict)
    return found


def test_from_files_to_a_verdict_and_a_proof(bench: Bench, tmp_path: Path) -> None:
    sources = bench.sources(tmp_path / "files")
    key, bag, authorities = tmp_path / "desk.key", tmp_path / "bag", tmp_path / "first/a.yaml"
    fingerprint = _facts("new-key", key)["desk_key"]
    assert key.stat().st_mode & 0o777 == 0o600
    envelope = tmp_path / "came.age"
    envelope.write_bytes((bench.one / "data/sealed/0001.age").read_bytes())
    anchors = ("--desk-key", fingerprint, "--tsa-roots", bench.first.roots_file)
    with bench.first.listening() as reached:
        authorities.write_text(
            f"authorities:\n- {{name: first, address: '{reached.address}', roots: root.pem}}\n"
        )
        made = _facts(
            *("bundle", sources[0], "--out", bag, "--key", key, "--authorities", authorities),
            *("--sealed", sources[0], envelope, "--derivative", sources[3], sources[0]),
        )
        assert (made["items"], list(made["timestamps"]), made["gaps"]) == (2, ["first"], [])
        again = _facts("note", bag, "handed-over", "--key", key, "--authorities", authorities)
        assert again["seal"] == 2
    found = _facts("verify", bag, *anchors)
    assert (found["verdict"], found["faults"], found["seals"]) == ("verified", [], 2)
    assert [one["openssl_agrees"] for one in found["timestamps"]] == [True, True]
    _facts("proof", bag, "0001", "--desk-key", fingerprint, "--out", tmp_path / "proof.json")
    proved = _facts("verify-proof", tmp_path / "proof.json", *anchors)
    assert (proved["item"], proved["line"], proved["of"]) == ("0001", 2, 6)
    assert _facts("verify", bag, "--consistency-only")["verdict"] == "consistent"


def test_a_fault_is_exit_code_1_with_its_name(bench: Bench) -> None:
    anchors = ("--desk-key", FINGERPRINT, "--tsa-roots", bench.roots_file)
    assert _facts("verify", bench.one, *anchors)["verdict"] == "verified"
    (bench.one / "data/originals/0001.html").write_bytes(b"other")
    found = _facts("verify", bench.one, *anchors, code=1)
    assert found["verdict"] == "faulty"
    assert found["faults"] == [{"code": "changed", "where": "data/originals/0001.html"}]
    said = _run("verify", bench.one, *anchors, code=1).stdout
    assert "FAULT changed: data/originals/0001.html" in said


def test_what_came_by_another_way_cannot_be_left_out_unsaid(bench: Bench) -> None:
    key = ("--desk-key", FINGERPRINT)
    for words in ((), key, ("--tsa-roots", bench.roots_file), (*key, "--consistency-only")):
        assert "another way" in _run("verify", bench.one, *words, code=2).stderr
    assert (
        "64 hex"
        in _run(
            *("verify", bench.one, "--desk-key", "abc", "--tsa-roots", bench.roots_file), code=2
        ).stderr
    )


def test_whether_somebody_is_asked_for_the_time_is_said(bench: Bench, tmp_path: Path) -> None:
    source = bench.sources(tmp_path / "files")[0]
    _run("new-key", tmp_path / "desk.key")
    words = ("bundle", source, "--out", tmp_path / "bag", "--key", tmp_path / "desk.key")
    assert "--no-timestamp" in _run(*words, code=2).stderr
    refused = CliRunner().invoke(safelight, ["evidence", *map(str, words), "--no-timestamp"])
    assert isinstance(refused.exception, EvidenceError)
    assert "an original is kept sealed" in str(refused.exception)


def test_the_script_is_printed_as_it_is_published(bench: Bench) -> None:
    assert _run("script").stdout_bytes == bench.script.read_bytes()


def test_originals_are_sealed_to_the_desks_of_a_roster(bench: Bench, tmp_path: Path) -> None:
    verify_key = DESK.public_key().public_bytes_raw().hex()
    desk = {
        "name": "desk-1",
        "recipient": IDENTITY.recipient().encode(),
        "verify_key": verify_key,
    }
    (tmp_path / "desk-1.public.json").write_text(json.dumps(desk))
    for words in (
        ["new-root", "--out", "root.pem"],
        ["sign", "--root", "root.pem", "--desk", "desk-1.public.json", "--out", "roster.json"],
    ):
        there = [str(tmp_path / word) if "." in word else word for word in words]
        assert CliRunner().invoke(safelight, ["roster", *there]).exit_code == 0
    photo, key, bag = bench.sources(tmp_path / "files")[1], tmp_path / "desk.key", tmp_path / "bag"
    _run("new-key", key)
    _run(
        *("bundle", photo, "--out", bag, "--key", key, "--no-timestamp", "--withhold", photo),
        *("--roster", tmp_path / "roster.json", "--root", tmp_path / "root.pub"),
    )
    assert open_bytes((bag / "data/sealed/0001.age").read_bytes(), [IDENTITY]) == PHOTO
    assert not (bag / "data/originals").exists()
    assert _facts("verify", bag, "--consistency-only")["items"] == 1
