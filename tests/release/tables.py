"""Tables for tests: count systems from a matrix, and statistical rows from counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from hypothesis import strategies as st

from safelight.release.counts import CountSystem, two_way
from safelight.release.disclosure import DisclosureRule, NotReleasable
from safelight.release.draft import Draft, ListRelease, Revision, prepare_list
from safelight.vocabulary.stat_row import StatRow, new_random128
from safelight.vocabulary.wording import Wording

Matrix = Sequence[Sequence[int]]
RULE = DisclosureRule(threshold=5, width=4)
YEARS = (2022, 2023, 2024)
AS_OF = date(2025, 3, 1)


def system_of(matrix: Matrix) -> CountSystem:
    """Rows r0, r1 … and columns c0, c1 …, with both margins and the total."""
    return two_way(
        "r",
        "c",
        {(f"r{i}", f"c{j}"): count for i, row in enumerate(matrix) for j, count in enumerate(row)},
    )


def matrices(
    *, rows: tuple[int, int], columns: tuple[int, int], largest: int
) -> st.SearchStrategy[list[list[int]]]:
    """Sparse tables: zeros and small counts are as common as in real ones."""
    count = st.one_of(st.integers(0, 3), st.integers(0, largest))
    return st.integers(*columns).flatmap(
        lambda width: st.lists(
            st.lists(count, min_size=width, max_size=width), min_size=rows[0], max_size=rows[1]
        )
    )


def stat_row(**changed: object) -> StatRow:
    """One incident of the list OWN, coded as far as a table needs."""
    codes: dict[str, object] = {
        "stat_id": new_random128(),
        "source_list": "OWN",
        "channel": "WEB",
        "reporter_role": "VICTIM",
        "occurred_period": "2023-H1",
        "received_period": "2023-Q3",
        "region": "77",
        "acts": ("ASS",),
        "bias_ground": ("GAY",),
        "bias_confidence": "LIKELY",
        "verification": "V1_COHERENT",
        "consent": ("STAT",),
        "consent_given_at": "2023-Q3",
    }
    return StatRow(**{**codes, **changed})  # type: ignore[arg-type]


_ACTS = ("ASS", "THR", "SMR", "DIS", "ROB", "PRO")
_LEVELS = ("V0_UNCHECKED", "V1_COHERENT", "V2_CORROBORATED", "V3_DOCUMENTED")


def rows_of(counts: Matrix, **changed: object) -> list[StatRow]:
    """Rows of incidents: `counts[act][year]`, acts as in `_ACTS`, years as in `YEARS`."""
    rows = []
    for act, by_year in zip(_ACTS, counts, strict=False):
        for year, count in zip(YEARS, by_year, strict=True):
            for number in range(count):
                level = _LEVELS[(number + year) % 4]
                rows.append(
                    stat_row(
                        acts=(act,),
                        occurred_period=f"{year}-H{1 + number % 2}",
                        verification=level,
                        **changed,
                    )
                )
    return rows


USUAL: Matrix = ((41, 38, 52), (30, 12, 9), (17, 21, 30), (6, 1, 4), (9, 7, 3), (2, 0, 0))
NAME = Wording("рассказано нам", "told to us")
COVERAGE = Wording(
    "люди, которые нашли форму; вся страна; 2022–2024",
    "people who found the form; the whole country; 2022–2024",
)


def usual_list(
    counts: Matrix = USUAL, *, rule: DisclosureRule = RULE, list_id: str = "own", **changed: object
) -> ListRelease:
    """A list ready for release; the rows are those of `rows_of(counts)`."""
    if counts is USUAL and rule == RULE and list_id == "own" and not changed:
        return _usual_list()
    return _prepared(counts, rule, list_id, changed)


@cache
def _usual_list() -> ListRelease:
    return _prepared(USUAL, RULE, "own", {})


def _prepared(
    counts: Matrix, rule: DisclosureRule, list_id: str, changed: Mapping[str, object]
) -> ListRelease:
    found = prepare_list(
        rows_of(counts, **changed),
        list_id=list_id,
        name=NAME,
        coverage=COVERAGE,
        years=YEARS,
        as_of=AS_OF,
        rule=rule,
    )
    assert not isinstance(found, NotReleasable)
    return found


def usual_draft(*lists: ListRelease, simulated: bool = False) -> Draft:
    return Draft(
        as_of=AS_OF,
        years=YEARS,
        rule=RULE,
        revisions=(Revision(1, AS_OF, Wording("первый выпуск", "first release")),),
        simulated=simulated,
        code_version="0.1.0",
        lists=lists or (usual_list(),),
    )
