"""What this desk knows of its team, and how far the exchange with each colleague has come.

`Member` and `RoleHeld` are made from the newest statement; nothing else writes them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class AcceptedStatement(models.Model):
    """A team statement that was accepted here; the one with the highest version counts."""

    version = models.PositiveBigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    signed = models.BinaryField()
    accepted_on = models.DateField()
    expires = models.DateField()


class Member(models.Model):
    """One desk of the newest statement. `until` and `last_entry` only when it has left."""

    desk = models.CharField(max_length=64, primary_key=True)
    verify_key = models.CharField(max_length=64)
    recipient = models.TextField()
    since = models.DateField()
    until = models.DateField(null=True)
    last_entry = models.PositiveIntegerField(null=True)


class RoleHeld(models.Model):
    """A role of a desk, from one day through another (open without `until`)."""

    desk = models.CharField(max_length=64)
    role = models.CharField(max_length=16)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["desk"], name="team_role_of")]


class Exchange(models.Model):
    """How far the exchange with one colleague has come. The maps are desk → number of entry.

    What it said in its newest mail: `confirmed` (it holds these), `wanted` (it knows of these
    and lacks them), `seen` (our last mail it took in), `statement` (version), `written_at`.
    What we did: `sent` (left for it on the server since), `handed` (the furthest ever given to
    it, in whatever way), `told` (what we last said that we hold), `asked` (what we last wanted),
    `number` of our last mail. `heard`, `gaps`: its highest number, and those that never came.
    """

    desk = models.CharField(max_length=64, primary_key=True)
    confirmed = models.JSONField(default=dict)
    wanted = models.JSONField(default=dict)
    sent = models.JSONField(default=dict)
    handed = models.JSONField(default=dict)
    told = models.JSONField(default=dict)
    asked = models.JSONField(default=dict)
    number = models.PositiveBigIntegerField(default=0)
    heard = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)
    gaps = models.JSONField(default=list)
    statement = models.PositiveBigIntegerField(default=0)
    statement_sent = models.PositiveBigIntegerField(default=0)
    written_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=32, blank=True)


class TakenMail(models.Model):
    """A mail that was taken in, known by the digest of what was inside.

    Once the server has said that it deleted it (`acknowledged`), it coming again is a replay.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    desk = models.CharField(max_length=64)
    number = models.PositiveBigIntegerField()
    acknowledged = models.BooleanField(default=False)


class NamedProblem(models.Model):
    """Something that came from the team's side and was not taken in, or not counted."""

    reason = models.CharField(max_length=32)
    desk = models.CharField(max_length=64, blank=True)
    through = models.CharField(max_length=64, blank=True)
    seq = models.PositiveBigIntegerField(default=0)
    on = models.DateField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reason", "desk", "through", "seq"], name="team_one_problem"
            )
        ]


class WaitingMail(models.Model):
    """A mail of a desk that no statement names yet; it stays on the server. By its digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    statement = models.PositiveBigIntegerField()
