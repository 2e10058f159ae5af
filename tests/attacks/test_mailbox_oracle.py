"""Threat: mailbox-oracle: Who asks with a guess learns neither from bytes nor from steps taken
whether a mailbox exists: unknown, another's, withdrawn and open ones are answered alike.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

# Steps are counted, not timed: a noisy machine hides a difference that a patient one shows.
STEPS = """
from contextlib import contextmanager
from django.db import connection
from safelight.intake import day, forgetting
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import keep
from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes

recipients = current_roster().roster.recipients(day.today())
def opened(receipt):
    keep(Envelope.parse(seal_bytes(b"r", recipients)), mailbox_id=receipt.mailbox_id,
         verifier=receipt.verifier, day=day.today())
    return receipt

here, gone, nobody, stranger = (Receipt(bytes([n]) * 16) for n in range(4))
opened(here), opened(gone)

def ask(what, mailbox, key, **headers):
    steps = []
    def note(execute, sql, params, many, context):
        steps.append(" ".join(sql.split()))
        return execute(sql, params, many, context)
    # How long ago something was written anew says nothing of who asks now.
    forgetting._LAST.clear()
    sent = {"Safelight-Key": key.auth_key.hex(), **headers}
    with connection.execute_wrapper(note):
        answer = client.post(f"/mailbox/{mailbox.mailbox_id.hex()}/{what}",
                             b"", content_type="application/octet-stream", headers=sent)
    return [answer.status_code, sorted(answer.headers.items()), len(answer.content), steps]

proof = {"Safelight-Withdrawal": "0" * 64}
client.get("/roster")
ask("withdraw", gone, gone, **{"Safelight-Withdrawal": gone.withdrawal_proof.hex()})
"""


def test_reading_takes_the_same_steps_and_bytes_whatever_there_is(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        STEPS
        + """
results["read"] = [ask("read", *pair) for pair in
    ((here, here), (gone, gone), (nobody, nobody), (here, stranger), (gone, stranger))]
results["part"] = [ask("read/0000000000000001/0", *pair) for pair in
    ((here, here), (gone, gone), (nobody, nobody), (here, stranger))]
""",
    )
    for name, status in (("read", 200), ("part", 404)):
        assert all(answer == found[name][0] for answer in found[name])
        assert found[name][0][0] == status
        assert len(found[name][0][3]) >= 2


def test_a_withdrawal_by_a_stranger_takes_the_same_steps_as_one_of_nothing(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        STEPS
        + """
results["withdraw"] = [ask("withdraw", *pair, **proof) for pair in
    ((nobody, nobody), (here, stranger), (gone, stranger))]
results["still"] = client.post(f"/mailbox/{here.mailbox_id.hex()}/read", b"",
    content_type="x/y", headers={"Safelight-Key": here.auth_key.hex()}).json()["state"]
results["owner"] = ask("withdraw", here, here, **proof)
""",
    )
    assert all(answer == found["withdraw"][0] for answer in found["withdraw"])
    # They write, so the disk is waited for; only the owner's deletes anything.
    assert any(step.startswith("DELETE") for step in found["withdraw"][0][3])
    assert found["still"] == "open"
    assert found["owner"][:3] == found["withdraw"][0][:3]
    assert found["owner"][3] == found["withdraw"][0][3]
