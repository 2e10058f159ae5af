"""A release that lacks a fact, or gives a cell away, does not pass its audit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from safelight.release.audit import NOTHING_EARLIER, audit
from safelight.release.completeness import Finding
from safelight.release.counts import cell
from safelight.release.dimensions import Dimension, Heading
from safelight.release.disclosure import Why
from safelight.release.document import release_document
from safelight.release.draft import Draft, ListRelease, draft_from_bytes, draft_to_bytes
from safelight.vocabulary.wording import Wording
from tests.release.tables import usual_draft, usual_list


def _found(draft: Draft) -> set[Finding]:
    return {problem.finding for problem in audit(draft, earlier=NOTHING_EARLIER).problems}


def _with_list(**changed: object) -> Draft:
    part = usual_list()
    return usual_draft(replace(part, statement=replace(part.statement, **changed)))  # type: ignore[arg-type]


def _with_table(**changed: object) -> Draft:
    part = usual_list()
    return usual_draft(replace(part, tables=(replace(part.tables[0], **changed),)))  # type: ignore[arg-type]


def test_a_complete_draft_passes() -> None:
    report = audit(usual_draft(), earlier=NOTHING_EARLIER)
    assert report.passed
    assert report.hidden > 0
    assert report.narrowest is not None
    assert report.narrowest >= 4


NARRATIVE = Dimension(
    "narrative", Wording("рассказ", "narrative"), (Heading("x", Wording("x", "x")),)
)


@pytest.mark.parametrize(
    ("draft", "finding"),
    [
        (_with_list(coverage=Wording("", "")), Finding.NO_COVERAGE),
        (_with_list(coverage=Wording("только по-русски", " ")), Finding.NO_COVERAGE),
        (_with_list(coverage=Wording("а" * 501, "a")), Finding.NO_COVERAGE),
        (_with_list(name=Wording("<b>", "a")), Finding.NO_NAME),
        (_with_list(name=Wording("о\u202eго", "a")), Finding.NO_NAME),
        (_with_list(name=Wording("о\u061cго", "a")), Finding.NO_NAME),
        (_with_list(name=Wording("о\x9bго", "a")), Finding.NO_NAME),
        (_with_list(list_id="../own"), Finding.NO_NAME),
        (_with_list(data_sha256=""), Finding.NO_DATA_HASH),
        (_with_list(linkage="guessed"), Finding.NO_LINKAGE),
        (_with_list(reading="estimate"), Finding.NO_LINKAGE),
        (_with_table(unit=""), Finding.NO_UNIT),
        (_with_table(verification=()), Finding.NO_VERIFICATION),
        (_with_table(verification=(1, 2, 3, 4)), Finding.NO_VERIFICATION),
        (_with_table(rows=NARRATIVE), Finding.UNDECLARED_COLUMN),
        (replace(usual_draft(), as_of=date(2020, 1, 1)), Finding.NO_PERIOD),
        (replace(usual_draft(), revisions=()), Finding.NO_REVISION),
        (replace(usual_draft(), code_version=""), Finding.NO_CODE_VERSION),
        (replace(usual_draft(), lists=()), Finding.NO_LISTS),
        (usual_draft(usual_list(), usual_list()), Finding.LIST_TWICE),
    ],
)
def test_what_is_missing_is_named(draft: Draft, finding: Finding) -> None:
    assert finding in _found(draft)


def test_text_put_under_a_declared_name_is_refused() -> None:
    part = usual_list()
    rows = part.tables[0].rows
    told = replace(
        rows, headings=(Heading("told", Wording("рассказ", "story")), *rows.headings[1:])
    )
    assert Finding.UNDECLARED_COLUMN in _found(_with_table(rows=told))


def test_text_in_a_cell_is_refused() -> None:
    part = usual_list()
    counts = (("a story", *part.tables[0].counts[0][1:]), *part.tables[0].counts[1:])
    assert Finding.SUMS in _found(_with_table(counts=counts))


def _uncovered(part: ListRelease) -> ListRelease:
    only_small = {name: why for name, why in part.hidden.items() if why is Why.SMALL}
    return replace(part, hidden=only_small)


def test_a_pattern_without_its_cover_is_found_by_the_attack() -> None:
    part = usual_list()
    assert Why.FOR_ANOTHER in part.hidden.values()
    assert _found(usual_draft(_uncovered(part))) == {Finding.GIVEN_AWAY}


def test_a_small_cell_shown_is_found() -> None:
    part = usual_list()
    small = next(name for name, why in part.hidden.items() if why is Why.SMALL and len(name) == 2)
    shown = {name: why for name, why in part.hidden.items() if name != small}
    assert Finding.SMALL_CELL in _found(usual_draft(replace(part, hidden=shown)))


def test_the_document_shows_no_hidden_count_and_no_reason() -> None:
    part = usual_list()
    document = json.loads(release_document(usual_draft(part)))
    (shown,) = document["lists"]
    table = shown["tables"][0]
    counts = part.tables[0].counts
    for i, row in enumerate(part.tables[0].rows.codes):
        for j, year in enumerate(part.tables[0].columns.codes):
            name = cell(act_group=row, year=year)
            expected = None if name in part.hidden else counts[i][j]
            assert table["cells"][i][j] == expected
    text = release_document(usual_draft(part)).decode()
    assert "small" not in text
    assert "for-another" not in text
    assert "interval" not in text


def test_every_list_in_the_document_carries_what_a_number_must_carry() -> None:
    document = json.loads(release_document(usual_draft()))
    assert {"as_of", "period", "rule", "revisions", "code_version", "simulated"} <= set(document)
    assert {"unit", "coverage", "linkage", "reading", "verification", "data_sha256"} <= set(
        document["lists"][0]
    )


def test_a_draft_comes_back_from_the_database_as_it_was() -> None:
    draft = usual_draft()
    again = draft_from_bytes(draft_to_bytes(draft))
    assert release_document(again) == release_document(draft)
    assert again == draft
