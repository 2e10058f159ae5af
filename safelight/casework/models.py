"""What the desk keeps: sealed originals, cases, and (apart from them) statistical rows.

Two stores that share no key (DESIGN §7). A case holds what a person said. A
statistical row holds closed codes under a random id. Only `Bridge` joins the two tables,
so that rows can be counted, exchanged and released without touching a case.

`Case`, `StatisticalRow`, `Bridge` and `Answer` are projections: `projecting` makes them anew
from the journal at any time. What a person wrote stands in no table of this module; it is
sealed in the journal's contents under the key of its case, and the originals are sealed
once more under a key of their own, so that a withdrawal can destroy both.
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
    DESTROYED = "destroyed"


class ReceivedEnvelope(models.Model):
    """An envelope known by its digest. Its bytes are in `EnvelopePiece` until it is destroyed.

    `mailbox` is the one the server says it lay in ("" from a stick), `work` the proof of work
    paid for it in bits, where the server knows it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    received_on = models.DateField()
    origin = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=EnvelopeState.choices)
    reason = models.CharField(max_length=32, blank=True)
    mailbox = models.CharField(max_length=32, blank=True)
    case_id = models.CharField(max_length=16, blank=True)
    work = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "received_on", "digest"], name="envelope_state"),
            models.Index(fields=["mailbox"], name="envelope_mailbox"),
            models.Index(fields=["case_id"], name="envelope_case"),
        ]

    @property
    def short_id(self) -> str:
        """The digest's first 12 characters, as in logs."""
        return self.digest[:12]


class EnvelopePiece(models.Model):
    """One MiB of a sealed original, sealed once more under the envelope's own content key."""

    envelope = models.ForeignKey(ReceivedEnvelope, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["envelope", "number"], name="one_piece")
        ]


class CaseState(models.TextChoices):
    """Where a case stands; `cases.NEXT` says what may follow what."""

    NEW = "new"
    CODED = "coded"
    SET_ASIDE = "set-aside"
    LOCKED = "locked"
    WITHDRAWN = "withdrawn"


class Case(models.Model):
    """One line of the inbox: codes and ids. `summary` is sealed under the case's key."""

    case_id = models.CharField(max_length=16, primary_key=True)
    envelope = models.CharField(max_length=64, blank=True)
    mailbox = models.CharField(max_length=32, blank=True)
    origin = models.CharField(max_length=16, blank=True)
    received_on = models.DateField()
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.NEW)
    reason = models.CharField(max_length=32, blank=True)
    lane = models.CharField(max_length=16)
    # 0 first; within it what looks most like a person, then the newest (`triage.place`).
    place = models.PositiveSmallIntegerField()
    # The reporter wrote since somebody last decided something about the case.
    has_news = models.BooleanField(default=False)
    summary = models.BinaryField()
    # What is known of its way to a verdict, sealed like the summary; empty: nothing.
    funnel = models.BinaryField(default=bytes)

    class Meta:
        # In the order of the inbox, so that its hundredth page costs what its first does.
        indexes: ClassVar = [
            models.Index(fields=["state", "place", "-received_on", "case_id"], name="case_waiting"),
            models.Index(
                fields=["state", "lane", "place", "-received_on", "case_id"], name="case_lane"
            ),
            models.Index(fields=["mailbox"], name="case_mailbox"),
            models.Index(
                fields=["place", "-received_on", "case_id"],
                name="case_news",
                condition=models.Q(has_news=True),
            ),
        ]

    @property
    def short_envelope(self) -> str:
        """The first 12 characters of its envelope's digest, as in logs."""
        return self.envelope[:12]


class Opening(models.Model):
    """A case that this desk opened, and when; with no case: an alarm, which closed them all.

    Which purpose, and what other desks opened, stands in the journal only.
    """

    case_id = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_id", "at"], name="opening_case"),
            models.Index(fields=["at"], name="opening_at"),
        ]


class StatisticalRow(models.Model):
    """Closed codes only (vocabulary `StatRow.to_mapping`), under a random id and nothing else."""

    stat_id = models.CharField(max_length=32, primary_key=True)
    codes = models.JSONField()


class Bridge(models.Model):
    """Which case a row came from. Only sealed contents of the journal know it besides."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    row = models.OneToOneField(StatisticalRow, on_delete=models.PROTECT)


class AnswerState(models.TextChoices):
    """WAITING can still be undone; the others are how it ended."""

    WAITING = "waiting"
    SENT = "sent"
    UNDONE = "undone"
    REFUSED = "refused"


class Answer(models.Model):
    """An answer on its way to a reporter; its words are in the journal's contents."""

    answer_id = models.CharField(max_length=16, primary_key=True)
    case_id = models.CharField(max_length=16)
    desk = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=AnswerState.choices)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "desk"], name="answer_state"),
            models.Index(fields=["case_id"], name="answer_case"),
        ]


class SealedAnswer(models.Model):
    """The bytes an answer is posted as, made once: the server knows a repetition by them."""

    answer_id = models.CharField(max_length=16, primary_key=True)
    sealed = models.BinaryField()


class Withdrawal(models.Model):
    """What the server said: the owner of a mailbox withdrew, and the proof that it gave."""

    mailbox = models.CharField(max_length=32)
    proof = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailbox", "proof"], name="one_withdrawal")
        ]


class TriageMark(models.Model):
    """A keyed hash of a few words of a report: two reports that share several are alike."""

    mark = models.BigIntegerField()
    case_id = models.CharField(max_length=16)
    day = models.DateField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["mark", "day", "case_id"], name="triage_mark"),
            models.Index(fields=["case_id"], name="triage_case"),
        ]
