"""A letter with a receipt, signed rules, and a colleague: what the tests of letters begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.desk import TestDesk, a_report

ROOT = Ed25519PrivateKey.from_private_bytes(b"r" * 32)
ROOT_HEX = ROOT.public_key().public_bytes_raw().hex()
WORDS = "Здравствуйте. Мне 16, живу в Самаре, зовут Лисёнок. Родители нашли мою переписку."
ANSWER = "Здравствуй, Лисёнок. Спасибо, что ты пишешь. Тебя не накажут за чувства."


def a_letter(receipt: Any = None, **changes: Any) -> Any:
    """A letter that can be answered and, unless told otherwise, published."""
    from safelight.sealing.receipt import Receipt

    words = receipt or Receipt.generate()
    fields: dict[str, Any] = {
        "form": "letter",
        "mailbox": words.mailbox_id.hex(),
        "withdrawal": words.withdrawal_verifier.hex(),
        "message_key": words.message_key.hex(),
        "reply_to": words.reply_recipient().encode(),
        "answers": {"letter": WORDS, "danger": "NO", "age": "16-17", "name": "Лисёнок"},
        "consent": ("PUBLISH_LETTER",),
        "written": datetime.now(UTC).date() - timedelta(days=3),
    }
    return a_report(**(fields | changes))


def rules(**changes: Any) -> dict[str, Any]:
    """Rules as a keeper writes them, before they are signed."""
    today = datetime.now(UTC).date()
    return {
        "version": 1,
        "issued": today.isoformat(),
        "expires": (today + timedelta(days=365)).isoformat(),
        "second_reader": "another-person",
        "shift_minutes": 120,
        "week_minutes": 720,
        "break_minutes": 30,
        "signs": [
            {
                "code": "danger-to-life",
                "name": {"ru": "Опасность для жизни", "en": "Danger to life"},
                "to": {"ru": "координатор смены", "en": "the coordinator of the shift"},
                "do": {"ru": "Позвоните.", "en": "Call."},
                "within_minutes": 60,
                "answers": {"danger": ["SELF", "NOW"]},
            },
            {
                "code": "a-minor",
                "name": {"ru": "Человек младше 18", "en": "Younger than 18"},
                "to": {"ru": "детский психолог", "en": "the psychologist for young people"},
                "do": {"ru": "Спросите совета до ответа.", "en": "Ask for advice first."},
                "within_minutes": 1440,
                "answers": {"age": ["U14", "14-15", "16-17"]},
            },
        ],
    } | changes


def policy(**changes: Any) -> Any:
    from safelight.casework.letters.policy import LettersPolicy

    return LettersPolicy.parse(rules(**changes))


def signed_rules(key: Ed25519PrivateKey = ROOT, **changes: Any) -> bytes:
    from safelight.casework.letters.policy import sign_policy

    return sign_policy(policy(**changes), key)


def begin_shift() -> None:
    from safelight.casework.letters.on_shift import begin_shift as begin

    begin(policy())


def letter_at(case_id: str) -> Any:
    from safelight.casework.letters.answering import letter_of

    return letter_of(case_id)[1]


def answered(case_id: str, *, reads: Any, writes: Any) -> None:
    """Take, draft, offer; read at the other desk (`reads()` goes there), answer (`writes()`)."""
    from safelight.casework.letters import answering

    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    entry = answering.draft(case_id, text=ANSWER, status="received")
    answering.offer(case_id, entry=entry, policy=policy())
    reads()
    begin_shift()
    answering.approve(case_id, entry=entry, policy=policy())
    writes()
    answering.put_on_its_way(case_id, entry=entry)


def answered_alone(case_id: str) -> None:
    """The same where signed rules let one person do all of it; the server has the answer."""
    from safelight.casework.letters import answering

    alone = policy(second_reader="author")
    begin_shift()
    answering.take(case_id, seen_with="", policy=alone)
    entry = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=entry, policy=alone)
    answering.approve(case_id, entry=entry, policy=alone)
    answering.put_on_its_way(case_id, entry=entry)
    sent()


class Post:
    """A server that keeps every answer."""

    def post_answer(self, mailbox: str, sealed: bytes) -> str:
        return "kept"


def sent(desk: TestDesk | None = None) -> int:
    from safelight.casework.answers import send_waiting

    return send_waiting(Post())
