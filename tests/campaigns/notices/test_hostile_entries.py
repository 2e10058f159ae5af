"""What a colleague's desk of another version, or a broken one, wrote is passed over: no crash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.campaigns.notices import kinds
from safelight.campaigns.notices.standing import notices_of
from safelight.casework.folding import CaseNow
from safelight.journal.content import Told
from safelight.journal.entry import Entry

CASE = CaseNow("a1b2c3d4e5f60718", datetime(2026, 3, 14, tzinfo=UTC).date())
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(["desk-2:1", "HOSTER", "REMOVED", "FORM", "REPORT", "ru", "2026-03-14"]),
    st.lists(st.text(max_size=4), max_size=2),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)
_NAMES = ["template", "version", "language", "kind", "names_person", "facts", "shown", "notice",
          "on", "channel", "agreed", "agreed_in", "due", "task", "outcome", "words", "entry"]  # fmt: skip  # noqa: E501
_CONTENTS = st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=len(_NAMES))
MADE = {
    "template": "hoster-dsa-16",
    "version": 1,
    "language": "ru",
    "kind": "HOSTER",
    "names_person": False,
    "facts": {},
    "shown": [],
}
SENT = {
    "notice": "desk-2:1",
    "on": "2026-03-14",
    "channel": "FORM",
    "agreed": "SPOKEN",
    "agreed_in": "x",
    "due": "2026-03-17",
    "task": "desk-2:9",
}


def entry(seq: int, kind: str, desk: str = "desk-2") -> Entry:
    return Entry(
        desk=desk,
        seq=seq,
        clock=seq,
        previous="0" * 64,
        at=datetime(2026, 3, 14, 12, seq % 60, tzinfo=UTC),
        kind=kind,
        subject=CASE.case_id,
        body={},
        content="ab" * 32,
    )


def story(*contents: tuple[str, dict[str, Any]]) -> list[Told]:
    return [Told(entry(seq, kind), content) for seq, (kind, content) in enumerate(contents, 1)]


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(sorted(kinds.BY_CASEWORKERS)), _CONTENTS), max_size=5))
def test_what_nobody_understands_changes_nothing_and_stops_nobody(
    junk: list[tuple[str, dict[str, Any]]],
) -> None:
    whole = story((kinds.MADE, MADE), *junk)
    found = notices_of(CASE, whole)
    for one in found:
        assert one.kind == "HOSTER" or len(found) > 1
        assert one.ended is None or one.ended.ends
    struck = {"desk-2:1"} & {
        str(content.get("entry")) for kind, content in junk if kind == kinds.STRUCK
    }
    assert bool(struck) or any(one.entry == "desk-2:1" for one in found)


def test_an_understood_story_is_told_whole_beside_junk() -> None:
    whole = story(
        (kinds.MADE, MADE),
        (kinds.SENT, {"notice": "desk-2:1"}),
        (kinds.SENT, SENT),
        (kinds.OUTCOME, {"notice": "desk-2:1", "on": "2026-03-15", "outcome": "XQ", "words": ""}),
        (
            kinds.OUTCOME,
            {"notice": "desk-2:1", "on": "2026-03-16", "outcome": "REMOVED", "words": ""},
        ),
        (kinds.MADE, MADE | {"version": 10**30}),
        (kinds.MADE, MADE | {"language": "xx"}),
        (kinds.MADE, MADE | {"template": "of-a-later-version"}),
    )
    (notice,) = notices_of(CASE, whole)
    assert notice.sent is not None
    assert [one.code for one in notice.outcomes] == ["REMOVED"]
    assert notice.ended is notice.outcomes[0]


def test_order_of_arrival_changes_nothing() -> None:
    whole = story((kinds.MADE, MADE), (kinds.SENT, SENT))
    assert notices_of(CASE, whole) == notices_of(CASE, list(reversed(whole)))


def test_a_case_that_is_gone_has_no_notices() -> None:
    gone = CaseNow(CASE.case_id, CASE.received_on, state="withdrawn")
    assert notices_of(gone, story((kinds.MADE, MADE))) == ()
