"""A session by files and the command: to the end, half-way, interrupted, twice at once."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.errors import SafelightError
from safelight.partners.overlap.command import overlap
from safelight.partners.overlap.folder import Folder
from safelight.partners.overlap.problems import (
    MessageError,
    NotAgreedError,
    OwnListError,
    PrivateOverlapError,
)
from safelight.sealing.whole_file import WholeFileError
from safelight.undercount.command import undercount


def done(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(overlap, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


class Table:
    """Two organisations and a relay, each with a folder; terms are agreed."""

    def __init__(self, here: Path, *more: str) -> None:
        self.here = here
        for name in ("one", "two", "relay"):
            done("card", name, "--dir", here / name)
        cards = [here / name / f"{name}.card.json" for name in ("one", "two")]
        self.terms = here / "terms.json"
        self.code = done(
            "terms", *cards, "--relay", here / "relay" / "relay.card.json", "--dir", here / "one",
            "--unit", "incident", "--from", "2024-01-01", "--until", "2024-12-31", "--key", "id",
            "--least", 5, "--most", 100, "--masks", 3, "--out", self.terms, *more,
        )["code"]  # fmt: skip

    def offer(self, name: str, ids: Iterable[int], **changed: str) -> dict[str, Any]:
        path = self.here / f"{name}.csv"
        path.write_text("id\n" + "".join(f"{one}\n" for one in ids), encoding="utf-8")
        options = {"terms": self.terms, "code": self.code, "unit": "incident", **changed}
        given = [part for key, value in options.items() for part in (f"--{key}", value)]
        given += ["--without-ledger"] if done("show", self.terms)["epsilon"] else []
        return done("offer", path, "--dir", self.here / name, *given)

    def relayed(self, *messages: str) -> list[str]:
        answer = done("relay", *messages, "--dir", self.here / "relay", "--terms", self.terms)
        written: list[str] = answer["written"]
        return written

    def joined(self, messages: list[str], *, command: str = "join") -> list[str]:
        written = []
        for message in messages:
            name = Path(message).stem.rsplit("-", 1)[1]
            written += done(command, message, "--dir", self.here / name)["written"]
        return written


def test_a_session_by_files_counts_and_undercount_reads_it(tmp_path: Path) -> None:
    table = Table(tmp_path, "--epsilon", "10")
    shown = done("show", table.terms)
    assert (shown["noise_scale"], shown["organisations"]) == (0.4, ["one", "two"])
    commitments = [table.offer("one", range(80))["written"][0]]
    commitments += table.offer("two", range(40, 99))["written"]
    answers = table.joined(table.relayed(*commitments))
    answers = table.joined(table.relayed(*answers))
    results = table.relayed(*answers)
    assert done("status", "--dir", tmp_path / "relay")["waits_for"] == "nothing"
    written = table.joined(results, command="count")
    facts = json.loads(Path(written[1]).read_text(encoding="utf-8"))
    assert (facts["sizes"], facts["unit"]) == ({"one": 80, "two": 59}, "incident")
    assert abs(facts["counts"][2]["count"] - 40) < 20
    verified = done("verify", written[2], "--code", table.code)
    assert verified["lists"] == {"one": 1024, "two": 1024}
    estimated = CliRunner().invoke(
        undercount,
        ["estimate", written[0], "--method", "chapman", "--noise-scale", "0.4", "--json"],
    )
    assert estimated.exit_code == 0, estimated.output
    assert json.loads(estimated.stdout)["lists"] == ["one", "two"]


def test_an_offer_asks_for_the_code_the_unit_and_a_list_that_fits(tmp_path: Path) -> None:
    table = Table(tmp_path)
    with pytest.raises(NotAgreedError, match="code you were told"):
        table.offer("one", range(9), code="0000 0000 0000 0000 0000")
    with pytest.raises(OwnListError, match="different"):
        table.offer("one", range(9), unit="victim")
    with pytest.raises(OwnListError, match="at least 5"):
        table.offer("one", range(4))
    assert done("status", "--dir", tmp_path / "one")["waits_for"] == "terms"
    assert not (tmp_path / "one" / "out").exists()
    assert table.offer("one", range(9))["records"] == 9
    with pytest.raises(PrivateOverlapError, match="already"):
        table.offer("one", range(9))


def test_a_party_that_stops_half_way_leaves_nobody_with_a_count(tmp_path: Path) -> None:
    table = Table(tmp_path)
    commitments = table.offer("one", range(9))["written"] + table.offer("two", range(9))["written"]
    answers = table.joined(table.relayed(*commitments))
    forwarded = table.relayed(*answers)
    (first,) = table.joined(forwarded[:1])
    assert table.relayed(first) == []
    waits = done("status", "--dir", tmp_path / "relay")["waits_for"]
    stopped = "one" if Path(forwarded[0]).stem.endswith("two") else "two"
    assert waits == stopped
    with pytest.raises(MessageError, match="expected the next") as refusal:
        done("count", forwarded[1], "--dir", tmp_path / stopped)
    assert refusal.value.code == "out-of-order"
    assert not list(tmp_path.glob("**/overlap.csv"))
    # Whoever stopped may still go on.
    results = table.relayed(*table.joined(forwarded[1:]))
    assert len(table.joined(results, command="count")) == 6


def test_a_power_cut_between_state_and_files_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(tmp_path)
    commitments = table.offer("one", range(9))["written"] + table.offer("two", range(9))["written"]
    forwarded = table.relayed(*commitments)
    name = Path(forwarded[0]).stem.rsplit("-", 1)[1]

    def cut(_self: Folder, _out: Path) -> list[Path]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "written_again", cut)
        stopped = CliRunner().invoke(overlap, ["join", forwarded[0], "--dir", str(tmp_path / name)])
        assert stopped.exit_code != 0
    with pytest.raises(MessageError, match="taken in before"):
        done("join", forwarded[0], "--dir", tmp_path / name)
    (answer,) = done("again", "--dir", tmp_path / name)["written"]
    assert done("again", "--dir", tmp_path / name)["written"] == [answer]
    assert table.relayed(answer) == []


def test_two_programs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    table = Table(tmp_path)
    with (tmp_path / "one" / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PrivateOverlapError, match="another program"):
            table.offer("one", range(9))
    table.offer("one", range(9))


def test_a_folder_is_of_one_session_and_of_one_part(tmp_path: Path) -> None:
    table = Table(tmp_path)
    with pytest.raises(WholeFileError, match="exists already"):
        done("card", "one", "--dir", tmp_path / "one")
    with pytest.raises(PrivateOverlapError, match="safelight overlap card"):
        done("status", "--dir", tmp_path)
    with pytest.raises(PrivateOverlapError, match="nothing was offered"):
        done("again", "--dir", tmp_path / "one")
    (commitment,) = table.offer("one", range(9))["written"]
    with pytest.raises(SafelightError, match="--terms"):
        done("relay", commitment, "--dir", tmp_path / "relay")
    table.relayed(commitment)
    with pytest.raises(PrivateOverlapError, match="never joins"):
        done("join", commitment, "--dir", tmp_path / "relay")
    with pytest.raises(PrivateOverlapError, match="not relays"):
        done("relay", commitment, "--dir", tmp_path / "one")


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.offer("one", range(9))
    state = tmp_path / "one" / "state"
    whole = state.read_bytes()
    for damaged in (b"", whole[:-1], whole[:9], b"x" + whole[1:]):
        state.write_bytes(damaged)
        with pytest.raises(PrivateOverlapError, match="begin a new session"):
            done("status", "--dir", tmp_path / "one")
    state.write_bytes(whole)
    assert done("status", "--dir", tmp_path / "one")["waits_for"] == "commitments"
