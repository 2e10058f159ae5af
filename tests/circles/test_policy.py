"""The signed rules of circles: what they may say, one way to write them, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from safelight.circles.policy import (
    PAYLOAD_TYPE,
    CirclesPolicy,
    canonical,
    policy_hash,
    sign_policy,
    verified_policy,
)
from safelight.circles.policy_command import circles
from safelight.circles.policy_parts import PolicyError
from safelight.sealing.statement import sign_statement
from tests.circles.policies import BOTH, band, rules
from tests.circles.write_policy_vectors import FOLDER, vectors, written
from tests.sealing.write_vectors import ROOT

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "moderate-a-circle.md"


def example() -> str:
    block = GUIDE.read_text("utf-8").split("```yaml")[1].split("```")[0]
    return "\n".join(line[3:] for line in block.splitlines())


def test_what_is_signed_reads_back_the_same() -> None:
    policy = CirclesPolicy.parse(rules())
    read = verified_policy(
        sign_policy(policy, ROOT), root=ROOT.public_key(), last_seen_version=policy.version
    )
    assert read == policy
    assert policy_hash(read) == policy_hash(policy)


def test_rules_in_another_spelling_are_refused_as_rooms_know_them_by_their_hash() -> None:
    policy = CirclesPolicy.parse(rules())
    spaced = json.dumps(policy.as_json(), sort_keys=True, ensure_ascii=False).encode()
    assert spaced != canonical(policy)
    with pytest.raises(PolicyError, match="canonical form"):
        verified_policy(
            sign_statement(spaced, PAYLOAD_TYPE, ROOT),
            root=ROOT.public_key(),
            last_seen_version=None,
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"bands": [band("14-17", 14, 17, enter=["14-17", "18"]), band("18", 18, 120)]},
            "minors only",
        ),
        ({"bands": [band("16", 16, 21)]}, "all below 18 or all from it"),
        ({"bands": [band("18", 18, 30), band("25", 25, 120)]}, "never overlap"),
        ({"bands": [band("18", 18, 30), band("18", 31, 120)]}, "each code once"),
        ({"bands": [band("18", 18, 120, enter=[])]}, "and `found` some of those"),
        ({"bands": [band("18", 18, 120, enter=["21"], found=[])]}, "list bands of these rules"),
        ({"bands": [band("18", 18, 120, days=31)]}, "days: expected 1 to 30"),
        ({"bands": []}, "bands: expected a list of 1 to 8"),
        ({"help": {"ru": [], "en": []}}, "help in .*: expected a list of 1 to"),
        ({"escalation": []}, "escalation: expected a list of 1"),
        ({"expires": "2026-01-01"}, "expires: expected a day not before"),
        ({"more": 1}, "the rules: expected the keys"),
    ],
)
def test_rules_that_would_hurt_somebody_are_never_signed(
    changes: dict[str, Any], reason: str
) -> None:
    assert CirclesPolicy.parse(rules()).version == 2
    with pytest.raises(PolicyError, match=reason):
        CirclesPolicy.parse(rules(**changes))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("block_minutes", 121, "block_minutes: expected 15 to 120"),
        ("week_minutes", 721, "week_minutes: expected 120 to 720"),
        ("break_minutes", 29, "break_minutes: expected 30"),
        ("desks", ["Desk 1"], "names of desks"),
        ("duties", [BOTH | {"en": "two\nlines"}], "control characters"),
    ],
)
def test_nobody_signs_longer_shifts_for_counsellors(field: str, value: Any, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        CirclesPolicy.parse(rules(counsellors=rules()["counsellors"] | {field: value}))


def test_vectors_are_those_that_the_browser_reads() -> None:
    for name, content in vectors().items():
        assert (FOLDER / f"{name}.json").read_text("utf-8") == written(content), name


def test_the_guides_example_is_signed_and_shown(tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(ROOT.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    source, out = tmp_path / "rules.yaml", tmp_path / "circles.json"
    source.write_text(example().replace("2027-05-23", "2999-01-01"), "utf-8")
    checked = CliRunner().invoke(circles, ["policy", "check", str(source), "--json"])
    arguments = ["policy", "sign", str(source), "--root", str(root), "--out", str(out), "--json"]
    signed = CliRunner().invoke(circles, arguments)
    hexes = ROOT.public_key().public_bytes_raw().hex()
    shown = CliRunner().invoke(circles, ["policy", "show", str(out), "--root", hexes, "--json"])
    assert checked.exit_code == signed.exit_code == shown.exit_code == 0
    assert checked.output == signed.output == shown.output
    assert [one["code"] for one in json.loads(shown.output)["bands"]] == ["14-17", "18"]
    words = CliRunner().invoke(circles, ["policy", "show", str(out), "--root", hexes])
    assert "14-17 (14 to 17): lets in 14-17; counsellors: found; images: no" in words.output


def test_rules_that_are_over_are_not_signed(tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(ROOT.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    source = tmp_path / "rules.yaml"
    source.write_text(
        example().replace("2026-11-23", "2020-01-01").replace("2027-05-23", "2020-02-01"), "utf-8"
    )
    out = tmp_path / "circles.json"
    arguments = ["policy", "sign", str(source), "--root", str(root), "--out", str(out)]
    refused = CliRunner().invoke(circles, arguments)
    assert isinstance(refused.exception, PolicyError)
    assert not out.exists()
