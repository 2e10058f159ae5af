"""What the server holds of circles. Read each column as somebody who has seized it.

They see: how many circles there are, on which *day* each was founded and last written to; of
each its log of the last 14 days: how many entries, in which order, how long, in which epoch
and on which day, and which of them were commits; who may read which stretch of it, as hashes
of keys that were never here; how many wait at its door; how many invitations of a batch were
used, and hashes of those; public keys of batches. Of landings: how many key packages and
welcomes lie in each, and how long they are. Of stashes, in which somebody's rooms move to another
device: how many there are, how long, on which of the last days each was left, and which addresses
were taken lately. Of what is still being sent in pieces: for which circle or landing, how long,
and which pieces are here.

They do not see who is in a circle or how many, who wrote what, who invited whom, which landing
belongs to which circle, or any hour. A spent invitation is the hash of a random number that
its inviter alone chose; it stands in no row with a knock, and leads to its inviter only if
that person's device still has the number. The order within a day is in the log itself, and for
the rest may still be told by the file's pages and the write-ahead log, as everywhere here.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from safelight.intake.models import RandomKey, random_key


class Circle(models.Model):
    """One group. Its epoch and its numbers move together with its log, or not at all."""

    objects: ClassVar[models.Manager[Circle]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    circle_id = models.CharField(max_length=32, unique=True)
    # SHA-256 of the key that opens batches and burns.
    keeper = models.CharField(max_length=64)
    epoch = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    held_bytes = models.BigIntegerField()
    # Of the last day on which something was written.
    day_entries = models.IntegerField()
    day_bytes = models.BigIntegerField()
    day_pieces = models.IntegerField(default=0)
    last_day = models.DateField(db_index=True)
    burned = models.BooleanField()


class Door(models.Model):
    """The stretch of a circle's log that one epoch's key opens."""

    objects: ClassVar[models.Manager[Door]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE)
    verifier = models.CharField(max_length=64)
    from_sequence = models.BigIntegerField()
    # Number of the commit that ended the epoch; empty while it is open.
    until_sequence = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("circle", "verifier"), name="one_door_a_key"),
        )


class Entry(models.Model):
    """Sealed bytes in a circle's log."""

    objects: ClassVar[models.Manager[Entry]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE)
    sequence = models.BigIntegerField()
    epoch = models.BigIntegerField()
    is_commit = models.BooleanField()
    sha256 = models.CharField(max_length=64)
    day = models.DateField(db_index=True)
    size = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("circle", "sequence"), name="one_entry_a_number"),
            models.UniqueConstraint(fields=("circle", "sha256"), name="one_entry_once"),
        )


class Batch(models.Model):
    """A fixed number of invitations that one public key may have signed."""

    objects: ClassVar[models.Manager[Batch]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE)
    # The first half of SHA-256 of the modulus, so that no key can stand under another's name.
    batch_id = models.CharField(max_length=32, unique=True)
    # Empty once it has ended.
    modulus = models.BinaryField()
    redeemed = models.IntegerField()
    last_day = models.DateField(db_index=True)


class Spent(models.Model):
    """An invitation that was used. Nothing in it leads to who came in with it."""

    objects: ClassVar[models.Manager[Spent]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "sha256"), name="spent_once"),)


class Knock(models.Model):
    """What somebody with an invitation left at a circle's door, sealed to those inside."""

    objects: ClassVar[models.Manager[Knock]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)
    day = models.DateField(db_index=True)
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("circle", "sha256"), name="one_knock_once"),)


class Landing(models.Model):
    """Where somebody's key packages lie and their welcomes arrive, for one circle to come."""

    objects: ClassVar[models.Manager[Landing]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    landing_id = models.CharField(max_length=32, unique=True)
    # SHA-256 of the key that puts packages and reads, and of the one that takes and welcomes.
    owner = models.CharField(max_length=64)
    giver = models.CharField(max_length=64)
    last_resort = models.BinaryField(null=True)
    last_day = models.DateField(db_index=True)


class KeyPackage(models.Model):
    """Handed out once, and deleted as it is."""

    objects: ClassVar[models.Manager[KeyPackage]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    landing = models.ForeignKey(Landing, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("landing", "sha256"), name="one_package_once"),
        )


class Welcome(models.Model):
    """An MLS welcome, sealed to one key package by whoever added it."""

    objects: ClassVar[models.Manager[Welcome]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    landing = models.ForeignKey(Landing, on_delete=models.CASCADE)
    sha256 = models.CharField(max_length=64)
    day = models.DateField(db_index=True)
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("landing", "sha256"), name="one_welcome_once"),
        )


class Parcel(models.Model):
    """A commit or welcome on its way in pieces. Gone when it is whole, or after two days."""

    objects: ClassVar[models.Manager[Parcel]] = models.Manager()

    # Also the run of its pieces.
    key = RandomKey(primary_key=True, default=random_key)
    # The key of a circle or of a landing.
    holder = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    # Begun by a keeper, who has room of their own.
    by_keeper = models.BooleanField()
    day = models.DateField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("holder", "sha256"), name="one_parcel_once"),
        )


class Stash(models.Model):
    """Somebody's rooms on their way to another device, sealed under words. Taken once."""

    objects: ClassVar[models.Manager[Stash]] = models.Manager()

    # Also the run of its pieces.
    key = RandomKey(primary_key=True, default=random_key)
    # Both from the words; when it is taken, both from a number that the taker drew.
    stash_id = models.CharField(max_length=32, unique=True)
    verifier = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    received = models.IntegerField(default=0)
    whole = models.BooleanField()
    taken = models.BooleanField()
    day = models.DateField(db_index=True)


class StoredPiece(models.Model):
    """8,192 sealed bytes of a parcel or of a stash, the last of them fewer."""

    objects: ClassVar[models.Manager[StoredPiece]] = models.Manager()

    key = RandomKey(primary_key=True, default=random_key)
    run = models.BigIntegerField()
    number = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("run", "number"), name="one_piece_a_number"),
        )
