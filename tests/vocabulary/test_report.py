"""The report: what a person wrote arrives as it was written, or is refused by its kind."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.questions import Question, QuestionSet, question_set
from safelight.vocabulary.report import (
    REPORT_MAX_BYTES,
    Report,
    ReportShapeError,
    ReportTooLargeError,
    ReportUnknownError,
    cleaned_text,
)

FORMS = ("what-happened", "smear-alarm", "letter")
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
    "consent": {"STAT": date(2029, 11, 22)},
    "reply_to": REPLY_TO,
    "mailbox": "0123456789abcdef" * 2,
    "withdrawal": "0123456789abcdef" * 4,
    "message_key": "fedcba9876543210" * 4,
    "roster": 7,
}


def report(**changes: Any) -> Report:
    return Report(**(GOOD | changes))


def as_json(**changes: Any) -> bytes:
    return json.dumps(json.loads(report().to_bytes()) | changes).encode()


def fullest(letter: str, form: QuestionSet = FORM) -> dict[str, Any]:
    """Every choice made, so that every question is asked, and every text as long as it may be."""
    answers: dict[str, Any] = {}
    for question in form.questions:
        choices = tuple(code.value for code in question.offered(TODAY))
        if question.kind == "many":
            answers[question.id] = choices
        elif question.kind == "one":
            answers[question.id] = max(choices, key=len)
        elif question.kind == "text":
            answers[question.id] = letter * question.max_length
        condition = question.only_if
        if condition and form.question(condition.question).kind == "one":
            answers[condition.question] = condition.codes[0]
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
        "consent": {"STAT": "2029-11-22"},
        "reply_to": REPLY_TO,
        "mailbox": "0123456789abcdef" * 2,
        "withdrawal": "0123456789abcdef" * 4,
        "message_key": "fedcba9876543210" * 4,
        "roster": 7,
    }
    assert Report.parse(report().to_bytes()) == report()


@pytest.mark.parametrize("form", FORMS)
def test_the_longest_russian_report_fits_the_smallest_envelope(form: str) -> None:
    questions = question_set(form)
    consent = next(question for question in questions.questions if question.kind == "consent")
    longest = report(
        form=form,
        answers=fullest("Щ", questions),
        consent={code.value: date(2027, 11, 22) for code in consent.codes},
        roster=2**53 - 1,
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
    empty = report(answers={}, consent={}, reply_to=None, mailbox=None)
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
        ({"consent": {"EVERYTHING": "2027-01-01"}}, ReportUnknownError),
        ({"consent": {"PUBLISH_LETTER": "2027-01-01"}}, ReportUnknownError),
        ({"consent": ["STAT"]}, ReportShapeError),
        ({"consent": {"STAT": "always"}}, ReportShapeError),
        ({"consent": {"STAT": None}}, ReportShapeError),
        ({"withdrawal": "0123"}, ReportShapeError),
        ({"message_key": "fedcba9876543210" * 5}, ReportShapeError),
        ({"roster": "7"}, ReportShapeError),
        ({"roster": True}, ReportShapeError),
        ({"roster": 0}, ReportShapeError),
        ({"roster": -7}, ReportShapeError),
        ({"roster": 2**53}, ReportShapeError),
        ({"roster": 7.0}, ReportShapeError),
        ({"answers": {"story": 7}}, ReportShapeError),
        ({"written": 20261122}, ReportShapeError),
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
    with pytest.raises(ReportShapeError, match="expected the 12 keys"):
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
    written = draw(st.dates(min_value=date(2024, 1, 1), max_value=date(2099, 12, 31)))
    asked = [question for question in FORM.questions if question.kind != "consent"]
    answered = draw(st.lists(st.sampled_from(asked), unique_by=lambda q: q.id))
    return report(
        language=draw(st.sampled_from(["ru", "en"])),
        written=written,
        sealed_by=draw(st.sampled_from(["browser", "server"])),
        answers={question.id: draw(answers_to(question)) for question in answered},
        consent=dict.fromkeys(draw(st.sets(st.sampled_from(["STAT", "ADVOCACY"]))), written),
        reply_to=draw(st.sampled_from([None, REPLY_TO])),
        mailbox=draw(st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex)),
        roster=draw(st.none() | st.integers(min_value=1, max_value=2**53 - 1)),
    )


@given(reports())
def test_any_report_comes_back_equal(made: Report) -> None:
    assert Report.parse(made.to_bytes()) == made


def test_an_answer_to_a_question_that_is_not_asked_does_not_exist() -> None:
    told = {"police": "YES", "police_did": "REFUSED", "police_not": ("NO_HOPE",)}
    assert dict(report(answers=told).answers) == {"police": "YES", "police_did": "REFUSED"}
    assert dict(report(answers=told | {"police": "UNK"}).answers) == {"police": "UNK"}
    smuggled = as_json(answers={"demand": "a lot", "acts": ["THR"]})
    assert dict(Report.parse(smuggled).answers) == {"acts": ("THR",)}


@pytest.mark.parametrize(
    ("last", "held"),
    [("2026-11-21", False), ("2026-11-22", True), ("2036-11-22", True), ("2036-11-23", False)],
)
def test_consent_ends_between_the_day_of_writing_and_the_longest_choice(
    last: str, held: bool
) -> None:
    if held:
        made = Report.parse(as_json(consent={"STAT": last}))
        assert made.consent["STAT"].isoformat() == last
    else:
        with pytest.raises(ReportShapeError, match="expected last days within 10 years"):
            Report.parse(as_json(consent={"STAT": last}))


@pytest.mark.parametrize(
    ("acts", "most_serious"),
    [(("THR", "ROB"), "ROB"), (("FDT", "HUM", "SMR"), "HUM"), (("KIL", "SEX"), "KIL"), ((), None)],
)
def test_a_report_has_exactly_one_most_serious_act_by_the_fixed_order(
    acts: tuple[str, ...], most_serious: str | None
) -> None:
    assert report(answers={"acts": acts, "story": "x"}).most_serious_act == most_serious


def test_a_letter_and_an_alarm_name_no_act() -> None:
    assert report(form="letter", answers={"letter": "x"}, consent={}).most_serious_act is None
    assert report(form="smear-alarm", answers={"danger": "NO"}).most_serious_act is None
