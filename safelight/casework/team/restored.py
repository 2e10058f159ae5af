"""A desk that was restored, or goes on after a fork: under a new name, with a chain of its own.

An old desk put back would write numbers that it has already given to other entries: a fork,
which colleagues name. So what is restored never has the old signing key. It takes a new name;
the old chain stays as a colleague's, up to where it was held, and what the old desk wrote after
that still follows from those who have it.

    desk.made        the new chain begins
    desk.enrolled    the old name and its key, so that its entries still verify here
    desk.restored    from which desk, up to which entry and digest; or desk.continued, after a fork
    desk.caught-up   colleagues' entries are here as far as they signed for, or a person said that
                     there is nobody to ask; until then a restored desk opens no case

Until `desk.caught-up`, because somebody may have withdrawn since: the orders to destroy come
with the colleagues' entries, and must come before anything is read.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.team.models import Exchange
from safelight.errors import SafelightError
from safelight.journal.chain import append, desk_key, end_of, set_desk_key
from safelight.journal.entry import Entry, SignedHead
from safelight.journal.merging import beyond
from safelight.journal.models import JournalEntry, JournalHead, KnownDesk, SigningKey

RESTORED: Final = "desk.restored"
CONTINUED: Final = "desk.continued"
CAUGHT_UP: Final = "desk.caught-up"


class NotCaughtUpError(SafelightError):
    """A case was to be opened on a restored desk before colleagues' entries had come."""


class NameTakenError(SafelightError):
    """The name of the new chain is not new."""


def begin_new_chain(name: str, *, why: str, backup: str = "") -> str:
    """Give this desk a new name and key, inside the caller's transaction; return the verify key.

    `why` is `RESTORED` or `CONTINUED`. The old signing key is removed from this desk.
    """
    old = desk_key()
    known = KnownDesk.objects.filter(desk=name).exists() or end_of(name).seq > 0
    if name == old.desk or known:
        raise NameTakenError(
            _(
                "this name has a chain already; expected one that no desk of the team ever had. "
                "Entries of two desks under one name cannot be told apart"
            )
        )
    end = end_of(old.desk)
    old_key = old.private.public_key().public_bytes_raw().hex()
    SigningKey.objects.update(seed=bytes(32))
    SigningKey.objects.all().delete()
    signing = Ed25519PrivateKey.generate()
    verify_key = signing.public_key().public_bytes_raw().hex()
    set_desk_key(name, signing.private_bytes_raw())
    KnownDesk.objects.create(desk=old.desk, verify_key=old_key)
    # Mails are counted from 1 again: colleagues hear from a desk that has never written to them.
    Exchange.objects.all().delete()
    append("desk.made", {"verify-key": verify_key}, subject=name)
    append("desk.enrolled", {"verify-key": old_key}, subject=old.desk)
    body = {"from": old.desk, "seq": end.seq, "digest": end.digest}
    append(why, body | ({"backup": backup} if backup else {}), subject=name)
    return verify_key


def is_waiting() -> bool:
    """Whether this desk was restored and colleagues' entries have not come since."""
    own = desk_key().desk
    kinds = JournalEntry.objects.filter(subject=own, desk=own, kind__in=[RESTORED, CAUGHT_UP])
    latest = kinds.order_by("-seq").values_list("kind", flat=True).first()
    return latest == RESTORED


def check_caught_up() -> None:
    """Raise `NotCaughtUpError` while a restored desk must not show a case."""
    if is_waiting():
        raise NotCaughtUpError(
            _(
                "this desk was restored, and what colleagues wrote since has not come yet: "
                "somebody may have taken a report back. Exchange with a colleague's desk first; if "
                "nobody else has a desk, say so on the page Backups"
            )
        )


def note_what_came() -> None:
    """End the waiting once every chain is here as far as its desk signed for it.

    Called in the transaction that took a colleague's batch in. The heads of this desk's own
    former name do not count: they may come from the backup itself.
    """
    if not is_waiting():
        return
    own = desk_key().desk
    former = former_names()
    heard = False
    for row in JournalHead.objects.exclude(desk=own):
        head = SignedHead(row.desk, row.seq, row.digest, bytes(row.signature))
        if beyond(head, end_of(row.desk).seq) is not None:
            return
        heard = heard or row.desk not in former
    if heard:
        append(CAUGHT_UP, {"by": "colleagues"}, subject=own)


def go_on_alone() -> None:
    """Write down a person's word that no colleague has a desk, and end the waiting."""
    with transaction.atomic():
        if is_waiting():
            append(CAUGHT_UP, {"by": "person"}, subject=desk_key().desk)


def former_names() -> frozenset[str]:
    """Names that this desk, or what it was restored from, had before."""
    names: set[str] = set()
    todo = {desk_key().desk}
    while todo:
        rows = JournalEntry.objects.filter(subject__in=todo, kind__in=[RESTORED, CONTINUED])
        found = {
            str(Entry.parse(bytes(signed)).body.get("from", ""))
            for signed in rows.values_list("signed", flat=True)
        }
        todo = found - names
        names |= found
    return frozenset(names)
