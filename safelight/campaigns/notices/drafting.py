"""From a template and facts to a draft: the text, who will learn what, what the law still misses.

    draft = drafted(template("hoster-dsa-16"), facts, language="ru", day=date.today())
    draft.disclosures     shown to a caseworker before anything is made
    draft.document        as_pdf(…), as_odt(…), as_text(…)

Nothing is sent: a draft becomes files and text that a person copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from safelight.campaigns.notices.codes import besides, codes, fields
from safelight.campaigns.notices.document import Document, Heading, Items, Paragraph, Part
from safelight.campaigns.notices.facts import Facts, KeptCopy
from safelight.campaigns.notices.telling import address_tells
from safelight.campaigns.notices.templates import Block, Requirement, Template, places_of
from safelight.vocabulary.wording import Wording

NOTHING_IS_SENT: Final = Wording(
    "Программа ничего не отправляет: она делает файл и текст, отправляете их вы.",
    "This program sends nothing: it makes a file and a text; you send them.",
)
# What stands in the head of a letter and in no sentence.
_HEAD: Final = ("recipient_name", "recipient_address", "sender_name", "sender_email",
                "sender_address", "person_contact")  # fmt: skip
_CODES: Final = ("urls", "captures")


@dataclass(frozen=True, slots=True)
class Learns:
    """One reader of one datum, and how they come by it."""

    who: str
    words: Wording


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One personal datum in the notice: whose it is ("person", "sender", "poster"), what it is,
    and everybody who will learn it."""

    name: str
    about: str
    words: Wording
    learned_by: tuple[Learns, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that the law asks, and whether the notice has it."""

    requirement: Requirement
    is_met: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before anybody decided to use it."""

    template: Template
    language: str
    facts: Facts = field(repr=False)
    document: Document = field(repr=False)
    disclosures: tuple[Disclosure, ...] = ()
    checklist: tuple[Checked, ...] = ()

    @property
    def names_the_person(self) -> bool:
        """Whether somebody can tell from the notice who the person is, or what they are."""
        return any(
            one.name in {"person_name", "person_contact", "mandate", "telling"}
            for one in self.disclosures
        ) or (self.facts.chosen("sender_kind") == "PERSON")

    def due(self, sent_on: date) -> date:
        """The day on which somebody looks whether an answer came."""
        return self.template.deadline.due(sent_on)


def drafted(template: Template, facts: Facts, *, language: str, day: date) -> Draft:
    """Put facts into a template's text. `day` stands on the notice."""
    parts = tuple(_parts(template, facts, language))
    sender = (*_lines(facts, "sender_name"), *_lines(facts, "sender_address"),
              *_lines(facts, "sender_email"), *_lines(facts, "person_contact"))  # fmt: skip
    addressee = template.addressee.in_language(language) if template.addressee else ""
    recipient = (*_lines(facts, "recipient_name"), *_lines(facts, "recipient_address"))
    document = Document(
        language,
        template.title.in_language(language),
        day,
        recipient or ((addressee,) if addressee else ()),
        sender,
        parts,
        signature=_lines(facts, "sender_name"),
    )
    return Draft(
        template,
        language,
        facts,
        document,
        disclosures=tuple(_disclosures(template, facts)),
        checklist=tuple(_checked(template, facts)),
    )


def _parts(template: Template, facts: Facts, language: str) -> Iterator[Part]:
    heading: Heading | None = None
    for block in template.body:
        if not _holds(block, facts):
            continue
        if block.heading is not None:
            heading = Heading(block.heading.in_language(language))
            continue
        part = _part(block, facts, language)
        if part is None:
            continue
        if heading is not None:  # a heading over nothing is left out
            yield heading
            heading = None
        yield part


def _part(block: Block, facts: Facts, language: str) -> Part | None:
    if block.list_of:
        items = _items(facts, block.list_of, language)
        return Items(items, code=block.list_of in _CODES) if items else None
    if block.words is None:
        return None
    text = block.words.in_language(language)
    # One pass over the template's own text: what stands in a field is never looked through again.
    pieces, at = [], 0
    for name in places_of(text):
        place = f"{{{name}}}"
        found = text.index(place, at)
        pieces += [text[at:found], _shown(facts, name, language)]
        at = found + len(place)
    return Paragraph("".join((*pieces, text[at:])))


def _holds(block: Block, facts: Facts) -> bool:
    return (not block.only_if or _is(facts, block.only_if)) and not (
        block.unless and _is(facts, block.unless)
    )


def _is(facts: Facts, condition: str) -> bool:
    name, _, wanted = condition.partition("=")
    if not wanted:
        return facts.has(name)
    value = facts.values.get(name, "")
    return wanted in value if isinstance(value, tuple) else value == wanted


def _items(facts: Facts, name: str, language: str) -> tuple[str, ...]:
    value = facts.values.get(name, ())
    if not isinstance(value, tuple):
        return ()
    return tuple(_item(name, one, language) for one in value)


def _item(name: str, one: str | KeptCopy, language: str) -> str:
    if isinstance(one, KeptCopy):
        return f"{one.sha256} ({_day(one.kept_on, language)})" if one.kept_on else one.sha256
    choices = fields()[name].choices
    return choices[one].in_language(language) if choices else one


def _shown(facts: Facts, name: str, language: str) -> str:
    value = facts.values[name]
    if isinstance(value, date):
        return _day(value, language)
    if isinstance(value, tuple):
        return ", ".join(_items(facts, name, language))
    choices = fields()[name].choices
    return choices[value].in_language(language) if choices else value


def _day(day: date, language: str) -> str:
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day:%Y-%m-%d}"


