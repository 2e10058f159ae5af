"""What the desk keeps: sealed originals, cases, and (apart from them) statistical rows.

Two stores that share no key (DESIGN §7). A case holds what a person said. A
statistical row holds closed codes under a random id. Only `Bridge` joins the two tables,
so that rows can be counted, exchanged and released without touching a case. The journal
names both as well (`case.coded`), because tables must be rebuilt from it: destroying a
bridge alone does not yet make a row anonymous.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class OpeningKey(models.Model):
    """A secret age identity of this desk. Older ones stay, so that older envelopes open."""

    recipient = models.TextField(primary_key=True)
    identity = models.TextField()
    made_on = models.DateField()


class EnvelopeState(models.TextChoices):
    """STORED is the only state that work remains in; a restart picks it up from there."""

    STORED = "stored"
    OPENED = "opened"
    SET_ASIDE = "set-aside"


class ReceivedEnvelope(models.Model):
    """Sealed bytes exactly as they came, known by their digest. Kept: they are the original."""

    digest = models.CharField(max_length=64, primary_key=True)
    sealed = models.BinaryField()
    size = models.PositiveIntegerField()
    received_on = models.DateField()
    origin = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=EnvelopeState.choices)
    reason = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "received_on"], name="envelope_state")]

    @property
    def short_id(self) -> str:
        """The digest's first 12 characters, as in logs."""
        return self.digest[:12]


class CaseState(models.TextChoices):
    """Where a case stands; `cases.NEXT` says what may follow what."""

    NEW = "new"
    CODED = "coded"
    SET_ASIDE = "set-aside"


class Case(models.Model):
    """What the desk works on: one report, in its canonical bytes, and the envelope it came in."""

    case_id = models.CharField(max_length=16, primary_key=True)
    envelope = models.OneToOneField(ReceivedEnvelope, on_delete=models.PROTECT)
    report = models.BinaryField()
    received_on = models.DateField()
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.NEW)
    reason = models.CharField(max_length=32, blank=True)

    class Meta:
        # In the order of the inbox, so that its hundredth page costs what its first does.
        indexes: ClassVar = [
            models.Index(fields=["state", "-received_on", "case_id"], name="case_state")
        ]


class StatisticalRow(models.Model):
    """Closed codes only (vocabulary `StatRow.to_mapping`), under a random id and nothing else."""

    stat_id = models.CharField(max_length=32, primary_key=True)
    codes = models.JSONField()


class Bridge(models.Model):
    """Which case a statistical row came from. Only the journal knows it besides."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    row = models.OneToOneField(StatisticalRow, on_delete=models.PROTECT)
