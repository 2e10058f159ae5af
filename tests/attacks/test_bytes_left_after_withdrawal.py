"""Threat: bytes-left-after-withdrawal: Somebody takes a desk with its passphrase after a person
withdrew, and searches every byte of every page; no word, file, code, key or openable envelope
of that case is left, and the journal still verifies.
"""

from __future__ import annotations

import hashlib
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, as_form, codes, desk
from tests.support.every_page import decrypted

__all__ = ["desk"]

CANARY = "канарейка canary-5a17c"
DAY = date(2026, 3, 20)


def receipt() -> Any:
    from safelight.sealing.receipt import Receipt

    return Receipt.generate()


def report_with(words: Any, **changes: Any) -> Any:
    fields = {
        "mailbox": words.mailbox_id.hex(),
        "withdrawal": words.withdrawal_verifier.hex(),
        "message_key": words.message_key.hex(),
        "reply_to": words.reply_recipient().encode(),
    }
    return a_report(**(fields | changes))


def message_of(words: Any, text: str) -> bytes:
    from safelight.sealing.message_tag import tagged
    from safelight.vocabulary.messages import Message

    message = Message(
        mailbox=words.mailbox_id.hex(), written=DAY, language="ru", sealed_by="browser", text=text
    )
    return tagged(message.to_bytes(), words.message_key)


def file_of(words: Any, name: str, content: bytes) -> bytes:
    from safelight.sealing.message_tag import tagged
    from safelight.vocabulary.messages import FileHeader

    header = FileHeader(
        mailbox=words.mailbox_id.hex(),
        written=DAY,
        sealed_by="browser",
        name=name,
        type="image/jpeg",
        metadata="removed",
    )
    return tagged(header.to_bytes() + content, words.message_key)


def said(words: Any, proof: str | None = None) -> Any:
    from safelight.casework.withdrawals import SaidWithdrawn

    return SaidWithdrawn(words.mailbox_id.hex(), proof or words.withdrawal_proof.hex(), DAY)


def withdraw(words: Any, proof: str | None = None) -> int:
    from safelight.casework.withdrawals import take_in_withdrawal
    from safelight.journal.content_keys import finish_erasure

    destroyed = take_in_withdrawal(said(words, proof))
    assert finish_erasure()
    return destroyed


def everything(desk: TestDesk) -> bytes:
    from django.db import connections

    from safelight.desk.sqlcipher.held_key import held_key

    connections.close_all()
    return decrypted(desk.data, bytes(held_key().key))


def a_busy_desk(desk: TestDesk, words: Any, neighbours: int) -> tuple[str, list[bytes]]:
    """A case with everything a case can hold, among others; its id, and what must not be found."""
    from safelight.casework.answers import _prepared, write_answer
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Bridge, TriageMark
    from safelight.journal.models import SealedContent, StoredKey

    draw = random.Random(7)
    text = " ".join(f"слово{number}" for number in range(40))
    envelopes = [
        desk.sealed(report_with(words, answers={"story": f"{CANARY} {text}", "acts": ("THR",)})),
        desk.sealed(message_of(words, f"{CANARY} ещё раз")),
        desk.sealed(file_of(words, f"{CANARY}.jpg", draw.randbytes(3000) + CANARY.encode())),
    ]
    for number in range(neighbours):
        take_in([desk.sealed(a_report(mailbox=f"{number:032x}", answers={"story": f"n{number}"}))])
        if number % 8 == 0 and envelopes:
            take_in([envelopes.pop(0)])
    take_in(envelopes)
    from safelight.casework.models import Case, ReceivedEnvelope

    case = Case.objects.get(mailbox=words.mailbox_id.hex())
    desk.client.post(f"/cases/{case.case_id}/", as_form(codes(region="77")))
    desk.client.post(f"/cases/{case.case_id}/facts", {"what": "F2_REPORT:ACCEPTED"})
    answer_id = write_answer(case.case_id, text=f"{CANARY} ответ", status="in-work")
    assert _prepared(answer_id, case.case_id) is not None, "sealed and waiting to be posted"
    digests = list(
        ReceivedEnvelope.objects.filter(case_id=case.case_id).values_list("digest", flat=True)
    )
    subjects = [case.case_id, *digests]
    keys = [bytes(k.secret) for k in StoredKey.objects.filter(subject__in=subjects)]
    contents = [bytes(c.sealed) for c in SealedContent.objects.filter(subject=case.case_id)]
    row = Bridge.objects.get(case=case).row_id
    assert (len(keys), len(contents), len(digests)) == (4, 7, 3)
    assert TriageMark.objects.filter(case_id=case.case_id).exists()
    return case.case_id, [CANARY.encode(), *keys, *(c[44:60] for c in contents), row.encode()]


