"""Proposals and reviewers, inside the desk's encrypted database."""

from __future__ import annotations

from django.db import models

from safelight.release.proposal import ProposalState


class Proposal(models.Model):
    """One release on its way. A `draft` with suppression holds true counts and never leaves
    the desk; one with noise holds none.

    `document_sha256` names the bytes that are reviewed, approved and published; they are
    made anew from the draft each time and must still have this digest.
    """

    proposal_id = models.CharField(max_length=16, primary_key=True)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in ProposalState])
    draft = models.BinaryField()
    document_sha256 = models.CharField(max_length=64)
    proposed_on = models.DateField()
    proposed_by = models.CharField(max_length=64)
    reviewed_by = models.CharField(max_length=64, blank=True)
    audit = models.JSONField(null=True)
    method = models.CharField(max_length=16, default="suppression")
    # Of a release that corrects another: which, and why. Of one that ended: why it did.
    corrects = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    published_on = models.DateField(null=True)
    published_number = models.PositiveIntegerField(default=0)
    ended_because = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ("-proposed_on", "-proposal_id")


class Reviewer(models.Model):
    """A second person, who proves to be there with a passphrase of their own."""

    name = models.CharField(max_length=32, primary_key=True)
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)
