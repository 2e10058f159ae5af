"""The frame of every published page: head, navigation, banner, footer, and plain tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from safelight.publication.document_head import ReleasedList, ReleaseDocument
from safelight.publication.markup import Markup, fragment, joined, tag
from safelight.publication.outward import Outward
from safelight.publication.reading import Side
from safelight.publication.wording import Texts, texts
from safelight.vocabulary.codes import LANGUAGES, Language

# A page needs its own style sheet and nothing else; `style-src 'self'` also holds for files.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Frame:
    """`has_truth`: a page tells what was true, which is known of an invented country only."""

    release: ReleaseDocument
    has_truth: bool = False
    outward: Outward = field(default_factory=Outward)

    def choice(self) -> bytes:
        """The first page: two languages side by side, neither of them chosen."""
        links = [
            tag("li", tag("a", texts(to).sentences["language"], href=f"{to}/index.html", lang=to))
            for to in LANGUAGES
        ]
        banners = [
            tag("p", texts(to).say("simulated"), class_="sim", lang=to)
            for to in LANGUAGES
            if self.release.simulated
        ]
        title = " / ".join(str(texts(to).sentences["language"]) for to in LANGUAGES)
        body = tag("main", *banners, tag("h1", title), tag("ul", *links, class_="pick"))
        return document("ru", title, "", body)

    def lists_page(
        self, words: Texts, *, lead: str, more: Sequence[Markup], lists: Sequence[Markup]
    ) -> bytes:
        """The overview: all lists with their totals, side by side."""
        return self.page(
            words,
            "index",
            words.say("site"),
            tag("h1", words.say("site")),
            tag("p", lead),
            *more,
            tag("h2", words.say("lists_heading")),
            tag("p", words.say("lists_note")),
            tag("ul", *lists, class_="lists"),
        )

    def facts(
        self,
        part: ReleasedList,
        words: Texts,
        *,
        rungs: Sequence[Markup],
        meaning: Sequence[tuple[str, str]],
    ) -> Markup:
        """What stands under every table. `meaning`: how its numbers are to be read, and the rule
        by which they were disclosed, which differ with their kind."""
        release, language = self.release, words.language
        last = release.revisions[-1]
        reason = last.reason.in_language(language)
        version, vocabulary = release.code_version, release.vocabulary_version
        facts: list[tuple[str, str]] = [
            ("unit", words.say(f"unit_{part.unit}")),
            ("list", part.name.in_language(language)),
            ("coverage", part.coverage.in_language(language)),
            ("period", words.period(release.period)),
            ("as_of", words.day(release.as_of)),
            ("linkage", words.say(f"linkage_{part.linkage}")),
            ("verification", tag("ul", *rungs)),
            *meaning,
            (
                "revision",
                words.say("revision", number=last.number, on=words.day(last.on), reason=reason),
            ),
            ("code", words.say("code", version=version, vocabulary=vocabulary)),
            ("data", tag("code", words.say("sha256", digest=part.data_sha256))),
            ("release", tag("code", words.say("sha256", digest=release.digest))),
        ]
        pairs = [
            joined(tag("dt", words.say(f"fact_{name}")), tag("dd", value)) for name, value in facts
        ]
        return tag("dl", *pairs)

    def prose(self, language: Language, name: str, text: str) -> bytes:
        """The method page, or what may and may not be claimed; `text` is our own HTML."""
        words = texts(language)
        title = words.say(f"{name}_title")
        return self.page(words, name, title, tag("h1", title), fragment(text))

    def outward_pages(self, language: Language) -> Iterator[tuple[str, bytes]]:
        """Names and pages of letters, helpers and addresses."""
        words = texts(language)
        for page in self.outward.pages(words):
            yield page.name, self.page(words, page.name, page.title, *page.content, at=page.only)

    def page(
        self, words: Texts, name: str, title: str, *content: str, at: Language | None = None
    ) -> bytes:
        release = self.release
        places = [("index", "nav_lists"), ("method", "nav_method"), ("claims", "nav_claims")]
        if release.undercount is not None:
            places.insert(1, ("undercount", "nav_undercount"))
        if self.has_truth:
            places.append(("truth", "nav_truth"))
        places += self.outward.places()
        links = [
            tag(
                "li",
                tag(
                    "a",
                    words.say(label),
                    href=f"{to}.html",
                    aria_current="page" if to == name else None,
                ),
            )
            for to, label in places
        ]
        other = texts("en" if words.language == "ru" else "ru")
        # A letter stands in the language it was written in; the other one has only the list.
        there = name if at is None else "letters"
        header = tag(
            "header",
            tag("nav", tag("ul", *links), aria_label=words.say("nav")),
            tag(
                "a",
                str(other.sentences["language"]),
                href=f"../{other.language}/{there}.html",
                lang=other.language,
                hreflang=other.language,
            ),
        )
        banner = [tag("p", words.say("simulated"), class_="sim")] if release.simulated else []
        footer = words.say(
            "as_of_foot", as_of=words.day(release.as_of), number=release.revisions[-1].number
        )
        body = joined(
            tag("a", words.say("skip"), href="#c", class_="skip"),
            header,
            tag("main", *banner, *content, id="c"),
            tag("footer", footer),
        )
        return document(words.language, title, "../", body)


def list_entry(name: str, counted: str, seen: str, links: Sequence[tuple[str, str]]) -> Markup:
    """One list of the overview: its total, what it could see, and its pages as (text, address)."""
    pages = [tag("li", tag("a", shown, href=address)) for shown, address in links]
    return tag(
        "li",
        tag("h3", capital(name)),
        tag("p", counted, class_="big"),
        tag("p", seen),
        tag("ul", *pages),
    )


def table_title(rows: Side, columns: Side, words: Texts) -> str:
    """What a table of two axes is called."""
    if columns.name == "period":
        return rows.label.in_language(words.language)
    if columns.name == "year":
        return words.say("by_year", rows=rows.label.in_language(words.language))
    return words.say(
        "by",
        rows=rows.label.in_language(words.language),
        columns=columns.label.in_language(words.language),
    )


def scrolling(table: Markup) -> Markup:
    """A table that may be wider than a telephone, under the heading with the id `t`."""
    return tag("div", table, class_="wide", tabindex=0, role="region", aria_labelledby="t")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def framed(
    caption: str, headings: Sequence[str], rows: Sequence[Markup], *, class_: str | None = None
) -> Markup:
    head = tag("tr", *[tag("th", heading, scope="col") for heading in headings])
    return tag(
        "table", tag("caption", caption), tag("thead", head), tag("tbody", *rows), class_=class_
    )


def document(language: Language, title: str, root: str, body: Markup) -> bytes:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("link", rel="stylesheet", href=f"{root}style.css"),
        tag("link", rel="icon", href="data:,"),
    )
    page = tag("html", head, tag("body", body), lang=language)
    return f"<!doctype html>\n{page}\n".encode()
