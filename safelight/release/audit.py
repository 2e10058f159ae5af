"""The audit of a release: is everything said that must be, and nothing given away?

It looks at the draft as if somebody else had made it: it solves the attacker's programs
again for the pattern it finds, and compares every dimension with the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from safelight.release.attacker import Interval
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import DIMENSIONS, Wording, dimension
from safelight.release.disclosure import findings
from safelight.release.draft import LINKAGE_NONE, LOWER_BOUND, Draft, ListRelease, count_system
from safelight.release.table import UNIT, VERIFICATION_LEVELS, Table

_LIST_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_LONGEST: Final = {"name": 80, "coverage": 500, "reason": 200}
# Wordings are prose by a person; these would be markup, or hide what is written.
_NOT_PROSE: Final = re.compile(
    r"[<>\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class Finding(StrEnum):
    """What an audit may object to. The desk has a sentence for each, in both languages."""

    NO_LISTS = "no-lists"
    LIST_TWICE = "list-twice"
    UNDECLARED_COLUMN = "undeclared-column"
    NO_UNIT = "no-unit"
    NO_COVERAGE = "no-coverage"
    NO_NAME = "no-name"
    NO_PERIOD = "no-period"
    NO_VERIFICATION = "no-verification-mix"
    NO_LINKAGE = "no-linkage-method"
    NO_DATA_HASH = "no-data-hash"
    NO_CODE_VERSION = "no-code-version"
    NO_REVISION = "no-revision"
    SUMS = "sums-do-not-hold"
    SMALL_CELL = "small-cell-published"
    GIVEN_AWAY = "hidden-cell-given-away"


@dataclass(frozen=True)
class Problem:
    finding: Finding
    list_id: str
    detail: str


@dataclass(frozen=True)
class AuditReport:
    """Passed when `problems` is empty. Widths are of intervals an attacker can compute."""

    problems: tuple[Problem, ...]
    published: int
    hidden: int
    narrowest: int | None

    @property
    def passed(self) -> bool:
        return not self.problems


def audit(draft: Draft) -> AuditReport:
    """Attack the draft and check it for completeness; never raises for what it finds."""
    problems = list(_said_of_all(draft))
    published = hidden = 0
    narrowest: float | None = None
    for part in draft.lists:
        problems += _said_of_list(part)
        undeclared = list(_undeclared(draft, part))
        problems += undeclared
        if undeclared:
            continue  # there is nothing to attack in what is not a table of counts
        problems += _not_counted(part)
        if not part.tables:
            continue
        seen, given_away = _attacked(draft, part)
        problems += given_away
        hidden += len(part.hidden)
        published += seen - len(part.hidden)
        widths = [interval.width for interval in part.intervals.values()]
        narrowest = min([*widths, *([] if narrowest is None else [narrowest])], default=None)
    return AuditReport(
        tuple(problems),
        published,
        hidden,
        None if narrowest is None or narrowest == float("inf") else int(narrowest),
    )


def _said_of_all(draft: Draft) -> Iterator[Problem]:
    if not draft.lists:
        yield Problem(Finding.NO_LISTS, "", "a release has at least one list")
    ids = [part.statement.list_id for part in draft.lists]
    if len(set(ids)) != len(ids):
        yield Problem(Finding.LIST_TWICE, "", "every list stands once, under its own id")
    if not draft.years or draft.years[-1] > draft.as_of.year:
        yield Problem(Finding.NO_PERIOD, "", "the years covered end no later than the as-of date")
    if not _VERSION.fullmatch(draft.code_version):
        yield Problem(Finding.NO_CODE_VERSION, "", "the version of the program is missing")
    numbers = [revision.number for revision in draft.revisions]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield Problem(Finding.NO_REVISION, "", "revisions are numbered 1, 2, 3 …, none missing")
    for revision in draft.revisions:
        if not _is_prose(revision.reason, "reason"):
            yield Problem(Finding.NO_REVISION, "", "each revision says why, in both languages")


def _said_of_list(part: ListRelease) -> Iterator[Problem]:
    said = part.statement
    where = said.list_id if _LIST_ID.fullmatch(said.list_id) else ""
    if not where or not _is_prose(said.name, "name"):
        yield Problem(Finding.NO_NAME, where, "a list has an id and a name in both languages")
    if not _is_prose(said.coverage, "coverage"):
        yield Problem(
            Finding.NO_COVERAGE, where, "say which places, people and years the list could see"
        )
    if said.linkage != LINKAGE_NONE or said.reading != LOWER_BOUND:
        yield Problem(
            Finding.NO_LINKAGE, where, "lists stand side by side, each count a lower bound"
        )
    if not _SHA256.fullmatch(said.data_sha256):
        yield Problem(Finding.NO_DATA_HASH, where, "the digest of the counted rows is missing")
    if not part.tables or any(table.unit != UNIT for table in part.tables):
        yield Problem(Finding.NO_UNIT, where, f"every table says its unit, which is {UNIT}")


def _not_counted(part: ListRelease) -> Iterator[Problem]:
    for table in part.tables:
        if (
            len(table.verification) != len(VERIFICATION_LEVELS)
            or sum(table.verification) != table.total
        ):
            yield Problem(
                Finding.NO_VERIFICATION,
                part.statement.list_id,
                "every counted incident stands on one rung V0–V3",
            )


def _undeclared(draft: Draft, part: ListRelease) -> Iterator[Problem]:
    for table in part.tables:
        for side in (table.rows, table.columns):
            if side.name not in DIMENSIONS or side != dimension(side.name, years=draft.years):
                yield Problem(
                    Finding.UNDECLARED_COLUMN,
                    part.statement.list_id,
                    "a row or column is not one of the declared codes; free text is never released",
                )
        if not _is_whole_matrix(table):
            yield Problem(Finding.SUMS, part.statement.list_id, "a cell is not a whole number")


def _is_whole_matrix(table: Table) -> bool:
    return len(table.counts) == len(table.rows.codes) and all(
        len(row) == len(table.columns.codes) and all(type(count) is int for count in row)
        for row in table.counts
    )


def _attacked(draft: Draft, part: ListRelease) -> tuple[int, list[Problem]]:
    where = part.statement.list_id
    try:
        system = count_system(part.tables)
        hidden = [system.index(name) for name in part.hidden]
    except (ReleaseError, ValueError) as error:
        return 0, [Problem(Finding.SUMS, where, str(error))]
    problems = []
    for interval in findings(system, hidden, draft.rule).values():
        if interval is None:
            detail = f"a cell below {draft.rule.threshold} would be published"
            problems.append(Problem(Finding.SMALL_CELL, where, detail))
        else:
            problems.append(Problem(Finding.GIVEN_AWAY, where, _bounds(interval)))
    return len(system.cells), problems


def _bounds(interval: Interval) -> str:
    high = "any number" if interval.high is None else str(interval.high)
    return f"a hidden cell is known to lie between {interval.low} and {high}"


def _is_prose(words: Wording, kind: str) -> bool:
    return all(
        text.strip() != "" and len(text) <= _LONGEST[kind] and not _NOT_PROSE.search(text)
        for text in (words.ru, words.en)
    )
