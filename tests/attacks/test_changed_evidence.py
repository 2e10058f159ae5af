"""Threat: changed-evidence: somebody changes, adds, takes away or swaps a part of an evidence
bundle and makes the manifests fit again; our program and `verify.sh` both name the fault.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safelight.evidence.bundles.custody import SignedEntry
from tests.support.evidence_bundles import (
    LATER_CAPTURE,
    OTHER_DESK,
    Bench,
    remake_manifests,
    sign_again,
)

CAPTURE_NAME = "data/originals/0003.wacz"
SIGNATURE_GONE = {"signature seals/1/signature.sig"}
STAMPS_SWAPPED = {"timestamp-swapped seals/1/first.tsr", "timestamp-swapped seals/1/second.tsr"}
UNSIGNED = SIGNATURE_GONE | STAMPS_SWAPPED
# What somebody without the desk's key can make fit, and what then does not.
REMADE = UNSIGNED | {"mixed manifest-sha256.txt"}
# verify.sh does not compute the tree over the log, which only proofs need.
PYTHON_ALONE = {"log-rewritten custody-tree.txt"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _byte_flipped(bag: Path, _: Bench) -> None:
    _flip(bag / CAPTURE_NAME)


def _byte_of_the_sealed_original_flipped(bag: Path, _: Bench) -> None:
    _flip(bag / "data/sealed/0003.age")


def _file_taken_away(bag: Path, _: Bench) -> None:
    (bag / CAPTURE_NAME).unlink()


def _log_without(number: int) -> Callable[[Path, Bench], None]:
    def line_deleted(bag: Path, _: Bench) -> None:
        log = bag / "custody.log"
        lines = log.read_bytes().splitlines(keepends=True)
        del lines[number]
        log.write_bytes(b"".join(lines))
        remake_manifests(bag)

    return line_deleted


def _log_line_changed(bag: Path, _: Bench) -> None:
    log = bag / "custody.log"
    log.write_bytes(log.read_bytes().replace(b'"time":"20', b'"time":"19', 1))
    remake_manifests(bag)


def _file_added(bag: Path, _: Bench) -> None:
    (bag / "data/originals/0009.png").write_bytes(b"planted")


def _file_added_and_listed(bag: Path, bench: Bench) -> None:
    _file_added(bag, bench)
    remake_manifests(bag)


def _tag_file_added(bag: Path, _: Bench) -> None:
    (bag / "seals/1/third.tsr").write_bytes(b"planted")


def _timestamp_swapped(bag: Path, bench: Bench) -> None:
    shutil.copy(bench.other / "seals/1/first.tsr", bag / "seals/1/first.tsr")


def _timestamp_and_request_swapped(bag: Path, bench: Bench) -> None:
    for name in ("first.tsr", "first.tsq"):
        shutil.copy(bench.other / "seals/1" / name, bag / "seals/1" / name)


def _request_swapped(bag: Path, bench: Bench) -> None:
    shutil.copy(bag / "seals/1/second.tsq", bag / "seals/1/first.tsq")


def _signed_by_another_key(bag: Path, _: Bench) -> None:
    sign_again(bag, OTHER_DESK)


def _signed_and_shown_with_another_key(bag: Path, bench: Bench) -> None:
    made = OTHER_DESK.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (bag / "desk.pem").write_bytes(made)
    remake_manifests(bag)
    sign_again(bag, OTHER_DESK)


def _capture_replaced(bag: Path, _: Bench) -> None:
    (bag / CAPTURE_NAME).write_bytes(LATER_CAPTURE)
    remake_manifests(bag)


def _mixed_log(bag: Path, bench: Bench) -> None:
    shutil.copy(bench.other / "custody.log", bag)
    remake_manifests(bag)


def _mixed_payload(bag: Path, bench: Bench) -> None:
    shutil.rmtree(bag / "data")
    shutil.copytree(bench.other / "data", bag / "data")
    shutil.copy(bench.other / "manifest-sha256.txt", bag)


def _mixed_seal(bag: Path, bench: Bench) -> None:
    shutil.rmtree(bag / "seals")
    shutil.copytree(bench.other / "seals", bag / "seals")


def _derivative_of_something_else(bag: Path, _: Bench) -> None:
    log = bag / "custody.log"
    lines = log.read_bytes().splitlines(keepends=True)
    origin = SignedEntry.parse(lines[4].rstrip()).entry.origin.encode()
    lines[4] = lines[4].replace(origin, b"0" * 64)
    log.write_bytes(b"".join(lines))
    remake_manifests(bag)


CASES: list[tuple[Callable[[Path, Bench], None], set[str]]] = [
    (_byte_flipped, {f"changed {CAPTURE_NAME}"}),
    (_byte_of_the_sealed_original_flipped, {"changed data/sealed/0003.age"}),
    (_file_taken_away, {f"missing {CAPTURE_NAME}"}),
    (_log_without(0), {"log-line-missing custody.log:1", *UNSIGNED, *PYTHON_ALONE}),
    (
        _log_without(2),
        {"log-line-missing custody.log:3", "original-unknown data/derivatives/0004.png"}
        | {"extra data/originals/0002.jpg", "extra data/sealed/0002.age"}
        | UNSIGNED
        | PYTHON_ALONE,
    ),
    (
        _log_without(5),
        {"log-line-missing custody.log:6", "log-line-missing seals"}
        | {"extra seals/1/first.tsr", "extra seals/1/first.tsq"}
        | {"extra seals/1/second.tsr", "extra seals/1/second.tsq"}
        | SIGNATURE_GONE
        | {"timestamp-missing seals", *PYTHON_ALONE},
    ),
    (
        _log_line_changed,
        {"log-forged custody.log:1", "log-line-missing custody.log:2", *UNSIGNED, *PYTHON_ALONE},
    ),
    (_file_added, {"extra data/originals/0009.png"}),
    (_file_added_and_listed, {"extra data/originals/0009.png", *REMADE}),
    (_tag_file_added, {"extra seals/1/third.tsr"}),
    (_timestamp_swapped, {"timestamp-swapped seals/1/first.tsr"}),
    (_timestamp_and_request_swapped, {"timestamp-swapped seals/1/first.tsr"}),
    (_request_swapped, {"timestamp-swapped seals/1/first.tsr"}),
    (_signed_by_another_key, SIGNATURE_GONE),
    (
        _signed_and_shown_with_another_key,
        {"other-key desk.pem", *STAMPS_SWAPPED}
        | {f"log-forged custody.log:{n}" for n in range(1, 7)},
    ),
    (_capture_replaced, {f"replaced {CAPTURE_NAME}", *REMADE}),
    (
        _mixed_log,
        {"mixed custody.log:1", f"replaced {CAPTURE_NAME}", *REMADE, *PYTHON_ALONE}
        | {f"replaced data/sealed/000{n}.age" for n in (1, 2, 3)},
    ),
    (
        _mixed_payload,
        {"mixed data/items.json", "changed manifest-sha256.txt", "mixed manifest-sha256.txt"}
        | {f"replaced {CAPTURE_NAME}"}
        | {f"replaced data/sealed/000{n}.age" for n in (1, 2, 3)},
    ),
    (_mixed_seal, {"mixed tagmanifest-sha256.txt"}),
    (
        _derivative_of_something_else,
        {"original-unknown data/derivatives/0004.png", "log-forged custody.log:5"}
        | {"log-line-missing custody.log:6", *UNSIGNED, *PYTHON_ALONE},
    ),
]


def test_an_untouched_bundle_has_no_fault(bench: Bench) -> None:
    assert bench.python_faults(bench.one) == set()
    assert bench.script_faults(bench.one) == set()


@pytest.mark.parametrize(
    ("attack", "faults"),
    CASES,
    ids=[f"{n}-{attack.__name__.strip('_')}" for n, (attack, _) in enumerate(CASES)],
)
def test_each_fault_is_named_by_both(
    bench: Bench, tmp_path: Path, attack: Callable[[Path, Bench], None], faults: set[str]
) -> None:
    bag = bench.copy(bench.one, tmp_path / "bag")
    attack(bag, bench)
    assert bench.python_faults(bag) == faults
    assert bench.script_faults(bag) == faults - PYTHON_ALONE
