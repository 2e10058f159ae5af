"""Ids that a spreadsheet or a data frame changed are found; honest ids are not accused."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.partners.check import Examined, check_list
from safelight.partners.identifiers import (
    Damage,
    IdInspector,
    IdShape,
    chance_of_at_least,
    damage_of_one,
)
from safelight.partners.profile import RecordsLayout
from safelight.partners.profile_reading import shipped_profile
from tests.partners import damage as how
from tests.partners.lists import many_complaints, with_ids, write_csv
from tests.support.open_data import open_data

DIGITS_15 = IdShape(re.compile("[0-9]{15}"), "15 digits", digits=15)
DIGITS_18 = IdShape(re.compile("[0-9]{18}"), "18 digits", digits=18)
ANY_NUMBER = IdShape(re.compile("[0-9]+"), "a number")


def found(ids: list[str], shape: IdShape) -> dict[Damage, int]:
    inspector = IdInspector(shape)
    for one in ids:
        inspector.see_row(one)
    for row, one in enumerate(dict.fromkeys(ids), 2):
        inspector.see(row, one)
    return {finding.kind: finding.ids for finding in inspector.findings()}


def honest_ids(digits: int, seed: int, count: int = 300) -> list[str]:
    import random

    rng = random.Random(seed)
    return [str(rng.randrange(10 ** (digits - 1), 10**digits)) for _ in range(count)]


@pytest.mark.parametrize(
    ("damaging", "kind"),
    [
        (how.shown_by_excel, Damage.SCIENTIFIC),
        (how.shown_narrow, Damage.SCIENTIFIC),
        (how.russian_scientific, Damage.SCIENTIFIC),
        (how.float_suffix, Damage.FLOAT_SUFFIX),
        (how.thousands, Damage.THOUSANDS),
        (how.russian_thousands, Damage.THOUSANDS),
        (how.quote_prefix, Damage.QUOTE_PREFIX),
        (how.formula_wrapper, Damage.FORMULA),
        (how.too_narrow, Damage.ERROR_VALUE),
    ],
)
def test_the_form_of_one_id_gives_the_damage_away(damaging: how.Damaging, kind: Damage) -> None:
    assert damage_of_one("202105012245817", DIGITS_15) is None
    assert damage_of_one(damaging("202105012245817"), DIGITS_15) is kind


@pytest.mark.parametrize("lost", ["012", "12", "3-12", "12-мар", "Mar-12", "12.03.2021"])
def test_lost_zeros_and_dates_are_told_apart_from_other_shapes(lost: str) -> None:
    shape = IdShape(re.compile("0[0-9]{5}"), "six digits that begin with 0", digits=6)
    expected = {
        "012": Damage.LEADING_ZEROS,
        "12": Damage.LEADING_ZEROS,
        "3-12": None,
        "12-мар": Damage.DATE,
        "Mar-12": Damage.DATE,
        "12.03.2021": Damage.DATE,
    }
    assert damage_of_one(lost, shape) is expected[lost]


@pytest.mark.parametrize(
    ("damaging", "shape", "digits", "kind"),
    [
        (how.shown_then_expanded, ANY_NUMBER, 15, Damage.ROUNDED),
        (how.fifteen_digits, ANY_NUMBER, 16, Damage.ROUNDED),
        (how.fifteen_digits, DIGITS_18, 18, Damage.ROUNDED),
        (how.float_and_back, DIGITS_18, 18, Damage.FLOAT_PRECISION),
        (how.single_precision, DIGITS_18, 18, Damage.FLOAT_PRECISION),
    ],
)
def test_rounding_shows_in_all_ids_together(
    damaging: how.Damaging, shape: IdShape, digits: int, kind: Damage
) -> None:
    honest = honest_ids(digits, seed=5)
    assert found(honest, shape) == {}
    damaged = found([damaging(one) for one in honest], shape)
    assert kind in damaged
    assert damaged[kind] > 0


def test_damage_in_half_the_rows_is_found_and_counted() -> None:
    honest = honest_ids(18, seed=6)
    mixed = [how.fifteen_digits(one) if i % 2 else one for i, one in enumerate(honest)]
    assert found(mixed, DIGITS_18)[Damage.ROUNDED] >= 150


def test_two_kinds_of_damage_in_one_file_are_both_named() -> None:
    honest = honest_ids(15, seed=7)
    mixed = [how.shown_by_excel(one) if i < 3 else one for i, one in enumerate(honest)]
    mixed[7] = how.float_suffix(honest[7])
    assert found(mixed, DIGITS_15) == {Damage.SCIENTIFIC: 3, Damage.FLOAT_SUFFIX: 1}


def test_one_rounded_id_is_enough_where_the_profile_knows_a_regularity() -> None:
    layout = shipped_profile("nypd").layout
    assert isinstance(layout, RecordsLayout)
    assert damage_of_one("202105012245817", layout.id_shape) is None
    assert damage_of_one("202105000000000", layout.id_shape) is Damage.ROUNDED
    # Another honest ending, as a later snapshot may have, is not called damage.
    assert damage_of_one("202105012245818", layout.id_shape) is None


@pytest.mark.parametrize("start", [10**12, 10**14, 10**17])
def test_numbers_that_run_on_from_a_round_one_are_not_accused(start: int) -> None:
    step = 1 if start < 2**53 else 1009  # beyond a double's digits, odd steps
    assert found([str(start + step * i) for i in range(2000)], ANY_NUMBER) == {}


def test_a_source_with_round_numbers_can_say_so() -> None:
    round_ids = [str(10**14 + 10**7 * i) for i in range(300)]
    says_so = IdShape(ANY_NUMBER.pattern, "a number", may_end_in_zeros=True)
    assert Damage.ROUNDED in found(round_ids, ANY_NUMBER)
    assert found(round_ids, says_so) == {}


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), digits=st.integers(1, 24), count=st.integers(1, 400))
def test_honest_ids_are_never_accused(seed: int, digits: int, count: int) -> None:
    # Drawn evenly, as the method assumes; by its bound one list in a million may be accused.
    assert found(honest_ids(digits, seed, count), ANY_NUMBER) == {}


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    digits=st.integers(17, 24),
    share=st.floats(0.5, 1.0),
    damaging=st.sampled_from([how.fifteen_digits, how.float_and_back]),
)
def test_long_ids_that_lost_digits_never_pass(
    seed: int, digits: int, share: float, damaging: how.Damaging
) -> None:
    honest = honest_ids(digits, seed, 120)
    cut = int(share * len(honest))
    damaged = [damaging(one) if i < cut else one for i, one in enumerate(honest)]
    assert found(damaged, ANY_NUMBER) != {}


@given(n=st.integers(1, 60), p=st.floats(1e-6, 0.9), data=st.data())
def test_the_chance_is_the_binomial_tail(n: int, p: float, data: st.DataObject) -> None:
    from math import comb

    c = data.draw(st.integers(0, n))
    exact = sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(c, n + 1))
    got = chance_of_at_least(c, n, p)
    if c <= n * p:
        assert got == 1.0  # below the mean nothing is improbable, and nothing is computed
    else:
        assert got == pytest.approx(exact, rel=1e-6, abs=1e-300)


def test_a_rounded_copy_of_a_small_list_is_refused_and_the_list_itself_is_not(
    tmp_path: Path,
) -> None:
    rows = many_complaints(200)
    profile = shipped_profile("nypd")
    ids = [row["Full Complaint ID"] for row in rows]
    honest = check_list(write_csv(tmp_path / "honest.csv", rows), profile)
    assert (honest.verdict, honest.counts.incidents.number) == ("ready", 200)
    rounded = with_ids(rows, map(how.shown_then_expanded, ids))
    check = check_list(write_csv(tmp_path / "rounded.csv", rounded), profile)
    assert check.problems == ("id-damage",)
    assert {finding.kind for finding in check.damage} >= {Damage.ROUNDED}
    assert check.counts.incidents.number < 200, "rounding made several complaints one"
    assert check.colliding_incidents > 0


# -- the real list, and copies of it as spreadsheets make them -------------------------------


def real_rows() -> tuple[list[str], list[dict[str, str]]]:
    with open_data("nypd_hate_crimes_2019_2024.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


@pytest.mark.parametrize(
    "damaging",
    [
        how.shown_by_excel,
        how.shown_narrow,
        how.shown_then_expanded,
        how.float_suffix,
        how.single_precision,
        how.thousands,
        how.quote_prefix,
        how.formula_wrapper,
    ],
)
def test_every_damaged_copy_of_the_real_list_is_refused(
    tmp_path: Path, damaging: how.Damaging
) -> None:
    columns, rows = real_rows()
    ids = [damaging(row["Full Complaint ID"]) for row in rows]
    copy = write_csv(tmp_path / "copy.csv", with_ids(rows, ids), columns=columns)
    check = check_list(copy, shipped_profile("nypd"))
    assert check.verdict == "refused"
    assert "id-damage" in check.problems
    assert all(finding.first_rows for finding in check.damage)


def test_one_opened_and_saved_row_of_the_real_list_is_enough(tmp_path: Path) -> None:
    columns, rows = real_rows()
    ids = [row["Full Complaint ID"] for row in rows]
    for damaging in (how.shown_by_excel, how.shown_then_expanded):
        one = [damaging(honest) if i == 1000 else honest for i, honest in enumerate(ids)]
        copy = write_csv(tmp_path / "one.csv", with_ids(rows, one), columns=columns)
        check = check_list(copy, shipped_profile("nypd"))
        assert check.verdict == "refused"
        assert [finding.first_rows for finding in check.damage] == [(1002,)]


def test_the_true_list_raises_no_alarm(nypd: Examined) -> None:
    assert (nypd.check.damage, nypd.check.ids_contradicting) == ((), 0)
