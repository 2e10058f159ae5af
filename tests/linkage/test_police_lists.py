"""Two police lists of New York, one of which feeds the other (open data of 2019 and 2020)."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from safelight.linkage.linking import Linked, Options, link
from safelight.linkage.posterior import patterns, sample_linkages
from safelight.linkage.records import RecordList, Unit
from safelight.undercount.answer import Options as Asking
from safelight.undercount.combine import over_linkages
from safelight.undercount.overlap import Overlap
from tests.support.open_data import open_data

NYPD_BIAS = {
    "ANTI-MALE HOMOSEXUAL (GAY)": "GAY",
    "ANTI-TRANSGENDER": "TRN",
    "ANTI-LGBT (MIXED GROUP)": "MIX",
    "ANTI-FEMALE HOMOSEXUAL (LESBIAN)": "LES",
    "ANTI-GENDER NON-CONFORMING": "GNC",
}
FBI_BIAS = {
    "Anti-Gay (Male)": "GAY",
    "Anti-Transgender": "TRN",
    "Anti-Lesbian, Gay, Bisexual, or Transgender (Mixed Group)": "MIX",
    "Anti-Lesbian (Female)": "LES",
    "Anti-Gender Non-Conforming": "GNC",
}


def iso(written: str, form: str) -> str:
    return datetime.strptime(written, form).replace(tzinfo=UTC).date().isoformat()


def nypd(path: Path) -> RecordList:
    with path.open(encoding="utf-8", newline="") as file:
        rows = {
            row["Full Complaint ID"]: (
                iso(row["Record Create Date"], "%m/%d/%Y"),
                NYPD_BIAS[row["Bias Motive Description"]],
            )
            for row in csv.DictReader(file)
            if row["Complaint Year Number"] in ("2019", "2020")
            and row["Bias Motive Description"] in NYPD_BIAS
        }
    return listed("nypd", rows)


def fbi(path: Path) -> RecordList:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = {
            row["INCIDENT_ID"]: (
                iso(row["INCIDENT_DATE"], "%d-%b-%y"),
                FBI_BIAS[row["BIAS_DESC"]],
            )
            for row in csv.DictReader(file)
            if row["PUB_AGENCY_NAME"] == "New York"
            and row["STATE_ABBR"] == "NY"
            and row["DATA_YEAR"] in ("2019", "2020")
        }
    return listed("fbi", rows)


def listed(name: str, rows: dict[str, tuple[str, str]]) -> RecordList:
    days, bias = zip(*rows.values(), strict=True)
    return RecordList(
        name, Unit.INCIDENT, tuple(rows), {"occurred_on": days, "bias": bias}, once=True
    )


@pytest.fixture(scope="module")
def linked() -> Linked:
    lists = [
        nypd(open_data("nypd_hate_crimes_2019_2024.csv")),
        fbi(open_data("fbi_lgbt_1991_2020.csv.gz")),
    ]
    assert [len(one) for one in lists] == [106, 101]
    return link(lists, options=Options(seed=1))


def test_about_88_incidents_stand_on_both_lists(linked: Linked) -> None:
    _, sizes = np.unique(linked.label, return_counts=True)
    assert sizes.max() == 2  # both lists hold nothing twice
    assert 84 <= int((sizes == 2).sum()) <= 92


def test_nearly_all_links_are_of_one_motive_and_one_week(linked: Linked) -> None:
    day = [
        datetime.fromisoformat(cell).toordinal()
        for one in linked.lists
        for cell in one.columns["occurred_on"]
        if cell is not None
    ]
    bias = [cell for one in linked.lists for cell in one.columns["bias"]]
    together = linked.label[linked.pairs.a] == linked.label[linked.pairs.b]
    pairs = list(zip(linked.pairs.a[together], linked.pairs.b[together], strict=True))
    agreeing = sum(bias[a] == bias[b] and abs(day[a] - day[b]) <= 7 for a, b in pairs)
    assert agreeing >= 0.9 * len(pairs)


def test_no_undercount_comes_of_two_lists_of_which_one_feeds_the_other(linked: Linked) -> None:
    names = ("nypd", "fbi")
    overlaps = [
        Overlap(names, patterns(label, linked.list_numbers(), lists=2))
        for label in sample_linkages(linked, draws=5, generator=np.random.default_rng(1))
    ]
    found = over_linkages(overlaps, method="all", options=Asking(seed=1))
    assert found.verdict == "refused"
    assert found.estimate is None
    assert "copied from the other" in found.reason
