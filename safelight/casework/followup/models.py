"""Tables for lists: which case whose, what is due when. Codes, desks and days; no words.

All are projections (`tables`), made anew from the journal at any time.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FollowedCase(models.Model):
    """Of each open case: who has it, when it is due for review, until when it is urgent."""

    case_id = models.CharField(max_length=16, primary_key=True)
    desk = models.CharField(max_length=64, blank=True)
    review_on = models.DateField(null=True)
    review_rule = models.CharField(max_length=16, blank=True)
    urgent_until = models.DateTimeField(null=True)
    answered = models.BooleanField(default=False)
    status = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["desk", "case_id"], name="followed_desk"),
            models.Index(fields=["review_on", "case_id"], name="followed_review"),
            models.Index(
                fields=["urgent_until", "case_id"],
                name="followed_urgent",
                condition=models.Q(urgent_until__isnull=False),
            ),
        ]


class OpenTask(models.Model):
    """A task that is not done. Its words are in the journal's content with this digest."""

    entry = models.CharField(max_length=96, primary_key=True)
    case_id = models.CharField(max_length=16)
    content = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    due = models.DateField(null=True)
    desk = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due", "entry"], name="task_due"),
            models.Index(fields=["desk", "due", "entry"], name="task_desk"),
            models.Index(fields=["case_id"], name="task_case"),
        ]


class AgreedPurpose(models.Model):
    """One purpose the person of a case agrees to, and its last day."""

    case_id = models.CharField(max_length=16)
    purpose = models.CharField(max_length=24)
    until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case_id", "purpose"], name="one_agreement")
        ]
        indexes: ClassVar = [
            models.Index(fields=["purpose", "until", "case_id"], name="agreed_until")
        ]


class Recall(models.Model):
    """Something that must be asked back from a receiver; what, is in the journal's content."""

    subject = models.CharField(max_length=32, unique=True)


class Place(models.Model):
    """Somebody one refers to; the words are sealed under the place's own content key."""

    place_id = models.CharField(max_length=32, primary_key=True)
    content = models.CharField(max_length=64)
    helper = models.CharField(max_length=16)
    removed = models.BooleanField(default=False)
