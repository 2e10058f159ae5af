"""Threat: reports-left-where-rows-moved: Who takes a server reads in unused parts of its pages what
SQLite left there when it moved rows: reports that were withdrawn or fetched, answers, mail of the
team; their keys are nowhere in its files, and what others left is whole.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import hashlib, os, random, secrets, time
from datetime import date
from django.db import connection
from safelight.intake import collection, conversation, forgetting, team_mail, tidying
from safelight.intake.mailboxes import Door, StoredEnvelope, enter, hold
from safelight.intake.models import random_key
from safelight.intake.pieces import Run, add_piece, stretch
from safelight.intake.storage import durable_write, forget_deleted_bytes
from safelight.sealing.envelope import Envelope
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b)
data = Path(os.environ["SAFELIGHT_SERVER_DATA"])
with connection.cursor() as cursor:
    cursor.execute("PRAGMA synchronous = OFF")
chance = random.Random(5)
# Where rows lie hangs on their keys; how much is left of them shall not be chance.
secrets.randbelow, secrets.token_hex = chance.randrange, lambda size: chance.randbytes(size).hex()
def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
def deposited(number):
    # A report in the pieces in which some program sent it.
    door = Door(chance.randbytes(16), sha(b"%d" % number).digest(), first=True)
    run, at, said = random_key(), 0, []
    with durable_write(), connection.cursor() as cursor:
        box, _ = enter(cursor, door, digest=secrets.token_hex(32), day=today)
        for _ in range(chance.randrange(1, 4)):
            said.append(chance.randbytes(chance.randrange(60, 900)))
            add_piece(cursor, run, start=at, sealed=said[-1])
            at += len(said[-1])
        stored = StoredEnvelope((Run(run, at),), secrets.token_hex(32), 4)
        hold(cursor, box, stored, first=True, day=today)
    return door, run, b"".join(said), stored.digest
def files():
    return b"".join(one.read_bytes() for one in sorted(data.glob("mailboxes.sqlite3*")))
def lying():
    # What is in the tables now: the first bytes of pieces as they lie there, and keys.
    return (
        [bytes(sealed)[:40] for (sealed,) in ask("SELECT sealed FROM intake_piece")],
        [bytes(secret) for (secret,) in ask("SELECT secret FROM intake_holderkey")],
    )
def left(all_of_them, whole):
    return [sum(one in whole for one in some) for some in all_of_them]
kept, gone = [], []
for number in range(500):
    (gone if number % 5 else kept).append(deposited(number))
pieces, keys = lying()
"""

AFTER = """
now_pieces, now_keys = lying()
of_gone = [set(pieces) - set(now_pieces), set(keys) - set(now_keys),
           {digest.encode() for *_, digest in gone}]
results["gone"] = [len(one) for one in of_gone]
results["crashed"] = left(of_gone, files())
# As the next worker does when it begins.
tidying.tidy_once_a_day()
results["owed"] = ask("SELECT name FROM intake_highestseen WHERE name LIKE '%anew'")
results["after"] = left(of_gone, files())
results["kept"] = [all(stretch([Run(run, len(said))], 0, len(said)) == said
                       for _, run, said, _ in kept), len(now_keys)]
results["broken"] = ask("PRAGMA foreign_key_check") + ask("PRAGMA integrity_check")
"""


def test_no_key_or_hash_of_a_withdrawn_report_is_left_also_after_a_crash(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
# Killed each time between the deletion and what follows it.
with mock.patch.object(conversation, "forget_what_was_deleted", forget_deleted_bytes):
    for door, *_ in chance.sample(gone, len(gone)):
        conversation.withdraw(door, proof=b"p" * 32, day=today)
"""
        + AFTER,
    )
    assert found["gone"][1:] == [400, 400]
    # If nothing of the pieces is left, SQLite has learnt to clear it, and this can go. Of keys and
    # hashes, which are of one length, little is ever left even then.
    assert found["crashed"][0]
    assert (found["owed"], found["after"][1:]) == ([], [0, 0])
    assert found["kept"] == [True, 100]
    assert found["broken"] == [["ok"]]


def test_nor_after_a_crash_before_the_log_was_emptied(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
forget_deleted_bytes()
tidying.tidy_once_a_day()
door, run, *_ = deposited(500)
(secret,) = ask(f"SELECT secret FROM intake_holderkey WHERE key = {run}")[0]
# Killed each time when the keys were written anew, or somebody was reading then.
with mock.patch.object(forgetting, "forget_deleted_bytes"):
    conversation.withdraw(door, proof=b"p" * 32, day=today)
results["owed"] = ask("SELECT name FROM intake_highestseen WHERE name = 'keys-anew'")
results["crashed"] = bytes(secret) in files()
forgetting._LOG_EMPTIED.clear()
tidying.tidy_once_a_day()
results["after"] = bytes(secret) in files()
""",
    )
    assert found == {"owed": [], "crashed": True, "after": False}


