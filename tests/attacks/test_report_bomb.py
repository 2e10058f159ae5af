"""Threat: report-bomb: A sealed report made to exhaust, crash or mislead the program that opens it
(deep nesting, huge numbers, a key twice, endless text) is refused by its kind, unrepeated.

The envelope hides what is inside until a desk opens it, so the server cannot filter.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.report import (
    REPORT_MAX_BYTES,
    Report,
    ReportError,
    ReportShapeError,
    ReportTooLargeError,
)

SMALLEST = (
    b'{"format":"safelight-report/1","form":{"id":"what-happened","version":"1"},'
    b'"language":"ru","written":"2026-11-22","sealed_by":"server","answers":%s,'
    b'"consent":{},"reply_to":null,"mailbox":null,"withdrawal":null,"message_key":null,'
    b'"roster":null}'
)


def test_the_smallest_report_is_read() -> None:
    assert Report.parse(SMALLEST % b"{}").answers == {}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (b"[" * 9_000 + b"]" * 9_000, "expected at most 4 levels"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, "expected at most 4 levels"),
        (b'{"story":"one","story":"two"}', "expected each key once"),
        (b'{"story":' + b"9" * 10_000 + b"}", "roster: expected a version"),
        (b'{"story":1e999}', "expected no numbers but"),
        (b'{"story":NaN}', "expected no numbers but"),
        (b'{"story":"\xff\xfe"}', "expected UTF-8"),
        (b'{"story":"\xed\xa0\xbd"}', "expected UTF-8"),
        (b'{"story":"\x00"}', "expected JSON"),
        (b'{"story":true}', "expected text"),
    ],
)
def test_a_bomb_is_refused_by_its_shape(answers: bytes, reason: str) -> None:
    with pytest.raises(ReportShapeError, match=reason):
        Report.parse(SMALLEST % answers)


def test_brackets_inside_a_text_are_no_depth() -> None:
    story = b"[[[[{{{{ \\\\\\" + b'" ]]]]'
    assert Report.parse(SMALLEST % (b'{"story":"' + story + b'"}')).answers["story"]


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    began = time.process_time()
    with pytest.raises(ReportTooLargeError, match=f"at most {REPORT_MAX_BYTES}$"):
        Report.parse(b"[" * 50_000_000)
    assert time.process_time() - began < 1


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_cleanly(untrusted: bytes) -> None:
    with pytest.raises(ReportError):
        Report.parse(untrusted)


@given(st.data())
def test_a_report_with_flipped_bytes_is_read_or_refused_and_never_crashes(
    data: st.DataObject,
) -> None:
    content = bytearray(SMALLEST % b'{"acts":["ROB"],"story":"\xd1\x8d\xd1\x82\xd0\xbe"}')
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = Report.parse(bytes(content))
    except ReportError:
        return
    assert Report.parse(read.to_bytes()) == read
