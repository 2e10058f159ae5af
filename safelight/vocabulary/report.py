"""The report: what a person said, as it travels inside an envelope.

    {"format":"safelight-report/1","form":{"id","version"},"language","written",
     "sealed_by","answers":{id: "text" or "code" or ["codes"]},
     "consent":{"purpose": "last day it holds"},"reply_to":"age1pq1…" or null,
     "mailbox":"32 hex digits" or null,"withdrawal":"64 hex digits" or null,
     "message_key":"64 hex digits" or null,"roster":version or null}

UTF-8; the roster's version is the only number. Bytes are `untrusted` until `Report.parse`
returns. No error here repeats content: what was written stays with who wrote it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NoReturn

from safelight.errors import SafelightError
from safelight.vocabulary.codes import LANGUAGES, VocabularyError
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import Question, QuestionSet, question_set
from safelight.vocabulary.stat_row import most_serious

FORMAT: Final = "safelight-report/1"

# The smallest envelope is 32,768 bytes. age's header with eight mlkem768x25519
# recipients is 22 + 8 × 1,557 + 48 bytes, the payload costs 16 (nonce) + 16 (tag),
# padding at least 1: 20,209 bytes are left. A report that fits looks like any other.
REPORT_MAX_BYTES: Final = 20_000

_MAX_DEPTH: Final = 4
_KEYS: Final = frozenset(
    [
        "format",
        "form",
        "language",
        "written",
        "sealed_by",
        "answers",
        "consent",
        "reply_to",
        "mailbox",
        "withdrawal",
        "message_key",
        "roster",
    ]
)
_SEALED_BY: Final = ("browser", "server")
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_HEX_64: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST_ROSTER: Final = 2**53 - 1  # the browser writes it from a double
_REPLY_TO: Final = re.compile(r"age1pq1[02-9ac-hj-np-z]{1900,2000}")
_DAY: Final = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")

# Characters that hide or reorder text on a caseworker's screen; never needed to tell
# a story. (U+200D and U+200C stay: emoji and several scripts need them.)
_INVISIBLE: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")

Answer = str | tuple[str, ...]


class ReportError(SafelightError):
    """A report that cannot be read. The subclass says why."""


class ReportTooLargeError(ReportError):
    """More bytes, or more characters in one answer, than a report may have."""


class ReportShapeError(ReportError):
    """Not the JSON of a report: broken, too deep, a key twice, a value of the wrong kind."""


class ReportUnknownError(ReportError):
    """A form, version, question, code or language that this release does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a person said. Construction validates and normalises, or raises `ReportError`.

    `answers` has only the questions that were answered: text or one code as `str`,
    several codes as a tuple in the form's order. An answer to a question that is not
    asked of somebody with these answers is dropped. `consent`: each purpose that was
    ticked and its last day. `withdrawal`: SHA-256 of what a withdrawal will show.
    `message_key`: the secret by which desks know later messages as this person's.
    `roster`: the version of the list of desks it was sealed to.
    """

    form: str
    form_version: str
    language: str
    written: date
    sealed_by: str
    answers: Mapping[str, Answer]
    consent: Mapping[str, date] = field(default_factory=dict)
    reply_to: str | None = None
    mailbox: str | None = None
    withdrawal: str | None = None
    message_key: str | None = field(default=None, repr=False)
    roster: int | None = None

    def __post_init__(self) -> None:
        questions = _known_form(self.form, self.form_version)
        if self.language not in LANGUAGES:
            raise ReportUnknownError("language: expected ru or en, got another one")
        if self.sealed_by not in _SEALED_BY:
            raise ReportShapeError("sealed_by: expected browser or server, got something else")
        if self.mailbox is not None and _MAILBOX.fullmatch(self.mailbox) is None:
            raise ReportShapeError("mailbox: expected 32 hex digits, got something else")
        if self.reply_to is not None and _REPLY_TO.fullmatch(self.reply_to) is None:
            raise ReportShapeError("reply_to: expected an age1pq1 recipient, got something else")
        for at, value in (("withdrawal", self.withdrawal), ("message_key", self.message_key)):
            if value is not None and _HEX_64.fullmatch(value) is None:
                raise ReportShapeError(f"{at}: expected 64 hex digits, got something else")
        if self.roster is not None and not 1 <= self.roster <= _LARGEST_ROSTER:
            raise ReportShapeError("roster: expected a version from 1, got another number")
        object.__setattr__(self, "answers", _checked_answers(questions, self.answers))
        consent = _checked_consent(questions, self.consent, self.written)
        object.__setattr__(self, "consent", consent)
        size = len(self.to_bytes())
        if size > REPORT_MAX_BYTES:
            raise ReportTooLargeError(
                f"the report has {size} bytes, at most {REPORT_MAX_BYTES} fit; shorten a text"
            )

    @classmethod
    def parse(cls, untrusted: bytes) -> Report:
        """Read a report from bytes of any origin and size, or raise `ReportError`."""
        content = _read_json(untrusted)
        if set(content) != _KEYS or content["format"] != FORMAT:
            raise ReportShapeError(
                f"expected the {len(_KEYS)} keys of {FORMAT}, got others; "
                "a newer Safelight may be able to read it"
            )
        form = content["form"]
        if not isinstance(form, dict) or set(form) != {"id", "version"}:
            raise ReportShapeError("form: expected an id and a version, got something else")
        answers, consent = content["answers"], content["consent"]
        if not isinstance(answers, dict) or not isinstance(consent, dict):
            raise ReportShapeError("answers, consent: expected two objects, got something else")
        roster = content["roster"]
        if roster is not None and type(roster) is not int:  # not isinstance: True is an int
            raise ReportShapeError("roster: expected a number or null, got something else")
        return cls(
            form=_text(form["id"], at="form"),
            form_version=_text(form["version"], at="form"),
            language=_text(content["language"], at="language"),
            written=_read_day(content["written"], at="written"),
            sealed_by=_text(content["sealed_by"], at="sealed_by"),
            answers={
                question: tuple(answer) if isinstance(answer, list) else answer
                for question, answer in answers.items()
            },
            consent={purpose: _read_day(last, at="consent") for purpose, last in consent.items()},
            reply_to=_text_or_none(content["reply_to"], at="reply_to"),
            mailbox=_text_or_none(content["mailbox"], at="mailbox"),
            withdrawal=_text_or_none(content["withdrawal"], at="withdrawal"),
            message_key=_text_or_none(content["message_key"], at="message_key"),
            roster=roster,
        )

    @property
    def most_serious_act(self) -> str | None:
        """The one act this report is sorted by, by the fixed order; None if it names no act."""
        for question in question_set(self.form, self.form_version).questions:
            if question.field == "acts" and question.id in self.answers:
                return most_serious(self.answers[question.id])
        return None

    def to_bytes(self) -> bytes:
        """Return the report as UTF-8 JSON; `Report.parse` gives back an equal report."""
        content = {
            "format": FORMAT,
            "form": {"id": self.form, "version": self.form_version},
            "language": self.language,
            "written": self.written.isoformat(),
            "sealed_by": self.sealed_by,
            "answers": {
                question: list(answer) if isinstance(answer, tuple) else answer
                for question, answer in self.answers.items()
            },
            "consent": {purpose: last.isoformat() for purpose, last in self.consent.items()},
            "reply_to": self.reply_to,
            "mailbox": self.mailbox,
            "withdrawal": self.withdrawal,
            "message_key": self.message_key,
            "roster": self.roster,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def cleaned_text(untrusted: str) -> str:
    """Return text as a report keeps it: NFC, "\\n" line ends, nothing invisible that reorders.

    Unpaired surrogates (an emoji cut in half) become U+FFFD, and control characters
    are dropped: refusing them would lose what a person wrote.
    """
    text = _LINE_ENDS.sub("\n", untrusted)
    kept = (
        "\ufffd" if unicodedata.category(char) == "Cs" else char
        for char in text
        if char not in _INVISIBLE and (char in "\n\t" or unicodedata.category(char) != "Cc")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _known_form(form: str, version: str) -> QuestionSet:
    try:
        return question_set(form, version)
    except VocabularyError:
        # The chain would only repeat this; the reason is the same for the reader.
        raise ReportUnknownError(
            "form: expected an id and version of this release, got another; update Safelight"
        ) from None


def _checked_answers(
    questions: QuestionSet, untrusted: Mapping[str, Answer]
) -> Mapping[str, Answer]:
    known = {
        question.id: question for question in questions.questions if question.kind != "consent"
    }
    strangers = sum(1 for name in untrusted if name not in known)
    if strangers:
        raise ReportUnknownError(
            f"answers: {strangers} to questions that {questions.id} version {questions.version} "
            "does not have"
        )
    answers: dict[str, Answer] = {}
    for question in known.values():
        if question.id in untrusted:
            answer = _checked_answer(question, untrusted[question.id])
            if answer:
                answers[question.id] = answer
    asked = {question.id for question in questions.asked(answers)}
    return MappingProxyType({name: answers[name] for name in answers if name in asked})


def _checked_answer(question: Question, untrusted: object) -> Answer:
    if question.kind == "many":
        return _checked_codes(question, untrusted)
    if not isinstance(untrusted, str):
        raise ReportShapeError(f"{question.id}: expected text, got {type(untrusted).__name__}")
    if question.kind == "one":
        if untrusted and not question.accepts(untrusted):
            raise ReportUnknownError(f"{question.id}: expected one of its choices, got another")
        return untrusted
    text = cleaned_text(untrusted)
    if len(text) > question.max_length:
        raise ReportTooLargeError(
            f"{question.id}: {len(text)} characters, at most {question.max_length}"
        )
    return text


def _checked_codes(question: Question, untrusted: object) -> tuple[str, ...]:
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str):
        raise ReportShapeError(f"{question.id}: expected a list of codes, got something else")
    if not all(isinstance(item, str) for item in untrusted):
        raise ReportShapeError(f"{question.id}: expected codes as text, got something else")
    if len(set(untrusted)) != len(untrusted):
        raise ReportShapeError(f"{question.id}: expected each code once, got one twice")
    offered = [code.value for code in question.codes]
    if not set(untrusted) <= set(offered):
        raise ReportUnknownError(f"{question.id}: expected only its choices, got another")
    return tuple(value for value in offered if value in untrusted)


def _checked_consent(
    questions: QuestionSet, untrusted: Mapping[str, date], written: date
) -> Mapping[str, date]:
    for question in questions.questions:
        if question.kind == "consent":
            longest = last_day(written, max(question.years))
            # Without an end nobody could stop relying on it; before `written` it never began.
            if any(not written <= last <= longest for last in untrusted.values()):
                raise ReportShapeError(
                    f"consent: expected last days within {max(question.years)} years of writing, "
                    "got another"
                )
            purposes = _checked_codes(question, tuple(untrusted))
            return MappingProxyType({purpose: untrusted[purpose] for purpose in purposes})
    if untrusted:
        raise ReportUnknownError("consent: this form does not ask for any")
    return MappingProxyType({})


def _read_json(untrusted: bytes) -> dict[str, Any]:
    if len(untrusted) > REPORT_MAX_BYTES:
        raise ReportTooLargeError(
            f"{len(untrusted)} bytes, a report has at most {REPORT_MAX_BYTES}"
        )
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError:
        # `from None`: the exception's own text shows the bytes.
        raise ReportShapeError("expected UTF-8, got other bytes") from None
    _check_depth(text)
    try:
        content = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_whole_number,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except json.JSONDecodeError:
        raise ReportShapeError("expected JSON, got something else") from None
    if not isinstance(content, dict):
        raise ReportShapeError("expected a JSON object, got another value")
    return content


def _check_depth(text: str) -> None:
    # Before json.loads, which answers deep nesting with RecursionError.
    depth, inside, skip = 0, False, False
    for char in text:
        if skip:
            skip = False
        elif inside:
            skip, inside = char == "\\", char != '"'
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise ReportShapeError(f"expected at most {_MAX_DEPTH} levels, got more")
        elif char in "]}":
            depth -= 1


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ReportShapeError("expected each key once, got one twice")
    return content


def _whole_number(digits: str) -> int:
    # Python refuses to read thousands of digits with an error that is not ours.
    if len(digits) > len(str(_LARGEST_ROSTER)):
        raise ReportShapeError("roster: expected a version from 1, got another number")
    return int(digits)


def _refuse_number(_: str) -> NoReturn:
    raise ReportShapeError("expected no numbers but the version of the roster, got one")


def _text(value: object, *, at: str) -> str:
    if not isinstance(value, str):
        raise ReportShapeError(f"{at}: expected text, got {type(value).__name__}")
    return value


def _text_or_none(value: object, *, at: str) -> str | None:
    return None if value is None else _text(value, at=at)


def _read_day(untrusted: object, *, at: str) -> date:
    text = _text(untrusted, at=at)
    if _DAY.fullmatch(text) is not None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ReportShapeError(f"{at}: expected a day such as 2024-05-31, got something else")
