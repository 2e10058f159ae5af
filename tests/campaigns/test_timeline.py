from __future__ import annotations

import json
from typing import Any

import pytest

from safelight.campaigns.timeline.chart import timeline_svg
from safelight.campaigns.timeline.postings import Campaign, TimelineError
from safelight.campaigns.timeline.telling import Timeline, smear_codes
from safelight.vocabulary.schema import VocabularyError

HANDLE = "@the-handle-of-an-attacker"


def posting(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"p{number}", "platform": "TELEGRAM", "account": f"{HANDLE}-{number}",
        "captured": f"2026-11-2{number}T10:00:00+03:00", "capture_sha256": f"{number}" * 64,
    } | changed  # fmt: skip


def followed(**changed: Any) -> dict[str, Any]:
    return {
        "action": "DISMISSED", "on": "2026-11-25", "standing": "verified", "source_sha256": "f" * 64
    } | changed  # fmt: skip


def made(postings: list[dict[str, Any]], *consequences: dict[str, Any]) -> Timeline:
    data = {"postings": postings, "consequences": list(consequences)}
    return Timeline.of(Campaign.of_file(json.dumps(data).encode()))


THREE = [
    posting(3, like=["p1"], exposed=["NAME", "CHATS"]),
    posting(1, claimed="2026-11-20T09:00:00Z", stamped="2026-11-21T08:00:00Z"),
    posting(2, platform="VK", exposed=["WORKPLACE"], like=["p3"]),
]


def test_the_order_is_that_of_claims_and_says_where_it_rests_on_them() -> None:
    steps = made(THREE).steps
    assert [step.posting.id for step in steps] == ["p1", "p2", "p3"]
    assert [step.by_claim for step in steps] == [True, False, False]
    assert [step.account for step in steps] == ["account 1", "account 2", "account 3"]


def test_a_copy_is_of_the_earliest_posting_like_it_in_either_direction() -> None:
    assert [step.copied for step in made(THREE).steps] == [None, None, "p1"]
    assert made([posting(1, like=["p2"]), posting(2)]).steps[1].copied == "p1"


def test_a_claim_later_than_the_capture_does_not_make_a_posting_later() -> None:
    timeline = made([posting(2), posting(1, claimed="2026-12-31T00:00:00Z")])
    assert timeline.first.posting.id == "p1"
    assert not timeline.first.by_claim


def test_times_stay_apart_and_captures_are_named_by_hash() -> None:
    told = made(THREE).as_json(names=False)["postings"][0]
    assert told["claimed"] == "2026-11-20T09:00:00Z"
    assert told["captured"] == "2026-11-21T07:00:00Z"
    assert told["stamped"] == "2026-11-21T08:00:00Z"
    assert told["capture_sha256"] == "1" * 64


def test_no_handle_leaves_unless_a_person_releases_the_names() -> None:
    timeline = made(THREE, followed())
    assert HANDLE not in json.dumps(timeline.as_json(names=False))
    assert HANDLE in json.dumps(timeline.as_json(names=True))
    for language in ("en", "ru"):
        assert HANDLE not in timeline_svg(timeline, language=language)


def test_a_spreadsheet_gets_the_same_rows_and_runs_no_name() -> None:
    timeline = made([posting(1, account="=HYPERLINK(1)"), posting(2, like=["p1"])])
    plain, named = timeline.as_csv(names=False), timeline.as_csv(names=True)
    assert plain.splitlines()[2].startswith("p2,account 2,TELEGRAM,,2026-11-22T07:00:00Z,,false,p1")
    assert "HYPERLINK" not in plain
    assert ",'=HYPERLINK(1)" in named


def test_the_chart_says_in_words_what_it_shows() -> None:
    picture = timeline_svg(made(THREE), language="ru")
    assert "<desc>Публикаций: 3, аккаунтов: 3, с 2026-11-20 09:00" in picture
    assert picture.count("<circle") == 3


@pytest.mark.parametrize(
    ("consequences", "action", "band"),
    [
        ([], "UNK", "UNK"),
        ([followed(standing="claim")], "UNK", "UNK"),
        ([followed()], "DISMISSED", "3-7"),
        ([followed(on="2026-11-21", action="TALK"), followed()], "DISMISSED", "0-2"),
        ([followed(on="2027-03-01", action="REINSTATED")], "REINSTATED", "31+"),
        ([followed(action="NONE")], "NONE", "NONE"),
        ([followed(on="2026-11-01")], "DISMISSED", "UNK"),
    ],
)
def test_only_what_is_verified_is_proposed_as_a_code(
    consequences: list[dict[str, Any]], action: str, band: str
) -> None:
    codes = smear_codes(made(THREE, *consequences))
    assert (codes["employer_action"], codes["days_to_consequence_band"]) == (action, band)
    assert codes["platform"] == ("VK", "TELEGRAM")
    # CHATS is S2: it stays with the case.
    assert codes["exposed"] == ("NAME", "WORKPLACE")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[]", "one object"),
        (b"\xff", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (json.dumps({"postings": [posting(1), posting(1)]}).encode(), "got one twice"),
        (json.dumps({"postings": [posting(1, like=["p9"])]}).encode(), "of other postings"),
        (json.dumps({"postings": [posting(1, captured="2026-11-21")]}).encode(), "with its zone"),
        (json.dumps({"postings": [posting(1, stamped="2026-01-01T00:00Z")]}).encode(), "wrong"),
        (json.dumps({"postings": [posting(1, mood="angry")]}).encode(), "known names only"),
    ],
)
def test_what_makes_no_timeline_is_refused_by_place(data: bytes, why: str) -> None:
    with pytest.raises(TimelineError, match=why) as refused:
        Campaign.of_file(data)
    assert HANDLE not in str(refused.value)


def test_a_code_that_the_vocabulary_lacks_is_refused_without_repeating_it() -> None:
    with pytest.raises(VocabularyError, match="expected one of") as refused:
        made([posting(1, exposed=["HAIR"])])
    assert "HAIR" not in str(refused.value)
