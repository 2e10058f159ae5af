"""Threat: free-text-in-a-release: a column of narrative slips into what is published; only
declared dimensions of closed codes are tabulated, and anything else fails the audit and the
publication.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from safelight.publication.document import Publication
from safelight.publication.reading import PublicationError
from safelight.release.audit import NOTHING_EARLIER, audit
from safelight.release.completeness import Finding
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import Dimension, Heading
from safelight.release.document import release_document
from safelight.release.table import tabulate
from safelight.vocabulary.codes import VocabularyError
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording
from tests.release.tables import YEARS, rows_of, stat_row, usual_draft, usual_list

TOLD = "they came to the flat on Tuesday"


def test_a_row_has_no_place_for_text() -> None:
    row = stat_row().to_mapping()
    assert StatRow.from_mapping(row)
    with pytest.raises(VocabularyError, match="columns of vocabulary"):
        StatRow.from_mapping(row | {"narrative": TOLD})
    with pytest.raises(VocabularyError, match="got something else"):
        StatRow.from_mapping(row | {"setting": TOLD})


def test_a_table_by_another_column_is_refused() -> None:
    rows = rows_of(((9, 9, 9),))
    assert tabulate(rows, years=YEARS, as_of="2025-Q1").total == 27
    with pytest.raises(ReleaseError, match="not declared"):
        tabulate(rows, "narrative", "year", years=YEARS, as_of="2025-Q1")


@pytest.mark.parametrize("name", ["narrative", "act_group"])
def test_text_as_a_heading_fails_the_audit(name: str) -> None:
    part = usual_list()
    told = Dimension(name, Wording("рассказ", "story"), (Heading("x", Wording(TOLD, TOLD)),))
    table = replace(part.tables[0], rows=told, counts=(part.tables[0].column_totals,))
    report = audit(usual_draft(replace(part, tables=(table,))), earlier=NOTHING_EARLIER)
    assert Finding.UNDECLARED_COLUMN in {problem.finding for problem in report.problems}
    assert not any(TOLD in problem.detail for problem in report.problems)


def test_text_in_place_of_a_count_is_not_published() -> None:
    plain = json.loads(release_document(usual_draft()))
    plain["lists"][0]["tables"][0]["cells"][0][0] = TOLD
    with pytest.raises(PublicationError, match="null, or a whole number") as refused:
        Publication.parse(json.dumps(plain).encode())
    assert TOLD not in str(refused.value)


def test_markup_in_what_a_person_wrote_stays_text() -> None:
    part = usual_list()
    marked = replace(part.statement, coverage=Wording("<script>", "<script>"))
    report = audit(usual_draft(replace(part, statement=marked)), earlier=NOTHING_EARLIER)
    assert {problem.finding for problem in report.problems} == {Finding.NO_COVERAGE}