def _lines(facts: Facts, name: str) -> tuple[str, ...]:
    value = facts.values.get(name, "")
    return tuple(value.split("\n")) if isinstance(value, str) and value else ()


def _appears(template: Template, facts: Facts, name: str) -> bool:
    """Whether a filled field stands in the text, or tells by itself which sentence stands there."""
    if not facts.has(name):
        return False
    return name in _HEAD or any(
        name in {block.list_of, block.only_if.partition("=")[0]}
        or (block.words is not None and name in places_of(block.words.en))
        for block in template.body
        if _holds(block, facts)
    )


def _disclosures(template: Template, facts: Facts) -> Iterator[Disclosure]:
    for name in template.field_names:
        one = fields()[name]
        if one.about and _appears(template, facts, name):
            yield Disclosure(name, one.about, one.words, _learned_by(template, name))
    if facts.tells:
        told = [learns for name in facts.tells for learns in _learned_by(template, name)]
        yield Disclosure("telling", "person", besides("telling"), tuple(dict.fromkeys(told)))
    # An address has to be exact, so that it is pointed at and not refused.
    if any(address_tells(address) for address in _items(facts, "urls", "en")):
        learned_by = _learned_by(template, "urls")
        yield Disclosure("telling_address", "person", besides("telling_address"), learned_by)
    if facts.chosen("mandate") == "ATTACHED":
        yield Disclosure("mandate", "person", besides("mandate"), _learned_by(template, "mandate"))


def _learned_by(template: Template, name: str) -> tuple[Learns, ...]:
    return tuple(
        Learns(reader.who, reader.words) for reader in template.readers if reader.learns_of(name)
    )


def _checked(template: Template, facts: Facts) -> Iterator[Checked]:
    for one in template.checklist:
        yield Checked(one, all(facts.has(name) for name in one.needs))


def disclosure_rows(draft: Draft, language: str) -> list[tuple[str, str, str, str]]:
    """The table of who learns what, in words: whose, what, who, how."""
    whose = {
        "person": Wording("человек", "the person"),
        "sender": Wording("отправитель", "the sender"),
        "poster": Wording("автор публикации", "who posted it"),
    }
    readers = codes("readers")
    return [
        (
            whose[one.about].in_language(language),
            one.words.in_language(language),
            readers[learns.who].words.in_language(language),
            learns.words.in_language(language),
        )
        for one in draft.disclosures
        for learns in one.learned_by
    ]
