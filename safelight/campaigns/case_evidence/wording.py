"""What codes of evidence are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATES: Final[Mapping[str, str | Promise]] = {
    "ASKED": _("interrupted: it was begun and never ended"),
    "COMPLETE": _("complete"),
    "PARTIAL": _("with gaps"),
    "FAILED": _("failed"),
}

RUNS: Final[Mapping[str, str | Promise]] = {
    "waiting": _("waits"),
    "running": _("is being done"),
    "done": _("done"),
    "refused": _("refused"),
}

WORK: Final[Mapping[str, str | Promise]] = {
    "capture": _("Capture"),
    "bundle": _("Bundle"),
    "notice": _("Notice"),
}

SEEN: Final[Mapping[str, str | Promise]] = {
    "SHOWS": _("it shows what was reported"),
    "GONE": _("the post is not there any more"),
    "OTHER": _("it shows something else"),
}

ROLES: Final[Mapping[str, str | Promise]] = {
    "file": _("file"),
    "wacz": _("the whole page (WACZ)"),
    "screenshot": _("picture of the page"),
    "pdf": _("PDF of the page"),
    "text": _("text of the page"),
    "exhibit": _("exhibit"),
    "bundle": _("bundle"),
}

# What may be noted in a bundle's own log (`evidence.bundles.custody.NOTED_EVENTS`).
EVENTS: Final[Mapping[str, str | Promise]] = {
    "sealed": _("sealed"),
    "handed-over": _("handed over"),
    "returned": _("came back"),
    "inspected": _("inspected"),
    "stamped-again": _("timestamps asked for again"),
}
