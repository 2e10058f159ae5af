"""What can be handed over about a case, part by part, and the sheet made of the chosen parts.

Nothing is a part by default: a person names each. The sheet is plain text, so that whoever
gets it can read it with anything, now and in ten years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from safelight.casework.folding import CaseNow
from safelight.casework.followup import rules
from safelight.casework.followup.following import FollowUp
from safelight.casework.funnel_facts import in_order
from safelight.casework.report_page import answers_shown
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that can be handed over. `own_words`: a reporter's, unchecked. `file`: a digest."""

    name: str
    label: str
    text: str = field(repr=False)
    own_words: bool = False
    file: str = ""


def parts_of(now: CaseNow, case: FollowUp, language: str) -> list[Part]:
    """Return everything in a case that can be named, in the order of the page."""
    report = Report.parse(now.report)
    return [
        *_answers(report, language),
        *_facts(now, language),
        *_contact(case),
        *_said_later(now),
    ]


def _answers(report: Report, language: str) -> Iterable[Part]:
    questions = question_set(report.form, report.form_version).questions
    for question, shown in zip(questions, answers_shown(report, language), strict=True):
        if question.kind == "consent" or shown.skipped:
            continue
        text = shown.own_words or "; ".join(shown.choices)
        yield Part(f"answer:{question.id}", shown.question, text, own_words=bool(shown.own_words))


def _facts(now: CaseNow, language: str) -> Iterable[Part]:
    lines = []
    for fact in in_order(now.facts):
        stage = vocabulary().stage(fact.stage)
        lines.append(
            f"{stage.label(language)}: {stage.code(fact.code).label(language)} "
            f"({fact.when or _('date not known')})"
        )
    if lines:
        yield Part("funnel", _("How far it got with the authorities"), "\n".join(lines))


def _contact(case: FollowUp) -> Iterable[Part]:
    if case.contact is not None and case.contact.words:
        yield Part("contact", _("Our note on how one may write"), case.contact.words)


def _said_later(now: CaseNow) -> Iterable[Part]:
    for turn in now.conversation:
        if turn.kind == "message":
            label = _("Message of %(day)s") % {"day": turn.written.isoformat()}
            yield Part(f"message:{turn.key}", label, turn.text, own_words=True)
        if turn.kind == "file":
            label = _("File of %(day)s") % {"day": turn.written.isoformat()}
            text = f"{turn.name} ({turn.media_type}, {turn.size})"
            yield Part(f"file:{turn.key}", label, text, own_words=True, file=turn.key)


def sheet(
    chosen: Sequence[Part],
    *,
    place: str,
    helper: str,
    desk: str,
    day: date,
    reference: str,
    consent: str,
    consent_until: date,
    contact: Sequence[str],
    note: str,
    language: str,
) -> str:
    """Return the words that are handed over: who to whom, under which consent, which parts."""
    kind = rules.codes("helpers")[helper].label(language)
    agreed = vocabulary().field("consent").code(consent).label(language)
    lines = [
        _("Referral"),
        "",
        f"{_('To')}: {place} ({kind})",
        f"{_('From')}: {desk}, {day.isoformat()}",
        f"{_('Reference')}: {reference}",
        f"{_('The person agreed to')}: {agreed}, {_('until')} {consent_until.isoformat()}",
        "",
    ]
    if contact:
        known = rules.codes("contact")
        lines += [_("How one may write to the person"), ""]
        lines += [f"- {known[code].label(language)}" for code in contact]
        lines.append("")
    for part in chosen:
        title = (
            f"{part.label} [{_('in their own words, unchecked')}]" if part.own_words else part.label
        )
        lines += [title, "", part.text, ""]
    if note:
        lines += [_("From us"), "", note, ""]
    lines += [
        _("Only what stands here was handed over. Keep it as you would keep a patient's file, "
          "pass it on to nobody, and destroy it when the consent ends or when we tell you that "
          "the person took it back. Name the reference when you write to us, never the person."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def chosen_of(parts: Sequence[Part], names: Iterable[str]) -> list[Part]:
    """Return the named parts in the order of the page; a name that is none is left out."""
    wanted = set(names)
    return [part for part in parts if part.name in wanted]


def labels_of(parts: Sequence[Part]) -> Mapping[str, str]:
    """What the parts are called, by their names."""
    return {part.name: part.label for part in parts}
