"""The demo's letters: sent through the server, one answered, one to be read again, one waiting.

Needs an unlocked desk, so import this module only after Django has started.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from safelight.casework.letters import answering
from safelight.casework.letters.on_shift import begin_shift, end_shift
from safelight.casework.letters.policy import LettersPolicy
from safelight.casework.letters.rules_in_force import take_in_rules
from safelight.casework.models import Case
from safelight.casework.opening import open_for
from safelight.demo.desk_work import take_in
from safelight.demo.keys import DemoRoster
from safelight.demo.letter_words import InventedLetter, invented_letters
from safelight.demo.sending import SealedReport, deposit
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report

_FORM = "letter"
_PURPOSE = "answer"
_TO_READ = "to-read"


@dataclass(frozen=True)
class _Sent:
    letter: InventedLetter
    mailbox: str


def letters_come_and_are_answered(port: int, roster: DemoRoster) -> int:
    """Send the letters, fetch them, and answer as one person does; return how many came."""
    today = datetime.now(UTC).date()
    sent = [_send(port, roster, letter, today) for letter in invented_letters()]
    take_in(f"http://127.0.0.1:{port}", expected=len(sent))
    policy = take_in_rules(roster.letters_rules, root=roster.root)
    begin_shift(policy)
    for one in sent:
        if one.letter.answer:
            _answer(one, policy)
    end_shift(policy)
    return len(sent)


def _send(port: int, roster: DemoRoster, letter: InventedLetter, today: date) -> _Sent:
    receipt, form = Receipt.generate(), question_set(_FORM)
    report = Report(
        form=form.id,
        form_version=form.version,
        language=letter.language,
        written=today,
        sealed_by="browser",
        answers={
            "letter": letter.text,
            "topic": letter.topic,
            "danger": "NO",
            "age": letter.age,
        },
        consent={"PUBLISH_LETTER": last_day(today, 1)} if letter.may_be_published else {},
        reply_to=receipt.reply_recipient().encode(),
        mailbox=receipt.mailbox_id.hex(),
        withdrawal=receipt.withdrawal_verifier.hex(),
        message_key=receipt.message_key.hex(),
    )
    deposit(port, SealedReport(receipt, seal_bytes(report.to_bytes(), roster.recipients)))
    return _Sent(letter, receipt.mailbox_id.hex())


def _answer(one: _Sent, policy: LettersPolicy) -> None:
    """Every step that a person takes, in their order; the journal says that nobody else read it."""
    case = Case.objects.get(mailbox=one.mailbox)
    open_for(case, _PURPOSE)
    answering.take(case.case_id, seen_with="", policy=policy)
    entry = answering.draft(case.case_id, text=one.letter.answer, status="")
    answering.offer(case.case_id, entry=entry, policy=policy)
    if one.letter.done == _TO_READ:
        return
    answering.approve(case.case_id, entry=entry, policy=policy)
    answering.put_on_its_way(case.case_id, entry=entry)
