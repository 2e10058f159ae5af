"""Bundles as other people's programs see them, and what keeps an original sealed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import bagit
import pytest

from safelight.evidence.bundles.bundling import Derivative, Original, continue_bundle, make_bundle
from safelight.evidence.bundles.custody import CustodyEvent, SignedEntry, log_lines
from safelight.evidence.bundles.verifying import examine
from safelight.evidence.problems import EvidenceError
from safelight.evidence.timestamps.asking import over_http
from safelight.evidence.timestamps.authorities import Authority
from safelight.sealing.envelope import EnvelopeError
from safelight.sealing.opening import open_stream
from safelight.sealing.seal import seal_stream
from tests.support.evidence_bundles import (
    DESK,
    FINGERPRINT,
    IDENTITY,
    OTHER_DESK,
    PHOTO,
    Bench,
    answering,
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def _log(bag: Path) -> list[SignedEntry]:
    return [SignedEntry.parse(one) for one in log_lines((bag / "custody.log").read_bytes())]


def test_bagit_of_the_library_of_congress_takes_it(bench: Bench, tmp_path: Path) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    assert bagit.Bag(str(bag)).validate()
    (bag / "data/originals/0001.html").write_bytes(b"other")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()


def test_verify_sh_needs_bash_sha256sum_openssl_and_a_few_of_coreutils(
    bench: Bench, tmp_path: Path
) -> None:
    few = ("basename", "cat", "date", "dirname", "mktemp", "rm", "tail", "wc")
    for name in ("sha256sum", "openssl", *few):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    anchors = ("--desk-key", FINGERPRINT, "--tsa-roots", bench.roots_file)
    answer = subprocess.run(
        [shutil.which("bash") or "bash", bench.script, "--ru", *anchors, bench.one],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "ПОДТВЕРЖДЕНО" in answer.stdout


def test_verify_sh_without_what_came_by_another_way_is_wrong_usage(
    bench: Bench, tmp_path: Path
) -> None:
    key, roots = ["--desk-key", FINGERPRINT], ["--tsa-roots", str(bench.roots_file)]
    # What is wrong, in English and in Russian; --ru may stand anywhere.
    wrong = (
        ([], "expected --desk-key", "нужен --desk-key"),
        (key, "expected --tsa-roots", "нужен --tsa-roots"),
        (roots, "expected --desk-key", "нужен --desk-key"),
        ([*key, *roots, "--at", "soon"], "expected --at with a day", "нужен --at и день"),
        (["--unknown"], "usage:", "Запуск:"),
    )
    for more, english, russian in wrong:
        for words, expected, way in (
            ([*more, str(bench.one)], english, "usage:"),
            ([*more, "--ru", str(bench.one)], russian, "Запуск:"),
            (["--ru", *more, str(bench.one)], russian, "Запуск:"),
        ):
            answer = subprocess.run(
                ["bash", bench.script, *words], capture_output=True, text=True, check=False
            )
            assert answer.returncode == 2
            assert expected in answer.stderr
            assert way in answer.stderr
            assert answer.stdout == ""
    answer = subprocess.run(
        ["bash", bench.script, "--ru", *key, *roots, tmp_path / "none"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (answer.returncode, "нужен пакет" in answer.stderr) == (2, True)


def test_the_script_in_the_bundle_is_the_one_that_is_published(bench: Bench) -> None:
    assert (bench.one / "verify.sh").read_bytes() == bench.script.read_bytes()


def test_the_sealed_original_is_kept_and_opens_to_the_same_bytes(bench: Bench) -> None:
    entry = next(one.entry for one in _log(bench.one) if one.entry.item == "0002")
    sealed = (bench.one / "data/sealed/0002.age").read_bytes()
    assert hashlib.sha256(sealed).hexdigest() == entry.sealed
    opened = BytesIO()
    open_stream(BytesIO(sealed), opened, [IDENTITY], padded=True)
    assert opened.getvalue() == PHOTO
    assert hashlib.sha256(PHOTO).hexdigest() == entry.digest


def test_an_envelope_that_came_is_kept_instead_of_sealing_anew(
    bench: Bench, tmp_path: Path
) -> None:
    source, envelope = bench.sources(tmp_path / "files")[1], tmp_path / "came.age"
    with envelope.open("wb") as sink:
        seal_stream(BytesIO(PHOTO), sink, [IDENTITY.recipient()], padded=True)
    made = bench.bundle(tmp_path / "bag", [Original(source, envelope)], authorities=[])
    kept = made.folder / "data/sealed/0001.age"
    assert kept.read_bytes() == envelope.read_bytes()
    with pytest.raises(EnvelopeError, match="an envelope is exactly one of"):
        bench.bundle(tmp_path / "no", [Original(source, source)], authorities=[])
    assert not (tmp_path / "no").exists()


def test_a_derivative_names_its_original_which_may_be_withheld(
    bench: Bench, tmp_path: Path
) -> None:
    _, photo, _, redacted = bench.sources(tmp_path / "files")
    made = bench.bundle(
        tmp_path / "bag", [Original(photo, withheld=True)], [(redacted, photo)], authorities=[]
    )
    original, derivative = (one.entry for one in _log(made.folder) if one.entry.item)
    assert derivative.origin == original.digest == hashlib.sha256(PHOTO).hexdigest()
    assert original.path == ""
    content = {path.read_bytes() for path in made.folder.rglob("*") if path.is_file()}
    assert not any(PHOTO in one for one in content)
    assert photo.name not in (made.folder / "data/items.json").read_text(encoding="utf-8")
    with pytest.raises(EvidenceError, match="an original that is not in this bundle"):
        bench.bundle(tmp_path / "no", [redacted], [(redacted, photo)], authorities=[])


def test_without_an_envelope_or_a_roster_nothing_is_bundled(bench: Bench, tmp_path: Path) -> None:
    photo = bench.sources(tmp_path / "files")[1]
    with pytest.raises(EvidenceError, match="an original is kept sealed"):
        make_bundle(
            tmp_path / "bag",
            [Original(photo)],
            [],
            desk=DESK,
            recipients=[],
            authorities=[],
            ask=answering(),
            now=datetime.now(tz=UTC),
        )
    assert [one.name for one in tmp_path.iterdir()] == ["files"]


def test_a_strange_name_is_kept_as_data_and_names_no_file(bench: Bench) -> None:
    described = json.loads((bench.one / "data/items.json").read_text(encoding="utf-8"))
    assert described["items"][1]["name"] == "Фото $(id); 1.JPG"
    assert (bench.one / "data/originals/0002.jpg").read_bytes() == PHOTO


def test_an_authority_that_does_not_answer_is_a_gap_and_can_be_made_up_for(
    bench: Bench, tmp_path: Path
) -> None:
    sources = bench.sources(tmp_path / "files")
    with bench.first.listening() as reached:
        silent = Authority("silent", "http://127.0.0.1:1/", bench.second.roots, b"")
        made = make_bundle(
            tmp_path / "bag",
            [Original(one) for one in sources[:2]],
            [Derivative(sources[3], sources[0])],
            desk=DESK,
            recipients=[IDENTITY.recipient()],
            authorities=[reached, silent],
            ask=over_http(None),
            now=datetime.now(tz=UTC),
        )
    assert list(made.seal.stamps) == ["first"]
    assert [gap.authority for gap in made.seal.gaps] == ["silent"]
    found = bench.examined(made.folder)
    assert (found.faults, found.gaps) == ((), ("seals/1/silent",))
    assert bench.script_faults(made.folder) == set()
    bench.noted(made.folder)
    again = bench.examined(made.folder)
    assert (again.faults, again.seals) == ((), 2)
    assert {(one.seal, one.authority) for one in again.stamps} == {
        (1, "first"),
        (2, "first"),
        (2, "second"),
    }
    assert bench.script_faults(made.folder) == set()
    assert bagit.Bag(str(made.folder)).validate()


def test_three_seals_stand_on_one_another(bench: Bench, tmp_path: Path) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    bench.noted(bag, bench.first)
    bench.noted(bag, bench.second)
    assert bench.python_faults(bag) == bench.script_faults(bag) == set()
    (bag / "seals/1/first.tsq").unlink()
    named = {"missing seals/1/first.tsq", "timestamp-swapped seals/1/first.tsr"}
    assert bench.python_faults(bag) == bench.script_faults(bag) == named


def test_a_changed_bundle_is_not_continued_and_by_another_desk_neither(
    bench: Bench, tmp_path: Path
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    before = {path: path.stat().st_size for path in bag.rglob("*")}
    with pytest.raises(EvidenceError, match=r"not as this desk sealed it \(other-key\)"):
        continue_bundle(
            bag,
            CustodyEvent.INSPECTED,
            desk=OTHER_DESK,
            authorities=[],
            ask=answering(),
            now=datetime.now(tz=UTC),
        )
    assert {path: path.stat().st_size for path in bag.rglob("*")} == before
    (bag / "data/originals/0001.html").write_bytes(b"other")
    with pytest.raises(EvidenceError, match=r"\(changed\)"):
        bench.noted(bag)
    assert [one.name for one in tmp_path.iterdir()] == ["bag"]


def test_without_a_timestamp_a_bundle_says_so_when_roots_are_given(
    bench: Bench, tmp_path: Path
) -> None:
    bag = bench.bundle(tmp_path / "bag", bench.sources(tmp_path / "f"), authorities=[]).folder
    now = datetime.now(tz=UTC)
    assert examine(bag, desk=FINGERPRINT, roots=None, at=now).faults == ()
    assert bench.python_faults(bag) == {"timestamp-missing seals"} == bench.script_faults(bag)


def test_two_commands_do_not_continue_one_bundle_at_once(bench: Bench, tmp_path: Path) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(EvidenceError, match="another command is continuing"):
        bench.noted(bag)
    os.close(held)
    assert bench.noted(bag).seal.number == 2
