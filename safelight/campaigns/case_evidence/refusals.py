"""What a refusal of evidence is called on the pages, in the page's language.

`safelight.evidence` knows no Django and says in English what it expected, what came and what to
do next; that stands as it is on an English page. On a page in another language it is said what
kind of refusal it is. Refusals of the pages themselves are in the page's language already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safelight.campaigns.case_evidence.evidence_file import EvidenceFileSettingsError
from safelight.campaigns.case_evidence.problems import EvidenceFileError
from safelight.campaigns.notices.problems import (
    LayoutError,
    TemplateError,
    UnknownCodeError,
    UnshowableError,
)
from safelight.campaigns.photos.pixels import PhotoError
from safelight.campaigns.texts.folding import TextError
from safelight.campaigns.timeline.postings import TimelineError
from safelight.errors import SafelightError
from safelight.evidence.capture.problems import (
    BrowserGone,
    BrowserUnavailable,
    CaptureError,
    CommandFailed,
)
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.problems import AuthorityUnavailable, EvidenceError, TimestampError
from safelight.evidence.sandbox.problems import (
    CannotBeShown,
    NotShown,
    SandboxError,
    SandboxUnavailable,
)
from safelight.evidence.sandbox.wire import Stop

_STOPPED: Final[Mapping[str, str | Promise]] = {
    Stop.UNKNOWN: _("this file cannot be shown: its bytes are of no type that is opened here"),
    Stop.TOO_LARGE: _("this file cannot be shown: it is too large, or unpacks to too much"),
    Stop.DAMAGED: _("this file cannot be shown: it is damaged, or not what it looks like"),
    Stop.LOCKED: _("this file cannot be shown: it needs a password"),
    Stop.EMPTY: _("this file cannot be shown: there is nothing in it"),
}
# The nearest of a refusal's own kinds is taken.
_KINDS: Final[Mapping[type[SafelightError], str | Promise]] = {
    SandboxUnavailable: _(
        "there is no sandbox on this desk, and hostile files are opened in nothing else. Nothing "
        "was opened; show this to whoever set the desk up"
    ),
    CannotBeShown: _(
        "this file cannot be shown safely, or it took too long. Its sealed original stays as it is"
    ),
    SandboxError: _(
        "what came out of the sandbox is not as agreed, and nothing of it is shown. Whoever made "
        "the file may know of a fault: leave it sealed, and tell whoever set the desk up"
    ),
    BrowserUnavailable: _(
        "no browser starts here that can be confined. Nothing was captured; show this to whoever "
        "set the desk up"
    ),
    BrowserGone: _("the browser ended in the middle of it; begin the capture again"),
    CommandFailed: _("the page kept the browser so busy that it did not answer; try again later"),
    CaptureError: _(
        "the capture could not be made as it was asked for. Look at the address, the login and "
        "the way out, and begin it again"
    ),
    ExhibitError: _("the exhibit cannot be made of what was ticked; tick fewer pieces, or others"),
    AuthorityUnavailable: _("a timestamp authority did not answer; seal again later"),
    TimestampError: _(
        "a timestamp does not prove what it should, and was not taken. Ask again later, or take "
        "another authority"
    ),
    EvidenceError: _("the bundle or capture could not be made, read or continued"),
    EvidenceFileSettingsError: _(
        "evidence.yaml in the desk's folder cannot be used: it says nothing of a way out. Show "
        "this to whoever set the desk up"
    ),
    EvidenceFileError: _(
        "this file is not on this desk (made on another one, or destroyed with its case), is too "
        "large, or was changed since; a backup may still have it"
    ),
    TimelineError: _("the course of the campaign cannot be shown: an entry in it does not fit"),
    PhotoError: _("this picture cannot be compared; give another one"),
    TextError: _("this text cannot be compared; give a shorter part of it"),
    UnknownCodeError: _("expected choices of the page; reload it"),
    TemplateError: _(
        "there is no such template of a notice here, or it breaks its own rules. Choose another; "
        "an older version of the program may have made this one"
    ),
    UnshowableError: _(
        "the PDF's fonts have Latin, Cyrillic and Greek letters; another sign stands in a text. "
        "Write it in these letters, or take the file for editing instead"
    ),
    LayoutError: _(
        "the notice could not be laid out. Take the file for editing, and report this as a fault "
        "of the program"
    ),
}
_BY_NAME: Final = {kind.__name__: said for kind, said in _KINDS.items()}


def in_words(refusal: SafelightError) -> str:
    """Return what the page says of a refusal. Never what a stranger wrote."""
    if (get_language() or "en").startswith("en"):
        return str(refusal)
    if isinstance(refusal, NotShown):
        return str(_STOPPED[refusal.why])
    named = (_KINDS[kind] for kind in type(refusal).__mro__ if kind in _KINDS)
    return str(next(named, refusal))


def code_of(refusal: SafelightError) -> str:
    """Return what the journal says of a refusal: the name of its nearest kind that has words."""
    named = (kind.__name__ for kind in type(refusal).__mro__ if kind in _KINDS)
    return next(named, EvidenceError.__name__)


def code_in_words(code: str, *, otherwise: type[SafelightError]) -> str:
    """Return what the page says of what `code_of` wrote down.

    An older version wrote English sentences: on an English page they stand as they are, on another
    what is said of `otherwise`.
    """
    if code in _BY_NAME:
        return str(_BY_NAME[code])
    is_english = (get_language() or "en").startswith("en")
    return code if is_english else str(_KINDS[otherwise])
