"""What a colleague's desk of another version, or a broken one, wrote is passed over: no crash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.casework.folding import fold
from safelight.casework.followup import following, kinds
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from tests.support.desk import TestDesk, a_report

KINDS = sorted(following._STEPS)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=12),
    st.just("2026-05-17"),
    st.just("9999-99-99"),
    st.lists(st.text(max_size=4), max_size=3),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)
_NAMES = st.sampled_from(
    ["to", "note", "kind", "words", "due", "desk", "task", "codes", "what", "whom", "at", "until",
     "because", "purpose", "said_in", "referral", "how", "outcome", "helper", "why", "parts"]
)  # fmt: skip
_CONTENTS = st.dictionaries(_NAMES, _VALUES, max_size=21)


def entry(seq: int, kind: str, desk: str = "desk-2", clock: int = 0) -> Entry:
    return Entry(
        desk=desk,
        seq=seq,
        clock=clock or seq,
        previous="0" * 64,
        at=datetime(2026, 3, 14, 12, seq % 60, tzinfo=UTC),
        kind=kind,
        subject="a1b2c3d4e5f60718",
        body={},
        content="ab" * 32,
    )


def made() -> Told:
    report: Any = a_report()
    content = {
        "report": report.to_bytes().decode(),
        "envelope": "0" * 64,
        "mailbox": "",
        "origin": "",
        "received_on": "2026-03-14",
        "lane": "reports",
        "lane_reasons": [],
        "suspicion": 0,
    }
    return Told(entry(1, "case.made"), content)


def followed(story: list[Told]) -> following.FollowUp:
    now = fold("a1b2c3d4e5f60718", story)
    assert now is not None
    return following.follow(now, story)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.none() | _CONTENTS), max_size=6))
def test_whatever_stands_in_an_entry_the_case_can_still_be_followed(
    several: list[tuple[str, dict[str, Any] | None]],
) -> None:
    story = [made()]
    story += [Told(entry(n, kind), content) for n, (kind, content) in enumerate(several, start=2)]
    case = followed(story)
    assert case.review is not None
    assert case.open_tasks == case.open_tasks


@settings(max_examples=60)
@given(st.permutations(range(5)))
def test_the_order_of_arrival_changes_nothing(order: list[int]) -> None:
    task = {"kind": "check", "words": "", "due": "2026-05-17", "desk": ""}
    story = [
        made(),
        Told(entry(2, kinds.TASK), task),
        Told(entry(1, kinds.ASSIGNED, "desk-3", clock=3), {"to": "desk-3", "note": ""}),
        Told(entry(3, kinds.ASSIGNED, clock=3), {"to": "desk-2", "note": ""}),
        Told(entry(2, kinds.TASK_DONE, "desk-3", clock=5), {"task": "desk-2:2"}),
    ]
    case = followed([story[number] for number in order])
    assert case.desk == "desk-3", "of two at once the desk whose name is later"
    assert case.open_tasks == ()


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_without_its_content_waits_for_it(kind: str) -> None:
    assert followed([made(), Told(entry(2, kind), None)]) == followed([made()])


def test_a_code_of_a_newer_version_hides_no_page(desk: TestDesk) -> None:
    from safelight.casework.cases import decide
    from tests.casework.followup.cases import a_place, refer, today

    (case_id,) = desk.take_in(a_report(consent=("SHARE_PARTNER",), written=today()))
    entry = refer(case_id, a_place())
    decide(case_id, kinds.TASK, {"kind": "NEW", "words": "", "due": "", "desk": ""})
    decide(case_id, kinds.CONTACT, {"codes": ["NEW", "NEVER_CALL"], "words": ""})
    until = {"until": "2030-01-01", "said_in": "x"}
    decide(case_id, kinds.CONSENT, {"purpose": "NEW"} | until)
    decide(case_id, kinds.REFERRAL_REFUSED, {"helper": "NEW", "why": "NEW", "words": ""})
    decide(case_id, kinds.REFERRAL_OUTCOME, {"referral": entry, "outcome": "NEW", "words": ""})
    for page in ("", "follow-up", "referrals", f"referrals/{entry}"):
        answer = desk.client.get(f"/cases/{case_id}/{page}")
        assert answer.status_code == 200, page
    assert "never call" in answer.text
