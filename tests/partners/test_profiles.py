"""A profile decides what is counted, so nothing in one is taken on trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.partners.mapping import FromColumn
from safelight.partners.problems import ProfileError
from safelight.partners.profile import OurColumns, RecordsLayout
from safelight.partners.profile_reading import (
    parse_profile,
    profile_from_file,
    shipped_names,
    shipped_profile,
)

NYPD = shipped_profile("nypd").text


def test_the_lists_that_are_known() -> None:
    assert shipped_names() == ("fbi", "nypd", "own-csv", "yearly-by-type")


@pytest.mark.parametrize("name", shipped_names())
def test_every_profile_says_where_it_comes_from_and_what_it_cannot_see(name: str) -> None:
    profile = shipped_profile(name)
    assert profile.name == name
    assert profile.version
    assert profile.holder
    assert profile.licence
    assert profile.source
    for wording in (
        profile.title,
        profile.coverage.text,
        *profile.traps,
        *profile.cannot_express,
    ):
        assert wording.en
        assert any("а" <= letter <= "я" for letter in wording.ru.lower())


@pytest.mark.parametrize("name", ["nypd", "fbi"])
def test_values_may_be_shown_only_from_columns_that_are_translated_or_hold_codes(
    name: str,
) -> None:
    layout = shipped_profile(name).layout
    assert isinstance(layout, RecordsLayout)
    assert not isinstance(layout.mapped, OurColumns)
    shown = {column.name for column in layout.columns if column.show_values}
    assert layout.id_column not in shown
    assert {r.column for r in layout.mapped if isinstance(r, FromColumn)} <= shown


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("GAY: [ANTI-MALE", "GAI: [ANTI-MALE", "bias_ground has no such code"),
        ("  setting: {always: UNK", "  seting: {always: UNK", "not a field of the vocabulary"),
        ("always: ABROAD", "always: NEW_YORK", "region has no such code"),
        ("row: arrest-pair", "row: arrest", None),
        ("row: arrest-pair", "row: rows", "expected one of incident"),
        ("  row_key:", "  row_keys:", "keys that a profile does not have"),
        ("encoding: utf-8", "encoding: cp037", "expected one of utf-8"),
        ("id_column: Full Complaint ID", "id_column: Complaint", "does not require: Complaint"),
        ("format: MM/DD/YYYY", "format: whatever", "expected one of MM/DD/YYYY"),
        ("digits: 1-4", "digits: 4-1", "expected a range"),
        ('pattern: "20[0-9]{13}"', 'pattern: "20[0-9"', "expected a regular expression"),
        ("values: [ANTI-FEMALE, ANTI-MALE]", "values: [ANTI-FEMALE, ANTI-JEWISH]", "two places"),
        ("      LES: [ANTI-FEMALE", "      GAY: [ANTI-FEMALE", "stands twice"),
        ("  acts:\n", "  harms:\n", "not a field"),
        ("{at_import: quarter}", "{at_import: month}", "expected one of quarter"),
        ("profile: nypd", "profile: NYPD list", "expected a name"),
        ("otherwise: NOT_SHOWN", "otherwise: MAYBE", "bias_confidence has no such code"),
    ],
)
def test_a_typo_in_a_profile_is_refused_and_its_place_named(
    right: str, wrong: str, says: str | None
) -> None:
    assert NYPD.count(right) >= 1
    changed = NYPD.replace(right, wrong, 1).encode()
    if says is None:
        parse_profile(changed)
        return
    with pytest.raises(ProfileError, match=says):
        parse_profile(changed)


def test_a_field_a_row_cannot_be_without_must_be_mapped() -> None:
    without = NYPD.replace("  region: {always: ABROAD}\n", "")
    with pytest.raises(ProfileError, match="no rule for region"):
        parse_profile(without.encode())


@pytest.mark.parametrize("made", ["stat_id", "most_serious_act", "coder_ids"])
def test_what_safelight_makes_itself_cannot_be_mapped(made: str) -> None:
    mapped = NYPD.replace("fields:\n", f"fields:\n  {made}: {{always: x}}\n")
    with pytest.raises(ProfileError, match="made by Safelight"):
        parse_profile(mapped.encode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"a: [", "line"),
        (b"- a\n- b", "mapping of keys"),
        (b"a: &x [1]\nb: *x", "aliases"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"", "mapping of keys"),
    ],
)
def test_what_is_no_profile_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        parse_profile(content)


def test_a_profile_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes(NYPD.encode())
    assert profile_from_file(path).name == "nypd"
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(ProfileError, match="at most"):
        profile_from_file(path)


def test_an_unknown_list_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="known are fbi, nypd, own-csv, yearly-by-type"):
        shipped_profile("lapd")
