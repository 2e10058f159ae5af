"""What codes of casework are called on the pages. The vocabulary's codes bring their own labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from safelight.casework.inbox import Arrivals

LANES: Final[Mapping[str, str | Promise]] = {
    "new": _("New"),
    "coded": _("Coded"),
    "set-aside": _("Set aside"),
}

# The same of one case, which in Russian is neuter and singular.
STATES: Final[Mapping[str, str | Promise]] = {
    "new": _("new"),
    "coded": _("coded"),
    "set-aside": _("set aside"),
}

LANGUAGES: Final[Mapping[str, str | Promise]] = {"ru": _("in Russian"), "en": _("in English")}

# Why an envelope could not be opened (codes: `inbox._reason`).
SET_ASIDE: Final[Mapping[str, str | Promise]] = {
    "not-an-envelope": _("not an envelope, or cut off on the way"),
    "sealed-to-others": _("sealed to another desk; this one has no key for it"),
    "damaged": _("changed or damaged after sealing"),
    "unknown-form": _("made with a form that this version does not know; update Safelight"),
    "too-large": _("opened, but longer than a report may be"),
    "not-a-report": _("opened, but what is inside is not a report"),
    "accident": _("opening it failed inside Safelight; please tell the maintainers"),
}

# Why a person set a case aside (codes: `cases.REASONS`).
REASONS: Final[Mapping[str, str | Promise]] = {
    "read-not-counted": _("read and answered; not to be counted"),
    "outside-our-work": _("not about our work"),
    "duplicate": _("the same was reported before"),
    "test": _("a test"),
    "flood": _("one of a flood of empty or invented reports"),
}

KINDS: Final[Mapping[str, str | Promise]] = {
    "envelope.received": _("an envelope was received"),
    "envelope.set-aside": _("an envelope was set aside"),
    "envelope.tried-again": _("an envelope was tried again"),
    "case.made": _("the envelope was opened and the case made"),
    "case.coded": _("the case was coded"),
    "case.set-aside": _("the case was set aside"),
    "case.taken-back": _("the case was taken back"),
    "file.opened": _("a sealed file was opened to a folder"),
}

SEALED_BY: Final[Mapping[str, str | Promise]] = {
    "browser": _("in the reporter's browser"),
    "server": _("by the server on arrival (the reporter had no JavaScript)"),
}


def arrival_sentences(arrivals: Arrivals | None) -> list[str]:
    """Say what a round of fetching did, in the page's language; nothing to say for None."""
    if arrivals is None:
        return []
    counted = [
        (arrivals.cases, ngettext("%d new case.", "%d new cases.", arrivals.cases)),
        (
            arrivals.set_aside,
            ngettext(
                "%d envelope could not be opened; it is kept among those set aside.",
                "%d envelopes could not be opened; they are kept among those set aside.",
                arrivals.set_aside,
            ),
        ),
        (
            arrivals.known,
            ngettext(
                "%d envelope was here already.", "%d envelopes were here already.", arrivals.known
            ),
        ),
        (
            arrivals.passed_over,
            ngettext(
                "%d file is not an envelope and was not taken in.",
                "%d files are not envelopes and were not taken in.",
                arrivals.passed_over,
            ),
        ),
    ]
    said = [sentence % count for count, sentence in counted if count]
    if arrivals.left:
        said.append(str(_("More is waiting: fetch again.")))
    return said or [str(_("Nothing was waiting."))]
