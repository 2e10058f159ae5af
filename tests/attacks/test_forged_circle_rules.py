"""Threat: forged-circle-rules: Whoever takes over the server lets grown-ups into rooms of young
people, or sends people in danger to a number of their own; only rules that the root key signed
are shown, and no signature allows the first.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.circles.policy import PAYLOAD_TYPE, CirclesPolicy, sign_policy
from safelight.sealing.statement import sign_statement
from tests.circles.policies import band, rules
from tests.support.live_server import live_server

ADDRESS = "/circles/policy/0"


@pytest.mark.live
def test_only_rules_of_the_root_key_are_shown(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        key, file = server.keeper.root, server.roster_file.with_name("circles.json")
        assert server.request("GET", ADDRESS).status == 404, "there are none yet"
        good = sign_policy(CirclesPolicy.parse(rules()), key)
        stranger = Ed25519PrivateKey.generate()
        mixed = rules(bands=[band("14-17", 14, 17, enter=["14-17", "18"]), band("18", 18, 120)])
        unsigned = json.dumps(mixed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        for forged in (
            sign_policy(CirclesPolicy.parse(rules(version=9)), stranger),
            good.replace(b'"payload":"ey', b'"payload":"eX'),
            sign_statement(b"{}", "application/vnd.safelight.help+json", key),
            sign_statement(unsigned.encode(), PAYLOAD_TYPE, key),
            b"{" * 10_000,
            b"",
        ):
            file.write_bytes(forged)
            assert server.request("GET", ADDRESS).status == 404
        file.write_bytes(good)
        shown = server.request("GET", ADDRESS)
        assert shown.status == 200
        assert shown.body == good[:8192]
        assert shown.headers["safelight-parts"] == str(-(-len(good) // 8192))
        assert server.request("GET", "/circles/policy/99").status == 404
        assert server.request("POST", ADDRESS).status == 405
        assert "circles.policy-refused" in server.logs()
