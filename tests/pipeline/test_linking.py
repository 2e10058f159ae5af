"""Rows to clusters to an answer that carries what is open."""

from __future__ import annotations

import numpy as np
import pytest

from safelight.demo.list_rows import rows_of
from safelight.demo.simulation import simulate
from safelight.linkage.decision import Decision
from safelight.linkage.linking import Options
from safelight.pipeline import link_rows, undercount_of
from safelight.undercount.answer import Options as Asking
from safelight.undercount.overlap import OverlapError


def test_rows_are_linked_and_counted_with_what_stays_open() -> None:
    rows = [row for kept in simulate(1, "tiny").lists for row in rows_of(kept)]
    one, other = (
        ("HELPLINE", row.stat_id)
        for row in [row for row in rows if row.source_list == "HELPLINE"][:2]
    )
    linked = link_rows(rows, decisions=[Decision(one, other, True)], options=Options(seed=1))
    assert {member.name for member in linked.lists} == {row.source_list for row in rows}
    assert linked.decisions == 1
    assert len(np.unique(linked.label)) < len(rows)
    found = undercount_of(linked, draws=3, method="independence", asking=Asking(seed=1))
    assert len(found.parts) == 3
    if found.estimate is not None:
        assert found.estimate >= min(part.observed for part in found.parts)
    else:
        assert found.reason


def test_one_draw_is_no_uncertainty() -> None:
    rows = [row for kept in simulate(1, "tiny").lists for row in rows_of(kept)]
    linked = link_rows(rows, decisions=[], options=Options(seed=1))
    with pytest.raises(OverlapError, match="two or more plausible"):
        undercount_of(linked, draws=1, method="independence", asking=Asking(seed=1))
