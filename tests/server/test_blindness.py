"""The running server cannot open: the code that could is not even loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live
MAY_BE_LOADED = (
    "safelight.server",
    "safelight.intake",
    "safelight.circles",
    "safelight.sealing",
    "safelight.vocabulary",
)

WALK = """
    from datetime import UTC, datetime
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from safelight.intake.current_roster import current_roster
    from safelight.sealing.desk_request import sign_request
    from safelight.sealing.receipt import Receipt
    from safelight.sealing.seal import seal_bytes
    from safelight.intake import day
    import json, os

    key = Ed25519PrivateKey.from_private_bytes(
        (Path(os.environ["SAFELIGHT_TEST_DIRECTORY"]) / "desk_key").read_bytes()
    )
    def as_desk(method, path, body=b""):
        header = sign_request(method, path, body, desk="desk-1", key=key, now=datetime.now(UTC))
        return client.generic(method, path, body, headers={"authorization": header})

    seen = []
    for path in ("/", "/ru/", "/ru/1", "/en/5", "/ru/4", "/roster", "/roster/0",
                 "/0", "/no"):
        seen.append(client.get(path).status_code)
    form = "application/x-www-form-urlencoded"
    sent = client.post("/en/1", "story=text", content_type=form)
    seen.append(client.get(sent.headers["Location"]).status_code)
    seen.append(client.post("/en/1", "story=", content_type=form).status_code)
    receipt = Receipt.generate()
    sealed = seal_bytes(b"text", current_roster().roster.recipients(day.today()))
    posted = client.generic(
        "POST", f"/mailbox/{receipt.mailbox_id.hex()}", sealed, "application/octet-stream",
        headers={
            "safelight-verifier": receipt.verifier.hex(), "safelight-work": work(len(sealed)),
        },
    )
    seen.append(posted.status_code)
    words = "+".join(receipt.words("en"))
    asked = client.post("/en/4", "words=" + words, content_type=form)
    seen.append(client.get(asked.headers["Location"]).status_code)
    listed = as_desk("GET", "/collect?after=0").json()["envelopes"]
    ids = [one["id"] for one in listed]
    seen.append(as_desk("GET", "/collect/" + ids[0]).status_code)
    told = as_desk("POST", "/collect/acknowledge", json.dumps({"ids": ids}).encode())
    seen.append(told.status_code)
    seen.append(told.json()["deleted"])
    results["seen"] = seen
"""


def test_no_opening_code_and_no_desk_module_is_loaded_after_every_view_has_run(
    tmp_path: Path,
) -> None:
    keeper = Keeper.with_desks()
    found = run_lines(
        tmp_path,
        keeper,
        WALK
        + "    results['modules'] = [name for name in sys.modules if name[:9] == 'safelight']\n",
        desk_key=keeper.desks[0].signing_key.private_bytes_raw(),
    )
    # Every view did its work, so what it needs was loaded.
    assert found["seen"] == [200] * 7 + [303, 404, 200, 422, 201, 200, 200, 200, 2]
    loaded = set(found["modules"]) - {"safelight", "safelight.errors"}
    assert "safelight.intake.pages.writing" in loaded
    assert "safelight.sealing.seal" in loaded
    assert "safelight.sealing.opening" not in loaded
    strangers = {name for name in loaded if not name.startswith(MAY_BE_LOADED)}
    assert not strangers


def test_the_check_sees_a_desk_module_when_one_is_loaded(tmp_path: Path) -> None:
    lines = """
        import safelight.sealing.opening
        results["modules"] = [name for name in sys.modules if name[:9] == "safelight"]
    """
    assert "safelight.sealing.opening" in run_lines(tmp_path, Keeper.with_desks(), lines)["modules"]


def test_no_name_that_the_loaded_code_offers_decrypts(tmp_path: Path) -> None:
    lines = """
        import inspect
        from safelight.sealing import seal
        found = []
        for name, module in list(sys.modules.items()):
            if name.startswith("safelight"):
                for symbol in vars(module):
                    if any(part in symbol.lower() for part in ("decrypt", "decap", "identity")):
                        found.append(f"{name}.{symbol}")
        results["found"] = found
        results["lines read"] = len(inspect.getsource(seal).splitlines())
    """
    found = run_lines(tmp_path, Keeper.with_desks(), lines)
    assert found["found"] == []
    assert found["lines read"] > 50
