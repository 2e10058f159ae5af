"""Cases that two people open together: no desk alone has a key of what is in them.

    case.two-person         body: two sides of desks, and what must stay readable: mailbox, and the
                            digest that proves a withdrawal. From here on no key stands in a table
    case.shares             the keys in two shares, each sealed to the desks of one side
    case.two-person-ended   brings the keys back to every desk; needs the case open by two

Shares, questions and releases are contents about `two-person:<case>`, a subject of its own whose
key every desk of the team has: what is secret in them is sealed once more, to desks.

`settle` does on every desk what the mark says, whenever the case is projected: keys that are not
shared out yet (of a desk that was offline) are shared out first, then they go. Envelopes and
files that this desk holds of the case are put under the case's own key before theirs go.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from safelight.casework.kept_envelopes import destroy_originals
from safelight.casework.models import (
    Answer,
    Bridge,
    Case,
    CaseState,
    EnvelopeState,
    OpeningKey,
    ReceivedEnvelope,
    SealedAnswer,
    TriageMark,
)
from safelight.casework.team.backup_keys import retire_backup_keys
from safelight.casework.team.models import Member
from safelight.casework.team.shares import split
from safelight.casework.triage import place
from safelight.errors import SafelightError
from safelight.journal import content_keys
from safelight.journal.apart import ENDED, MARKED, mark_of
from safelight.journal.chain import append, desk_key, told
from safelight.journal.content import (
    ContentKey,
    content_digest,
    key_id_of,
    opened_content,
    sealed_content,
)
from safelight.journal.entry import Entry
from safelight.journal.models import JournalEntry, SealedContent, StoredKey
from safelight.sealing.recipients import Recipient, parse_recipient
from safelight.sealing.seal import seal_bytes

SHARES: Final = "case.shares"
REASON: Final = "two-person"
# How long a question waits for its answer.
HOURS: Final = 48
_SEED: Final = "unseal:"
_ORIGINAL: Final = "case.original-key"
_LANE: Final = "reports"


class TwoPersonError(SafelightError):
    """Something that a case for two people does not allow, or needs."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The desks that must come together: one of `first` with one of `second`."""

    first: tuple[str, ...]
    second: tuple[str, ...]

    def side_of(self, desk: str) -> str:
        """Return "first", "second", or "" for a desk of neither."""
        return "first" if desk in self.first else "second" if desk in self.second else ""

    def opposite(self, one: str, other: str) -> bool:
        """Whether these two desks together can open it."""
        return {self.side_of(one), self.side_of(other)} == {"first", "second"}


def carrier(case_id: str) -> str:
    """The subject of shares, questions and releases about a case."""
    return f"two-person:{case_id}"


def seed_subject(question: str, at: datetime) -> str:
    """The subject of a question's seed. The hour stands in it, so that old ones are found."""
    return f"{_SEED}{int(at.timestamp() // 3600):08x}:{question}"


def forget_old_seeds() -> None:
    """Destroy the seeds of questions that waited too long, inside the caller's transaction."""
    oldest = f"{_SEED}{int(datetime.now(UTC).timestamp() // 3600) - HOURS:08x}"
    old = StoredKey.objects.filter(subject__gte=_SEED, subject__lt=oldest)
    gone = list(old.values_list("subject", flat=True))
    if gone:
        content_keys.destroy(gone)


def standing_mark(case_id: str) -> Entry | None:
    """Return the entry that marks a case, or None when it is not marked now."""
    mark = mark_of(case_id)
    return mark if mark is not None and mark.kind == MARKED else None


def sides_of(mark: Entry) -> Sides:
    """The two sides that an entry names."""
    return Sides(_names(mark.body.get("first")), _names(mark.body.get("second")))


def _names(untrusted: Any) -> tuple[str, ...]:
    found = untrusted if isinstance(untrusted, list) else []
    return tuple(str(name) for name in found)


def recipients_of(desks: tuple[str, ...]) -> list[Recipient]:
    """What to seal to, for these desks; raises `TwoPersonError` for one that is not known."""
    own = desk_key().desk
    known = dict(Member.objects.filter(desk__in=desks).values_list("desk", "recipient"))
    if own in desks and own not in known:
        known[own] = OpeningKey.objects.order_by("-made_on").values_list("recipient")[0][0]
    missing = [desk for desk in desks if desk not in known]
    if missing:
        raise TwoPersonError(
            _(
                "a desk of the two sides is not in the team's statement here, so nothing can be "
                "sealed to it; take in the newest statement, or choose other desks"
            )
        )
    return [parse_recipient(known[desk]) for desk in desks]


def share_out(case_id: str, sides: Sides, keys: list[ContentKey]) -> None:
    """Write an entry with these keys in two shares, inside the caller's transaction."""
    first, second = split(keys)
    content = {
        "first": list(sides.first),
        "second": list(sides.second),
        "keys": sorted(key.key_id for key in keys),
        "sealed": {
            "first": _sealed(first.to_bytes(), sides.first),
            "second": _sealed(second.to_bytes(), sides.second),
        },
    }
    append(SHARES, {}, subject=carrier(case_id), content=content)