@pytest.mark.parametrize("neighbours", [3, 60])
def test_no_byte_of_a_withdrawn_case_is_left_on_an_unlocked_desk(
    desk: TestDesk, neighbours: int
) -> None:
    from safelight.casework.models import Case, StatisticalRow
    from safelight.journal.verifying import verify

    words = receipt()
    case_id, secrets = a_busy_desk(desk, words, neighbours)
    before = everything(desk)
    # Each has to be there to be found gone: keys in the clear inside the encrypted file.
    assert [secret in before for secret in secrets[1:]] == [True] * len(secrets[1:])
    verified = verify().entries
    assert withdraw(words) == 1
    after = everything(desk)
    left = [number for number, secret in enumerate(secrets) if secret in after]
    assert left == [], f"of {len(secrets)} secrets these are left: {left}"
    assert verify().entries == verified + 2, "said, destroyed"
    assert StatisticalRow.objects.count() == 0
    assert Case.objects.get(case_id=case_id).state == "withdrawn"
    assert Case.objects.filter(state="new").count() == neighbours, "the others are as they were"


def test_the_others_can_still_be_read_and_only_what_was_destroyed_is_gone(desk: TestDesk) -> None:
    from safelight.casework.cases import report_of
    from safelight.casework.kept_envelopes import KeptEnvelopeError, kept_file
    from safelight.casework.models import Case

    words = receipt()
    sealed = desk.sealed(report_with(words))
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import take_in

    take_in([sealed])
    (other,) = desk.take_in(a_report(mailbox="22" * 16, answers={"story": "остаётся"}))
    withdraw(words)
    assert report_of(Case.objects.get(case_id=other)).answers["story"] == "остаётся"
    with pytest.raises(KeptEnvelopeError, match="destroyed"):
        kept_file(hashlib.sha256(sealed).hexdigest()).read()
    # The very same envelope from a stick is known, and is not stored again.
    assert take_in([sealed]) == Arrivals(found=1, known=1)
    assert take_in([desk.sealed(report_with(words))]).cases == 0, "nor the same person's next one"
    assert take_in([desk.sealed(message_of(words, CANARY))]).added == 0
    assert CANARY.encode() not in everything(desk)


def test_a_server_that_only_says_so_cannot_destroy_a_case(desk: TestDesk) -> None:
    from safelight.casework.models import Case

    words = receipt()
    (case_id,) = desk.take_in(report_with(words, answers={"story": "правда"}))
    assert withdraw(words, proof="ab" * 32) == 0
    assert Case.objects.get().state == "locked"
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "the proof does not fit" in page
    assert "правда" not in page
    for action in ("set-aside", "answer", "lane"):
        answer = desk.client.post(
            f"/cases/{case_id}/{action}", {"reason": "test", "lane": "urgent", "text": "x"}
        )
        assert answer.status_code == 400, action
    desk.client.post(f"/cases/{case_id}/locked", {"decision": "unlock"})
    assert "правда" in desk.client.get(f"/cases/{case_id}/").text
    # The true proof, when it comes, still counts.
    assert withdraw(words) == 1
    assert "took this report back" in desk.client.get(f"/cases/{case_id}/").text


def test_a_person_may_destroy_what_nobody_can_prove(desk: TestDesk) -> None:
    words = receipt()
    (case_id,) = desk.take_in(
        a_report(mailbox=words.mailbox_id.hex(), answers={"story": CANARY})
    )  # a report without a way to prove a withdrawal
    withdraw(words)
    desk.client.post(f"/cases/{case_id}/locked", {"decision": "destroy"})
    assert "took this report back" in desk.client.get(f"/cases/{case_id}/").text
    assert CANARY.encode() not in everything(desk)


def test_a_withdrawal_that_came_before_its_report_is_acted_on(desk: TestDesk) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.journal.models import UnfinishedErasure

    words = receipt()
    assert withdraw(words) == 0
    take_in([desk.sealed(report_with(words, answers={"story": CANARY}))])
    assert Case.objects.get().state == "withdrawn"
    assert not UnfinishedErasure.objects.exists()
    assert CANARY.encode() not in everything(desk)


def test_a_power_cut_after_the_commit_is_made_good_at_the_next_unlock(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.withdrawals import take_in_withdrawal
    from safelight.desk.unlocking import lock, unlock
    from safelight.journal.models import StoredKey, UnfinishedErasure
    from tests.support.desk import PASSPHRASE

    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    key = bytes(StoredKey.objects.get(subject=case_id).secret)
    take_in_withdrawal(said(words))  # and no finish_erasure(): the power went
    assert UnfinishedErasure.objects.exists()
    lock()
    unlock(desk.data, PASSPHRASE)
    assert not UnfinishedErasure.objects.exists()
    assert key not in everything(desk)


def test_the_entries_of_a_destroyed_case_tell_nothing(desk: TestDesk) -> None:
    from safelight.journal.chain import entries

    words = receipt()
    case_id, _ = a_busy_desk(desk, words, 1)
    withdraw(words)
    clear = [(e.kind, json.dumps(dict(e.body))) for e in entries(subject=case_id)]
    assert [kind for kind, _ in clear][-1] == "case.destroyed"
    for kind, body in clear[:-1]:
        assert body == "{}", kind


def test_a_backup_of_the_files_made_afterwards_shows_nothing(
    desk: TestDesk, tmp_path: Path
) -> None:
    import shutil

    from safelight.desk.sqlcipher.held_key import held_key

    words = receipt()
    _, secrets = a_busy_desk(desk, words, 3)
    withdraw(words)
    from django.db import connections

    connections.close_all()
    shutil.copytree(desk.data, tmp_path / "backup")
    copied = decrypted(tmp_path / "backup", bytes(held_key().key))
    assert [secret for secret in secrets if secret in copied] == []
