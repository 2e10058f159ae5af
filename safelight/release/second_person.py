"""Two people behind a release and a budget: two keys in a team, a promise on a desk alone.

On a desk that stands alone the second person is a name with a passphrase (`review`). Whoever
sits there can enrol a second name, so that is a promise, and the pages say so. In a team the
second person is another desk, named as a reviewer by the statement that the root key signed,
and the approval is an entry of its journal: another key, which this desk does not have. The
proposal's document travels to it as the content of journal entries.

`SAFELIGHT_REVIEWERS` names a function () -> the desks of the team, but this one, that may
approve today; None on a desk alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.journal.models import JournalEntry
from safelight.release.counts import ReleaseError
from safelight.release.proposal import ProposalState, check_reason

PROPOSED, AUDITED, DOCUMENT = "release.proposed", "release.audited", "release.document"
APPROVED, TURNED_DOWN = "release.approved", "release.turned-down"
_ENDED: Final = frozenset({TURNED_DOWN, "release.withdrawn", "release.published"})
# A content has at most 128 KiB (`journal.content`); JSON of counts shrinks to a tenth.
_PART: Final = 60_000
_MOST_PARTS: Final = 40
_LARGEST_DOCUMENT: Final = 2 * 1024 * 1024
_PROPOSAL_ID: Final = re.compile(r"[0-9a-f]{16}")  # as `review` draws it


def reviewers() -> frozenset[str] | None:
    """Other desks that may approve today; None where this desk stands alone."""
    dotted = getattr(settings, "SAFELIGHT_REVIEWERS", None)
    found: frozenset[str] | None = import_string(dotted)() if dotted else None
    return found


def require_alone() -> None:
    """Raise `ReleaseError` in a team: there a passphrase typed here proves no second person."""
    others = reviewers()
    if others is None:
        return
    raise ReleaseError(
        _(
            "this desk belongs to a team, so the second person signs at a desk of their own: "
            "exchange with colleagues, and let one of these approve it there: %(desks)s"
        )
        % {"desks": ", ".join(sorted(others)) or _("nobody; the keeper names a reviewer")}
    )


def share_document(proposal_id: str, document: bytes) -> None:
    """Send the document along to colleagues, inside the caller's transaction; alone: nothing."""
    if reviewers() is None:
        return
    packed = base64.b64encode(zlib.compress(document, 9)).decode("ascii")
    parts = [packed[place : place + _PART] for place in range(0, len(packed), _PART)]
    if len(parts) > _MOST_PARTS:
        raise ReleaseError(_("this release is too large for colleagues to read; choose less"))
    digest = hashlib.sha256(document).hexdigest()
    for number, part in enumerate(parts):
        body = {"document_sha256": digest, "part": number, "of": len(parts)}
        chain.append(DOCUMENT, body, subject=proposal_id, content={"part": part})


def approval_by_another(proposal_id: str, document_sha256: str, *, proposed_by: str) -> str:
    """The desk that approved exactly this document with a key of its own, or ""."""
    own = chain.desk_key().desk
    return next(
        (
            one.entry.desk
            for one in chain.told(proposal_id)
            if one.entry.kind == APPROVED
            and one.entry.desk not in (own, proposed_by)
            and one.entry.body.get("document_sha256") == document_sha256
        ),
        "",
    )


def turned_down_by_another(proposal_id: str) -> tuple[str, str]:
    """(desk, reason) where a colleague turned it down, or two empty texts."""
    own = chain.desk_key().desk
    for one in chain.told(proposal_id):
        if one.entry.kind == TURNED_DOWN and one.entry.desk != own:
            try:
                reason = check_reason(
                    ProposalState.TURNED_DOWN, str(one.entry.body.get("reason", ""))
                )
            except ReleaseError:
                continue
            return one.entry.desk, reason.value
    return "", ""


@dataclass(frozen=True)
class Colleagues:
    """A proposal of another desk. `document` is what would be published; its digest fits."""

    proposal_id: str
    desk: str
    document_sha256: str
    document: bytes
    approved_by: str
    ended: bool