def test_what_is_deleted_while_it_is_read_is_not_given_out_as_noise(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
from datetime import date
from safelight.circles import founding, log
from safelight.circles.doors import verifier_of
from safelight.intake import team_mail
from safelight.intake.current_roster import current_roster
from safelight.sealing.envelope import Envelope
from safelight.sealing.seal import seal_bytes
today = date(2026, 11, 2)
sealed = Envelope.parse(seal_bytes(b"x", current_roster().roster.recipients(date.today())))
team_mail.put(sealed, sender="desk-1", addressee="desk-2", day=today)
(mail,), _ = team_mail.waiting_for("desk-2", after=0)
founding.found(b"c" * 16, keeper=bytes.fromhex(verifier_of(b"k" * 32)),
               door=bytes.fromhex(verifier_of(b"d" * 32)), day=today)
log.say(b"c" * 16, key=b"d" * 32, sealed=b"said", day=today)
def between(module, delete):
    # Whatever is asked first, it is deleted before the second is.
    real = module.key_of
    def asked(cursor, holder):
        secret = real(cursor, holder)
        delete()
        return secret
    return mock.patch.object(module, "key_of", asked)
results["here"] = [team_mail.sealed_for("desk-2", mail.envelope_id) == sealed.sealed,
                   log.part_of_entry(b"c" * 16, key=b"d" * 32, sequence=1, part=0) == b"said"]
with between(team_mail, lambda: team_mail.acknowledge("desk-2", [mail.envelope_id])):
    results["mail"] = team_mail.sealed_for("desk-2", mail.envelope_id)
with between(log, lambda: founding.burn(b"c" * 16, keeper_key=b"k" * 32, day=today)):
    results["entry"] = log.part_of_entry(b"c" * 16, key=b"d" * 32, sequence=1, part=0)
""",
    )
    assert found == {"here": [True, True], "mail": None, "entry": None}


def test_nor_of_what_was_fetched_answered_or_sent_to_a_colleague(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from safelight.intake.current_roster import current_roster
from safelight.sealing.seal import seal_bytes
sealed = Envelope.parse(seal_bytes(b"x", current_roster().roster.recipients(date.today())))
mailbox = gone[0][0].mailbox_id.hex()
conversation.put_answer(sealed, mailbox_id=mailbox, day=today)
conversation.put_answer(sealed, mailbox_id=mailbox, day=today)
team_mail.put(sealed, sender="desk-1", addressee="desk-2", day=today)
team_mail.put(sealed, sender="desk-1", addressee="desk-2", day=today)
pieces, keys = lying()
(mail,), _ = team_mail.waiting_for("desk-2", after=0)
(answer,) = conversation.status_of(gone[0][0]).answers
results["read"] = [
    team_mail.sealed_for("desk-2", mail.envelope_id) == sealed.sealed,
    b"".join(conversation.answer_part(gone[0][0], answer_key=int(answer.answer_id, 16), part=n)
             for n in range(4)) == sealed.sealed,
    conversation.answer_part(gone[0][0], answer_key=int(answer.answer_id, 16), part=4),
]
listed = []
while (page := collection.waiting_for("desk-1", after=listed[-1].sequence if listed else 0))[0]:
    listed += page[0]
digests = {one[3] for one in gone}
ids = [one.envelope_id for one in listed if one.sha256 in digests]
collection.acknowledge("desk-1", ids, usable_desks=["desk-1"])
team_mail.acknowledge("desk-2", [mail.envelope_id])
conversation.withdraw(gone[0][0], proof=b"p" * 32, day=today)
"""
        + AFTER,
    )
    assert found["read"] == [True, True, None]
    # One more each for the answer and the colleague's mail.
    assert found["gone"][1:] == [402, 400]
    assert (found["owed"], found["after"][1:]) == ([], [0, 0])
    assert found["kept"] == [True, 100]
    assert found["broken"] == [["ok"]]


def test_every_holder_has_a_key_and_none_outlives_it(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from safelight.intake import uploads
for number in range(20):
    name = uploads.name_of()
    one = uploads.create(name=name, kind=uploads.PARTIAL, length=3000, day=today, door=None,
                         digest="", work=4)
    uploads.append(name, offset=0, sealed=bytes(1500))
    uploads.append(name, offset=1500, sealed=b"b" * 1500)
    same = stretch([Run(one.key, 3000)], 1, 2999) == bytes(1499) + b"b" * 1499
    results.setdefault("same", set()).add(same)
    if number % 2:
        uploads.terminate(name)
results["same"] = list(results["same"])
tidying.tidy(date(2028, 1, 1), mailbox_days=400)
forgetting.forget_what_was_deleted()
results["uploads"] = ask("SELECT count(*) FROM intake_piece p LEFT JOIN intake_holderkey k "
                         "ON k.key = p.run WHERE k.key IS NULL")[0][0]
results["alone"] = ask("SELECT count(*) FROM intake_holderkey k WHERE NOT EXISTS "
                       "(SELECT 1 FROM intake_piece p WHERE p.run = k.key)")[0][0]
results["left"] = ask("SELECT count(*) FROM intake_holderkey")[0][0]
""",
    )
    assert found == {"same": [True], "uploads": 0, "alone": 0, "left": 500}
