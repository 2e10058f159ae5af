"""The whole sentence, rows to document: what goes out is what a plain count gives, or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from safelight.demo.assumptions import assumptions
from safelight.demo.country import simulate_country
from safelight.demo.list_rows import rows_of
from safelight.demo.organisations import keep_lists
from safelight.pipeline import ListWords, NotReleased, Released, release_rows
from safelight.release.counts import ReleaseError
from safelight.release.disclosure import DisclosureRule
from safelight.release.draft import Revision
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

THRESHOLD = 5
YEARS = range(2022, 2027)


@pytest.fixture(scope="module")
def rows() -> tuple[StatRow, ...]:
    assume = assumptions()
    country = simulate_country(4, "small", assume)
    return tuple(row for kept in keep_lists(country, assume) for row in rows_of(kept))


def _words(*source_lists: str, name: str = "a list") -> dict[str, ListWords]:
    coverage = Wording("что видно", "what it could see")
    return {
        source: ListWords(source.lower(), Wording("список", name), coverage)
        for source in source_lists
    }


def _released(rows: Iterable[StatRow], words: dict[str, ListWords]) -> Released | NotReleased:
    return release_rows(
        rows,
        words=words,
        years=YEARS,
        as_of=date(2026, 6, 30),
        rule=DisclosureRule(threshold=THRESHOLD, width=3),
        cross=(("act_group", "year"),),
        revisions=(Revision(1, date(2026, 7, 1), Wording("первый", "first")),),
        code_version="0.1.0",
        simulated=True,
    )


def _document(outcome: Released | NotReleased) -> dict[str, Any]:
    assert isinstance(outcome, Released), outcome
    document: dict[str, Any] = json.loads(outcome.document)
    return document


def test_every_published_number_is_what_a_plain_count_of_the_list_gives(
    rows: tuple[StatRow, ...],
) -> None:
    document = _document(_released(rows, _words("HELPLINE", "LEGALAID", "MEDIA", "POLICE")))
    group_of = vocabulary().field("most_serious_act").group_of
    assert [part["id"] for part in document["lists"]] == ["helpline", "legalaid", "media", "police"]
    for part in document["lists"]:
        counted = Counter(
            (group_of(row.most_serious_act), row.occurred_period[:4])
            for row in rows
            if row.source_list == part["id"].upper()
        )
        (table,) = part["tables"]
        for heading, cells in zip(table["rows"]["headings"], table["cells"], strict=True):
            for year, shown in zip(YEARS, cells, strict=True):
                assert shown in (None, counted[heading["code"], str(year)])
                assert shown is None or shown >= THRESHOLD
        assert part["total"] == sum(counted.values())
        assert any(shown is not None for shown in table["column_totals"])


def test_a_list_that_nobody_has_described_stays_in(rows: tuple[StatRow, ...]) -> None:
    outcome = _released(rows, _words("HELPLINE"))
    document = _document(outcome)
    assert [part["id"] for part in document["lists"]] == ["helpline"]
    assert isinstance(outcome, Released)
    assert set(outcome.left_out) == {"LEGALAID", "MEDIA", "POLICE"}


def test_a_list_too_short_to_hide_anything_in_is_left_out_with_its_reason(
    rows: tuple[StatRow, ...],
) -> None:
    police = [row for row in rows if row.source_list == "POLICE"][:3]
    helpline = [row for row in rows if row.source_list == "HELPLINE"]
    outcome = _released([*helpline, *police], _words("HELPLINE", "POLICE"))
    assert isinstance(outcome, Released)
    assert "fewer than 5 incidents in all" in outcome.left_out["police"]


def test_nothing_is_released_when_the_audit_finds_something(rows: tuple[StatRow, ...]) -> None:
    good = _released(rows, _words("HELPLINE"))
    bad = _released(rows, _words("HELPLINE", name="<script>"))
    assert isinstance(good, Released)
    assert isinstance(bad, NotReleased)
    assert any("a name in both languages" in reason for reason in bad.reasons)


def test_nothing_is_released_from_rows_that_count_something_else(
    rows: tuple[StatRow, ...],
) -> None:
    acts = [replace(row, counting_units="ACT") for row in rows]
    with pytest.raises(ReleaseError, match="count something other than incidents"):
        _released(acts, _words("HELPLINE"))
