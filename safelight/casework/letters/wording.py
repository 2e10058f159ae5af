"""What codes of letters are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.casework.letters import kinds, standing, telltales

KINDS: Final[Mapping[str, str | Promise]] = {
    kinds.TAKEN: _("the letter was taken"),
    kinds.HANDED: _("the letter was handed over"),
    kinds.DRAFTED: _("a draft was kept"),
    kinds.OFFERED: _("a second reader was asked for"),
    kinds.APPROVED: _("the second reader agreed to the draft"),
    kinds.RETURNED: _("the second reader returned the draft"),
    kinds.ESCALATED: _("a sign of danger was passed on"),
    kinds.SETTLED: _("it was written down what came of a sign of danger"),
    kinds.PROPOSED: _("redacted texts were proposed for publication"),
    kinds.AGREED: _("a second person agreed to publish the redacted texts"),
    kinds.SENT_BACK: _("the redacted texts were sent back"),
    kinds.TAKEN_OUT: _("the letter was taken out of what is published"),
    kinds.SHIFT_BEGUN: _("a shift of answering letters began"),
    kinds.SHIFT_ENDED: _("a shift of answering letters ended"),
    kinds.RULES: _("signed rules of answering letters were taken in"),
}

STATES: Final[Mapping[str, str | Promise]] = {
    standing.WAITING: _("waits for somebody"),
    standing.IN_WORK: _("is being answered"),
    standing.TO_READ: _("waits for a second reader"),
    standing.APPROVED: _("may go out"),
    standing.ANSWERED: _("answered"),
}

TELLTALES: Final[Mapping[str, str | Promise]] = {
    telltales.NUMBER: _("a number"),
    telltales.ADDRESS: _("an address or account"),
    telltales.NAME: _("what the person asked to be called"),
    telltales.CAPITAL: _("perhaps a name or a place"),
}

OBSTACLES: Final[Mapping[str, str | Promise]] = {
    "no-consent": _(
        "The person did not agree to publish this letter, or the consent has ended. It stays "
        "between the two of you."
    ),
    "no-answer": _("Nothing was answered yet. A letter is published together with its answer."),
    "locked": _("The case is locked: somebody says that the person withdrew."),
}

SECOND_READER: Final[Mapping[str, str | Promise]] = {
    "another-person": _("a second person reads every answer before it goes out"),
    "author": _("there is one person only: whoever wrote an answer reads it a second time"),
}
