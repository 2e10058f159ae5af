"""Counting rows into tables."""

from __future__ import annotations

import pytest

from safelight.release.counts import ReleaseError
from safelight.release.dimensions import (
    DIMENSIONS,
    NOT_SHOWN,
    NOTICES,
    PERIOD,
    SEVERAL,
    code_of,
    dimension,
)
from safelight.release.table import LeftOut, Table, by_list, tabulate
from safelight.vocabulary.schema import vocabulary
from tests.release.tables import USUAL, YEARS, rows_of, stat_row


def _table(rows: list[object] | None = None, **changed: object) -> Table:
    return tabulate(rows or rows_of(USUAL), years=YEARS, as_of="2025-Q1", **changed)  # type: ignore[arg-type]


def test_every_incident_stands_in_one_cell_and_on_one_rung() -> None:
    table = _table()
    assert table.total == sum(map(sum, USUAL)) == sum(table.verification)
    assert table.column_totals == tuple(sum(column) for column in zip(*USUAL, strict=True))
    by_act = dict(zip(table.rows.codes, table.counts, strict=True))
    assert by_act["VIOLENCE"] == USUAL[0]
    assert by_act["KILLING"] == (0, 0, 0)


def test_a_table_has_all_declared_rows_whether_filled_or_not() -> None:
    few = _table([stat_row()])
    assert few.rows == _table().rows
    assert "ENTRAPMENT" not in few.rows.codes  # a fake date is never the most serious act


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"verification": "VX_REFUTED"}, LeftOut.REFUTED),
        ({"verification": "VD_DUPLICATE"}, LeftOut.DUPLICATE),
        ({"consent_withdrawn_at": "2024-Q4"}, LeftOut.CONSENT_WITHDRAWN),
        ({"consent_expires_at": "2024-Q4"}, LeftOut.CONSENT_EXPIRED),
        ({"occurred_period": "2019-H2"}, LeftOut.OUTSIDE_PERIOD),
        ({"occurred_period": "UNK"}, LeftOut.OUTSIDE_PERIOD),
    ],
)
def test_rows_that_may_not_be_counted_are_left_out_and_counted_as_such(
    changed: dict[str, object], reason: LeftOut
) -> None:
    table = _table([stat_row(), stat_row(**changed)])
    assert table.total == 1
    assert table.left_out == {reason: 1}


@pytest.mark.parametrize("consent", [(), ("SHARE_PARTNER",)])
def test_a_row_of_another_list_that_records_consent_needs_this_one(
    consent: tuple[str, ...],
) -> None:
    table = _table(
        [
            stat_row(source_list="HELPLINE"),
            stat_row(source_list="HELPLINE", consent=consent),
            stat_row(source_list="HELPLINE", consent=(), consent_given_at=None),
        ]
    )
    assert (table.total, table.left_out) == (2, {LeftOut.NO_CONSENT: 1})


def test_consent_that_still_stands_is_counted() -> None:
    assert _table([stat_row(consent_expires_at="2025-Q1")]).total == 1


def test_lists_are_never_added_together() -> None:
    own, theirs = stat_row(), stat_row(source_list="HELPLINE")
    with pytest.raises(ReleaseError, match="the same incident may stand on several"):
        _table([own, theirs])
    tables = [_table(list(rows)) for rows in by_list([own, theirs]).values()]
    assert [table.source_list for table in tables] == ["HELPLINE", "OWN"]
    with pytest.raises(ReleaseError, match="would be counted twice"):
        sum(tables[1:], start=tables[0])  # type: ignore[arg-type]


def test_rows_that_count_something_else_are_refused() -> None:
    with pytest.raises(ReleaseError, match="1 rows count something other than incidents"):
        _table([stat_row(), stat_row(counting_units="VICTIM")])


def test_a_row_twice_is_refused() -> None:
    row = stat_row()
    with pytest.raises(ReleaseError, match="stands twice"):
        _table([row, row])


def test_no_rows_are_refused() -> None:
    with pytest.raises(ReleaseError, match="no rows to count"):
        tabulate([], years=YEARS, as_of="2025-Q1")


@pytest.mark.parametrize("pair", [("narrative", "year"), ("region", "setting"), ("year", "year")])
def test_a_cross_classification_that_is_not_declared_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ReleaseError, match="not declared") as refused:
        _table(rows_by=pair[0], columns_by=pair[1])
    assert "narrative" not in str(refused.value)


def test_an_incident_with_several_grounds_stands_under_several() -> None:
    assert code_of("bias_group", stat_row(bias_ground=("GAY", "TRN"))) == SEVERAL
    assert code_of("bias_group", stat_row(bias_ground=("GAY", "LES"))) == "ORIENTATION"
    assert code_of("bias_group", stat_row(bias_ground=())) == NOT_SHOWN


@pytest.mark.parametrize("name", DIMENSIONS)
def test_no_dimension_is_finer_than_the_vocabulary_lets_a_public_table_be(name: str) -> None:
    found = dimension(name, years=YEARS)
    assert all(heading.label.ru and heading.label.en for heading in found.headings)
    if name == "district":
        assert not set(found.codes) & {"77", "78"}
    if name == "smear_harm":
        return  # made of groups of our own; harm itself is released by groups only
    if name in NOTICES or name == PERIOD:
        return  # of closed codes that stand in no row
    field_name = {"act_group": "most_serious_act", "year": "occurred_period"}.get(name, name)
    if name in ("bias_group", "district"):
        field_name = {"bias_group": "bias_ground", "district": "region"}[name]
    field = vocabulary().field(field_name)
    if field.tier != "S0":
        assert field.released_as in ("group", "year")
        assert not set(found.codes) & (
            {c.value for c in field.codes} - {g.value for g in field.groups}
        )


@pytest.mark.parametrize("name", [name for name in DIMENSIONS if name != "year"])
def test_every_row_has_a_place_in_every_dimension(name: str) -> None:
    assert code_of(name, stat_row()) in dimension(name, years=YEARS).codes
