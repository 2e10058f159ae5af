"""Tables for lists and statistics: codes and days; no words. Projections (`tables`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class NoticeLine(models.Model):
    """One notice. `ended`: what ended the wait ("" nothing yet); `outcome`: the latest code."""

    entry = models.CharField(max_length=96, primary_key=True)
    case_id = models.CharField(max_length=16)
    template = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    made_on = models.DateField()
    sent_on = models.DateField(null=True)
    due = models.DateField(null=True)
    ended = models.CharField(max_length=8, blank=True)
    ended_on = models.DateField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    reposted_on = models.DateField(null=True)
    restored_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_id"], name="notice_case"),
            models.Index(fields=["due", "entry"], name="notice_due"),
        ]
