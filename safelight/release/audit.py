"""The audit of a release: is everything said that must be, and nothing given away?

It looks at the draft as if somebody else had made it: it solves the attacker's programs
again for the pattern it finds, and compares every dimension with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from safelight.release.attacker import Interval
from safelight.release.budget import Ledger
from safelight.release.completeness import Finding, Problem, said_of_all, said_of_list
from safelight.release.counts import ReleaseError
from safelight.release.differencing import differences
from safelight.release.dimensions import DIMENSIONS, dimension
from safelight.release.disclosure import findings
from safelight.release.draft import Draft, ListRelease, count_system
from safelight.release.estimate_audit import audit_estimate
from safelight.release.noise.noisy_table import NoisyDraft
from safelight.release.table import UNIT, VERIFICATION_LEVELS, Table


@dataclass(frozen=True)
class Earlier:
    """Every release that went out before, also those corrected or withdrawn: readers keep them."""

    exact: tuple[Draft, ...]
    noisy: tuple[NoisyDraft, ...]


NOTHING_EARLIER: Final = Earlier((), ())


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


def audit(draft: Draft, *, earlier: Earlier, ledger: Ledger | None = None) -> AuditReport:
    """Attack the draft, alone and with all earlier releases, and check it for completeness.

    An estimate must stand in the `ledger`; without one it counts as not paid for.
    Never raises for what it finds.
    """
    problems = [*said_of_all(draft), *audit_estimate(draft, ledger)]
    published = hidden = 0
    narrowest: float | None = None
    for part in draft.lists:
        problems += said_of_list(part.statement)
        problems += _unit(part)
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
    if not any(problem.finding in _NOT_TABLES for problem in problems):
        problems += _with_earlier(draft, earlier)
    return AuditReport(
        tuple(problems),
        published,
        hidden,
        None if narrowest is None or narrowest == float("inf") else int(narrowest),
    )


# Tables that are none cannot be subtracted from others.
_NOT_TABLES: Final = frozenset({Finding.UNDECLARED_COLUMN, Finding.SUMS, Finding.NO_UNIT})


def _with_earlier(draft: Draft, earlier: Earlier) -> Iterator[Problem]:
    for before in earlier.exact:
        for found in differences(draft, before):
            detail = (
                f"with the release as of {found.against} a change of fewer than "
                f"{draft.rule.threshold} incidents can be read off"
                if found.interval is None
                else f"with the release as of {found.against} {_bounds(found.interval)}"
            )
            yield Problem(Finding.CHANGE, found.list_id, detail)
    for noisy in earlier.noisy:
        if not set(noisy.years) & set(draft.years):
            continue
        for where in {part.statement.list_id for part in noisy.lists} & {
            part.statement.list_id for part in draft.lists
        }:
            yield Problem(
                Finding.EXACT_AFTER_NOISE,
                where,
                "numbers of these years went out with noise; exact ones would take it off",
            )


def _unit(part: ListRelease) -> Iterator[Problem]:
    if not part.tables or any(table.unit != UNIT for table in part.tables):
        yield Problem(
            Finding.NO_UNIT, part.statement.list_id, f"every table says its unit, which is {UNIT}"
        )


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
