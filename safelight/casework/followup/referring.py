"""Referral: what goes to a lawyer, psychologist or shelter, under which consent, what came of it.

a consent that covers it, and that has not ended     else refused
the person was told who it goes to                   the consent says we would
named parts only                                     the sheet is kept, word for word
case.referred   →   case.handed (printed, sealed)    both ask again whether it still holds
case.referral-outcome, case.referral-refused
"""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.casework import inbox
from safelight.casework.cases import check_open, decide, open_case
from safelight.casework.conversation_views import saved_name
from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.followup import kinds, rules
from safelight.casework.followup.consents import today
from safelight.casework.followup.deciding import checked_words, followed
from safelight.casework.followup.following import FollowUp, Referral
from safelight.casework.followup.handover_text import Part, chosen_of, parts_of, sheet
from safelight.casework.followup.places import one_place
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.projecting import project
from safelight.journal.chain import append, desk_key
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_stream

PRINTED: Final = "printed"
SEALED: Final = "sealed"
# The sheet is kept in one content of the journal, files are put together in memory.
LONGEST_SHEET: Final = 90_000
MOST_FILE_BYTES: Final = 64 * 1024 * 1024


class NotCoveredError(FollowUpError):
    """No consent that holds today covers this."""


def covering(case: FollowUp, helper: str, *, on: date) -> dict[str, date]:
    """Return the consents that hold on a day and cover such a helper, with their last days."""
    found = {purpose: case.until(purpose) for purpose in rules.covered_by(helper)}
    return {purpose: until for purpose, until in found.items() if until is not None and until >= on}


def refer(
    case_id: str,
    *,
    place_id: str,
    consent: str,
    is_named: bool,
    part_names: Iterable[str],
    note: str,
    language: str,
) -> str:
    """Write a referral down with the very words that go; return its name.

    `is_named`: the person was told which place it is. Raises `NotCoveredError`,
    `FollowUpError`, `CaseStateError`.
    """
    place = one_place(place_id)
    words = checked_words(note)
    with transaction.atomic():
        check_open(open_case(case_id))
        now, case = followed(case_id)[:2]
        until = covering(case, place.helper, on=today()).get(consent)
        if until is None:
            raise NotCoveredError(
                _(
                    "no consent that holds today covers this; ask the person first, and note their "
                    "answer as a consent"
                )
            )
        if not is_named:
            raise FollowUpError(
                _("the person must be told who it goes to before it goes; write first")
            )
        # Also where a program calls it that speaks another language than the sheet.
        with override(language):
            parts = chosen_of(parts_of(now, case, language), part_names)
        if not parts:
            raise FollowUpError(_("nothing is named that should go; choose at least one part"))
        _check_files(now, parts)
        reference = secrets.token_hex(4)
        with override(language):
            text = sheet(
                parts,
                place=place.name,
                helper=place.helper,
                desk=desk_key().desk,
                day=today(),
                reference=reference,
                consent=consent,
                consent_until=until,
                contact=case.contact.codes if case.contact else (),
                note=words,
                language=language,
            )
        if len(text.encode()) > LONGEST_SHEET:
            raise FollowUpError(
                _("these parts are too long for one referral; choose fewer of them")
            )
        entry = append(
            kinds.REFERRED,
            {},
            subject=case_id,
            content={
                "place": place_id,
                "name": place.name,
                "helper": place.helper,
                "consent": consent,
                "consent_until": until.isoformat(),
                "reference": reference,
                "parts": [part.label for part in parts],
                "files": [part.file for part in parts if part.file],
                "recipient": place.recipient,
                "text": text,
            },
        )
        project(case_id)
    return entry_name(entry)


def _check_files(now: CaseNow, parts: list[Part]) -> None:
    wanted = {part.file for part in parts if part.file}
    size = sum(turn.size for turn in now.conversation if turn.key in wanted)
    if size > MOST_FILE_BYTES:
        raise FollowUpError(
            _("files of %(size)s bytes, at most %(most)s fit; save them one by one instead")
            % {"size": size, "most": MOST_FILE_BYTES}
        )


