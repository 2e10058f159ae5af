"""What the server holds. Read each column as somebody who has seized it.

They see: how many mailboxes were opened on which *day*, on which day each was last
written to, the size class of each envelope in either direction that is still here, what
was paid for it in computing, which desks have fetched it, the pieces of uploads of the
last seven days, and the versions of the public roster. They see which mailboxes were
withdrawn, and until every desk knows it also the proof, which by then proves to nobody
else anything but that. They do not see who, from where, at what hour, in which language
or with how many words, nor when somebody read. A mailbox id and a verifier are hashes of
a receipt that was never here; with the receipt in hand (paper taken from a reporter) they
confirm that it was used. The digests in `Accepted` say how often a reporter wrote within
the last seven days.

Primary keys and the names of uploads are random, and envelopes are numbered only when a
desk asks, in random order, so no column tells the order within a day. The order of pages
in the file, the write-ahead log and the file's own time may still tell it: the how-to for
operators says so. After the last desk has fetched an envelope its bytes are overwritten
(secure_delete), the key under which they lay is forgotten (`HolderKey`), and only its
`Mailbox` row remains, for the reporter's status page, until
nobody has written to it for as many days as the operator chose.
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
    """Where one receipt's envelopes lie, and what remains when they have been fetched."""

    objects: ClassVar[models.Manager[Mailbox]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox_id = models.CharField(max_length=32, unique=True)
    verifier = models.CharField(max_length=64)
    # Of the first envelope: tells a safe retry from somebody else's bytes. Empty once withdrawn.
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    # Of the last deposit, answer or withdrawal. Reading leaves no trace.
    last_day = models.DateField(db_index=True)
    # Whether a desk has each envelope that was left here.
    fetched = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)
    # What desks check before they destroy a case. Empty when all of them know.
    proof = models.CharField(max_length=64, default="")


class HeldEnvelope(models.Model):
    """Sealed bytes that not every desk has yet."""

    objects: ClassVar[models.Manager[HeldEnvelope]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="envelopes")
    # Empty until a desk asks for its list.
    sequence = models.BigIntegerField(null=True, unique=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    # The first of its mailbox, so a report; later ones are messages and files.
    first = models.BooleanField()
    # Zero bits that were computed for it; empty for what the server sealed itself.
    work = models.IntegerField(null=True)


class EnvelopePart(models.Model):
    """One run of an envelope's bytes. Several when it came as parallel uploads.

    So that what has arrived in pieces becomes an envelope without being copied.
    """

    objects: ClassVar[models.Manager[EnvelopePart]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    envelope = models.ForeignKey(HeldEnvelope, on_delete=models.CASCADE)
    # Where in the envelope the run begins.
    start = models.BigIntegerField()
    run = models.BigIntegerField(unique=True)


class Piece(models.Model):
    """Sealed bytes as they arrived: of the run `run`, from its byte `start` on."""

    objects: ClassVar[models.Manager[Piece]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    run = models.BigIntegerField()
    start = models.BigIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "start"), name="one_piece_a_place"),)


class HolderKey(models.Model):
    """What a holder's bytes are encrypted with once more, to be forgotten with them.

    A holder is a run of pieces, an answer or an envelope of the team. The key hides nothing from
    who takes the server while it is here (`safelight/intake/forgetting.py`).
    """

    objects: ClassVar[models.Manager[HolderKey]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    secret = models.BinaryField()


class Upload(models.Model):
    """An upload of the last seven days: under way, or finished and kept to answer a retry."""

    objects: ClassVar[models.Manager[Upload]] = models.Manager()

    # Also the run of its pieces.
    key = RandomKey(primary_key=True, default=random_key)
    # In its address. Whoever knows it may go on with it, so it is as long as a key.
    name = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=8)
    length = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    day = models.DateField(db_index=True)
    # Its pieces belong to an envelope now, or to one that was.
    kept = models.BooleanField(default=False)
    # The next three are emptied as soon as it is kept.
    mailbox_id = models.CharField(max_length=32, default="", db_index=True)
    verifier = models.CharField(max_length=64, default="")
    sha256 = models.CharField(max_length=64, default="")
    first = models.BooleanField(default=False)
    work = models.IntegerField(null=True)

    class Meta:
        # What all unfinished ones hold is asked for at each beginning, also after a week of
        # uploads that were kept.
        indexes = (
            models.Index(
                fields=["received"], condition=models.Q(kept=False), name="unfinished_uploads"
            ),
        )


class Accepted(models.Model):
    """Digests of later envelopes of the last seven days: a retry is not a second message."""

    objects: ClassVar[models.Manager[Accepted]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)
    day = models.DateField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("mailbox", "sha256"), name="one_digest_a_mailbox"),
        )


class Answer(models.Model):
    """What a desk sealed to the reporter. It stays until the mailbox goes."""

    objects: ClassVar[models.Manager[Answer]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="answers")
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    size = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("mailbox", "sha256"), name="one_answer_once"),
        )


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


class WithdrawalSeen(models.Model):
    """A desk knows that this mailbox was withdrawn."""

    objects: ClassVar[models.Manager[WithdrawalSeen]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE)
    desk = models.CharField(max_length=200)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("mailbox", "desk"), name="one_withdrawal_a_desk"),
        )


class TeamEnvelope(models.Model):
    """Sealed bytes from one desk to another. The names are those of the public roster."""

    objects: ClassVar[models.Manager[TeamEnvelope]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    sender = models.CharField(max_length=32)
    addressee = models.CharField(max_length=32)
    # Empty until the addressee asks for its list.
    sequence = models.BigIntegerField(null=True, unique=True)
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    size = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("sender", "addressee", "sha256"), name="one_team_envelope_once"
            ),
        )


class HighestSeen(models.Model):
    """Numbers that only grow: roster version, last number given to an envelope, day of tidying."""

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
