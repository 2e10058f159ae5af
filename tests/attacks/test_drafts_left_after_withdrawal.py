"""Threat: drafts-left-after-withdrawal: Somebody takes a desk with its passphrase after a person
withdrew a letter, and searches every byte; no draft, remark, note, redacted text, second coding
or key of it is left, and nothing of it is published.
"""

from __future__ import annotations

from typing import Any

from safelight.sealing.receipt import Receipt
from tests.attacks.test_bytes_left_after_withdrawal import everything, withdraw
from tests.casework.letters.test_publishing import agree
from tests.casework.letters.writing import a_letter, begin_shift, policy, sent
from tests.casework.test_colleagues import exchange, two
from tests.support.desk import desk

__all__ = ["desk", "two"]
CANARY = "канарейка letter-7b1e"


def test_nothing_of_a_letter_is_left_on_either_desk(two: Any) -> None:
    from django.db import connections

    from safelight.casework.letters import answering, publishing
    from safelight.journal.models import StoredKey
    from safelight.journal.verifying import verify
    from tests.support.every_page import decrypted

    desk, colleague, sit = two
    words = Receipt.generate()
    (case_id,) = desk.take_in(a_letter(words, answers={"letter": f"{CANARY} письмо"}))
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    rules = policy(second_reader="author")
    entry = answering.draft(case_id, text=f"{CANARY} ответ", status="")
    answering.escalate(case_id, sign="a-minor", note=f"{CANARY} знак", policy=rules, language="ru")
    answering.offer(case_id, entry=entry, policy=rules)
    answering.approve(case_id, entry=entry, policy=rules)
    answering.put_on_its_way(case_id, entry=entry)
    sent()
    publishing.propose(
        case_id, letter=f"{CANARY} [[тайна]]", answer=f"{CANARY} нет", why={"7b1e": CANARY,
        "letter-7b1e": CANARY},
    )  # fmt: skip
    exchange(sit)
    sit(2)
    agree(case_id)
    exchange(sit)
    sit(1)
    assert len(publishing.published_letters()) == 1
    secrets = [bytes(k.secret) for k in StoredKey.objects.filter(subject=case_id)]
    assert secrets
    withdraw(words)
    exchange(sit)
    sit(2)
    from safelight.journal.content_keys import finish_erasure

    assert finish_erasure()
    for at in (2, 1):
        sit(at)
        assert publishing.published_letters() == ()
        assert verify().missing == ()
    pages = everything(desk)
    connections.close_all()
    for held in (pages, decrypted(colleague.data, colleague.key)):
        assert [s for s in (*secrets, CANARY.encode(), "тайна".encode()) if s in held] == []
