"""Tables for lists: which letter stands where, and which two people agreed to publish.

Codes, desks and days; no words. Projections (`tables`), made anew from the journal at any time.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LetterLine(models.Model):
    """One line of the queue. `author`: of the draft that waits for a second reader.

    `due`: by when the next open escalation has to be known. `proposed_by`: who proposed texts
    for publication that nobody agreed to yet.
    """

    case_id = models.CharField(max_length=16, primary_key=True)
    state = models.CharField(max_length=16)
    holder = models.CharField(max_length=64, blank=True)
    author = models.CharField(max_length=64, blank=True)
    # 0 first: handed over as urgent, then the lane of urgent cases, then the others.
    place = models.PositiveSmallIntegerField()
    received_on = models.DateField()
    has_news = models.BooleanField(default=False)
    due = models.DateTimeField(null=True)
    proposed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "place", "received_on", "case_id"], name="letter_state"),
            models.Index(fields=["state", "-received_on", "case_id"], name="letter_latest"),
            models.Index(
                fields=["due", "case_id"],
                name="letter_due",
                condition=models.Q(due__isnull=False),
            ),
            models.Index(
                fields=["proposed_by", "case_id"],
                name="letter_proposed",
                condition=~models.Q(proposed_by=""),
            ),
        ]


class AgreedLetter(models.Model):
    """A redacted letter that two people agreed to publish; its words are in the content named."""

    case_id = models.CharField(max_length=16, primary_key=True)
    letter_id = models.CharField(max_length=32)
    content = models.CharField(max_length=64)
    # The month in which it was agreed, as its first day; never when the letter was written.
    month = models.DateField()
