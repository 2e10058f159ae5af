"""Lists from outside, as this desk keeps them: where each came from, and its incidents.

The journal says that a list was imported and forgotten, with its digest and counts; the
rows themselves can be read again from the file that has this digest.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ImportedList(models.Model):
    """One imported file.

    `provenance` is what must be said with every number made of it; `profile_text` is the
    mapping as it was, so that the coding can be repeated from the file.
    """

    list_id = models.CharField(max_length=32, primary_key=True)
    profile = models.CharField(max_length=40)
    profile_version = models.CharField(max_length=40)
    profile_sha256 = models.CharField(max_length=64)
    profile_text = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    imported_on = models.DateField()
    forgotten_on = models.DateField(null=True)
    row_unit = models.CharField(max_length=24)
    counted_unit = models.CharField(max_length=24)
    rows_in_file = models.PositiveIntegerField()
    incidents = models.PositiveIntegerField()
    with_bias_ground = models.PositiveIntegerField()
    rows_of_ours = models.PositiveIntegerField()
    provenance = models.JSONField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["file_sha256"], name="list_file")]


class ListedIncident(models.Model):
    """One incident of a list. `codes` is its statistical row; `None` says `no_row` why not."""

    imported = models.ForeignKey(ImportedList, on_delete=models.CASCADE, related_name="listed")
    source_key = models.CharField(max_length=64)
    first_row = models.PositiveIntegerField()
    has_bias_ground = models.BooleanField()
    stat_id = models.CharField(max_length=32, null=True, unique=True)
    codes = models.JSONField(null=True)
    no_row = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["imported", "source_key"], name="incident_once_a_list")
        ]
        indexes: ClassVar = [models.Index(fields=["source_key"], name="incident_source_key")]


class OverlapSession(models.Model):
    """One private overlap that this desk takes part in, with its secrets.

    `keys` and `state` as `overlap/saved.py` packs them; `state` is empty before the offer.
    `terms` are the signed terms as they came, empty before. No list stands here, only what is
    blinded; deleting the row ends this desk's part.
    """

    session_id = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=30)
    began_on = models.DateField()
    keys = models.BinaryField()
    terms = models.BinaryField(default=b"")
    state = models.BinaryField(default=b"")


class ExchangePartner(models.Model):
    """An organisation with which rows are exchanged. Keys are drawn for each one anew.

    `card` is theirs, empty until people compared the code. `secret` makes the ids under which
    they know our rows; `sent_ids` are those of the last edition.
    """

    partner_id = models.CharField(max_length=16, primary_key=True)
    own_name = models.CharField(max_length=30)
    name = models.CharField(max_length=30, blank=True)
    signing_seed = models.BinaryField()
    sealing_seed = models.BinaryField()
    secret = models.BinaryField()
    card = models.BinaryField(default=b"")
    sent_edition = models.PositiveIntegerField(default=0)
    sent_ids = models.JSONField(default=list)
    taken_edition = models.PositiveIntegerField(default=0)
    taken_sha256 = models.CharField(max_length=64, blank=True)
    taken_on = models.DateField(null=True)
    fresh_until = models.DateField(null=True)


class ReceivedRow(models.Model):
    """A row that a partner shares; counted until its day, in no edition after it is gone."""

    partner = models.ForeignKey(ExchangePartner, on_delete=models.CASCADE, related_name="shared")
    share_id = models.CharField(max_length=32)
    until = models.DateField()
    codes = models.JSONField()
    keys = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "share_id"], name="row_once_a_partner")
        ]
