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

# What of it is being done (`evidence.capture.capturing.Progress`, `arriving`).
STAGES: Final[Mapping[str, str | Promise]] = {
    "starting": _("the browser starts"),
    "loading": _("the page loads"),
    "behaving": _("scrolling, and unfolding what is folded"),
    "picturing": _("picture and text"),
    "keeping": _("videos and the PDF"),
    "replaying": _("checked: played again without a network, and compared"),
    "sealing": _("sealed under the key of the case"),
}

# What became of a page since the capture before (`evidence.capture.difference.Change`).
CHANGES: Final[Mapping[str, str | Promise]] = {
    "unchanged": _("the same as before"),
    "picture-changed": _("the text is the same, the picture is another one"),
    "edited": _("edited: the text is another one"),
    "moved": _("leads to another address now"),
    "removed": _("REMOVED: the site says that it is gone"),
    "withheld": _("withheld: the site does not show it to everybody any more"),
    "unreachable": _("could not be reached: removed, blocked, or a bad moment"),
}

# A look of a schedule that has nothing to be compared with.
NOTHING_BEFORE: Final = _("nothing to compare it with: no page came before, without a login")

# What a look found that somebody should read; the rest is counted. A clock on the page, or another
# advertisement, is another picture each time.
_LOUD: Final = frozenset({"edited", "moved", "removed", "withheld", "unreachable"})

# Those that somebody should see before all others.
GONE: Final = frozenset({"removed", "withheld"})


def is_loud(became: str) -> bool:
    """Whether somebody should read what a look found; also where nothing came before it."""
    return became in _LOUD or not became


WORK: Final[Mapping[str, str | Promise]] = {
    "capture": _("Capture of a page"),
    "look": _("Look again by itself"),
    "bundle": _("Bundle"),
    "notice": _("Notice"),
    "campaign": _("Search for copies"),
    "file": _("File"),
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
    "record": _("record of the capture"),
    "connections": _("where the browser connected"),
    "exhibit": _("exhibit"),
    "exhibit-record": _("who released what in the exhibit, and why"),
    "bundle": _("bundle"),
}

# What can be missing from a capture (`evidence.capture.capture_record.GapKind`).
GAPS: Final[Mapping[str, str | Promise]] = {
    "no-capture": _("nothing was captured"),
    "more-gaps": _("more gaps, named in the record of the capture"),
    "no-page": _("no page came"),
    "refused": _("an address was refused: not on the public Internet"),
    "unreachable": _("an address could not be reached"),
    "too-large": _("something was too large"),
    "never-ended": _("an answer never ended"),
    "too-many-requests": _("the page asked for too much"),
    "size-limit": _("the limit of size was reached"),
    "time-limit": _("the limit of time was reached"),
    "not-settled": _("the page did not come to rest"),
    "scroll-limit": _("there was more to scroll"),
    "click-limit": _("there was more to unfold"),
    "kept-navigating": _("the page kept leading elsewhere"),
    "live-connection": _("a live connection is not kept"),
    "media": _("a video or sound is missing"),
    "media-stream": _("a stream is missing"),
    "download": _("a download was not taken"),
    "not-recorded": _("an answer was not recorded"),
    "no-screenshot": _("there is no picture"),
    "screenshot-cut": _("the picture is cut off below"),
    "no-pdf": _("there is no PDF"),
    "no-text": _("there is no text"),
    "browser-crashed": _("the browser crashed"),
    "replay-failed": _("it could not be replayed"),
    "replay-misses": _("the replay misses answers"),
    "replay-text": _("the replay shows another text"),
    "replay-pixels": _("the replay looks different"),
    "certificate": _("the site's certificate is not good"),
    "shows-login": _("the pictures may show whose account it is; look before they leave"),
}

# What may be noted in a bundle's own log (`evidence.bundles.custody.NOTED_EVENTS`).
EVENTS: Final[Mapping[str, str | Promise]] = {
    "sealed": _("sealed"),
    "handed-over": _("handed over"),
    "returned": _("came back"),
    "inspected": _("inspected"),
    "stamped-again": _("timestamps asked for again"),
}
