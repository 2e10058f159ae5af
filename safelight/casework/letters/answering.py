"""Answering letters: take one, draft, have it read by a second person, put it on its way.

Each step is an entry of the journal; what counts in the end `standing` says. What a person
typed is never refused for the hour: a draft is always kept, also after the shift.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework import answers
from safelight.casework.cases import check_open, decide, open_case, standing_of
from safelight.casework.folding import CaseNow
from safelight.casework.letters import kinds
from safelight.casework.letters.on_shift import check_shift
from safelight.casework.letters.policy import LettersPolicy
from safelight.casework.letters.standing import Draft, LetterNow, is_letter, letter_now
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key, told
from safelight.journal.models import KnownDesk

LONGEST_NOTE: Final = 2_000


class LetterStateError(SafelightError):
    """A step that is not possible as the letter stands."""


class SecondReaderError(SafelightError):
    """Whoever wrote it wants to be the second reader too."""


def letter_of(case_id: str) -> tuple[CaseNow, LetterNow]:
    """Return a letter, or raise `LetterStateError` for a case that is none."""
    now = standing_of(open_case(case_id))
    if not is_letter(now):
        raise LetterStateError(_("this case is no letter; go back to the letters"))
    return now, letter_now(now, told(case_id))


def _open_letter(case_id: str) -> LetterNow:
    check_open(open_case(case_id))
    return letter_of(case_id)[1]


def take(case_id: str, *, seen_with: str, policy: LettersPolicy) -> None:
    """Take a letter from whoever the page showed to have it ("": nobody)."""
    with transaction.atomic():
        letter = _open_letter(case_id)
        if letter.holder != seen_with:
            raise LetterStateError(
                _("somebody else took this letter meanwhile; reload the page and see who")
            )
        if letter.holder == desk_key().desk:
            return
        check_shift(policy)
        decide(case_id, kinds.TAKEN, {"from": letter.holder})


def hand_over(case_id: str, *, to: str, urgent: bool, note: str) -> None:
    """Give a letter to a desk, or back to whoever is next (""). Always possible, day and night."""
    with transaction.atomic():
        letter = _open_letter(case_id)
        _check_holder(letter)
        if to and to not in colleagues():
            raise LetterStateError(_("expected one of the desks of the team; choose one"))
        content = {"to": to, "urgent": urgent, "note": _note(note)}
        decide(case_id, kinds.HANDED, content)


def colleagues() -> list[str]:
    """The other desks of the team, by name."""
    return sorted(KnownDesk.objects.values_list("desk", flat=True))


def draft(case_id: str, *, text: str, status: str) -> str:
    """Keep a draft; return the entry that names it. Raises as `answers.write_answer` does."""
    with transaction.atomic():
        check_open(open_case(case_id))
        now, letter = letter_of(case_id)
        answer = answers.checked_answer(now, text=text, status=status)
        latest = letter.latest
        if latest is not None and (latest.text, latest.status) == (text, status):
            return latest.entry
        content = {"text": answer.text, "status": answer.status or ""}
        decide(case_id, kinds.DRAFTED, content)
        kept = [one for one in letter_of(case_id)[1].drafts if one.desk == desk_key().desk]
    return kept[-1].entry


def offer(case_id: str, *, entry: str, policy: LettersPolicy) -> None:
    """Ask for a second reader of the holder's latest draft."""
    with transaction.atomic():
        letter = _open_letter(case_id)
        _check_holder(letter)
        if letter.latest is None or letter.latest.entry != entry:
            raise LetterStateError(_("there is a newer draft; reload the page and offer that"))
        if not letter.latest.text.strip():
            raise LetterStateError(_("this draft has no words to read; write some"))
        check_shift(policy)
        decide(case_id, kinds.OFFERED, {"draft": entry})


def approve(case_id: str, *, entry: str, policy: LettersPolicy) -> None:
    """Agree to a draft as its second reader; its author only where the signed rules allow it."""
    with transaction.atomic():
        offered = _offered(_open_letter(case_id), entry)
        alone = offered.desk == desk_key().desk
        if alone and not policy.author_may_read(datetime.now(UTC).date()):
            raise SecondReaderError(
                _("whoever wrote an answer cannot be its second reader; ask a colleague")
            )
        check_shift(policy)
        decide(case_id, kinds.APPROVED, {"draft": entry, "alone": alone})


def give_back(case_id: str, *, entry: str, remarks: str, policy: LettersPolicy) -> None:
    """Return a draft to its author, with remarks."""
    with transaction.atomic():
        offered = _offered(_open_letter(case_id), entry)
        if offered.desk == desk_key().desk:
            raise SecondReaderError(_("this is your own draft; write it anew instead"))
        check_shift(policy)
        decide(case_id, kinds.RETURNED, {"draft": entry, "remarks": _note(remarks, needed=True)})


def put_on_its_way(case_id: str, *, entry: str) -> str:
    """Make the approved draft an answer; it leaves with the next fetch. Returns the answer's id."""
    with transaction.atomic():
        letter = _open_letter(case_id)
        _check_holder(letter)
        approved = letter.draft(letter.approved)
        if approved is None or approved.entry != entry:
            raise LetterStateError(
                _("this draft is not approved, or a newer one is there; reload the page")
            )
        return answers.keep_answer(
            case_id, text=approved.text, status=approved.status, draft=approved.entry
        )


def escalate(case_id: str, *, sign: str, note: str, policy: LettersPolicy, language: str) -> None:
    """Write down that a sign of the rules was seen; whom to tell by when follows from them."""
    known = policy.sign(sign)
    if known is None:
        raise LetterStateError(_("expected one of the signs of the rules; choose one"))
    with transaction.atomic():
        _open_letter(case_id)
        due = datetime.now(UTC) + timedelta(minutes=known.within_minutes)
        content: dict[str, Any] = {
            "sign": known.code,
            "to": known.to.in_language(language),
            "due": due.strftime("%Y-%m-%dT%H:%MZ"),
            "note": _note(note),
        }
        decide(case_id, kinds.ESCALATED, content)


def settle(case_id: str, *, escalation: str, note: str) -> None:
    """Write down what came of it: who was told, what was done."""
    with transaction.atomic():
        letter = _open_letter(case_id)
        if not any(one.entry == escalation for one in letter.open_escalations):
            raise LetterStateError(_("this was settled already; reload the page"))
        content = {"escalation": escalation, "note": _note(note, needed=True)}
        decide(case_id, kinds.SETTLED, content)


def _check_holder(letter: LetterNow) -> None:
    if letter.holder != desk_key().desk:
        raise LetterStateError(_("this letter is not with you; take it first"))


def _offered(letter: LetterNow, entry: str) -> Draft:
    found = letter.draft(letter.offered)
    if found is None or found.entry != entry:
        raise LetterStateError(_("this draft does not wait for a reader any more; reload the page"))
    return found


def _note(untrusted: str, *, needed: bool = False) -> str:
    note = untrusted.replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE or (needed and not note):
        raise LetterStateError(
            _("expected a note of 1 to %(longest)d characters") % {"longest": LONGEST_NOTE}
        )
    return note
