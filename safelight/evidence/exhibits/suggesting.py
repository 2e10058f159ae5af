"""What in an exhibit may name somebody: shown to a person before and after releasing.

A suggestion decides nothing: everything is covered anyway, and a suggestion that is missing
releases nothing. Only text is looked through: words that a PDF carries itself, chats, documents.
Text *within* a photo or a screenshot, and faces, are not found: nothing that reads letters or
faces ships with what we install, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safelight.evidence.exhibits.exhibit import Area, Exhibit, Passage, Region
from safelight.evidence.exhibits.patterns import Found, Span, spans_in
from safelight.evidence.sandbox.opened import Page, Word


@dataclass(frozen=True)
class Suggestion:
    """A place that may name somebody, and as what."""

    what: Found
    region: Region


def suggest(exhibit: Exhibit) -> tuple[Suggestion, ...]:
    """Return what to look at, page by page and line by line."""
    found: list[Suggestion] = []
    for page in exhibit.pages:
        for row in _rows(page.words):
            found += _in_row(page, row, exhibit.names)
    for line in exhibit.lines:
        found += [
            Suggestion(
                span.what,
                Passage(line.number, line.said_from + span.start, line.said_from + span.end),
            )
            for span in spans_in(line.text[line.said_from :], names=exhibit.names)
        ]
    return tuple(found)


def released_suggestions(exhibit: Exhibit) -> tuple[Suggestion, ...]:
    """Return the suggestions that a release uncovers, wholly or in part: to be asked about."""
    released = [one.region for one in exhibit.releases]
    return tuple(
        one for one in suggest(exhibit) if any(_overlap(one.region, other) for other in released)
    )


def _overlap(one: Region, other: Region) -> bool:
    if isinstance(one, Area) and isinstance(other, Area):
        return (
            one.page == other.page
            and one.left < other.right
            and other.left < one.right
            and one.top < other.bottom
            and other.top < one.bottom
        )
    if isinstance(one, Passage) and isinstance(other, Passage):
        return one.line == other.line and one.start < other.end and other.start < one.end
    return False


def _rows(words: Iterable[Word]) -> list[list[Word]]:
    """Words in rows, as they follow each other: a number may be several words."""
    rows: list[list[Word]] = []
    for word in words:
        before = rows[-1][-1] if rows else None
        middle = (word.top + word.bottom) / 2
        if before is not None and before.top <= middle <= before.bottom:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _in_row(page: Page, row: Sequence[Word], names: Sequence[str]) -> list[Suggestion]:
    starts: list[int] = []
    text = ""
    for word in row:
        starts.append(len(text))
        text += word.text + " "

    def around(span: Span) -> Area:
        held = [
            word
            for word, start in zip(row, starts, strict=True)
            if start < span.end and span.start < start + len(word.text)
        ]
        return Area(
            page.number,
            min(word.left for word in held),
            min(word.top for word in held),
            max(word.right for word in held),
            max(word.bottom for word in held),
        )

    return [Suggestion(span.what, around(span)) for span in spans_in(text, names=names)]
