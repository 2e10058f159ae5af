"""Where the journal and the desk's signing key are kept, inside the encrypted database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SigningKey(models.Model):
    """The desk's name and its Ed25519 key: one row, written once by `safelight desk init`."""

    desk = models.CharField(max_length=64, primary_key=True)
    seed = models.BinaryField(max_length=32)


class JournalEntry(models.Model):
    """One stored entry. `content` is what was signed; the other columns only find it again.

    The key is (desk, seq), because desks of one team will hold each other's entries.
    Triggers refuse UPDATE and DELETE (migration 0001): a mistake in our own code must
    not be able to rewrite history quietly. Against someone who edits the file with the
    key in hand, the chain and the signatures stand (`chain.verify`).
    """

    desk = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=160, blank=True)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["desk", "seq"], name="journal_one_seq")
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="journal_subject")]


class JournalHead(models.Model):
    """How far each desk's chain has come, so that a missing end is noticed too."""

    desk = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)
