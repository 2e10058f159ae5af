"""What a publication says besides numbers: letters, who helps, where to find us, how to report.

Each part lies in the folder twice: as a page for people, and as the signed or plain file it
came as, from which a lost server is made again (`rebuilding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.publication.address_book import BOOK_NAME, REPORTS, AddressBook
from safelight.publication.key_changes import CHANGES_NAME
from safelight.publication.letters import Letter, letters_to_bytes, paged, paragraphs
from safelight.publication.markup import Markup, tag
from safelight.publication.reading import PublicationError
from safelight.publication.wording import Texts
from safelight.sealing.help_list import HelpList
from safelight.vocabulary.codes import Language

ROSTER_NAME: Final = "server/roster.json"
HELP_NAME: Final = "server/help.json"
FORM_NAME: Final = "form.html"
LETTERS_NAME: Final = "data/letters.json"
# A list of all letters must pass a cut line as well.
LETTERS_A_PAGE: Final = 40
LARGEST_FORM: Final = 150_000


@dataclass(frozen=True)
class Page:
    """One page to be put into the site's frame. `name` without its ending."""

    name: str
    title: str
    content: tuple[Markup, ...]
    only: Language | None = None


@dataclass(frozen=True)
class Outward:
    """The parts; each may be missing. The signed ones were verified by whoever made this."""

    letters: tuple[Letter, ...] = ()
    book: AddressBook | None = None
    signed_book: bytes = b""
    help: HelpList | None = None
    signed_help: bytes = b""
    signed_roster: bytes = b""
    form: bytes = b""
    key_changes: bytes = b""

    def __post_init__(self) -> None:
        if len(self.form) > LARGEST_FORM:
            raise PublicationError(f"the pocket form is larger than {LARGEST_FORM} bytes")

    def files(self) -> dict[str, bytes]:
        """The parts as files, without their pages."""
        found = {
            BOOK_NAME: self.signed_book,
            HELP_NAME: self.signed_help,
            ROSTER_NAME: self.signed_roster,
            FORM_NAME: self.form,
            CHANGES_NAME: self.key_changes,
        }
        if self.letters:
            found[LETTERS_NAME] = letters_to_bytes(self.letters)
        return {name: content for name, content in found.items() if content}

    def places(self) -> list[tuple[str, str]]:
        """Page names and the keys of their links, as far as there is something to show."""
        return [
            *([("letters", "nav_letters")] if self.letters else []),
            *([("help", "nav_help")] if self.help else []),
            *([("addresses", "nav_addresses")] if self.book or self.form else []),
        ]

    def pages(self, words: Texts) -> Iterator[Page]:
        """Every page of these parts in one language."""
        if self.letters:
            yield from _letters(self.letters, words)
        if self.help is not None:
            yield _help(self.help, words)
        if self.book is not None or self.form:
            yield _addresses(self.book, words, form=bool(self.form))


def _letters(letters: Sequence[Letter], words: Texts) -> Iterator[Page]:
    title = words.say("letters_title")
    ours = [one for one in letters if one.language == words.language]
    groups = [ours[at : at + LETTERS_A_PAGE] for at in range(0, len(ours), LETTERS_A_PAGE)] or [[]]
    for place, group in enumerate(groups):
        listed = tag("ul", *[_entry(one, words) for one in group], class_="lists")
        yield Page(
            _name("letters", place),
            title,
            (
                tag("h1", title),
                tag("p", words.say("letters_lead")),
                listed if group else tag("p", words.say("letters_none")),
                *_steps([_name("letters", n) for n in range(len(groups))], place, words),
            ),
            # The other language may have fewer.
            only=words.language if place else None,
        )
    for one in ours:
        yield from _letter(one, words)


def _entry(letter: Letter, words: Texts) -> Markup:
    first = paragraphs(letter.letter)[0]
    shown = first if len(first) <= 120 else first[:117].rsplit(" ", 1)[0] + " …"
    return tag(
        "li",
        tag("a", shown, href=f"letter-{letter.id}.html"),
        tag("p", words.month(letter.month)),
    )


def _letter(letter: Letter, words: Texts) -> Iterator[Page]:
    parts = [
        *(("letter", part) for part in paragraphs(letter.letter)),
        *(("answer", part) for part in paragraphs(letter.answer)),
    ]
    pages = paged(parts)
    names = [_name(f"letter-{letter.id}", place) for place in range(len(pages))]
    title = words.say("letter_title", month=words.month(letter.month))
    shown = ""
    for place, page in enumerate(pages):
        content: list[Markup] = []
        for kind, paragraph in page:
            if kind != shown:
                content.append(tag("h2", words.say(f"letter_{kind}")))
                shown = kind
            content.append(tag("p", paragraph))
        yield Page(
            names[place],
            title,
            (tag("h1", title), *content, *_steps(names, place, words)),
            only=letter.language,
        )


def _name(name: str, place: int) -> str:
    return name if place == 0 else f"{name}-{place + 1}"


def _steps(names: Sequence[str], place: int, words: Texts) -> list[Markup]:
    """To the page before and after, where there is one."""
    links = []
    if place > 0:
        links.append(tag("a", words.say("page_before"), href=f"{names[place - 1]}.html"))
    if place + 1 < len(names):
        links.append(tag("a", words.say("page_after"), href=f"{names[place + 1]}.html"))
    return [tag("p", *[tag("span", link, " ") for link in links])] if links else []


def _help(listed: HelpList, words: Texts) -> Page:
    title = words.say("help_title")
    content = [tag("h1", title), tag("p", words.say("help_lead"))]
    for region in listed.regions:
        content.append(tag("h2", region.name.in_language(words.language)))
        for helper in region.helpers:
            content += [
                tag("h3", helper.name.in_language(words.language)),
                tag("p", helper.what.in_language(words.language)),
                tag("p", helper.how.in_language(words.language)),
            ]
    until = words.say("help_until", number=listed.version, day=words.day(listed.expires))
    return Page("help", title, (*content, tag("p", until, class_="note")))


def _addresses(book: AddressBook | None, words: Texts, *, form: bool) -> Page:
    title = words.say("addresses_title")
    content = [tag("h1", title)]
    if book is not None:
        entries = [
            tag(
                "li",
                tag("a", one.url, href=one.url, rel="noreferrer"),
                tag("p", words.say("offers_reports" if one.offers == REPORTS else "offers_pages")),
            )
            for one in book.addresses
        ]
        until = words.say("addresses_until", number=book.version, day=words.day(book.expires))
        content += [
            tag("p", words.say("addresses_lead")),
            tag("ul", *entries, class_="lists"),
            tag("p", until, class_="note"),
        ]
    if form:
        content += [
            tag("h2", words.say("form_title")),
            tag("p", words.say("form_lead")),
            tag(
                "p", tag("a", words.say("form_link"), href=f"../{FORM_NAME}", download="form.html")
            ),
        ]
    return Page("addresses", title, tuple(content))
