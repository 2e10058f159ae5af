"""Threat: guessed-items-in-a-proof: who is shown one item of a bundle guesses what else is in it,
or bends the proof to say something else; the other lines cannot be tried out, and it is refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.evidence.bundles.custody import SignedEntry, log_lines
from safelight.evidence.bundles.proof import Proved, make_proof, verified_proof
from safelight.evidence.problems import CertificateExpired, EvidenceError
from safelight.sealing.statement import key_id
from tests.support.evidence_bundles import CAPTURE, CHAT, FINGERPRINT, OTHER_DESK, PHOTO, Bench

NOW = datetime.now(tz=UTC)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def proof(bench: Bench) -> bytes:
    return make_proof(bench.one, item="0002", desk=FINGERPRINT, at=NOW)


def _verified(bench: Bench, untrusted: bytes, *, desk: str = FINGERPRINT) -> Proved:
    return verified_proof(untrusted, desk=desk, roots=bench.roots, at=NOW)


def test_a_proof_shows_one_item_and_when_it_was_sealed(bench: Bench, proof: bytes) -> None:
    found = _verified(bench, proof)
    assert found.entry.digest == hashlib.sha256(PHOTO).hexdigest()
    assert (found.entry.item, found.entries) == ("0002", 6)
    assert set(found.times) == {"first", "second"}
    assert abs(found.times["first"] - NOW) < timedelta(minutes=10)


def test_nothing_of_the_other_items_stands_in_it(bench: Bench, proof: bytes) -> None:
    for other in (CHAT, CAPTURE):
        assert hashlib.sha256(other).hexdigest().encode() not in proof
    shown = json.loads(proof)["line"].encode()
    lines = log_lines((bench.one / "custody.log").read_bytes())
    assert [line in proof for line in lines].count(True) == 0  # as JSON, quotes are escaped
    assert shown in lines
    for line in lines:
        salt = SignedEntry.parse(line).entry.salt
        assert (salt in proof.decode()) is (line == shown)


def test_each_line_and_the_list_of_items_have_a_salt_of_their_own(bench: Bench) -> None:
    salts = [
        SignedEntry.parse(line).entry.salt
        for bag in (bench.one, bench.other)
        for line in log_lines((bag / "custody.log").read_bytes())
    ]
    salts += [
        json.loads((bag / "data/items.json").read_bytes())["salt"]
        for bag in (bench.one, bench.other)
    ]
    assert len(set(salts)) == len(salts) == 14
    assert {len(bytes.fromhex(salt)) for salt in salts} == {16}


def _other_line(proof: dict[str, Any], bench: Bench) -> None:
    lines = log_lines((bench.one / "custody.log").read_bytes())
    proof["line"] = lines[1].decode()


def _line_of_another_bundle(proof: dict[str, Any], bench: Bench) -> None:
    proof["line"] = log_lines((bench.other / "custody.log").read_bytes())[2].decode()


def _other_tree(proof: dict[str, Any], bench: Bench) -> None:
    proof["head"] = (bench.other / "custody-tree.txt").read_text()


def _other_seal(proof: dict[str, Any], bench: Bench) -> None:
    proof["signed"] = (bench.other / "tagmanifest-sha256.txt").read_text()


def _other_stamp(proof: dict[str, Any], bench: Bench) -> None:
    for field, ending in (("reply", "tsr"), ("request", "tsq")):
        content = (bench.other / f"seals/1/first.{ending}").read_bytes()
        proof["stamps"][0][field] = base64.b64encode(content).decode()


def _other_key(proof: dict[str, Any], _: Bench) -> None:
    proof["key"] = base64.b64encode(OTHER_DESK.public_key().public_bytes_raw()).decode()
    proof["signature"] = base64.b64encode(OTHER_DESK.sign(proof["signed"].encode())).decode()


def _field(name: str, value: object) -> Callable[[dict[str, Any], Bench], None]:
    def change(proof: dict[str, Any], _: Bench) -> None:
        proof[name] = value

    return change


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (_other_line, "does not stand in the log that was sealed"),
        (_line_of_another_bundle, "does not stand in the log that was sealed"),
        (_other_tree, "the tree of this proof is not the one that was sealed"),
        (_other_seal, "the seal of this proof is not signed by that key"),
        (_other_stamp, "expected a timestamp of"),
        (_other_key, "by another key than the one whose fingerprint you gave"),
        (_field("stamps", []), "has no timestamp"),
        (_field("stamps", [1]), "not as it is written"),
        (_field("path", []), "does not stand in the log"),
        (_field("path", ["00" * 32] * 99), "no path"),
        (_field("path", "ab"), "no path"),
        (_field("key", "AA=="), "has 1 bytes, expected 32"),
        (_field("signature", "?"), "not base64"),
        (_field("head", 7), "not ASCII text"),
        (_field("more", 7), "not a proof as"),
    ],
)
def test_a_bent_proof_is_refused(
    bench: Bench, proof: bytes, attack: Callable[[dict[str, Any], Bench], None], reason: str
) -> None:
    bent = json.loads(proof)
    attack(bent, bench)
    assert _verified(bench, proof)
    with pytest.raises(EvidenceError, match=reason):
        _verified(bench, json.dumps(bent).encode())


def test_a_proof_for_another_desk_or_after_the_certificates_is_refused(
    bench: Bench, proof: bytes
) -> None:
    with pytest.raises(EvidenceError, match="by another key"):
        _verified(bench, proof, desk=key_id(OTHER_DESK.public_key()))
    with pytest.raises(CertificateExpired):
        verified_proof(proof, desk=FINGERPRINT, roots=bench.roots, at=NOW + timedelta(days=4000))


def test_no_proof_is_made_of_a_changed_bundle_or_a_missing_item(
    bench: Bench, tmp_path: Path
) -> None:
    with pytest.raises(EvidenceError, match="no item of that number"):
        make_proof(bench.one, item="0099", desk=FINGERPRINT, at=NOW)
    bag = bench.copy(bench.one, tmp_path / "bag")
    (bag / "data/originals/0001.html").write_bytes(b"other")
    with pytest.raises(EvidenceError, match="not as its desk sealed it"):
        make_proof(bag, item="0002", desk=FINGERPRINT, at=NOW)
