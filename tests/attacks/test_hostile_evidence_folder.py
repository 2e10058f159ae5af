"""Threat: hostile-evidence-folder: somebody hands over a folder that is made to hurt whoever
examines it (links, pipes, names for a shell, huge or broken parts); nothing outside is read,
nothing is run, and it ends with a named fault.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.evidence.bundles.bag import LARGEST_TAG_FILE, read_tag_file
from safelight.evidence.bundles.custody import SignedEntry, log_lines
from safelight.evidence.problems import EvidenceError, TimestampError
from safelight.evidence.timestamps.timestamp import Roots, verified_stamp
from tests.support.evidence_bundles import FINGERPRINT, Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def _link_for_a_file(bag: Path) -> None:
    outside = bag.parent / "outside"
    (bag / "data/originals/0001.html").rename(outside)  # the right bytes, but not in the bundle
    (bag / "data/originals/0001.html").symlink_to(outside)


def _link_for_a_folder(bag: Path) -> None:
    (bag / "data/originals").rename(bag.parent / "originals")
    (bag / "data/originals").symlink_to(bag.parent / "originals")


def _pipe(bag: Path) -> None:
    (bag / "custody.log").unlink()
    os.mkfifo(bag / "custody.log")


def _names_for_a_shell(bag: Path) -> None:
    for name in ("$(touch owned)", "-rf", "a\nFAULT x", "..hidden", "`touch owned`", "ё"):
        (bag / "data" / name).write_bytes(b"x")


def _folder_for_a_file(bag: Path) -> None:
    (bag / "desk.pem").unlink()
    (bag / "desk.pem").mkdir()


def _way_out_in_a_manifest(bag: Path) -> None:
    with (bag / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  data/../../outside\n")


def _command_in_a_manifest(bag: Path) -> None:
    with (bag / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  data/a[$(touch owned)]\n")


def _command_in_the_log(bag: Path) -> None:
    log = (bag / "custody.log").read_bytes()
    (bag / "custody.log").write_bytes(log.replace(b'"n":2,', b'"n":a[$(touch owned)],'))


def _binary(name: str) -> Callable[[Path], None]:
    def binary(bag: Path) -> None:
        (bag / name).write_bytes(random.Random(7).randbytes(2000))

    return binary


def _emptied(name: str) -> Callable[[Path], None]:
    def emptied(bag: Path) -> None:
        (bag / name).write_bytes(b"")

    return emptied


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (_link_for_a_file, "unsafe-file"),
        (_link_for_a_folder, "unsafe-file"),
        (_pipe, "unsafe-file"),
        (_names_for_a_shell, "unsafe-file"),
        (_folder_for_a_file, "missing"),
        (_way_out_in_a_manifest, "malformed"),
        (_command_in_a_manifest, "malformed"),
        (_command_in_the_log, "malformed"),
        *(
            (_binary(name), "malformed")
            for name in ("manifest-sha256.txt", "custody.log", "desk.pem", "bag-info.txt")
        ),
        (_binary("seals/1/first.tsr"), "timestamp-bad"),
        (_binary("seals/1/signature.sig"), "signature"),
        *((_emptied(name), "malformed") for name in ("custody.log", "data/items.json")),
    ],
)
def test_it_ends_with_a_named_fault(
    bench: Bench, tmp_path: Path, attack: Callable[[Path], None], code: str
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    attack(bag)
    assert code in {fault.code.value for fault in bench.examined(bag).faults}
    answer = bench.run_script(bag)
    assert answer.returncode == 1
    assert f"FAULT {code}:" in answer.stdout
    # One line a fault: no name begins a line of its own.
    assert "\nFAULT x" not in answer.stdout
    assert list(tmp_path.rglob("owned")) == []


def test_a_large_tag_file_is_not_read_whole(bench: Bench, tmp_path: Path) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    with (bag / "custody.log").open("r+b") as log:
        log.truncate(LARGEST_TAG_FILE + 1)  # sparse
    with pytest.raises(EvidenceError, match="a tag file has at most"):
        read_tag_file(bag / "custody.log")
    assert "malformed custody.log" in bench.python_faults(bag)


def test_a_name_of_no_known_string_type_is_refused(bench: Bench) -> None:
    place = bench.one / "seals/1"
    reply = (place / "first.tsr").read_bytes()
    common_name = bytes.fromhex("0603550403")
    assert common_name + b"\x0c" in reply
    with pytest.raises(TimestampError, match="cannot be read"):
        verified_stamp(
            reply.replace(common_name + b"\x0c", common_name + b"\xc5"),
            data=(place / "tagmanifest-sha256.txt").read_bytes(),
            untrusted_request=(place / "first.tsq").read_bytes(),
            roots=Roots.parse(bench.roots),
            untrusted_chain=b"",
            at=None,
        )


def test_damaged_timestamps_are_refused_and_never_crash(bench: Bench) -> None:
    place = bench.one / "seals/1"
    reply = (place / "first.tsr").read_bytes()
    facts = {
        "data": (place / "tagmanifest-sha256.txt").read_bytes(),
        "untrusted_request": (place / "first.tsq").read_bytes(),
        "roots": Roots.parse(bench.roots),
        "untrusted_chain": b"",
        "at": None,
    }
    assert verified_stamp(reply, **facts).openssl_asked  # type: ignore[arg-type]
    chance = random.Random(20)
    for _ in range(300):
        damaged = bytearray(reply)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        del damaged[len(damaged) - chance.choice((0, 0, 0, 1, 500)) :]
        if bytes(damaged) == reply:
            continue
        try:
            stamp = verified_stamp(bytes(damaged), **facts)  # type: ignore[arg-type]
        except TimestampError:
            continue
        # Certificates and the status text stand outside the signature: then time must be as it was.
        assert stamp.time == verified_stamp(reply, **facts).time  # type: ignore[arg-type]


def test_damaged_log_lines_are_refused_and_never_crash(bench: Bench) -> None:
    line = log_lines((bench.one / "custody.log").read_bytes())[1]
    assert SignedEntry.parse(line).entry.by == FINGERPRINT
    chance = random.Random(21)
    for _ in range(2000):
        damaged = bytearray(line)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            entry = SignedEntry.parse(bytes(damaged))
        except EvidenceError:
            continue
        assert entry.entry.to_json() == bytes(damaged).split(b" ")[0]
