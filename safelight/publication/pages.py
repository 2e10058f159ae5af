"""The pages of a publication: two languages, no script, no request but for one style sheet."""

from __future__ import annotations

from dataclasses import dataclass, field

from safelight.publication.chart import chart
from safelight.publication.document import Counts, Publication, PublishedList, PublishedTable
from safelight.publication.frame import Frame, capital, framed, list_entry, scrolling, table_title
from safelight.publication.markup import Markup, tag
from safelight.publication.outward import Outward
from safelight.publication.reading import PublicationError
from safelight.publication.undercount_page import (
    Surroundings,
    overview_lines,
    undercount_page,
    undercount_prose,
)
from safelight.publication.wording import Texts, texts
from safelight.vocabulary.codes import Language


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
    has_csv: bool = False

    def __post_init__(self) -> None:
        if self.truth is not None and not self.release.simulated:
            raise PublicationError(
                "what was true is known of a simulated country only, and this release does not "
                "say that it is simulated; leave the truth out"
            )

    @property
    def frame(self) -> Frame:
        return Frame(self.release, self.truth is not None, self.outward)

    def overview(self, language: Language) -> bytes:
        """All lists with their totals, side by side."""
        words = texts(language)
        period = words.period(self.release.period)
        lists = [
            list_entry(
                part.name.in_language(language),
                self._counted(part, words),
                f"{period}. {capital(part.coverage.in_language(language))}",
                [(_what(one, words), f"{page_name(part, one)}.html") for one in part.tables],
            )
            for part in self.release.lists
        ]
        more = overview_lines(self.release.undercount, words)
        return self.frame.lists_page(words, lead=words.say("lead"), more=more, lists=lists)

    def _counted(self, part: PublishedList, words: Texts) -> str:
        if part.total is None:
            return words.say("incidents_hidden")
        return words.count("incidents", part.total)

    def numbers(self, language: Language, part: PublishedList, table: PublishedTable) -> bytes:
        """One table: as a picture, as numbers, and with all that must be said about them."""
        words = texts(language)
        name = page_name(part, table)
        title = capital(f"{part.name.in_language(language)}: {_what(table, words)}")
        downloads = tag(
            "ul",
            tag("li", tag("a", words.say("download_csv"), href=f"../data/{name}.{language}.csv")),
            tag("li", tag("a", words.say("download_json"), href="../data/release.json")),
        )
        return self.frame.page(
            words,
            name,
            title,
            tag(
                "h1",
                tag("small", capital(part.name.in_language(language))),
                f"{words.say('site')}: {_what(table, words)}",
            ),
            tag("p", self._counted(part, words), class_="big"),
            tag("p", f"{words.period(self.release.period)}. {words.say('lower_bound')}"),
            tag("h2", words.say("chart_heading")),
            chart(table, words),
            tag("h2", words.say("table_heading"), id="t"),
            scrolling(self._table(part, table, words)),
            *self._note(table, words),
            tag("p", words.say("hidden_note", threshold=self.release.threshold), class_="note"),
            tag("h2", words.say("facts_heading")),
            self._facts(part, words),
            tag("div", tag("h2", words.say("downloads")), downloads, class_="take"),
        )

    def _table(self, part: PublishedList, table: PublishedTable, words: Texts) -> Markup:
        language = words.language
        across = () if table.is_whole else table.columns.headings
        columns = [heading.label.in_language(language) for heading in across]
        caption = words.say(
            "caption", what=capital(_what(table, words)), period=words.period(self.release.period)
        )
        body = [
            _row(heading.label.in_language(language), (*counts[: len(across)], total), words)
            for heading, counts, total in zip(
                table.rows.headings, table.cells, table.row_totals, strict=True
            )
        ]
        totals = (*table.column_totals[: len(across)], part.total)
        sums = _row(words.say("total"), totals, words, class_="sum")
        corner = table.rows.label.in_language(language)
        return framed(caption, [corner, *columns, words.say("total")], [*body, sums], class_="n")

    def _note(self, table: PublishedTable, words: Texts) -> list[Markup]:
        """Where an incident stands that could stand in several places."""
        name = "notices" if table.rows.name.startswith("notices_") else table.rows.name
        known = {"notices": "once_notices", "smear_exposed": "once_exposed"}
        return [tag("p", words.say(known[name]), class_="note")] if name in known else []

    def _facts(self, part: PublishedList, words: Texts) -> Markup:
        language = words.language
        rungs = [
            tag("li", f"{heading.label.in_language(language)}: {_shown(count, words)}")
            for heading, count in part.verification
        ]
        threshold = self.release.threshold
        meaning = [
            ("reading", words.say(f"reading_{part.reading}")),
            ("rule", words.say("rule", threshold=threshold, most=threshold - 1)),
        ]
        return self.frame.facts(part, words, rungs=rungs, meaning=meaning)

    def prose(self, language: Language, name: str) -> bytes:
        """The method page, or what may and may not be claimed."""
        threshold = self.release.threshold
        text = texts(language).say(name, threshold=threshold, most=threshold - 1)
        more = undercount_prose(self.release.undercount, name, texts(language))
        return self.frame.prose(language, name, text + more)

    def undercount(self, language: Language) -> bytes | None:
        """What no list saw, beside the truth of a simulated country; None without an estimate."""
        happened = None if self.truth is None else sum(year.happened for year in self.truth)
        return undercount_page(
            self.frame,
            self.release.undercount,
            Surroundings(self.release, happened, self.has_csv),
            language,
        )

    def true_numbers(self, language: Language) -> bytes:
        """A simulated country only: the truth beside what was published."""
        words = texts(language)
        truth = self.truth or ()
        rows = [
            _row(words.say("truth_happened"), tuple(year.happened for year in truth), words),
            _row(words.say("truth_on_no_list"), tuple(year.on_no_list for year in truth), words),
        ]
        for part in self.release.lists:
            name = part.name.in_language(language)
            held = tuple(year.on_list.get(part.id, 0) for year in truth)
            rows += [
                _row(words.say("truth_on_list", name=name), held, words, class_="new"),
                _row(words.say("truth_published", name=name), _by_year(part, truth), words),
            ]
        headings = [words.say("truth_what"), *(str(year.year) for year in truth)]
        title = words.say("truth_title")
        return self.frame.page(
            words,
            "truth",
            title,
            tag("h1", title, id="t"),
            tag("p", words.say("truth_lead")),
            scrolling(framed(words.say("truth_caption"), headings, rows)),
            tag("p", words.say("truth_note"), class_="note"),
        )


def _what(table: PublishedTable, words: Texts) -> str:
    return table_title(table.rows, table.columns, words)


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
