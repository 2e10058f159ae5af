"""What codes of the team are called on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from safelight.casework.team.exchanging import Exchanged

ROLES: Final[Mapping[str, str | Promise]] = {
    "caseworker": _("works on cases"),
    "keeper": _("keeps keys"),
    "analyst": _("counts"),
    "reviewer": _("reviews"),
}

# Why something was not taken in (`problems`, `journal.merging.REASONS`).
PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "not-opened": _(
        "Something in this desk's mailbox does not open here: damaged, or sealed to others"
    ),
    "unreadable-mail": _("A mail could not be read; update Safelight on both desks"),
    "stranger-mail": _("A mail of a desk that no team statement names; it waits on the server"),
    "forged-mail": _("A mail that says it is from this desk, and is not signed by it"),
    "for-another": _("A mail to somebody else, sealed anew to this desk"),
    "left": _("A mail of a desk that had left by then"),
    "replayed": _("A mail that had been taken in and deleted came again: somebody repeats it"),
    "accident": _("A mail could not be taken in; it waits on the server. Update Safelight"),
    "altered": _("A mail came with other bytes than the server had listed"),
    "stranger": _("Entries of a desk that no team statement names"),
    "forged": _("An entry that this desk did not sign"),
    "unreadable": _("An entry that is not of this format; update Safelight"),
    "forked": _("This desk signed two different entries with one number"),
    "clock-goes-back": _("An entry that counts back"),
    "too-many-early": _("Too many entries that wait for missing ones"),
    "wrong-key": _("A key that does not open what it came with"),
    "statement-forged": _("A team statement that the root key did not sign"),
    "statement-rolled-back": _("A team statement that is older than the one here"),
    "statement-expired": _("A team statement that has expired"),
    "statement-desk-forgotten": _("A team statement that leaves out a desk, or changes its key"),
    "statement-not-named": _("A team statement without this desk, or with other keys for it"),
    "statement-malformed": _("A team statement that cannot be read; update Safelight"),
    "statement-key-changed": _("A team statement that gives another key to a known desk"),
}

# Why the server took nothing for a colleague (`team_server`).
TROUBLES: Final[Mapping[str, str | Promise]] = {
    "not-on-the-roster": _("the server's roster does not name it"),
    "mailbox-full": _("its mailbox is full until it fetches"),
    "busy": _("the server was busy"),
    "server-full": _("the server's disk is full"),
}

WHY_HELD: Final[Mapping[str, str | Promise]] = {
    "wrote": _("worked on it"),
    "confirmed": _("has it, as it said itself"),
    "handed": _("was sent it"),
}


def exchanged_sentences(done: Exchanged) -> list[str]:
    """Say what an exchange did."""
    said = [
        ngettext("%(n)d mail was taken in.", "%(n)d mails were taken in.", done.mails)
        % {"n": done.mails}
        + " "
        + ngettext("%(n)d entry is new.", "%(n)d entries are new.", done.new) % {"n": done.new},
        ngettext(
            "%(n)d mail was left for colleagues.",
            "%(n)d mails were left for colleagues.",
            done.sent,
        )
        % {"n": done.sent},
    ]
    if done.refused:
        said.append(
            ngettext(
                "%(n)d mail was refused: see below.",
                "%(n)d mails were refused: see below.",
                done.refused,
            )
            % {"n": done.refused}
        )
    if done.waits:
        said.append(gettext("Something waits on the server until a newer team statement is here."))
    if done.left:
        said.append(gettext("More is waiting. Press again."))
    return said