def referral_of(case: FollowUp, entry: str) -> Referral:
    """Return one referral of a case, or raise `FollowUpError`."""
    for referral in case.referrals:
        if referral.entry == entry:
            return referral
    raise FollowUpError(_("there is no such referral in this case; reload the page"))


def still_covered(case: FollowUp, referral: Referral) -> bool:
    """Whether a consent covers this referral today; what was ended or taken back does not."""
    return bool(covering(case, referral.helper, on=today()))


def note_printed(case_id: str, entry: str) -> None:
    """Say that the sheet was handed over on paper or read out."""
    with transaction.atomic():
        check_open(open_case(case_id))
        case = followed(case_id)[1]
        _handing(case, entry)
        decide(case_id, kinds.HANDED, {"referral": entry, "how": PRINTED})


def sealed_for_receiver(case_id: str, entry: str) -> tuple[str, bytes]:
    """Seal a referral to its place and write that down; return the file's name and its bytes.

    An age file of a padded length; in it the sheet as text, or a ZIP of the sheet and files.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        now, case = followed(case_id)[:2]
        referral = _handing(case, entry)
        if not referral.recipient:
            raise FollowUpError(
                _(
                    "this place had no recipient to seal to when the referral was made; enter "
                    "one in the directory and refer anew, or hand the sheet over on paper"
                )
            )
        if any(turn.key in referral.files for turn in now.conversation):
            name, content = "referral.zip.age", _zipped(now, referral)
        else:
            name, content = "referral.txt.age", referral.text.encode()
        sealed = io.BytesIO()
        seal_stream(io.BytesIO(content), sealed, [parse_recipient(referral.recipient)], padded=True)
        decide(case_id, kinds.HANDED, {"referral": entry, "how": SEALED})
    return name, sealed.getvalue()


def _handing(case: FollowUp, entry: str) -> Referral:
    referral = referral_of(case, entry)
    if not still_covered(case, referral):
        raise NotCoveredError(
            _(
                "the consent for this referral has ended or was taken back; nothing may be handed "
                "over any more"
            )
        )
    if referral.outcome == "NOT_HANDED":
        raise FollowUpError(_("this referral was taken back; refer anew if it should go after all"))
    return referral


def _zipped(now: CaseNow, referral: Referral) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry_in_zip("referral.txt"), referral.text.encode())
        for number, turn in enumerate(now.conversation):
            if turn.kind == "file" and turn.key in referral.files:
                content = io.BytesIO()
                inbox.write_file(turn.key, content, is_proven=True)
                name = _entry_in_zip(f"{number}-{saved_name(turn.name)}")
                archive.writestr(name, content.getvalue())
    return out.getvalue()


def _entry_in_zip(name: str) -> zipfile.ZipInfo:
    # A fixed time: when a file was put in says nothing to the receiver, and something to a thief.
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


def note_outcome(case_id: str, entry: str, outcome: str, words: str) -> None:
    """Note what became of a referral; the last one counts."""
    rules.checked("outcomes", outcome)
    kept = checked_words(words)
    with transaction.atomic():
        check_open(open_case(case_id))
        case = followed(case_id)[1]
        referral = referral_of(case, entry)
        if outcome == "NOT_HANDED" and referral.handed:
            raise FollowUpError(_("this was handed over already; choose what became of it"))
        content = {"referral": entry, "outcome": outcome, "words": kept}
        decide(case_id, kinds.REFERRAL_OUTCOME, content)


def note_refusal(case_id: str, helper: str, why: str, words: str) -> None:
    """Note that nothing was referred, and why."""
    content = {
        "helper": rules.checked("helpers", helper),
        "why": rules.checked("refusals", why),
        "words": checked_words(words),
    }
    with transaction.atomic():
        check_open(open_case(case_id))
        decide(case_id, kinds.REFERRAL_REFUSED, content)
