"""Threat: small-cells-in-a-publication: a reader finds the one person behind a small number; no
count below the threshold is published, none included, not even by a document edited by hand.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from safelight.publication.document import Publication
from safelight.publication.reading import PublicationError
from safelight.publication.site import site_files
from safelight.release.audit import NOTHING_EARLIER, audit
from safelight.release.completeness import Finding
from safelight.release.document import release_document
from tests.release.tables import RULE, USUAL, usual_draft, usual_list


def _published(value: object) -> list[int]:
    if isinstance(value, dict):
        return [count for entry in value.values() for count in _published(entry)]
    if isinstance(value, list):
        return [count for entry in value for count in _published(entry)]
    return [value] if type(value) is int else []


def test_no_count_below_the_threshold_leaves_the_desk() -> None:
    assert any(0 < count < RULE.threshold for row in USUAL for count in row)
    document = json.loads(release_document(usual_draft()))
    counts = _published([document["lists"]])
    assert counts
    assert min(counts) >= RULE.threshold


def test_a_draft_that_would_publish_one_fails_its_audit() -> None:
    part = usual_list()
    assert audit(usual_draft(part), earlier=NOTHING_EARLIER).passed
    name = next(name for name in part.hidden if len(name) == 2)
    shown = {other: why for other, why in part.hidden.items() if other != name}
    report = audit(usual_draft(replace(part, hidden=shown)), earlier=NOTHING_EARLIER)
    assert {problem.finding for problem in report.problems} & {
        Finding.SMALL_CELL,
        Finding.GIVEN_AWAY,
    }


@pytest.mark.parametrize("small", [0, 1, 4])
def test_a_document_edited_by_hand_does_not_reach_a_page(small: int) -> None:
    plain = json.loads(release_document(usual_draft()))
    assert site_files(Publication.parse(json.dumps(plain).encode()))
    plain["lists"][0]["tables"][0]["cells"][0][0] = small
    with pytest.raises(PublicationError, match="below the threshold"):
        Publication.parse(json.dumps(plain).encode())
