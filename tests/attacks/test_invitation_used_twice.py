"""Threat: invitation-used-twice: Somebody uses one invitation again and again, also a thousand
times at one moment or through several processes, or a keeper signs more than a batch holds; each
lets one person in, a batch no more than its number, and a refusal uses nothing up.
"""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.circles import Circles, batch_key, invitation, knock
from tests.support.live_server import Keeper, live_server
from tests.support.server_in_one_process import run_lines


@pytest.mark.live
def test_of_a_thousand_at_one_moment_one_comes_in(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        assert circles.open_batch(circle, batch_key(1)).status == 201
        invited, other = invitation(batch_key(1)), invitation(batch_key(1))
        knocks = [knock() for _ in range(1_000)]
        with ThreadPoolExecutor(32) as at_once:
            answers = list(at_once.map(lambda one: circles.come_in(invited, one), knocks))
        assert sorted({answer.status for answer in answers}) == [201, 409]
        (winner,) = [n for n, answer in enumerate(answers) if answer.status == 201]
        problems = {answer.json().get("problem") for answer in answers if answer.status == 409}
        assert problems == {"invitation-spent"}
        ((waiting,),) = [
            circles.ask("GET", f"{circle.path}/knocks", key=circle.door.hex()).json()["knocks"]
        ]
        at = f"{circle.path}/knock/{waiting['id']}"
        assert circles.ask("GET", at, key=circle.door.hex()).body == knocks[winner]
        # Whoever lost the answer asks again with the same knock, and is told that it waits.
        assert circles.come_in(invited, knocks[winner]).status == 200
        assert circles.come_in(other, knock()).status == 201
        (batch,) = circles.ask("GET", f"{circle.path}/batches", key=circle.door.hex()).json()[
            "batches"
        ]
        assert batch["redeemed"] == 2
        # And again later, when the knock was answered.
        assert circles.ask("POST", at, Keeper_Key=circle.keeper.hex()).json() == {"deleted": True}
        assert circles.come_in(invited, knocks[winner]).json()["problem"] == "invitation-spent"


ONE_PROCESS = """
import os, secrets, time
from datetime import date
from pathlib import Path
from safelight.circles import entering, founding
from safelight.circles.blind_signature import PublicKey
from safelight.intake.refusal import RefusedError
given = json.loads((Path(os.environ["SAFELIGHT_TEST_DIRECTORY"]) / "given").read_text())
key = PublicKey(int(given["n"], 16))
circle, today = bytes(16), date(2026, 11, 2)
founding.found(circle, keeper=bytes.fromhex(given["keeper"]), door=bytes(32), day=today)
entering.open_batch(circle, key, keeper_key=b"k" * 32, day=today)
here = Path(os.environ["SAFELIGHT_TEST_DIRECTORY"])
(here / f"begun-{os.getpid()}").touch()
while len(list(here.glob("begun-*"))) < 3:
    time.sleep(0.01)
came = 0
refused = {}
for nonce, signature in given["invitations"] * 3:
    try:
        kept = entering.come_in(entering.batch_id_of(key), nonce=bytes.fromhex(nonce),
            signature=bytes.fromhex(signature), knock=secrets.token_bytes(100), day=today)
        came += kept.value == "new"
    except RefusedError as reason:
        refused[reason.code] = refused.get(reason.code, 0) + 1
results["came"], results["refused"] = came, refused
"""


def test_three_processes_let_no_more_in_than_a_batch_holds(tmp_path: Path) -> None:
    import hashlib

    private, keeper = batch_key(1), Keeper.with_desks()
    invitations = [invitation(private) for _ in range(12)]
    given = {
        "n": f"{private.public_numbers.n:x}",
        "keeper": hashlib.sha256(b"k" * 32).hexdigest(),
        "invitations": [(i.nonce.hex(), i.signature.hex()) for i in invitations],
    }
    run_lines(tmp_path, keeper, "", given=json.dumps(given).encode())
    with ThreadPoolExecutor(3) as at_once:
        found: list[dict[str, Any]] = list(
            at_once.map(lambda _: run_lines(tmp_path, keeper, ONE_PROCESS), range(3))
        )
    # The keeper signed twelve; a batch holds eight.
    assert sum(one["came"] for one in found) == 8
    codes = {code for one in found for code in one["refused"]}
    assert codes == {"invitation-spent", "batch-used-up"}
    with closing(sqlite3.connect(tmp_path / "mailboxes.sqlite3")) as database:
        assert database.execute("SELECT redeemed FROM circles_batch").fetchall() == [(8,)]
        for table in ("spent", "knock"):
            assert database.execute(f"SELECT count(*) FROM circles_{table}").fetchone() == (8,)


@pytest.mark.live
def test_forged_foreign_and_ended_invitations_are_refused_alike(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        assert [circles.open_batch(circle, batch_key(n)).status for n in (1, 1, 2, 3, 4)] == [
            *(201, 200, 201, 201, 409),
        ]
        good, foreign = invitation(batch_key(1)), invitation(batch_key(4))
        forged = [
            foreign,
            type(good)(good.batch_id, good.nonce, foreign.signature),
            type(good)(good.batch_id, foreign.nonce, good.signature),
            # Of the same circle's other batch: an invitation belongs to one.
            type(good)(invitation(batch_key(2)).batch_id, good.nonce, good.signature),
            type(good)("0" * 32, good.nonce, good.signature),
        ]
        answers = [circles.come_in(one, knock()) for one in forged]
        assert {(one.status, one.text) for one in answers} == {(404, answers[0].text)}
        assert answers[0].json()["problem"] == "no-invitation"
        for length in (8_479, 8_481):
            refused = circles.ask("POST", f"/invitation/{good.batch_id}", bytes(length))
            assert refused.status in {400, 413}
        waits = knock()
        assert circles.come_in(good, waits).status == 201
        # A copy of a knock with another invitation uses that one up for nobody.
        second = invitation(batch_key(1))
        assert circles.come_in(second, waits).json()["problem"] == "knock-replayed"
        assert circles.come_in(second, knock()).status == 201
        # One that stands open elsewhere cannot be taken over, and burning ends them all.
        assert (
            circles.open_batch(circles.founded(), batch_key(1)).json()["problem"] == "batch-taken"
        )
        assert (
            circles.ask("POST", f"{circle.path}/burn", Keeper_Key=circle.keeper.hex()).status == 200
        )
        assert circles.open_batch(circle, batch_key(4)).json()["problem"] == "no-circle"
        late = circles.come_in(invitation(batch_key(1)), knock())
        assert late.text == answers[0].text
