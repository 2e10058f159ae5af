"""Notices counted: what came of them and how soon; who has not answered is not a no."""

from __future__ import annotations

import json
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from safelight.campaigns.notices.counting import (
    ALL,
    CountingError,
    NoticeFact,
    as_json,
    counted,
)
from safelight.campaigns.notices.counting_chart import counts_svg
from safelight.outcomes.curves import NotEstimable
from safelight.outcomes.incidence import Incidences

SENT = date(2026, 1, 1)
AS_OF = date(2026, 3, 1)


def after(days: int | None) -> date | None:
    return None if days is None else SENT + timedelta(days=days)


def fact(ended: str = "", days: int | None = None, *, kind: str = "PLATFORM", again: int | None = None) -> NoticeFact:  # fmt: skip  # noqa: E501
    return NoticeFact(kind, "platform-vk", SENT, ended, after(days), after(again))


FACTS = [
    *(fact("granted", 2, again=9) for _ in range(2)),
    *(fact("granted", 4) for _ in range(3)),
    fact("partly", 5),
    *(fact("refused", 3) for _ in range(2)),
    fact("silent", 30),
    fact(),
    fact("granted", 1, kind="HOSTER"),
]


def test_every_notice_stands_in_exactly_one_column() -> None:
    table = counted(FACTS, as_of=AS_OF, least_cases=5, level=0.95)
    assert list(table) == [ALL, "HOSTER", "PLATFORM"]
    line = table["PLATFORM"]
    assert (line.granted, line.partly, line.refused, line.silent, line.waiting) == (5, 1, 2, 1, 1)
    assert line.sent == 10
    assert (line.reposted, line.restored) == (2, 0)
    assert table[ALL].sent == 11


def test_shares_over_time_are_those_of_competing_ends() -> None:
    """By hand: 10 at risk; day 2: 2/10; day 3: 8 left, 2 refused; day 4: 3 of 6, …"""
    curves = counted(FACTS, as_of=AS_OF, least_cases=5, level=0.95)["PLATFORM"].curves
    assert isinstance(curves, Incidences)
    granted, partly, refused = (curves.cause(n).at(10.0) for n in (1, 2, 3))
    assert granted.share == pytest.approx(0.5)
    assert refused.share == pytest.approx(0.2)
    assert partly.share == pytest.approx(0.1)
    assert curves.cause(1).median.day == 4.0


def test_silence_is_censored_and_not_counted_as_a_refusal() -> None:
    quiet = [fact("granted", 10), *(fact("silent", 5) for _ in range(9))]
    curves = counted(quiet, as_of=AS_OF, least_cases=5, level=0.95)[ALL].curves
    assert isinstance(curves, Incidences)
    assert curves.cause(1).at(10.0).share == pytest.approx(1.0), "one was left, and it was granted"
    assert curves.cause(3).at(10.0).share == 0.0


def test_what_came_after_the_day_is_not_known_on_it() -> None:
    early = counted(FACTS, as_of=SENT + timedelta(days=2), least_cases=5, level=0.95)["PLATFORM"]
    assert (early.granted, early.refused, early.waiting, early.reposted) == (2, 0, 8, 0)
    assert counted(FACTS, as_of=SENT - timedelta(days=1), least_cases=5, level=0.95)[ALL].sent == 0


def test_too_few_give_a_reason_and_no_curve() -> None:
    line = counted(FACTS, as_of=AS_OF, least_cases=5, level=0.95)["HOSTER"]
    assert isinstance(line.curves, NotEstimable)
    said = as_json(line, days=(7,), language="en")
    assert said["curves"] is None
    assert said["reason"]


def test_the_chart_data_is_json_with_an_interval_for_each_day() -> None:
    line = counted(FACTS, as_of=AS_OF, least_cases=5, level=0.95)["PLATFORM"]
    said = json.loads(json.dumps(as_json(line, days=(3, 7, 30), language="ru")))
    points = said["curves"]["granted"]["points"]
    assert [point["day"] for point in points] == [3, 7, 30]
    assert points[0]["low"] < points[0]["share"] < points[0]["high"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ended": "granted"},
        {"ended_on": SENT},
        {"ended": "unknown", "ended_on": SENT},
        {"ended": "granted", "ended_on": SENT - timedelta(days=1)},
        {"reposted_on": SENT - timedelta(days=1)},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CountingError):
        NoticeFact("PLATFORM", "platform-vk", SENT, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_picture_names_its_ends_and_says_when_there_is_nothing(language: str) -> None:
    table = counted(FACTS, as_of=AS_OF, least_cases=5, level=0.95)
    name = {"ru": "отказали", "en": "refused"}[language]
    drawn = counts_svg(table["PLATFORM"], until=60, language=language)
    assert f"% {name}" in drawn or f"{name}</text>" in drawn
    assert name not in counts_svg(table["HOSTER"], until=60, language=language)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_a_table_of_a_release_knows_every_kind_and_every_end() -> None:
    from safelight.campaigns.notices.codes import codes
    from safelight.vocabulary.schema import vocabulary

    assert vocabulary().field("notice_kind").values == tuple(codes("kinds"))
    for language in ("en", "ru"):
        assert [one.label(language) for one in vocabulary().field("notice_kind").codes] == [
            one.words.in_language(language) for one in codes("kinds").values()
        ]
    ends = {one.ends.upper() for one in codes("outcomes").values() if one.ends}
    known = set(vocabulary().field("notice_outcome").values)
    assert known == ends | {"CAME_BACK", "WAITING", "NOT_SENT"}
