"""An exhibit: something a court or an employer may see of an original, covered until released.

    exhibit = open_exhibit(path)                           everything is covered
    suggest(exhibit)                                       what names people (suggesting.py)
    exhibit = release(exhibit, Area(0, 10, 10, 200, 60), by="desk-2", reason="threat", at=now)
    made = render(exhibit, day=today, language="en")       pictures, PDF, record (rendering.py)

Pure but for `open_exhibit`. An exhibit holds the original's pixels and text in memory: keep the
list of releases (`Release.to_json`), not the exhibit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.exhibits.transcript import Line, lines_of_text, transcript
from safelight.evidence.sandbox.opened import Opened, Page
from safelight.evidence.sandbox.opening import MOST_PAGES, open_hostile
from safelight.evidence.sandbox.problems import CannotBeShown
from safelight.evidence.sandbox.wire import FileKind, Note

MOST_RELEASES: Final = 2000
_LONGEST_REASON: Final = 500
_LONGEST_BY: Final = 100


@dataclass(frozen=True)
class Area:
    """A rectangle of a page in pixels from its left and top; `right` and `bottom` are outside."""

    page: int
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Passage:
    """Characters of a line of text, `end` outside; the whole line is `Passage(n, 0, len)`."""

    line: int
    start: int
    end: int


Region = Area | Passage


@dataclass(frozen=True)
class Release:
    """What a person uncovered. `by`: who, as the desk calls them; never a civil name."""

    region: Region
    by: str
    reason: str = field(repr=False)
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """To release the same again: `release_again` reads it. Stays with the desk: from where
        passages begin and end, the length of what is covered between them can be told.
        """
        place: dict[str, Any]
        if isinstance(self.region, Area):
            one = self.region
            place = {"page": one.page, "box": [one.left, one.top, one.right, one.bottom]}
        else:
            place = {"line": self.region.line, "span": [self.region.start, self.region.end]}
        at = self.at.astimezone(UTC).isoformat(timespec="seconds")
        return {**place, "by": self.by, "reason": self.reason, "at": at}


@dataclass(frozen=True)
class Exhibit:
    """`pages`: pictures, PDF pages, frames. `lines`: text and conversations. Both as opened."""

    original_sha256: str
    kind: FileKind
    notes: frozenset[Note]
    page_count: int
    pages: tuple[Page, ...]
    lines: tuple[Line, ...]
    names: tuple[str, ...] = field(default=(), repr=False)  # of those who speak in it
    releases: tuple[Release, ...] = ()

    def page(self, number: int) -> Page:
        """Raises `ExhibitError` for a page that is not open."""
        for page in self.pages:
            if page.number == number:
                return page
        raise ExhibitError(
            f"expected a page that is open in this exhibit, got page {number}; open it from there"
        )


def open_exhibit(
    original: Path, *, language: str = "en", first_page: int = 0, pages: int = MOST_PAGES
) -> Exhibit:
    """Open an original in the sandbox as an exhibit in which everything is covered.

    Of a PDF at most `pages` pages from `first_page` on. A conversation becomes lines with a
    pseudonym for each person, in `language` ("en" or "ru"). Raises `CannotBeShown` (for an
    archive without a conversation: take out a member first), `SandboxUnavailable`, `SandboxError`.
    """
    return exhibit_of(open_hostile(original, first_page=first_page, pages=pages), language=language)


def exhibit_of(opened: Opened, *, language: str) -> Exhibit:
    """Return a covered exhibit of what the sandbox showed. Raises `CannotBeShown`."""
    lines: tuple[Line, ...] = ()
    names: tuple[str, ...] = ()
    if opened.conversation is not None:
        lines = transcript(opened.conversation, language=language)
        names = opened.conversation.authors
    elif opened.kind not in {FileKind.PDF, FileKind.DRAWING}:
        # A PDF's words stand on its pages; twice they would have to be covered twice.
        lines = lines_of_text(opened.text)
    if not opened.pages and not lines:
        raise CannotBeShown(
            "there is neither a picture nor text in this file; of an archive, take out the member "
            "that is to be shown"
        )
    return Exhibit(
        opened.sha256,
        opened.kind,
        opened.notes,
        opened.page_count,
        opened.pages,
        lines,
        names,
    )


def release(exhibit: Exhibit, region: Region, *, by: str, reason: str, at: datetime) -> Exhibit:
    """Return the exhibit with one more piece uncovered. A piece that lies outside is refused."""
    _check_place(exhibit, region)
    if not 0 < len(by.strip()) <= _LONGEST_BY:
        raise ExhibitError(f"expected who releases this, in 1 to {_LONGEST_BY} characters")
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        raise ExhibitError(
            f"expected why this is released, in 1 to {_LONGEST_REASON} characters: it stands in "
            "the record"
        )
    if at.tzinfo is None:
        raise ExhibitError("expected a time with its zone; give it in UTC")
    if len(exhibit.releases) >= MOST_RELEASES:
        raise ExhibitError(
            f"an exhibit has at most {MOST_RELEASES} released pieces; release larger ones"
        )
    one = Release(region, by.strip(), reason.strip(), at)
    return replace(exhibit, releases=(*exhibit.releases, one))


def cover_again(exhibit: Exhibit, number: int) -> Exhibit:
    """Return the exhibit without the release at this place of `releases`.

    What another release uncovers as well stays uncovered.
    """
    if not 0 <= number < len(exhibit.releases):
        raise ExhibitError(f"expected a release from 0 to {len(exhibit.releases) - 1}")
    kept = exhibit.releases[:number] + exhibit.releases[number + 1 :]
    return replace(exhibit, releases=kept)


def release_again(exhibit: Exhibit, untrusted: Sequence[Mapping[str, Any]]) -> Exhibit:
    """Release what `Release.to_json` wrote. Raises `ExhibitError` at the first that is not so."""
    for number, one in enumerate(untrusted, 1):
        try:
            region: Region
            at = datetime.fromisoformat(str(one["at"]))
            by, reason = str(one["by"]), str(one["reason"])
            if "page" in one:
                left, top, right, bottom = (_whole(value) for value in one["box"])
                region = Area(_whole(one["page"]), left, top, right, bottom)
            else:
                start, end = (_whole(value) for value in one["span"])
                region = Passage(_whole(one["line"]), start, end)
        except (KeyError, TypeError, ValueError):
            raise ExhibitError(
                f"release {number} is not {{page, box: [left, top, right, bottom]}} or {{line, "
                "span: [start, end]}, each with by, reason and at"
            ) from None
        exhibit = release(exhibit, region, by=by, reason=reason, at=at)
    return exhibit


def _whole(value: object) -> int:
    # True is an int as well, and JSON has both.
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _check_place(exhibit: Exhibit, region: Region) -> None:
    if isinstance(region, Area):
        page = exhibit.page(region.page)
        across = 0 <= region.left < region.right <= page.width
        if not across or not 0 <= region.top < region.bottom <= page.height:
            raise ExhibitError(
                f"expected an area within the {page.width} by {page.height} pixels of page "
                f"{region.page}, with left below right and top below bottom"
            )
        return
    if not 0 <= region.line < len(exhibit.lines):
        raise ExhibitError(f"expected a line from 0 to {len(exhibit.lines) - 1}")
    length = len(exhibit.lines[region.line].text)
    if not 0 <= region.start < region.end <= length:
        raise ExhibitError(f"expected a passage within the {length} characters of the line")
