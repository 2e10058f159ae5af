"""The pages of a publication: two languages, no script, no request but for one style sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from safelight.publication.chart import chart
from safelight.publication.document import (
    LANGUAGES,
    Counts,
    Language,
    Publication,
    PublicationError,
    PublishedList,
    PublishedTable,
)
from safelight.publication.markup import Markup, fragment, joined, tag
from safelight.publication.outward import Outward
from safelight.publication.wording import Texts, texts

# A page needs its own style sheet and nothing else; `style-src 'self'` also holds for files.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class TruthYear:
    """What was true in one year of a simulated country; `on_list` counts incidents by list id."""

    year: int
    happened: int
    on_no_list: int
    on_list: dict[str, int]


Truth = tuple[TruthYear, ...]


def page_name(part: PublishedList, table: PublishedTable) -> str:
    return f"{part.id}-{table.slug}"


@dataclass(frozen=True)
class Site:
    """Everything the pages of one publication are made of."""

    release: Publication
    truth: Truth | None
    outward: Outward = field(default_factory=Outward)

    def __post_init__(self) -> None:
        if self.truth is not None and not self.release.simulated:
            raise PublicationError(
                "what was true is known of a simulated country only, and this release does not "
                "say that it is simulated; leave the truth out"
            )

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
        return _document("ru", title, "", body)

    def overview(self, language: Language) -> bytes:
        """All lists with their totals, side by side."""
        words = texts(language)
        lists = [tag("li", *self._list_entry(part, words)) for part in self.release.lists]
        return self._page(
            words,
            "index",
            words.say("site"),
            tag("h1", words.say("site")),
            tag("p", words.say("lead")),
            tag("h2", words.say("lists_heading")),
            tag("p", words.say("lists_note")),
            tag("ul", *lists, class_="lists"),
        )

    def _list_entry(self, part: PublishedList, words: Texts) -> list[Markup]:
        links = [
            tag("li", tag("a", _what(table, words), href=f"{page_name(part, table)}.html"))
            for table in part.tables
        ]
        return [
            tag("h3", _capital(part.name[words.language])),
            tag("p", self._counted(part, words), class_="big"),
            tag(
                "p",
                f"{words.period(self.release.period)}. {_capital(part.coverage[words.language])}",
            ),
            tag("ul", *links),
        ]

    def _counted(self, part: PublishedList, words: Texts) -> str:
        if part.total is None:
            return words.say("incidents_hidden")
        return words.count("incidents", part.total)

    def numbers(self, language: Language, part: PublishedList, table: PublishedTable) -> bytes:
        """One table: as a picture, as numbers, and with all that must be said about them."""
        words = texts(language)
        name = page_name(part, table)
        title = _capital(f"{part.name[language]}: {_what(table, words)}")
        downloads = tag(
            "ul",
            tag("li", tag("a", words.say("download_csv"), href=f"../data/{name}.{language}.csv")),
            tag("li", tag("a", words.say("download_json"), href="../data/release.json")),
        )
        return self._page(
            words,
            name,
            title,
            tag(
                "h1",
                tag("small", _capital(part.name[language])),
                f"{words.say('site')}: {_what(table, words)}",
            ),
            tag("p", self._counted(part, words), class_="big"),
            tag("p", f"{words.period(self.release.period)}. {words.say('lower_bound')}"),
            tag("h2", words.say("chart_heading")),
            chart(table, words),
            tag("h2", words.say("table_heading"), id="t"),
            tag(
                "div",
                self._table(part, table, words),
                class_="wide",
                tabindex=0,
                role="region",
                aria_labelledby="t",
            ),
            tag("p", words.say("hidden_note", threshold=self.release.threshold), class_="note"),
            tag("h2", words.say("facts_heading")),
            self._facts(part, words),
            tag("div", tag("h2", words.say("downloads")), downloads, class_="take"),
        )

    def _table(self, part: PublishedList, table: PublishedTable, words: Texts) -> Markup:
        language = words.language
        columns = [heading.label[language] for heading in table.columns.headings]
        caption = words.say(
            "caption", what=_capital(_what(table, words)), period=words.period(self.release.period)
        )
        body = [
            _row(heading.label[language], (*counts, total), words)
            for heading, counts, total in zip(
                table.rows.headings, table.cells, table.row_totals, strict=True
            )
        ]
        sums = _row(words.say("total"), (*table.column_totals, part.total), words, class_="sum")
        corner = table.rows.label[language]
        return _framed(caption, [corner, *columns, words.say("total")], [*body, sums], class_="n")

    def _facts(self, part: PublishedList, words: Texts) -> Markup:
        release, language = self.release, words.language
        rungs = [
            tag("li", f"{heading.label[language]}: {_shown(count, words)}")
            for heading, count in part.verification
        ]
        last = release.revisions[-1]
        facts: list[tuple[str, str]] = [
            ("unit", words.say(f"unit_{part.unit}")),
            ("list", part.name[language]),
            ("coverage", part.coverage[language]),
            ("period", words.period(release.period)),
            ("as_of", words.day(release.as_of)),
            ("linkage", words.say(f"linkage_{part.linkage}")),
            ("verification", tag("ul", *rungs)),
            ("reading", words.say(f"reading_{part.reading}")),
            ("rule", words.say("rule", threshold=release.threshold, most=release.threshold - 1)),
            (
                "revision",
                words.say(
                    "revision",
                    number=last.number,
                    on=words.day(last.on),
                    reason=last.reason[language],
                ),
            ),
            (
                "code",
                words.say(
                    "code", version=release.code_version, vocabulary=release.vocabulary_version
                ),
            ),
            ("data", tag("code", words.say("sha256", digest=part.data_sha256))),
            ("release", tag("code", words.say("sha256", digest=release.digest))),
        ]
        pairs = [
            joined(tag("dt", words.say(f"fact_{name}")), tag("dd", value)) for name, value in facts
        ]
        return tag("dl", *pairs)

    def prose(self, language: Language, name: str) -> bytes:
        """The method page, or what may and may not be claimed."""
        words = texts(language)
        text = words.say(name, threshold=self.release.threshold, most=self.release.threshold - 1)
        title = words.say(f"{name}_title")
        return self._page(words, name, title, tag("h1", title), fragment(text))

    def true_numbers(self, language: Language) -> bytes:
        """A simulated country only: the truth beside what was published."""
        words = texts(language)
        truth = self.truth or ()
        rows = [
            _row(words.say("truth_happened"), tuple(year.happened for year in truth), words),
            _row(words.say("truth_on_no_list"), tuple(year.on_no_list for year in truth), words),
        ]
        for part in self.release.lists:
            name = part.name[language]
            held = tuple(year.on_list.get(part.id, 0) for year in truth)
            rows += [
                _row(words.say("truth_on_list", name=name), held, words, class_="new"),
                _row(words.say("truth_published", name=name), _by_year(part, truth), words),
            ]
        headings = [words.say("truth_what"), *(str(year.year) for year in truth)]
        title = words.say("truth_title")
        return self._page(
            words,
            "truth",
            title,
            tag("h1", title, id="t"),
            tag("p", words.say("truth_lead")),
            tag(
                "div",
                _framed(words.say("truth_caption"), headings, rows),
                class_="wide",
                tabindex=0,
                role="region",
                aria_labelledby="t",
            ),
            tag("p", words.say("truth_note"), class_="note"),
        )

    def outward_pages(self, language: Language) -> Iterator[tuple[str, bytes]]:
        """Names and pages of letters, helpers and addresses."""
        words = texts(language)
        for page in self.outward.pages(words):
            yield page.name, self._page(words, page.name, page.title, *page.content, at=page.only)

    def _page(
        self, words: Texts, name: str, title: str, *content: str, at: Language | None = None
    ) -> bytes:
        release = self.release
        places = [("index", "nav_lists"), ("method", "nav_method"), ("claims", "nav_claims")]
        if self.truth is not None:
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
        return _document(words.language, title, "../", body)


def _what(table: PublishedTable, words: Texts) -> str:
    rows, columns = table.rows.label[words.language], table.columns.label[words.language]
    if table.columns.name == "year":
        return words.say("by_year", rows=rows)
    return words.say("by", rows=rows, columns=columns)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_year(part: PublishedList, truth: Truth) -> Counts:
    for table in part.tables:
        if table.columns.name == "year":
            totals = {
                heading.code: total
                for heading, total in zip(table.columns.headings, table.column_totals, strict=True)
            }
            return tuple(totals.get(str(year.year)) for year in truth)
    return tuple(None for _ in truth)


def _shown(count: int | None, words: Texts) -> str:
    return words.say("hidden") if count is None else words.number(count)


def _row(name: str, counts: Counts, words: Texts, *, class_: str | None = None) -> Markup:
    cells = [
        tag("td", _shown(count, words), class_="x" if count is None else None) for count in counts
    ]
    return tag("tr", tag("th", name, scope="row"), *cells, class_=class_)


def _framed(
    caption: str, headings: Sequence[str], rows: Sequence[Markup], *, class_: str | None = None
) -> Markup:
    head = tag("tr", *[tag("th", heading, scope="col") for heading in headings])
    return tag(
        "table", tag("caption", caption), tag("thead", head), tag("tbody", *rows), class_=class_
    )


def _document(language: Language, title: str, root: str, body: Markup) -> bytes:
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
