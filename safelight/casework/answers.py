"""Answers: what a desk writes to a reporter, sealed to the reply key that the report names.

written   →  waits        can be undone; it is in the case already
next fetch or "send now"  →  sealed once, posted, the same bytes again until the server has it
sent      →  can no longer be undone
refused   →  the server has no such mailbox, or its owner withdrew
"""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from typing import Final, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.cases import CaseStateError, check_open, decide, open_case, standing_of
from safelight.casework.folding import CaseNow
from safelight.casework.letters.standing import is_letter
from safelight.casework.models import Answer, AnswerState, CaseState, SealedAnswer
from safelight.casework.projecting import case_now
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.messages import ANSWER_STATUSES, DeskAnswer
from safelight.vocabulary.report import Report

_log = logging.getLogger("safelight.casework")

REFUSALS: Final = ("withdrawn", "no-mailbox", "no-reply-key")


class NoWayBackError(SafelightError):
    """A report that names no key or mailbox to answer to."""


class LetterError(SafelightError):
    """Words to somebody who wrote a letter, past the second reader."""


class AnswerPost(Protocol):
    """What sending needs of a server (`mail_server.MailServer`)."""

    def post_answer(self, mailbox: str, sealed: bytes) -> str:
        """Return "kept", "withdrawn" or "no-mailbox"."""
        ...


def can_be_answered(now: CaseNow, report: Report) -> bool:
    """Whether it is known where an answer goes and to which key it is sealed."""
    return bool(now.mailbox) and report.reply_to is not None


def write_answer(case_id: str, *, text: str, status: str) -> str:
    """Write an answer into the case; it waits to be sent. Returns its id.

    `status` is one of `ANSWER_STATUSES` or "" to leave it. Raises `MessageError` for a text
    that is too long or empty without a status, `NoWayBackError`, `CaseStateError`, and
    `LetterError` for words to somebody who wrote a letter: a second person reads those first.
    """
    with transaction.atomic():
        if text.strip() and is_letter(standing_of(open_case(case_id))):
            raise LetterError(
                "an answer to a letter is read by a second person first; write it on the page of "
                "this letter. How far you are can be said here, without words"
            )
        return keep_answer(case_id, text=text, status=status, draft="")


def keep_answer(case_id: str, *, text: str, status: str, draft: str) -> str:
    """The same for whoever has had it read; `draft` names the entry that was approved, or ""."""
    with transaction.atomic():
        case = open_case(case_id)
        check_open(case)
        answer = checked_answer(standing_of(case), text=text, status=status)
        answer_id = secrets.token_hex(8)
        decide(
            case_id,
            "case.answered",
            {
                "answer": answer_id,
                "text": answer.text,
                "status": answer.status or "",
                "written": answer.written.isoformat(),
                "draft": draft,
            },
        )
    return answer_id


def checked_answer(now: CaseNow, *, text: str, status: str) -> DeskAnswer:
    """Return the answer as it would leave, or raise as `write_answer` does."""
    if not can_be_answered(now, Report.parse(now.report)):
        raise NoWayBackError(
            "this report names no key to answer to: it was made without a receipt, so nobody "
            "could read an answer"
        )
    if status and status not in ANSWER_STATUSES:
        raise CaseStateError(_("expected one of the statuses on the page; reload it"))
    return DeskAnswer(
        mailbox=now.mailbox,
        written=datetime.now(UTC).date(),
        desk=desk_key().desk,
        status=status or None,
        text=text,
    )


def send_waiting(server: AnswerPost) -> int:
    """Post every answer of this desk that waits; return how many the server has now.

    Raises what the server raises when it cannot be reached; what was sent before stays sent.
    """
    sent = 0
    own = desk_key().desk
    waiting = Answer.objects.filter(state=AnswerState.WAITING, desk=own)
    for answer_id, case_id in list(waiting.values_list("answer_id", "case_id")):
        prepared = _prepared(answer_id, case_id)
        if prepared is None:
            continue
        mailbox, sealed = prepared
        outcome = server.post_answer(mailbox, sealed)
        with transaction.atomic():
            if open_case(case_id).state == CaseState.WITHDRAWN:
                continue
            # Also when it was undone in this very moment: the reporter has it, and the case
            # must say so.
            kind = "answer.sent" if outcome == "kept" else "answer.refused"
            decide(case_id, kind, body={"answer": answer_id, "why": outcome})
            SealedAnswer.objects.filter(answer_id=answer_id).delete()
        sent += outcome == "kept"
        _log.info("answer.%s case %s", outcome, case_id)
    return sent


def _prepared(answer_id: str, case_id: str) -> tuple[str, bytes] | None:
    """Return where an answer goes and its sealed bytes, made once and kept until it is sent."""
    with transaction.atomic():
        now = case_now(case_id)
        if now is None or not now.is_open or now.state == "locked":
            return None
        turn = next((t for t in now.conversation if t.key == answer_id), None)
        report = Report.parse(now.report)
        if turn is None or not now.mailbox or report.reply_to is None:
            return None
        kept = SealedAnswer.objects.filter(answer_id=answer_id).first()
        if kept is None:
            answer = DeskAnswer(
                mailbox=now.mailbox,
                written=turn.written,
                desk=turn.who,
                status=turn.status or None,
                text=turn.text,
            )
            sealed = seal_bytes(answer.to_bytes(), [parse_recipient(report.reply_to)])
            kept = SealedAnswer.objects.create(answer_id=answer_id, sealed=sealed)
        return now.mailbox, bytes(kept.sealed)
