"""What codes of casework are called on the pages. The vocabulary's codes bring their own labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from safelight.casework.agreement.wording import KINDS as AGREEMENT
from safelight.casework.arrivals import Arrivals
from safelight.casework.letters.wording import KINDS as LETTERS
from safelight.casework.linking.wording import KINDS as LINKING

# The lanes of the inbox: what waits, by where it came from (`triage.lanes`), then what is done.
LANES: Final[Mapping[str, str | Promise]] = {
    "new": _("Waiting"),
    "mine": _("Mine"),
    "urgent": _("Urgent"),
    "letters": _("Letters"),
    "reports": _("Reports"),
    "news": _("New messages"),
    "aside": _("Perhaps junk"),
    "coded": _("Coded"),
    "set-aside": _("Set aside"),
    "locked": _("Locked"),
    "withdrawn": _("Withdrawn"),
}

# What a person moves a case to.
LANE_CHOICES: Final[Mapping[str, str | Promise]] = {
    "urgent": _("urgent"),
    "letters": _("letters"),
    "reports": _("reports"),
    "aside": _("perhaps junk"),
}

# Why a case waits where it waits (codes: data/triage.yaml), and the lanes in a case's history.
RULES: Final[Mapping[str, str | Promise]] = {
    **LANE_CHOICES,
    "empty": _("no question was answered"),
    "random-text": _("its words do not look like words"),
    "repeats-itself": _("it says the same again and again"),
    "many-alike": _("several others are nearly the same"),
    "many-the-same": _("many others ticked the very same and wrote nothing"),
    "other-mailbox": _("it names another mailbox than the one it lay in, so it cannot be answered"),
    "by-hand": _("somebody moved it here"),
}

# The same of one case, which in Russian is neuter and singular.
STATES: Final[Mapping[str, str | Promise]] = {
    "new": _("new"),
    "coded": _("coded"),
    "set-aside": _("set aside"),
    "locked": _("locked"),
    "withdrawn": _("withdrawn"),
}

# What a desk tells the reporter about how far it is (`messages.ANSWER_STATUSES`).
STATUSES: Final[Mapping[str, str | Promise]] = {
    "received": _("we have read it"),
    "question": _("we have a question"),
    "in-work": _("we are working on it"),
    "passed-on": _("we passed it on, as agreed"),
    "closed": _("we have finished"),
}

ANSWER_STATES: Final[Mapping[str, str | Promise]] = {
    "waiting": _("waits to be sent"),
    "sent": _("sent"),
    "refused": _("not delivered: the mailbox is gone"),
}

# What was done about the metadata of a file before it was sealed (`messages.METADATA`).
METADATA: Final[Mapping[str, str | Promise]] = {
    "removed": _("hidden details were removed"),
    "kept": _("hidden details may still be in it: place, time, device"),
    "none-known": _("a kind of file without hidden details"),
}

# Why the content of a case was destroyed (codes: `withdrawals`).
DESTROYED: Final[Mapping[str, str | Promise]] = {
    "withdrawn": _("the person withdrew it, with proof"),
    "withdrawn-unproven": _("a withdrawal without proof"),
    "retention": _("its time was over"),
}

# Why a case is locked, if not over a withdrawal (codes: `team.two_person`).
LOCKED: Final[Mapping[str, str | Promise]] = {"two-person": _("only two people together open it")}

LANGUAGES: Final[Mapping[str, str | Promise]] = {"ru": _("in Russian"), "en": _("in English")}

# Why an envelope could not be opened (codes: `inbox._reason`).
SET_ASIDE: Final[Mapping[str, str | Promise]] = {
    "not-an-envelope": _("not an envelope, or cut off on the way"),
    "sealed-to-others": _("sealed to another desk; this one has no key for it"),
    "damaged": _("changed or damaged after sealing"),
    "unknown-form": _("made with a form that this version does not know; update Safelight"),
    "too-large": _("opened, but longer than a report may be"),
    "not-a-report": _("opened, but what is inside is not a report"),
    "no-case-yet": _("a message or file whose report is not here yet"),
    "not-proven": _("not proven to be from the reporter: may come from somebody else"),
    "another-mailbox": _("names another mailbox than the one it lay in"),
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
    **LETTERS,
    **AGREEMENT,
    **LINKING,
    "envelope.received": _("an envelope was received"),
    "envelope.set-aside": _("an envelope was set aside"),
    "envelope.tried-again": _("an envelope was tried again"),
    "case.made": _("the envelope was opened and the case made"),
    "case.opened": _("the case was opened by a person"),
    "alarm.read-in-bulk": _("many cases were opened in a short time; the desk locked itself"),
    "case.coded": _("the case was coded"),
    "case.set-aside": _("the case was set aside"),
    "case.taken-back": _("the case was taken back"),
    "case.message": _("the person wrote again"),
    "case.file": _("the person sent a file"),
    "case.lane": _("the case was moved to another lane"),
    "case.answered": _("an answer was written"),
    "answer.sent": _("an answer was sent"),
    "answer.refused": _("an answer could not be delivered"),
    "case.fact": _("a fact about the way to a verdict was noted"),
    "case.fact-struck": _("a fact about the way to a verdict was struck"),
    "case.undone": _("the decision before was undone"),
    "case.assigned": _("the case was handed over"),
    "case.task": _("a task was noted"),
    "case.task-done": _("a task was done"),
    "case.task-moved": _("a task got another day"),
    "case.contact": _("it was noted how one may write"),
    "case.told": _("it was noted what the person said already"),
    "case.deadline": _("the deadline was set"),
    "case.deadline-met": _("what was urgent was done"),
    "case.kept": _("the case is kept longer"),
    "case.consent": _("a consent from the conversation was noted"),
    "case.consent-ended": _("the person took back a consent"),
    "case.referred": _("a referral was made"),
    "case.handed": _("it was handed over"),
    "case.referral-outcome": _("it was noted what came of a referral"),
    "case.referral-refused": _("it was noted why nothing was referred"),
    "place.entered": _("a place was entered into the directory"),
    "recall.needed": _("something handed over must be asked back"),
    "recall.done": _("the receiver was told to destroy it"),
    "place.removed": _("a place was removed from the directory"),
    "case.locked": _("the case was locked"),
    "case.unlocked": _("the case was unlocked"),
    "case.destroyed": _("everything that was said was destroyed"),
    "evidence.asked": _("a capture of a page was begun"),
    "evidence.captured": _("a capture of a page ended"),
    "evidence.added": _("a file was put beside the case"),
    "evidence.checked": _("somebody looked at a capture"),
    "evidence.exposed": _("it was noted what was made public"),
    "evidence.exhibit": _("an exhibit was made"),
    "evidence.bundled": _("a bundle of evidence was sealed"),
    "evidence.saved": _("evidence was saved outside the desk"),
    "evidence.scheduled": _("it was set that a page is looked at again by itself"),
    "evidence.schedule-ended": _("it was ended that a page is looked at again by itself"),
    "evidence.look-begun": _("the desk began to look at a page again by itself"),
    "evidence.look-ended": _("a look again at a page ended"),
    "evidence.looks-read": _("somebody read what looks again found"),
    "campaign.searched": _("copies of a photo or a passage were searched for"),
    "campaign.judged": _("it was said whether something is a copy"),
    "campaign.posting": _("it was noted what a posting shows"),
    "campaign.followed": _("it was noted what followed at work"),
    "campaign.struck": _("something about the campaign was struck"),
    "campaign.coded": _("the codes of the smear module were accepted"),
    "notice.made": _("a notice was made; nothing was sent"),
    "notice.sent": _("a notice was sent by a person"),
    "notice.outcome": _("it was noted what came of a notice"),
    "notice.struck": _("something about a notice was struck"),
    "withdrawal.received": _("the server said that somebody withdrew"),
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
            arrivals.added,
            ngettext(
                "%d message or file for cases that are here.",
                "%d messages or files for cases that are here.",
                arrivals.added,
            ),
        ),
        (
            arrivals.unproven,
            ngettext(
                "%d message or file is not proven to be from the reporter; it is kept apart.",
                "%d messages or files are not proven to be from the reporter; they are kept apart.",
                arrivals.unproven,
            ),
        ),
        (
            arrivals.destroyed,
            ngettext(
                "%d case was withdrawn; what was said in it is destroyed.",
                "%d cases were withdrawn; what was said in them is destroyed.",
                arrivals.destroyed,
            ),
        ),
        (arrivals.sent, ngettext("%d answer was sent.", "%d answers were sent.", arrivals.sent)),
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
