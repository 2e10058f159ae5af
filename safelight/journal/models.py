"""Where the journal, its keys and its sealed contents are kept, inside the encrypted database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SigningKey(models.Model):
    """The desk's name and its Ed25519 key: one row, written once by `safelight desk init`."""

    desk = models.CharField(max_length=64, primary_key=True)
    seed = models.BinaryField(max_length=32)


class JournalEntry(models.Model):
    """One stored entry. `signed` is what was signed; the columns beside it only find it again.

    The key is (desk, seq): each desk writes its own chain, and desks of one team hold each
    other's. Triggers refuse UPDATE and DELETE (migration 0002): a mistake in our own code must
    not be able to rewrite history quietly. Against someone who edits the file with the
    key in hand, the chain and the signatures stand (`verifying.verify`).
    """

    desk = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    clock = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=160, blank=True)
    digest = models.CharField(max_length=64)
    signed = models.BinaryField()
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["desk", "seq"], name="journal_one_seq")
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "clock", "desk"], name="journal_subject"),
            models.Index(fields=["clock", "desk"], name="journal_order"),
        ]


class ChainEnd(models.Model):
    """How far this desk holds each desk's chain: bookkeeping, checked by `verify`."""

    desk = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveIntegerField()
    clock = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)


class JournalHead(models.Model):
    """The furthest end each desk has signed for, held here or not: shows what is missing."""

    desk = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)


class KnownDesk(models.Model):
    """A desk of the team and the key its entries are signed with; entered by `desk.enrolled`."""

    desk = models.CharField(max_length=64, primary_key=True)
    verify_key = models.CharField(max_length=64)


class EarlyEntry(models.Model):
    """A colleague's entry that came before the one it follows; waits for it."""

    desk = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    signed = models.BinaryField()
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["desk", "seq"], name="journal_one_early")
        ]


class ForkedEntry(models.Model):
    """The second of two different entries that one desk signed with one number: the proof."""

    desk = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    signed = models.BinaryField()
    signature = models.BinaryField(max_length=64)
    digest = models.CharField(max_length=64, primary_key=True)


class SealedContent(models.Model):
    """The content of entries, under the key of its subject. Goes when the subject is destroyed."""

    digest = models.CharField(max_length=64, primary_key=True)
    subject = models.CharField(max_length=160)
    sealed = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="content_subject")]


class StoredKey(models.Model):
    """The keys of contents: the one table whose bytes must really go (`content_keys.destroy`)."""

    key_id = models.CharField(max_length=32, primary_key=True)
    subject = models.CharField(max_length=160)
    secret = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="key_subject")]


class Destroyed(models.Model):
    """A subject whose keys were destroyed: no key for it is made or taken in ever again."""

    subject = models.CharField(max_length=160, primary_key=True)


class UnfinishedErasure(models.Model):
    """One row while old pages may still lie in the write-ahead log (`content_keys`)."""

    since_seq = models.PositiveIntegerField()


class PassedOver(models.Model):
    """An entry that counts for nothing: its writer's role did not allow it.

    It stays in its chain and verifies. Which entries stand here is the room's above to say
    (`casework.team.judging`), as a pure function of the entries and of the team's statement.
    """

    desk = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["desk", "seq"], name="journal_one_passed_over")
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="journal_passed_subject")]
