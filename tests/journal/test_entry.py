from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.journal.entry import FIRST_PREVIOUS, Entry, JournalError


def entry(**changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "desk": "desk-1",
        "seq": 1,
        "clock": 1,
        "previous": FIRST_PREVIOUS,
        "at": datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC),
        "kind": "case.coded",
        "subject": "a1b2c3d4e5",
        "body": {"codes": {"acts": ["FDT", "EXT"], "fatal": False}, "again": True},
    }
    return Entry(**(fields | changes))


def test_an_entry_reads_back_equal() -> None:
    written = entry()
    assert Entry.parse(written.to_bytes()) == written


def test_the_canonical_bytes_are_written_down_here_so_that_they_never_change() -> None:
    assert entry(body={"b": 1, "a": ["X"]}).to_bytes() == (
        b'{"at":"2026-03-14T09:26:53Z","body":{"a":["X"],"b":1},"clock":1,"content":"",'
        b'"desk":"desk-1",'
        b'"format":"safelight-journal/1","kind":"case.coded","previous":"' + b"0" * 64 + b'",'
        b'"seq":1,"subject":"a1b2c3d4e5"}'
    )


@pytest.mark.parametrize(
    "sentence", ["he waited at the door", "Иван", "two\nlines", "x" * 161, "tab\there", "é"]
)
@pytest.mark.parametrize("place", ["value", "key", "list", "subject", "desk"])
def test_words_do_not_fit_into_an_entry_and_are_not_repeated_in_the_refusal(
    sentence: str, place: str
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "value": {"body": {"reason": sentence}},
        "key": {"body": {sentence: "X"}},
        "list": {"body": {"acts": ["FDT", sentence]}},
        "subject": {"subject": sentence},
        "desk": {"desk": sentence},
    }
    with pytest.raises(JournalError, match="is not a code") as refused:
        entry(**changes[place])
    assert sentence not in str(refused.value)


@pytest.mark.parametrize("value", [1.5, None, b"bytes", {"a": {"b": {"c": {"d": 1}}}}])
def test_only_codes_numbers_and_shallow_lists_fit(value: object) -> None:
    with pytest.raises(JournalError, match="expected a code, a number or a list"):
        entry(body={"value": value})


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"[]",
        b'{"format":"safelight-journal/1"}',
        b'{"format":"safelight-journal/2"}',
        entry().to_bytes() + b" ",
        entry().to_bytes().replace(b'"seq":1', b'"seq": 1'),
        entry().to_bytes().replace(b'"again":true,', b'"again":true,"again":true,'),
        entry().to_bytes().replace(b"T09:26:53Z", b"T09:26:53+00:00"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(untrusted: bytes) -> None:
    with pytest.raises(JournalError, match="not a safelight-journal/1 entry"):
        Entry.parse(untrusted)


@given(st.binary(max_size=300))
def test_no_bytes_make_parsing_fail_in_another_way(untrusted: bytes) -> None:
    with pytest.raises(JournalError):
        Entry.parse(untrusted)