def of_colleagues() -> Iterator[Colleagues]:
    """What other desks proposed and nobody has decided on yet, the newest first."""
    own = chain.desk_key().desk
    rows = JournalEntry.objects.filter(kind=PROPOSED).exclude(desk=own).order_by("-clock")
    for subject in dict.fromkeys(rows.values_list("subject", flat=True)):
        found = _of_colleague(subject)
        if found is not None and not found.ended and not found.approved_by:
            yield found


def of_colleague(proposal_id: str) -> Colleagues:
    """One of them. Raises `ReleaseError` where there is none that can be read and decided on."""
    found = _of_colleague(proposal_id)
    if found is None:
        raise ReleaseError(
            _(
                "no colleague's release of that number can be read here: expected one that passed "
                "its audit, with its document. Exchange with colleagues first"
            )
        )
    return found


def _of_colleague(proposal_id: str) -> Colleagues | None:
    if not _PROPOSAL_ID.fullmatch(proposal_id):
        return None  # a subject that a changed program wrote: no page has such an address
    told = chain.told(proposal_id)
    proposed = next((one.entry for one in told if one.entry.kind == PROPOSED), None)
    if proposed is None or proposed.desk == chain.desk_key().desk:
        return None
    theirs = [one for one in told if one.entry.desk == proposed.desk]
    digest = str(proposed.body.get("document_sha256", ""))
    audited = [one.entry for one in theirs if one.entry.kind == AUDITED]
    document = _joined(theirs, digest)
    if document is None or not audited or audited[-1].body.get("passed") is not True:
        return None
    approved = [
        one.entry.desk
        for one in told
        if one.entry.kind == APPROVED
        and one.entry.desk != proposed.desk
        and one.entry.body.get("document_sha256") == digest
    ]
    ended = any(one.entry.kind in _ENDED for one in told)
    return Colleagues(
        proposal_id, proposed.desk, digest, document, approved[0] if approved else "", ended
    )


def _joined(theirs: list[Told], digest: str) -> bytes | None:
    parts: dict[int, str] = {}
    most = 0
    for one in theirs:
        body: Any = one.entry.body
        if one.entry.kind != DOCUMENT or body.get("document_sha256") != digest:
            continue
        number, of = body.get("part"), body.get("of")
        part = None if one.content is None else one.content.get("part")
        if type(number) is int and type(of) is int and of <= _MOST_PARTS and isinstance(part, str):
            parts[number], most = part, of
    if not most or sorted(parts) != list(range(most)):
        return None
    try:
        packed = base64.b64decode("".join(parts[number] for number in range(most)), validate=True)
        # Bounded: what a colleague's desk sent is not believed to be small.
        document = zlib.decompressobj().decompress(packed, _LARGEST_DOCUMENT)
    except (ValueError, zlib.error):
        return None
    return document if hashlib.sha256(document).hexdigest() == digest else None


def approve_for_colleague(proposal_id: str, *, document_sha256: str) -> Entry:
    """Approve with this desk's own key exactly the document that was looked at."""
    with transaction.atomic():
        found = _open(proposal_id)
        if document_sha256 != found.document_sha256:
            raise ReleaseError(
                _("what was looked at is not what would be approved; open the page again and look")
            )
        own = chain.desk_key().desk
        return chain.append(
            APPROVED, {"document_sha256": found.document_sha256, "by": own}, subject=proposal_id
        )


def turn_down_for_colleague(proposal_id: str, *, reason: str) -> Entry:
    """Turn a colleague's proposal down, with a reason."""
    why = check_reason(ProposalState.TURNED_DOWN, reason)
    with transaction.atomic():
        found = _open(proposal_id)
        body = {
            "document_sha256": found.document_sha256,
            "by": chain.desk_key().desk,
            "reason": why.value,
        }
        return chain.append(TURNED_DOWN, body, subject=proposal_id)


def _open(proposal_id: str) -> Colleagues:
    found = of_colleague(proposal_id)
    if found.ended or found.approved_by:
        raise ReleaseError(_("this release was decided on already"))
    return found
