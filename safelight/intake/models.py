"""What the server holds. Read each column as somebody who has seized it.

They see: how many mailboxes were opened on which *day*, the size class of each
envelope, which desks have fetched it, and the versions of the public roster. They
do not see who, from where, at what hour, in which language or with how many words.
A mailbox id and a verifier are hashes of a receipt that was never here; with the
receipt in hand (paper taken from a reporter) they confirm that it was used.

Primary keys are random and envelopes are numbered only when a desk asks, in random
order, so no column tells the order within a day. The order of pages in the file, the
write-ahead log and the file's own time may still tell it: the how-to for operators
says so. After the last desk has fetched an envelope its bytes are overwritten
(secure_delete) and only its `Mailbox` row remains, for the reporter's status page.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def random_key() -> int:
    """Return a positive 63-bit number that says nothing about order."""
    return secrets.randbelow(2**63 - 1) + 1


if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[int, int]
else:  # Django's fields cannot be subscripted when they run
    _BigInteger = models.BigIntegerField


class RandomKey(_BigInteger):
    """A primary key that *is* SQLite's rowid.

    Only a column of the exact type `integer` is (sqlite.org/lang_createtable.html,
    "ROWIDs and the INTEGER PRIMARY KEY"). Django's `bigint` would leave a hidden rowid
    beside it, counting rows in the order in which they arrived.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Mailbox(models.Model):
    """Where one receipt's envelope lies, and what remains when it has been fetched."""

    objects: ClassVar[models.Manager[Mailbox]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox_id = models.CharField(max_length=32, unique=True)
    verifier = models.CharField(max_length=64)
    # Of the sealed bytes: tells a safe retry from somebody else's bytes.
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    fetched = models.BooleanField(default=False)


class HeldEnvelope(models.Model):
    """Sealed bytes that not every desk has yet."""

    objects: ClassVar[models.Manager[HeldEnvelope]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="envelope")
    # Empty until a desk asks for its list.
    sequence = models.BigIntegerField(null=True, unique=True)
    sealed = models.BinaryField()
    size = models.IntegerField()


class Acknowledgement(models.Model):
    """A desk has stored this envelope durably on its side."""

    objects: ClassVar[models.Manager[Acknowledgement]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    envelope = models.ForeignKey(HeldEnvelope, on_delete=models.CASCADE)
    desk = models.CharField(max_length=200)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("envelope", "desk"), name="one_acknowledgement_a_desk"),
        )


class HighestSeen(models.Model):
    """Numbers that may only grow: the roster version, and the last number given to an envelope."""

    objects: ClassVar[models.Manager[HighestSeen]] = models.Manager()

    name = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField()


class AcceptedRoster(models.Model):
    """The newest roster as it was signed: public bytes that the server hands to everybody.

    A new worker that finds a bad roster file goes on with this one.
    """

    objects: ClassVar[models.Manager[AcceptedRoster]] = models.Manager()

    version = models.BigIntegerField(primary_key=True)
    signed = models.BinaryField()
