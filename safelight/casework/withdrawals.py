"""Withdrawals: a reporter takes everything back, and the desk destroys it.

The server says that the owner of a mailbox withdrew and hands on the proof: 32 bytes whose
SHA-256 stood inside the sealed report, where the server could not read it. So a server (or
somebody who took it over) cannot make a desk destroy a case. Without the proof the case is
locked, and a person decides.

    proof fits       case.destroyed   keys, contents, originals, row: gone; the chain verifies
    proof does not   case.locked      nothing can be read on or added until a person decided
    no case yet      remembered       for a report that comes later, say from a stick
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from safelight.casework.cases import decide, open_case, report_in, standing_of
from safelight.casework.followup.recalling import note_recalls
from safelight.casework.kept_envelopes import destroy_originals
from safelight.casework.models import (
    Answer,
    Case,
    CaseState,
    ReceivedEnvelope,
    SealedAnswer,
    TriageMark,
    Withdrawal,
)
from safelight.casework.projecting import project
from safelight.casework.team.backup_keys import retire_backup_keys
from safelight.casework.team.two_person import carrier, standing_mark
from safelight.errors import SafelightError
from safelight.journal import content_keys
from safelight.journal.chain import append

# Why a case was destroyed (labels: `wording.DESTROYED`).
WITHDRAWN: Final = "withdrawn"
WITHDRAWN_UNPROVEN: Final = "withdrawn-unproven"
RETENTION: Final = "retention"


class NotLockedError(SafelightError):
    """A decision about an unproven withdrawal of a case that is not locked."""


@dataclass(frozen=True, slots=True)
class SaidWithdrawn:
    """What the server said about one mailbox; `proof` is 64 hex digits."""

    mailbox: str
    proof: str
    day: date


def take_in_withdrawal(said: SaidWithdrawn) -> int:
    """Remember a withdrawal and act on it, in one transaction; return the cases destroyed.

    The same one again does nothing. Call `content_keys.finish_erasure()` after the last one.
    """
    with transaction.atomic():
        _, new = Withdrawal.objects.get_or_create(
            mailbox=said.mailbox, proof=said.proof, defaults={"day": said.day}
        )
        if new:
            append("withdrawal.received", {"proof": said.proof}, subject=said.mailbox)
        cases = list(Case.objects.filter(mailbox=said.mailbox).exclude(state=CaseState.WITHDRAWN))
        return sum(_act_on(case, [said.proof]) for case in cases)


def act_if_withdrawn(case_id: str) -> None:
    """Act on a withdrawal that was known before the report was opened here."""
    case = open_case(case_id)
    known = Withdrawal.objects.filter(mailbox=case.mailbox) if case.mailbox else ()
    proofs = [one.proof for one in known]
    if proofs:
        _act_on(case, proofs)


def _act_on(case: Case, proofs: Sequence[str]) -> int:
    verifier = _verifier_of(case)
    for proof in proofs:
        if is_proven(verifier, proof):
            destroy_case(case.case_id, why=WITHDRAWN, proof=proof)
            return 1
    if case.state != CaseState.LOCKED:
        decide(case.case_id, "case.locked", body={"why": WITHDRAWN_UNPROVEN})
    return 0


def _verifier_of(case: Case) -> str | None:
    mark = standing_mark(case.case_id)
    if mark is not None:  # nobody can read it alone, and nobody has to
        return str(mark.body.get("withdrawal", "")) or None
    return report_in(standing_of(case)).withdrawal


def is_proven(verifier: str | None, untrusted_proof: str) -> bool:
    """Whether a proof is the one whose SHA-256 the reporter sealed into the report."""
    if verifier is None:
        return False
    try:
        digest = hashlib.sha256(bytes.fromhex(untrusted_proof)).hexdigest()
    except ValueError:
        return False
    return hmac.compare_digest(digest, verifier)


def destroy_case(case_id: str, *, why: str, proof: str) -> None:
    """Destroy all content of a case for ever, with one entry: who, why, which proof."""
    with transaction.atomic():
        case = open_case(case_id)
        append(
            "case.destroyed",
            {"why": why, "proof": proof, "mailbox": case.mailbox},
            subject=case_id,
        )
        erase_case(case_id, case.mailbox)


def erase_case(case_id: str, mailbox: str) -> None:
    """Destroy what this desk holds of a case; also for an order that came from a colleague."""
    originals = ReceivedEnvelope.objects.filter(case_id=case_id)
    digests = set(originals.values_list("digest", flat=True))
    if mailbox:
        # Also what lay in that mailbox and did not open: it may open one day.
        unopened = ReceivedEnvelope.objects.filter(mailbox=mailbox, case_id="")
        digests |= set(unopened.values_list("digest", flat=True))
    note_recalls(case_id)
    destroy_originals(digests)
    content_keys.destroy([case_id, carrier(case_id)])
    retire_backup_keys()
    answers = Answer.objects.filter(case_id=case_id).values_list("answer_id", flat=True)
    SealedAnswer.objects.filter(answer_id__in=list(answers)).delete()
    TriageMark.objects.filter(case_id=case_id).delete()
    project(case_id)


def is_withdrawn(mailbox: str) -> bool:
    """Whether the owner of this mailbox withdrew: nothing more of it is taken in.

    Not where we destroyed a case when its time was over: that person may write again, and what
    comes is set aside for somebody to see.
    """
    gone = Case.objects.filter(mailbox=mailbox, state=CaseState.WITHDRAWN)
    return bool(mailbox) and gone.exclude(reason=RETENTION).exists()


def decide_unproven(case_id: str, *, destroy: bool) -> None:
    """A person's decision about a locked case: destroy it all the same, or go on with it."""
    with transaction.atomic():
        if open_case(case_id).state != CaseState.LOCKED:
            raise NotLockedError("this case is not locked; reload the page")
        if destroy:
            destroy_case(case_id, why=WITHDRAWN_UNPROVEN, proof="")
        else:
            decide(case_id, "case.unlocked")
    if destroy:
        content_keys.finish_erasure()
