"""What the script of the form's page says: each sentence comes in the page, in its language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def what_the_script_says() -> list[tuple[str, str]]:
    """Return (key, sentence) for each `<template id="say-key">`, in the active language."""
    return [
        ("sealing", _("Sealing…")),
        ("sending", _("Sending…")),
        ("sent", _("It has arrived. Write down the twelve words.")),
        (
            "problem-network",
            _(
                "The connection broke. We do not know yet whether it has arrived; what you wrote "
                "is still here. Press “Send” again without changing it: it will not arrive twice."
            ),
        ),
        (
            "problem-roster",
            _(
                "The list of those who may open what you write could not be verified, so nothing "
                "was sent. Please try again later or by another way."
            ),
        ),
        ("problem-too-long", _("This is too long. Please shorten the longest text.")),
        (
            "problem-refused",
            _("The server did not accept it. Nothing was kept; please try again later."),
        ),
    ]
