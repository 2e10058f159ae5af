"""Files of evidence, sealed under the content key of their case, and the key that signs bundles.

These are no projections: the journal says what a file is, these tables hold its bytes on
the desk where it was made. When the case's key is destroyed they are noise, and are removed
(`keeping`). The last two are projections (`looks_table`): which looks of this desk are due, and
what they found.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EvidenceFile(models.Model):
    """One file. `key_id`: which of the case's keys its pieces are sealed under.

    `is_whole`: no, while a long one is on its way (`keeping.keep_in_steps`).
    """

    item = models.CharField(max_length=32, primary_key=True)
    case_id = models.CharField(max_length=16)
    key_id = models.CharField(max_length=32)
    size = models.PositiveBigIntegerField()
    is_whole = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case_id"], name="evidence_case")]


class EvidencePiece(models.Model):
    """One MiB of a file, sealed."""

    file = models.ForeignKey(EvidenceFile, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "number"], name="one_evidence_piece")
        ]


class EvidenceThumbnail(models.Model):
    """The small picture of a file, made once. `picture`: where it lies, sealed as all files are.

    It goes with that, and that with the case.
    """

    item = models.CharField(max_length=64, primary_key=True)
    picture = models.OneToOneField(EvidenceFile, on_delete=models.CASCADE)


class EvidenceKey(models.Model):
    """The Ed25519 key that signs this desk's bundles: one row, made when first needed."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    seed = models.BinaryField(max_length=32)


class DueLook(models.Model):
    """The next look of a schedule that this desk set. What is looked at stands in the journal.

    `desk`: under which name. Restored from a backup, a desk is another one, and has none.
    """

    schedule = models.CharField(max_length=64, primary_key=True)
    case_id = models.CharField(max_length=16)
    desk = models.CharField(max_length=64)
    due = models.DateTimeField(db_index=True)
    every_hours = models.PositiveIntegerField()
    until = models.DateField()


class LookFound(models.Model):
    """What a look of this desk found, until somebody has read it. `became`: a `Change`, or ""
    where there is nothing to compare with. `before`: the capture to compare with, or "".
    """

    capture = models.CharField(max_length=64, primary_key=True)
    case_id = models.CharField(max_length=16, db_index=True)
    before = models.CharField(max_length=64)
    became = models.CharField(max_length=20)
