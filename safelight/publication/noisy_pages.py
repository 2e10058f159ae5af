"""The pages of a release with noise: each number with its interval, and what the noise is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from safelight.publication.frame import Frame, capital, framed, list_entry, scrolling, table_title
from safelight.publication.markup import Markup, tag
from safelight.publication.noisy_chart import interval, noisy_chart
from safelight.publication.noisy_document import (
    NoisyList,
    NoisyPublication,
    NoisyTable,
    Number,
)
from safelight.publication.outward import Outward
from safelight.publication.undercount_page import (
    Surroundings,
    overview_lines,
    undercount_page,
    undercount_prose,
)
from safelight.publication.wording import Texts, texts
from safelight.vocabulary.codes import Language


def noisy_page_name(part: NoisyList, table: NoisyTable) -> str:
    """The page's name without its ending."""
    return f"{part.id}-{table.slug}"


@dataclass(frozen=True)
class NoisySite:
    """Everything the pages of one release with noise are made of."""

    release: NoisyPublication
    outward: Outward = field(default_factory=Outward)
    has_csv: bool = False

    @property
    def frame(self) -> Frame:
        return Frame(self.release, outward=self.outward)

    def overview(self, language: Language) -> bytes:
        """All lists with their totals, side by side."""
        words = texts(language)
        period = words.period(self.release.period)
        lists = [
            list_entry(
                part.name.in_language(language),
                _total(part, words),
                f"{period}. {capital(part.coverage.in_language(language))}",
                [(_what(one, words), f"{noisy_page_name(part, one)}.html") for one in part.crossed],
            )
            for part in self.release.lists
        ]
        more = overview_lines(self.release.undercount, words)
        return self.frame.lists_page(words, lead=words.say("noisy_lead"), more=more, lists=lists)

    def numbers(self, language: Language, part: NoisyList, table: NoisyTable) -> bytes:
        """One table: as a picture, as numbers, and with all that must be said about them."""
        words = texts(language)
        name = noisy_page_name(part, table)
        title = capital(f"{part.name.in_language(language)}: {_what(table, words)}")
        links = [tag("a", words.say("download_json"), href="../data/release.json")]
        if self.has_csv:
            links.insert(0, tag("a", words.say("noisy_csv"), href="../data/numbers.csv"))
        downloads = tag("ul", *[tag("li", link) for link in links])
        percent = _percent(self.release, words)
        return self.frame.page(
            words,
            name,
            title,
            tag(
                "h1",
                tag("small", capital(part.name.in_language(language))),
                f"{words.say('site')}: {_what(table, words)}",
            ),
            tag("p", _total(part, words), class_="big"),
            tag("p", words.say("noisy_reading", percent=percent)),
            tag("h2", words.say("chart_heading")),
            noisy_chart(table, part.alone(table.rows.name), words),
            tag("h2", words.say("table_heading"), id="t"),
            scrolling(self._table(part, table, words)),
            tag("p", words.say("noisy_note", error=_decimal(table.error, words)), class_="note"),
            tag("h2", words.say("facts_heading")),
            self._facts(part, words),
            tag("div", tag("h2", words.say("downloads")), downloads, class_="take"),
        )

    def _table(self, part: NoisyList, table: NoisyTable, words: Texts) -> Markup:
        language = words.language
        caption = words.say(
            "caption", what=capital(_what(table, words)), period=words.period(self.release.period)
        )
        headings = [table.rows.label.in_language(language)]
        rows = [
            (heading.label.in_language(language), list(cells))
            for heading, cells in zip(table.rows.headings, table.cells, strict=True)
        ]
        if table.columns is None:
            headings.append(words.say("noisy_number"))
        else:
            headings += [heading.label.in_language(language) for heading in table.columns.headings]
            _with_totals(rows, headings, part, table, words)
        body = [_row(name, cells, words) for name, cells in rows]
        return framed(caption, headings, body, class_="n")

    def _facts(self, part: NoisyList, words: Texts) -> Markup:
        language, rule = words.language, self.release.rule
        rungs = [
            tag("li", f"{heading.label.in_language(language)}: {interval(cells[0], words)}")
            for heading, cells in zip(
                part.verification.rows.headings, part.verification.cells, strict=True
            )
        ]
        meaning = [
            ("reading", words.say("noisy_kind", percent=_percent(self.release, words))),
            ("assumption", words.say("noisy_assumption")),
            (
                "rule",
                words.say(
                    f"noisy_rule_{rule.measure}",
                    amount=str(rule.amount),
                    protects=words.say(f"noisy_protects_{rule.protects}"),
                ),
            ),
        ]
        return self.frame.facts(part, words, rungs=rungs, meaning=meaning)

    def prose(self, language: Language, name: str) -> bytes:
        """How the numbers were made, or what may and may not be claimed."""
        words = texts(language)
        rule = self.release.rule
        text = words.say(
            f"noisy_{name}",
            percent=_percent(self.release, words),
            amount=str(rule.amount),
            protects=words.say(f"noisy_protects_{rule.protects}"),
        )
        more = undercount_prose(self.release.undercount, name, words)
        return self.frame.prose(language, name, text + more)

    def undercount(self, language: Language) -> bytes | None:
        """What no list saw; None for a release without an estimate."""
        return undercount_page(
            self.frame,
            self.release.undercount,
            Surroundings(self.release, None, self.has_csv),
            language,
        )


def _with_totals(
    rows: list[tuple[str, list[Number]]],
    headings: list[str],
    part: NoisyList,
    table: NoisyTable,
    words: Texts,
) -> None:
    """Add the axes by themselves, which were fitted together with the table."""
    alone = part.alone(table.rows.name)
    if alone is not None:
        headings.append(words.say("total"))
        for (_, cells), one in zip(rows, alone.cells, strict=True):
            cells.append(one[0])
    across = None if table.columns is None else part.alone(table.columns.name)
    if across is not None:
        sums = [one[0] for one in across.cells]
        rows.append((words.say("total"), [*sums, part.total] if alone is not None else sums))


def _row(name: str, cells: Sequence[Number], words: Texts) -> Markup:
    return tag(
        "tr",
        tag("th", name, scope="row"),
        *[tag("td", interval(cell, words)) for cell in cells],
    )


def _total(part: NoisyList, words: Texts) -> str:
    return words.say("noisy_total", number=interval(part.total, words))


def _what(table: NoisyTable, words: Texts) -> str:
    if table.columns is None:
        return words.say("noisy_alone", rows=table.rows.label.in_language(words.language))
    return table_title(table.rows, table.columns, words)


def _percent(release: NoisyPublication, words: Texts) -> str:
    return _decimal(float(release.rule.level) * 100, words)


def _decimal(number: float, words: Texts) -> str:
    shown = f"{number:.1f}".removesuffix(".0")
    return shown.replace(".", ",") if words.language == "ru" else shown
