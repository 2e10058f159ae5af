"""Files of evidence, sealed under the content key of their case, and the key that signs bundles.

No projections: the journal says what a file is, these tables hold its bytes on the desk where it
was made. When the case's key is destroyed they are noise, and are removed (`keeping`).
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
