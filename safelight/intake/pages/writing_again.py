"""A reporter writes again, or adds files, without a script: sealed here, as it arrives."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safelight.intake import day
from safelight.intake.budget import Wait, admitted
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import keep_files, keep_later
from safelight.intake.pages.arriving_form import ArrivedForm, Fields, arrived_form
from safelight.intake.pages.refusal_page import sentence_of
from safelight.intake.refusal import RefusedError
from safelight.sealing.envelope import Envelope
from safelight.sealing.message_tag import tagged
from safelight.sealing.receipt import Receipt, ReceiptError
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.messages import Message, MessageError

# Characters of all fields together; what fits into a message is said by its own limit.
_MOST_TEXT = 40_000
_ONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Problem:
    """Why nothing was kept, as a sentence for the person."""

    sentence: str


@dataclass(frozen=True)
class Outcome:
    """What became of it, for this receipt. `problem` None: kept."""

    receipt: Receipt
    problem: Problem | None
    text: str = ""
    ticket: str = ""
    # Of the form that was sent: with it, the same again is known.
    once: str = ""


def written_again(request: HttpRequest, language: str) -> Outcome | Problem | ReceiptError:
    """Seal and keep the text and files of a form, all or nothing.

    A problem alone, or the error of the words, if no receipt could be read.
    """
    try:
        recipients = current_roster().roster.recipients(day.today())
        with arrived_form(
            request,
            recipients=recipients,
            receipt=_receipt,
            today=day.today(),
            most_text=_MOST_TEXT,
        ) as form:
            receipt = _receipt(form.fields)
            return _kept(form, receipt, language)
    except ReceiptError as wrong:
        return wrong
    except RefusedError as refused:
        return Problem(sentence_of(refused))


def _kept(form: ArrivedForm, receipt: Receipt, language: str) -> Outcome:
    text, once = _last(form.fields, "text"), _once(form.fields)
    today, sealed = day.today(), None
    try:
        if text.strip():
            message = Message(
                mailbox=receipt.mailbox_id.hex(),
                written=today,
                language=language,
                sealed_by="server",
                text=text,
            )
            recipients = current_roster().roster.recipients(today)
            content = tagged(message.to_bytes(), receipt.message_key)
            sealed = Envelope.parse(seal_bytes(content, recipients))
        elif not form.files:
            problem = Problem(_("Write something or choose a file first."))
            return Outcome(receipt, problem, text, once=once)
        size = sum(file.size for file in form.files) + (len(sealed.sealed) if sealed else 0)
        decided = admitted(_last(form.fields, "ticket"), size=size)
        if isinstance(decided, Wait):
            return Outcome(receipt, _please_wait(decided, form), text, decided.ticket, once)
        mailbox, key, said = receipt.mailbox_id, receipt.auth_key, _said(once, form)
        if sealed is None:
            keep_files(form.files, mailbox_id=mailbox, key=key, day=today, once=said)
        else:
            keep_later(sealed, mailbox_id=mailbox, key=key, day=today, files=form.files, once=said)
    except MessageError:
        problem = Problem(_("This is too long. Please shorten the longest text."))
        return Outcome(receipt, problem, text, once=once)
    except RefusedError as refused:
        return Outcome(receipt, Problem(sentence_of(refused)), text, once=once)
    return Outcome(receipt, None)


def _once(fields: Fields) -> str:
    untrusted = _last(fields, "once")
    return untrusted if _ONCE.fullmatch(untrusted) else ""


def _said(once: str, form: ArrivedForm) -> str:
    """Return what the server keeps for seven days so that a reloaded page sends nothing twice.

    The page it was sent from has drawn 16 random bytes, which are stored nowhere here; so of
    what was written this hash says nothing. Another text from the same page is another hash.
    """
    if not once:
        return ""
    said = hashlib.sha256(b"safelight written once v1\n" + once.encode("ascii"))
    said.update(hashlib.sha256(_last(form.fields, "text").encode()).digest())
    for content in form.contents:
        said.update(content)
    return said.hexdigest()


def _receipt(fields: Fields) -> Receipt:
    return Receipt.parse(_last(fields, "words"))


def _last(fields: Fields, name: str) -> str:
    return fields.get(name, ("",))[-1]


def _please_wait(decided: Wait, form: ArrivedForm) -> Problem:
    sentence = ngettext(
        "Many people are sending right now. Please press “Send” again in %(minutes)d minute.",
        "Many people are sending right now. Please press “Send” again in %(minutes)d minutes.",
        decided.minutes,
    ) % {"minutes": decided.minutes}
    if form.files:
        sentence += " " + _("The files were not kept: please choose them again then.")
    return Problem(sentence)