def _sealed(plain: bytes, desks: tuple[str, ...]) -> str:
    return base64.b64encode(seal_bytes(plain, recipients_of(desks))).decode("ascii")


def settle(case_id: str, mark: Entry) -> None:
    """Bring this desk to what the mark says: no key of the case in any table."""
    originals = _originals(case_id)
    keys = content_keys.keys_of([case_id])
    if keys:
        shared = {
            key_id
            for one in told(carrier(case_id))
            if one.entry.kind == SHARES and one.content is not None
            for key_id in _names(one.content.get("keys"))
        }
        left = [key for key in keys if key.key_id not in shared]
        if left:
            share_out(case_id, sides_of(mark), left)
        for key in content_keys.keys_of(originals):
            _put_under(key, keys[0])
        content_keys.set_apart([case_id, *originals])
        retire_backup_keys()
    elif originals:
        # It came again after the mark; what it says is in the journal, in two shares.
        destroy_originals(originals)


def _originals(case_id: str) -> list[str]:
    """Envelopes of a case that this desk holds, and could open with their stored keys."""
    digests = ReceivedEnvelope.objects.filter(case_id=case_id).values_list("digest", flat=True)
    held = StoredKey.objects.filter(subject__in=list(digests))
    return sorted(set(held.values_list("subject", flat=True)))


def _put_under(original: ContentKey, case_key: ContentKey) -> None:
    facts = {
        "digest": original.subject,
        "key": original.key_id,
        "secret": original.secret.hex(),
    }
    sealed = sealed_content(facts, case_key, kind=_ORIGINAL)
    SealedContent.objects.create(
        digest=content_digest(sealed), subject=case_key.subject, sealed=sealed
    )


def original_keys(case_id: str, keys: list[ContentKey]) -> dict[str, ContentKey]:
    """Return the keys of originals that stand under the case's keys, by the row they stand in."""
    named = {
        Entry.parse(bytes(signed)).content
        for signed in JournalEntry.objects.filter(subject=case_id).values_list("signed", flat=True)
    }
    by_id = {key.key_id: key for key in keys}
    found = {}
    for row in SealedContent.objects.filter(subject=case_id).exclude(digest__in=named):
        sealed = bytes(row.sealed)
        key = by_id.get(key_id_of(sealed))
        if key is not None:
            facts = opened_content(sealed, key, kind=_ORIGINAL)
            found[row.digest] = ContentKey(
                facts["key"], facts["digest"], bytes.fromhex(facts["secret"])
            )
    return found


def take_back(case_id: str) -> None:
    """After the end of a mark, once: originals are under keys of their own again, and what the
    reporter sent meanwhile is looked at anew, as its proof can be read again.
    """
    line = Case.objects.filter(case_id=case_id, reason=REASON).first()
    if line is None:
        return
    for one in told(case_id):
        if one.entry.kind == ENDED and one.content is not None:
            for key_id, secret in one.content["keys"].items():
                content_keys.keep_key(ContentKey(key_id, case_id, bytes.fromhex(secret)))
    keys = content_keys.keys_of([case_id])
    if not keys:
        return  # they follow
    for digest, key in original_keys(case_id, keys).items():
        content_keys.keep_key(key)
        SealedContent.objects.filter(digest=digest).delete()
    if line.mailbox:
        ReceivedEnvelope.objects.filter(
            state=EnvelopeState.SET_ASIDE, reason="not-proven", mailbox=line.mailbox
        ).update(state=EnvelopeState.STORED, reason="")


def project_apart(case_id: str, mark: Entry) -> date:
    """Leave of a case one line without content in the tables; return the day it was made."""
    rows = JournalEntry.objects.filter(subject=case_id, kind="case.made").order_by("clock", "desk")
    signed = rows.values_list("signed", flat=True).first()
    day = (Entry.parse(bytes(signed)) if signed else mark).at.date()
    case, _ = Case.objects.update_or_create(
        case_id=case_id,
        defaults={
            "envelope": "",
            "mailbox": str(mark.body.get("mailbox", "")),
            "origin": "",
            "received_on": day,
            "state": CaseState.LOCKED,
            "reason": REASON,
            "lane": _LANE,
            "place": place(_LANE, 0),
            "has_news": False,
            "summary": b"",
            "funnel": b"",
        },
    )
    bridge = Bridge.objects.filter(case=case).select_related("row").first()
    if bridge is not None:
        row = bridge.row
        bridge.delete()
        row.delete()
    answers = Answer.objects.filter(case_id=case_id)
    SealedAnswer.objects.filter(answer_id__in=list(answers.values_list("answer_id"))).delete()
    answers.delete()
    TriageMark.objects.filter(case_id=case_id).delete()
    return day
