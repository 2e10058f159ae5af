"""A server's file from before there were keys: all of it is read, gone on with and deleted."""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines


def test_what_lay_here_without_a_key_is_whole_and_goes_on(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import hashlib, secrets
from contextlib import ExitStack
from datetime import date
from django.db import connection
from safelight.circles import founding, log, stashes
from safelight.intake import collection, conversation, pieces, team_mail, uploads
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import Door, keep
from safelight.intake.pieces import Run, stretch
from safelight.sealing.envelope import Envelope, FILE_SIZES
from safelight.sealing.seal import seal_bytes
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b).digest()
def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
def sealed_bytes():
    return seal_bytes(b"x", current_roster().roster.recipients(date.today()))
sealed, half = Envelope.parse(sealed_bytes()), sealed_bytes()
door = Door(b"m" * 16, sha(b"k" * 32), first=True)
second = Door(b"n" * 16, sha(b"l" * 32), first=True)
said = [secrets.token_bytes(900) for _ in range(2)]
stashed = secrets.token_bytes(10_000)
with ExitStack() as before:
    # As it was written then.
    for module in (pieces, conversation, team_mail, founding, stashes):
        before.enter_context(mock.patch.object(module, "give_key", lambda *_: None))
    for module in (conversation, team_mail):
        before.enter_context(mock.patch.object(module, "drawn_key", lambda: None))
    keep(sealed, mailbox_id=door.mailbox_id, verifier=door.verifier, day=today)
    begun = uploads.create(name="u" * 32, kind=uploads.WHOLE, length=len(half), day=today,
                           door=second, digest="", work=4)
    uploads.append("u" * 32, offset=0, sealed=half[:7_001])
    conversation.put_answer(sealed, mailbox_id=door.mailbox_id.hex(), day=today)
    team_mail.put(sealed, sender="desk-1", addressee="desk-2", day=today)
    founding.found(b"c" * 16, keeper=sha(b"k" * 32), door=sha(b"d" * 32), day=today)
    log.say(b"c" * 16, said[0], key=b"d" * 32, day=today)
    stashes.begin(b"s" * 16, verifier=sha(b"k" * 32), sha256=sha(stashed).hex(),
                  size=len(stashed), day=today)
    stashes.put_piece(b"s" * 16, 0, stashed[:8192], key=b"k" * 32, day=today)
results["keys"] = ask("SELECT count(*) FROM intake_holderkey")
uploads.append("u" * 32, offset=7_001, sealed=half[7_001:])
uploads.finish(uploads.found("u" * 32), day=today, sizes=FILE_SIZES)
log.say(b"c" * 16, said[1], key=b"d" * 32, day=today)
stashes.put_piece(b"s" * 16, 1, stashed[8192:], key=b"k" * 32, day=today)
stashes.end(b"s" * 16, key=b"k" * 32, day=today)
stashes.take(b"s" * 16, key=b"k" * 32, claim_id=sha(b"c")[:16], claim=sha(b"c" * 32), day=today)
listed, _ = collection.waiting_for("desk-1", after=0)
fetched = {collection.sealed_bytes(one.envelope_id, begin=0, end=one.size) for one in listed}
(mail,), _ = team_mail.waiting_for("desk-2", after=0)
(answer,) = conversation.status_of(door).answers
results["whole"] = [
    fetched == {sealed.sealed, half},
    team_mail.sealed_for("desk-2", mail.envelope_id) == sealed.sealed,
    b"".join(conversation.answer_part(door, answer_key=int(answer.answer_id, 16), part=n)
             for n in range(4)) == sealed.sealed,
    [log.part_of_entry(b"c" * 16, key=b"d" * 32, sequence=n, part=0) for n in (1, 2)] == said,
    b"".join(stashes.piece(sha(b"c")[:16], n, key=b"c" * 32, day=today) for n in (0, 1)) == stashed,
]
collection.acknowledge("desk-1", [one.envelope_id for one in listed], usable_desks=["desk-1"])
team_mail.acknowledge("desk-2", [mail.envelope_id])
conversation.withdraw(door, proof=b"p" * 32, day=today)
stashes.drop(sha(b"c")[:16], key=b"c" * 32)
founding.burn(b"c" * 16, keeper_key=b"k" * 32, day=today)
tables = ("intake_piece", "intake_answer", "intake_teamenvelope", "circles_entry",
          "circles_storedpiece")
results["left"] = sum(ask(f"SELECT count(*) FROM {one}")[0][0] for one in tables)
""",
    )
    assert found == {"keys": [[0]], "whole": [True] * 5, "left": 0}
