"""Crosswalks: each says how sure it is, and those that data can check are checked."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

from safelight.vocabulary.schema import Crosswalk, vocabulary
from tests.support.open_data import open_data


def walks(field: str, scheme: str) -> dict[str, Crosswalk]:
    codes = vocabulary().field(field).codes
    return {c.value: c.crosswalks[scheme] for c in codes if scheme in c.crosswalks}


def test_every_act_ground_and_region_says_what_it_is_called_elsewhere() -> None:
    assert set(walks("acts", "iccs")) == set(vocabulary().field("acts").values)
    for scheme in ("fbi-bias", "fbi-wording", "nypd-motive"):
        assert set(walks("bias_ground", scheme)) == set(vocabulary().field("bias_ground").values)
    oblasts = {value for value in vocabulary().field("region").values if value.isdigit()}
    assert set(walks("region", "gibdd")) == oblasts
    assert set(walks("region", "sudrf")) == oblasts | {"ABROAD"}


def test_verified_names_a_source_and_memory_does_not() -> None:
    words = vocabulary()
    every = [w for f in words.fields for code in f.codes for w in code.crosswalks.values()]
    assert {walk.status for walk in every} == {"verified", "from-memory", "no-equivalent"}
    for walk in every:
        assert (walk.source in words.sources) == (walk.status == "verified")
        assert bool(walk.values) == (walk.status != "no-equivalent")
        assert walk.status != "no-equivalent" or walk.note


def test_what_nobody_could_read_is_named() -> None:
    remembered = {c for c, walk in walks("acts", "iccs").items() if walk.status == "from-memory"}
    assert remembered == {"ASS", "EXT", "THR", "PRP", "ARS", "OUT", "DOX"}


def test_fbi_codes_are_those_of_the_proposal() -> None:
    assert {ground: walk.values for ground, walk in walks("bias_ground", "fbi-bias").items()} == {
        "GAY": ("41",),
        "LES": ("42",),
        "BIS": ("45",),
        "TRN": ("71",),
        "GNC": ("72",),
        "MIX": ("43",),
        "INT": (),
        "PER": (),
        "ASC": (),
    }


def test_fbi_wordings_stand_in_the_fbi_s_data() -> None:
    found: Counter[str] = Counter()
    with gzip.open(open_data("fbi_lgbt_1991_2020.csv.gz"), "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.update(row["BIAS_DESC"].split(";"))
    wordings = {
        w: c for c, walk in walks("bias_ground", "fbi-wording").items() for w in walk.values
    }
    assert {code: found[wording] for wording, code in wordings.items()} == {
        "GAY": 22054,
        "LES": 4561,
        "BIS": 589,
        "TRN": 939,
        "GNC": 280,
        "MIX": 6819,
    }


def test_nypd_wordings_stand_in_the_nypd_s_list_and_cover_its_lgbt_motives() -> None:
    with open_data("nypd_hate_crimes_2019_2024.csv").open(encoding="utf-8") as lines:
        found = Counter(row["Bias Motive Description"] for row in csv.DictReader(lines))
    ours = {w for walk in walks("bias_ground", "nypd-motive").values() for w in walk.values}
    assert ours <= set(found)
    assert sum(found[wording] for wording in ours) == 561


def test_numbers_of_regions_that_differ_between_lists_are_not_mixed_up() -> None:
    gibdd, court = walks("region", "gibdd"), walks("region", "sudrf")
    # Altai, Bashkortostan and Buryatia change places on the court website, which is
    # what Grey Rainbow uses; joining by number alone would move people by 4,000 km.
    assert [court[code].values for code in ("02", "03", "04")] == [("03",), ("04",), ("02",)]
    assert court["82"].values == ("91",)
    assert gibdd["20"].values == ("95",)
    assert court["ABROAD"].values == ("95",)
    differing = {code for code, walk in court.items() if walk.values not in ((code,), ())}
    assert differing == {"02", "03", "04", "82", "ABROAD"}
    for scheme in (gibdd, court):
        taken = Counter(value for walk in scheme.values() for value in walk.values)
        assert set(taken.values()) == {1}
