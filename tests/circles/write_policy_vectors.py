"""Writes vectors/circles-policies: `python -m tests.circles.write_policy_vectors`.

All keys are for tests; their seeds are hashes of labels.
"""

from __future__ import annotations

import json
from typing import Any

from safelight.circles.policy import PAYLOAD_TYPE, CirclesPolicy, policy_hash, sign_policy
from safelight.sealing.statement import sign_statement
from tests.circles.policies import band, rules
from tests.sealing.write_vectors import OTHER_ROOT, ROOT, VECTORS

FOLDER = VECTORS / "circles-policies"


def _signed_as_it_is(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sign_statement(text.encode(), PAYLOAD_TYPE, ROOT).decode()


def vectors() -> dict[str, dict[str, Any]]:
    """Name of the file → what stands in it."""
    policy = CirclesPolicy.parse(rules())
    good = sign_policy(policy, ROOT).decode()
    grown_ups = [band("14-17", 14, 17, enter=["14-17", "18"]), band("18", 18, 120)]
    long_blocks = rules()["counsellors"] | {"block_minutes": 180}
    refused = {
        "signed-by-another-root": (
            "signature",
            None,
            sign_policy(policy, OTHER_ROOT).decode(),
        ),
        "changed-payload": ("signature", None, good.replace('"payload":"ey', '"payload":"eX')),
        "another-type": (
            "type",
            None,
            sign_statement(b"{}", "application/vnd.safelight.letters+json", ROOT).decode(),
        ),
        "rolled-back": ("rolled-back", 3, good),
        "grown-ups-among-minors": (
            "malformed",
            None,
            _signed_as_it_is(rules(bands=grown_ups)),
        ),
        "counsellors-without-a-break": (
            "malformed",
            None,
            _signed_as_it_is(rules(counsellors=long_blocks)),
        ),
        "no-bands": ("malformed", None, _signed_as_it_is(rules(bands=[]))),
    }
    common = {"root": ROOT.public_key().public_bytes_raw().hex()}
    earlier = CirclesPolicy.parse(rules(version=1))
    return {
        "older": common
        | {
            "expect": "accepted",
            "last_seen_version": None,
            "hash": policy_hash(earlier),
            "rules": earlier.as_json(),
            "signed": sign_policy(earlier, ROOT).decode(),
        },
        "good": common
        | {
            "expect": "accepted",
            "last_seen_version": 2,
            "hash": policy_hash(policy),
            "rules": policy.as_json(),
            "signed": good,
        },
        **{
            name: common
            | {
                "expect": "refused",
                "problem": problem,
                "last_seen_version": seen,
                "signed": signed,
            }
            for name, (problem, seen, signed) in refused.items()
        },
    }


def written(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in vectors().items():
        (FOLDER / f"{name}.json").write_text(written(content), "utf-8")
