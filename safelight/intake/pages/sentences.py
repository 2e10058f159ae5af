"""What the scripts say: each sentence comes in the page, in its language.

`{percent}`, `{count}` and the like are filled in by the script.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

Sentences = list[tuple[str, str]]


def what_the_script_says() -> Sentences:
    """Return (key, sentence) for each `<template id="say-key">` of a form's page."""
    return [
        ("sealing", _("Sealing…")),
        ("sending", _("Sending… {percent} %")),
        ("sealing-file", _("Sealing file {number} of {count}… Keep this page open.")),
        (
            "sending-file",
            _("Sending file {number} of {count}… {percent} %. Keep this page open."),
        ),
        ("sent", _("It has arrived. Write down the twelve words.")),
        ("title-files", _("What you wrote has arrived. The files are on their way")),
        (
            "problem-files",
            _(
                "What you wrote has arrived, but not every file has. Press “Send” to try again, or "
                "add the files later with the twelve words."
            ),
        ),
        *_problems(),
        *_files(),
    ]


def what_the_conversation_says() -> Sentences:
    """Return (key, sentence) for each `<template id="say-key">` of the receipt's page."""
    return [
        ("asking", _("Looking it up…")),
        ("opening-answer", _("Opening answer {number} of {count}…")),
        ("sealing", _("Sealing…")),
        ("sending", _("Sending… {percent} %")),
        ("sealing-part", _("Sealing {number} of {count}… Keep this page open.")),
        ("sending-part", _("Sending {number} of {count}… {percent} %. Keep this page open.")),
        ("sent-again", _("It has arrived. You can close this page.")),
        ("withdrawing", _("Taking everything back…")),
        (
            "state-waiting",
            _(
                "What you sent has reached the server. Not all of it was fetched yet; sometimes "
                "that takes a few days."
            ),
        ),
        ("state-fetched", _("The caseworkers have fetched everything that you sent.")),
        (
            "state-withdrawn",
            _(
                "This was taken back. The server has deleted everything, and the caseworkers are "
                "told to destroy what they have. The words open nothing any more: you "
                "can destroy the paper."
            ),
        ),
        (
            "state-none",
            _(
                "Nothing is known under these words. Compare each word with your paper. If they "
                "are right, what you sent may never have arrived, or it was deleted after its time."
            ),
        ),
        ("no-answers", _("There is no answer yet.")),
        ("more-answers", _("There are older answers that are not shown here.")),
        ("answer-from", _("{day}, from {desk}:")),
        (
            "answer-damaged",
            _("{day}: this answer cannot be opened. Write to us, so that we send it again."),
        ),
        ("status-received", _("We have read what you sent.")),
        ("status-question", _("We have a question for you.")),
        ("status-in-work", _("We are working on it.")),
        ("status-passed-on", _("We have passed it on, as you allowed.")),
        ("status-closed", _("Our work on it has ended.")),
        ("words-count", _("A receipt is twelve words. Please enter all of them, and no others.")),
        ("words-length", _("This is too long for twelve words. Please enter only the words.")),
        (
            "words-word",
            _(
                "Not on the list of words, counted from the first: {positions}. Perhaps a slip of "
                "the pen."
            ),
        ),
        (
            "words-checksum",
            _(
                "Each of these words exists, but they do not belong together. Perhaps two changed "
                "places, or one was mistaken for another. Compare them with your paper."
            ),
        ),
        ("likely", _("Word {position}: perhaps")),
        ("no-likely", _("Word {position}: no word is like it.")),
        ("problem-nothing", _("Write something or choose a file first.")),
        ("problem-not-sure", _("Tick the box first: taking back cannot be undone.")),
        *_problems(),
        *_files(),
    ]


def _problems() -> Sentences:
    return [
        (
            "problem-network",
            _(
                "The connection broke. We do not know yet whether it has arrived; what you wrote "
                "is still here. Press “Send” again without changing it: it will not arrive twice."
            ),
        ),
        (
            "problem-busy",
            _(
                "The server takes nothing at the moment. What you wrote is still here; please "
                "press “Send” again in a few minutes."
            ),
        ),
        (
            "problem-roster",
            _(
                "The list of those who may open what you write could not be verified, so nothing "
                "was sent. Please try again later or by another way."
            ),
        ),
        (
            "problem-clock",
            _(
                "The date of your device is wrong: it says {day}. So nothing was sent, because it "
                "could not be sealed safely. What you wrote is still here. Set the right date in "
                "the settings of the device, come back to this page and press “Send” again. If "
                "you cannot set it, use another device."
            ),
        ),
        ("problem-too-long", _("This is too long. Please shorten the longest text.")),
        (
            "problem-withdrawn",
            _("Nothing was sent: with these twelve words everything was taken back before."),
        ),
        (
            "problem-refused",
            _("The server did not accept it. Nothing was kept; please try again later."),
        ),
    ]


def _files() -> Sentences:
    return [
        ("files-choose", _("Choose files")),
        ("files-more", _("Add more files")),
        ("files-count", _("Files on the list: {count}")),
        ("file-reading", _("is being looked at…")),
        ("file-clean", _("Place, time and device are taken out before it is sealed.")),
        ("file-plain", _("holds nothing but its text.")),
        (
            "file-unknown",
            _(
                "We cannot take out what this file may say about you: place, time, device, name. "
                "Send it as it is, or take it off the list?"
            ),
        ),
        ("file-as-it-is", _("will be sent as it is.")),
        ("file-unreadable", _("cannot be read. Take it off the list.")),
        ("file-too-large", _("is too large. Take it off the list.")),
        ("file-keep", _("Send as it is")),
        ("file-remove", _("Take off the list")),
        ("size-kb", _("{count} kB")),
        ("size-mb", _("{count} MB")),
        ("problem-files-undecided", _("First decide about the file that is marked below.")),
    ]
