"""The report: what a person wrote arrives as it was written, or is refused by its kind."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.questions import Question, question_set
from safelight.vocabulary.report import (
    REPORT_MAX_BYTES,
    Report,
    ReportShapeError,
    ReportTooLargeError,
    ReportUnknownError,
    cleaned_text,
)

FORM = question_set("what-happened")
TODAY = date(2026, 11, 22)
REPLY_TO = "age1pq1" + "q" * 1952

GOOD: dict[str, Any] = {
    "form": "what-happened",
    "form_version": "1",
    "language": "ru",
    "written": TODAY,
    "sealed_by": "browser",
    "answers": {"acts": ("ROB",), "when": "2026-H1", "story": "Это случилось вечером."},
    "consent": ("STAT",),
    "reply_to": REPLY_TO,
    "mailbox": "0123456789abcdef" * 2,
}


def report(**changes: Any) -> Report:
    return Report(**(GOOD | changes))


def as_json(**changes: Any) -> bytes:
    return json.dumps(json.loads(report().to_bytes()) | changes).encode()


def fullest(letter: str) -> dict[str, Any]:
    """Every choice made and every text as long as it may be."""
    answers: dict[str, Any] = {}
    for question in FORM.questions:
        choices = tuple(code.value for code in question.offered(TODAY))
        if question.kind == "many":
            answers[question.id] = choices
        elif question.kind == "one":
            answers[question.id] = max(choices, key=len)
        elif question.kind == "text":
            answers[question.id] = letter * question.max_length
    return answers


def test_the_wire_form_is_the_documented_one() -> None:
    content = json.loads(report().to_bytes())
    assert content == {
        "format": "safelight-report/1",
        "form": {"id": "what-happened", "version": "1"},
        "language": "ru",
        "written": "2026-11-22",
        "sealed_by": "browser",
        "answers": {"acts": ["ROB"], "when": "2026-H1", "story": "Это случилось вечером."},
        "consent": ["STAT"],
        "reply_to": REPLY_TO,
        "mailbox": "0123456789abcdef" * 2,
    }
    assert Report.parse(report().to_bytes()) == report()


def test_the_longest_russian_report_fits_the_smallest_envelope() -> None:
    longest = report(
        answers=fullest("Щ"), consent=("STAT", "SHARE_PARTNER", "EVIDENCE", "ADVOCACY")
    )
    assert len(longest.to_bytes()) <= REPORT_MAX_BYTES
    # age's header for eight post-quantum recipients, nonce, tag, one byte of padding.
    header = 22 + 8 * (18 + 1494 + 1 + 43 + 1) + 48
    assert 32 * 1024 - header - 16 - 16 - 1 >= REPORT_MAX_BYTES


def test_a_report_that_does_not_fit_is_refused_by_size() -> None:
    with pytest.raises(ReportTooLargeError, match=f"at most {REPORT_MAX_BYTES} fit"):
        report(answers=fullest("🏳"))
    with pytest.raises(ReportTooLargeError, match=r"^story: 6001 characters, at most 6000$"):
        report(answers={"story": "x" * 6001})


def test_every_question_can_be_skipped() -> None:
    empty = report(answers={}, consent=(), reply_to=None, mailbox=None)
    assert Report.parse(empty.to_bytes()) == empty
    assert report(answers={"story": " \n", "acts": (), "when": ""}).answers == {}


def test_answers_stand_in_the_form_s_order() -> None:
    made = report(answers={"story": "x", "acts": ("ROB", "THR")})
    assert list(made.answers) == ["acts", "story"]
    assert made.answers["acts"] == ("THR", "ROB")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x1bc", "abc"),
        ("й", "й"),
        ("a\ud83d", "a\ufffd"),
        ("left\u202etfel", "lefttfel"),
        ("👩\u200d👩", "👩\u200d👩"),
        ("a\u2028b", "a\nb"),
        ("\ufeff a\t", "a"),
    ],
)
def test_text_is_kept_without_what_hides_in_it(typed: str, kept: str) -> None:
    assert cleaned_text(typed) == kept
    assert report(answers={"story": "x" + typed}).answers["story"] == cleaned_text("x" + typed)


@given(st.text(alphabet=st.characters(), max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = cleaned_text(text)
    assert cleaned_text(once) == once
    assert all(unicodedata.category(char) != "Cs" for char in once)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"form": {"id": "what-happened", "version": "2"}}, ReportUnknownError),
        ({"form": {"id": "../../etc/passwd", "version": "1"}}, ReportUnknownError),
        ({"form": "what-happened"}, ReportShapeError),
        ({"form": {"id": "what-happened"}}, ReportShapeError),
        ({"format": "safelight-report/2"}, ReportShapeError),
        ({"language": "de"}, ReportUnknownError),
        ({"written": "22.11.2026"}, ReportShapeError),
        ({"written": "2026-02-30"}, ReportShapeError),
        ({"sealed_by": "nobody"}, ReportShapeError),
        ({"answers": ["ROB"]}, ReportShapeError),
        ({"answers": {"secret question": "secret answer"}}, ReportUnknownError),
        ({"answers": {"consent": ["STAT"]}}, ReportUnknownError),
        ({"answers": {"acts": ["secret answer"]}}, ReportUnknownError),
        ({"answers": {"acts": "ROB"}}, ReportShapeError),
        ({"answers": {"acts": ["ROB", "ROB"]}}, ReportShapeError),
        ({"answers": {"acts": [["ROB"]]}}, ReportShapeError),
        ({"answers": {"acts": [None]}}, ReportShapeError),
        ({"answers": {"story": None}}, ReportShapeError),
        ({"answers": {"story": ["secret answer"]}}, ReportShapeError),
        ({"answers": {"region": "SIBERIA"}}, ReportUnknownError),
        ({"answers": {"when": "2026-H3"}}, ReportUnknownError),
        ({"consent": ["EVERYTHING"]}, ReportUnknownError),
        ({"consent": "STAT"}, ReportShapeError),
        ({"reply_to": "age1secret answer"}, ReportShapeError),
        ({"reply_to": ""}, ReportShapeError),
        ({"mailbox": "0123"}, ReportShapeError),
        ({"surprise": "secret answer"}, ReportShapeError),
    ],
)
def test_a_report_that_is_wrong_is_refused_by_its_kind_and_not_repeated(
    changes: dict[str, Any], kind: type[Exception]
) -> None:
    assert Report.parse(as_json()) == report()
    with pytest.raises(kind) as refused:
        Report.parse(as_json(**changes))
    assert type(refused.value) is kind
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_missing_key_is_refused() -> None:
    content = json.loads(report().to_bytes())
    del content["mailbox"]
    with pytest.raises(ReportShapeError, match="expected the 9 keys"):
        Report.parse(json.dumps(content).encode())


def answers_to(question: Question) -> st.SearchStrategy[Any]:
    choices = [code.value for code in question.offered(TODAY)]
    if question.kind == "one":
        return st.sampled_from(choices)
    if question.kind == "many":
        return st.lists(st.sampled_from(choices), unique=True).map(tuple)
    return st.text(alphabet=st.characters(), max_size=300)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    asked = [question for question in FORM.questions if question.kind != "consent"]
    answered = draw(st.lists(st.sampled_from(asked), unique_by=lambda q: q.id))
    return report(
        language=draw(st.sampled_from(["ru", "en"])),
        written=draw(st.dates(min_value=date(2024, 1, 1), max_value=date(2099, 12, 31))),
        sealed_by=draw(st.sampled_from(["browser", "server"])),
        answers={question.id: draw(answers_to(question)) for question in answered},
        consent=tuple(
            draw(st.lists(st.sampled_from(["STAT", "EVIDENCE", "ADVOCACY"]), unique=True))
        ),
        reply_to=draw(st.sampled_from([None, REPLY_TO])),
        mailbox=draw(st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex)),
    )


@given(reports())
def test_any_report_comes_back_equal(made: Report) -> None:
    assert Report.parse(made.to_bytes()) == made
