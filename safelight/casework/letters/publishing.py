"""Publishing a letter and its answer: one person proposes redacted texts, a second agrees.

Only with the person's consent, only after an answer has left, and never with what the program
takes for a telltale, unless a person says why it may stay. A consent that ended, a case that
was destroyed or locked, and anybody of the team at any time take a letter out again.

    published_letters()    what a publication may carry today
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.cases import check_open, decide, open_case, report_in, standing_of
from safelight.casework.folding import CaseNow
from safelight.casework.followup.consents import among_agreed, holds, today
from safelight.casework.letters import kinds
from safelight.casework.letters.answering import LetterStateError, SecondReaderError
from safelight.casework.letters.models import AgreedLetter
from safelight.casework.letters.redaction import (
    Redacted,
    checked_marks,
    digest_of,
    left_of,
)
from safelight.casework.letters.standing import LETTER, LetterNow, Proposal, letter_now
from safelight.casework.letters.telltales import Telltale, telltales, unresolved
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key, told
from safelight.journal.content_keys import opened_contents

CONSENT: Final = "PUBLISH_LETTER"
LONGEST_WHY: Final = 300


class NotPublishableError(SafelightError):
    """No consent, no answer, or something left in the text that points to somebody."""


@dataclass(frozen=True, slots=True)
class PublishedLetter:
    """What a publication carries. `day`: the first of the month in which it was agreed."""

    id: str
    day: date
    language: str
    letter: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Publishable:
    """A letter as it can be proposed: what was written, and how it stands."""

    now: CaseNow
    letter: LetterNow
    original: Redacted
    called: str
    obstacle: str

    def found_in(self, text: str) -> tuple[Telltale, ...]:
        """What is left in a marked text that may point to somebody."""
        return telltales(text, called=self.called)


def published_letters() -> tuple[PublishedLetter, ...]:
    """Return every letter that two people agreed to and whose person agrees today, by id."""
    rows = list(AgreedLetter.objects.order_by("letter_id", "case_id"))
    agreed = among_agreed([row.case_id for row in rows], CONSENT, on=today())
    found: dict[str, PublishedLetter] = {}
    for row in rows:
        if row.case_id not in agreed or row.letter_id in found:
            continue
        content = opened_contents(row.case_id, {row.content: kinds.PROPOSED}).get(row.content)
        if content is None:
            continue  # destroyed
        found[row.letter_id] = PublishedLetter(
            row.letter_id,
            row.month,
            content["language"],
            left_of(content["letter"]),
            left_of(content["answer"]),
        )
    return tuple(found.values())


def publishable(case_id: str) -> Publishable:
    """Return a letter with its texts, and in `obstacle` a code of why it cannot be proposed."""
    now = standing_of(open_case(case_id))
    report = report_in(now)
    if report.form != LETTER:
        raise LetterStateError(_("only a letter can be published; this case came otherwise"))
    answers = [t for t in now.conversation if t.kind == "answer" and t.text and t.state == "sent"]
    original = Redacted(
        str(report.answers.get("letter", "")),
        "\n\n".join(turn.text for turn in answers),
        report.language,
    )
    if not holds(case_id, CONSENT, on=today()):
        obstacle = "no-consent"
    elif not original.letter or not original.answer:
        obstacle = "no-answer"
    elif now.state == "locked":
        obstacle = "locked"
    else:
        obstacle = ""
    called = str(report.answers.get("name", ""))
    return Publishable(now, letter_now(now, told(case_id)), original, called, obstacle)


def propose(
    case_id: str, *, letter: str, answer: str, why: Mapping[str, str]
) -> tuple[Telltale, ...]:
    """Propose redacted texts. Returns what a person must take out or explain first; if any, not.

    `letter`, `answer`: with [[ ]] around what goes. `why`: words that stay → the reason.
    Raises `RedactionError`, `NotPublishableError`, `CaseStateError`.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        found = publishable(case_id)
        if found.obstacle:
            raise NotPublishableError(
                _("this letter cannot be published: consent or an answer is missing")
            )
        redacted = Redacted(checked_marks(letter), checked_marks(answer), found.original.language)
        reasons = {words: why_.strip()[:LONGEST_WHY] for words, why_ in why.items()}
        reasons = {words: why_ for words, why_ in reasons.items() if why_}
        left = (*found.found_in(redacted.letter), *found.found_in(redacted.answer))
        stopping = unresolved(dict.fromkeys(left), reasons)
        if stopping:
            return stopping
        decide(
            case_id,
            kinds.PROPOSED,
            {
                # Random and new each time: an id says nothing about the case.
                "id": secrets.token_hex(16),
                "letter": redacted.letter,
                "answer": redacted.answer,
                "language": redacted.language,
                "why": reasons,
            },
        )
    return ()


def agree(case_id: str, *, proposal: str, digest: str) -> None:
    """Agree, as the second person, to exactly the texts that were looked at."""
    with transaction.atomic():
        found = _waiting(case_id, proposal)
        if found.desk == desk_key().desk:
            raise SecondReaderError(
                _("whoever proposed the texts cannot be the second person; ask a colleague")
            )
        if not holds(case_id, CONSENT, on=today()):
            raise NotPublishableError(_("the person’s consent has ended; nothing is published"))
        if digest_of(found.redacted) != digest:
            raise LetterStateError(
                _("what was looked at is not what would be published; reload the page and look")
            )
        decide(case_id, kinds.AGREED, {"proposal": proposal, "digest": digest})


def send_back(case_id: str, *, proposal: str, remarks: str) -> None:
    """Return the texts to whoever proposed them, with remarks; or take back one's own."""
    with transaction.atomic():
        _waiting(case_id, proposal)
        decide(case_id, kinds.SENT_BACK, {"proposal": proposal, "remarks": remarks.strip()[:2000]})


def take_out(case_id: str, *, why: str) -> None:
    """Take a letter out of what is published: anybody of the team, at any time."""
    with transaction.atomic():
        check_open(open_case(case_id))
        if publishable(case_id).letter.published is None:
            raise LetterStateError(_("this letter is not published; reload the page"))
        decide(case_id, kinds.TAKEN_OUT, {"why": why.strip()[:LONGEST_WHY]})


def _waiting(case_id: str, proposal: str) -> Proposal:
    check_open(open_case(case_id))
    found = publishable(case_id).letter.proposal
    if found is None or found.agreed_by or found.entry != proposal:
        raise LetterStateError(_("these texts do not wait for anybody any more; reload the page"))
    return found
