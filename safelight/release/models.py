"""Proposals and reviewers, inside the desk's encrypted database."""

from __future__ import annotations

from django.db import models

from safelight.release.proposal import ProposalState


class Proposal(models.Model):
    """One release on its way. `draft` holds true counts and never leaves the desk.

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

    class Meta:
        ordering = ("-proposed_on", "-proposal_id")


class Reviewer(models.Model):
    """A second person, who proves to be there with a passphrase of their own."""

    name = models.CharField(max_length=32, primary_key=True)
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)
