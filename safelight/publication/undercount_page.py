"""The page of an estimate: the verdict in words first, then one picture, then what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from safelight.publication.document_head import ReleaseDocument
from safelight.publication.frame import Frame
from safelight.publication.markup import Markup, joined, tag
from safelight.publication.undercount_document import Ends, PublishedEstimate
from safelight.publication.wording import Texts, texts
from safelight.vocabulary.codes import Language

_WIDE: Final = 200
_PAGE: Final = "undercount"


@dataclass(frozen=True)
class Surroundings:
    """What the page needs of its release; `happened` is known of a simulated country only."""

    release: ReleaseDocument
    happened: int | None
    has_csv: bool


def overview_lines(part: PublishedEstimate | None, words: Texts) -> list[Markup]:
    """What the first page says of the estimate: the verdict, as a link."""
    if part is None:
        return []
    link = tag("a", words.say("undercount_title"), href=f"{_PAGE}.html")
    return [tag("p", link, ": ", _said(part, words))]


def undercount_prose(part: PublishedEstimate | None, name: str, words: Texts) -> str:
    """What the method page or the press page adds where there is an estimate, as our own HTML."""
    if part is None:
        return ""
    key = f"undercount_{name}" if name == "method" else f"undercount_{name}_{part.verdict}"
    return words.say(key)


def undercount_page(
    frame: Frame, part: PublishedEstimate | None, around: Surroundings, language: Language
) -> bytes | None:
    """The page, or None for a release without an estimate."""
    if part is None:
        return None
    words = texts(language)
    title = words.say("undercount_title")
    links = [tag("a", words.say("download_json"), href="../data/release.json")]
    if around.has_csv:
        links.insert(0, tag("a", words.say("noisy_csv"), href="../data/numbers.csv"))
    downloads = tag("ul", *[tag("li", link) for link in links])
    truth = []
    if around.happened is not None:
        count = words.number(around.happened)
        truth = [tag("p", words.say("undercount_truth_said", count=count))]
    return frame.page(
        words,
        _PAGE,
        title,
        tag("h1", title),
        tag("p", _said(part, words), class_="big"),
        tag("p", words.period(around.release.period), ". ", words.say(f"reason_{part.reason}")),
        tag(
            "p",
            tag("b", words.say("undercount_would" if part.estimate is None else "fact_assumption")),
            ": ",
            words.say(f"assumption_{part.assumption}"),
        ),
        *truth,
        tag("h2", words.say("chart_heading")),
        _chart(part, around.happened, words),
        tag("p", words.say("undercount_note", percent=_percent(part.level)), class_="note"),
        tag("h2", words.say("facts_heading")),
        _facts(part, around.release, words),
        tag("div", tag("h2", words.say("downloads")), downloads, class_="take"),
    )


def _said(part: PublishedEstimate, words: Texts) -> str:
    if part.estimate is None:
        return words.say("undercount_refused")
    return words.say(f"undercount_{part.verdict}", number=_shown(part.estimate, words))


def _shown(ends: Ends, words: Texts) -> str:
    """Like 340 (290–410); a bound is its lower end alone, which is what may be said."""
    if ends.high is None:
        return words.number(ends.low)
    return f"{words.number(ends.value)} ({words.number(ends.low)}–{words.number(ends.high)})"


def _chart(part: PublishedEstimate, happened: int | None, words: Texts) -> Markup:
    """One line a number, all on one scale; an end that is open runs to the edge."""
    ends = [part.documented, *([part.estimate] if part.estimate else [])]
    most = max(*(one.high or round(one.low * 1.25) for one in ends), happened or 0, 1)
    rows = [
        _entry("undercount_documented", _drawn(part.documented, most), part.documented, words),
        _entry(
            "undercount_all",
            [] if part.estimate is None else _drawn(part.estimate, most),
            part.estimate,
            words,
        ),
    ]
    if happened is not None:
        dot = [tag("path", d=f"M{_at(happened, most)} 1v10", class_="m")]
        rows.append(_row(words.say("undercount_happened"), dot, words.number(happened)))
    return tag("ul", *rows, class_="totals est")


def _at(count: float, most: int) -> int:
    return round((_WIDE - 4) * count / most) + 2


def _drawn(ends: Ends, most: int) -> list[Markup]:
    """A mark on a line; a bound is a mark at its lower end, and an arrow."""
    low = _at(ends.low, most)
    if ends.high is None:
        arrow = f"M{low} 6H{_WIDE - 2}m-5 -4l5 4l-5 4"
        return [tag("path", d=arrow, class_="i"), tag("path", d=f"M{low} 1v10", class_="m")]
    line = f"M{low} 6H{_at(ends.high, most)}"
    mark = f"M{_at(ends.value, most)} 1v10"
    return [tag("path", d=line, class_="i"), tag("path", d=mark, class_="m")]


def _entry(name: str, drawn: Sequence[Markup], ends: Ends | None, words: Texts) -> Markup:
    if ends is None:
        number = words.say("undercount_none")
    elif ends.high is None:
        number = words.say("undercount_or_more", number=_shown(ends, words))
    else:
        number = _shown(ends, words)
    return _row(words.say(name), drawn, number)


def _row(name: str, drawn: Sequence[Markup], number: str) -> Markup:
    # The number stands beside it as text, so the line itself is silent.
    picture = tag("svg", *drawn, viewBox=f"0 0 {_WIDE} 12", aria_hidden="true")
    return tag("li", tag("span", name), picture, tag("b", number))


def _facts(part: PublishedEstimate, release: ReleaseDocument, words: Texts) -> Markup:
    language = words.language
    used = [one for one in release.lists if one.id in part.lists]
    lists = [
        tag(
            "li", tag("b", one.name.in_language(language)), ": ", one.coverage.in_language(language)
        )
        for one in used
    ]
    last = release.revisions[-1]
    share = (
        words.say("undercount_linkage", linkages=part.linkages)
        if part.share is None
        else words.say("undercount_linkage_share", linkages=part.linkages, share=part.share)
    )
    protects = words.say(f"noisy_protects_{part.protects}")
    facts: list[tuple[str, str]] = [
        ("unit", words.say("unit_incident")),
        ("lists", tag("ul", *lists)),
        ("period", words.period(release.period)),
        ("as_of", words.day(release.as_of)),
        ("linkage", share),
        ("reading", words.say(f"undercount_kind_{part.verdict}")),
        ("rule", words.say("noisy_rule_pure", amount=str(part.amount), protects=protects)),
        (
            "revision",
            words.say(
                "revision",
                number=last.number,
                on=words.day(last.on),
                reason=last.reason.in_language(language),
            ),
        ),
        ("program", words.say("undercount_program", version=release.code_version)),
        ("code", tag("code", words.say("sha256", digest=part.code_sha256))),
        ("data", tag("code", words.say("sha256", digest=part.data_sha256))),
        ("release", tag("code", words.say("sha256", digest=release.digest))),
    ]
    names = {"lists": "undercount_lists", "program": "fact_code", "code": "undercount_code"}
    pairs = [
        joined(tag("dt", words.say(names.get(name, f"fact_{name}"))), tag("dd", value))
        for name, value in facts
    ]
    return tag("dl", *pairs)


def _percent(level: Fraction) -> str:
    return f"{float(level) * 100:g}"
