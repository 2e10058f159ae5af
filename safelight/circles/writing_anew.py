"""What was deleted of circles is gone from every page of the file, not only from where it stood.

The bytes of each circle, of a landing's welcomes, of each parcel and stash lie under a key that
is forgotten with them (`safelight/intake/forgetting.py` says why and how). What stands around
them, and what age deletes of a circle that lives on, goes when these tables are written anew:
after each deletion, while all circles together hold less than `most`.
"""

from __future__ import annotations

from typing import Final

from safelight.intake.forgetting import (
    KEYS,
    MOST_BYTES,
    Tables,
    forget_what_was_deleted,
    owe,
    write_anew_if_owed,
)

CIRCLES: Final = Tables(
    "circles-anew",
    {
        "circles_entry": "sealed",
        "circles_knock": "sealed",
        "circles_keypackage": "sealed",
        "circles_welcome": "sealed",
        "circles_landing": "last_resort",
        "circles_batch": "modulus",
        "circles_circle": "",
        "circles_door": "",
        "circles_spent": "",
        "circles_parcel": "",
        "circles_stash": "",
    },
    most=MOST_BYTES,
)


def owe_writing_anew() -> None:
    """Note that something was deleted. Inside the `durable_write` that deletes it."""
    owe(CIRCLES)


def forget_deleted_of_circles() -> None:
    """After a deletion: write anew what is owed, and empty the write-ahead log."""
    write_anew_if_owed(CIRCLES)
    forget_what_was_deleted()


def forget_what_circles_owe() -> None:
    """Do what an earlier deletion left to do: one look where it left nothing."""
    if write_anew_if_owed(KEYS) | write_anew_if_owed(CIRCLES):
        forget_what_was_deleted()
