"""What follows a report: the reporter writes again, adds a file, and a desk answers.

docs/spec/mailbox.md, "What stands inside". Every content starts with `{"format":"…"`, so
that `format_of` can tell the four apart (the report is in `vocabulary/report.py`):

    {"format":"safelight-message/1","mailbox","written","language","sealed_by","text"}
    {"format":"safelight-file/1","mailbox","written","sealed_by","name","type","metadata"}⏎ and
        then the file's bytes, as they are
    {"format":"safelight-answer/1","mailbox","written","desk","status","text"}

Behind the first two stands a tag of 32 bytes (`sealing/message_tag.py`), which the parsers here
are not given. UTF-8, no numbers. Bytes are `untrusted` until `parse` returns; no error repeats
content.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NoReturn, TypeAlias

from safelight.errors import SafelightError
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.report import REPORT_MAX_BYTES, cleaned_text

MESSAGE_FORMAT: Final = "safelight-message/1"
FILE_FORMAT: Final = "safelight-file/1"
ANSWER_FORMAT: Final = "safelight-answer/1"

# As for a report: what a person writes fits into the smallest envelope.
MESSAGE_MAX_BYTES: Final = REPORT_MAX_BYTES
FILE_HEADER_MAX_BYTES: Final = 4096
FILE_NAME_MAX_CHARACTERS: Final = 200
# What a file is called whose name was empty, or only a path.
NAMELESS: Final = "file"
UNKNOWN_TYPE: Final = "application/octet-stream"

SEALED_BY: Final = ("browser", "server")
METADATA: Final = ("removed", "kept", "none-known")
# How far a desk is. Words for them: the receipt page's and the desk's.
ANSWER_STATUSES: Final = ("received", "question", "in-work", "passed-on", "closed")

MessageProblem: TypeAlias = Literal["size", "shape", "value"]

_FORMAT_FIRST: Final = re.compile(rb'\{"format":"(safelight-(?:report|message|file|answer)/1)"[,}]')
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_DESK: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


class MessageError(SafelightError):
    """Content that cannot be read. `problem`: "size", "shape" (JSON, keys), or "value"."""

    def __init__(self, message: str, *, problem: MessageProblem) -> None:
        super().__init__(message)
        self.problem: MessageProblem = problem


def format_of(untrusted: bytes) -> str | None:
    """Return the format that content says it has, by its first bytes; None: none of the four."""
    found = _FORMAT_FIRST.match(untrusted)
    return None if found is None else found[1].decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a reporter wrote after the report. Construction validates, or raises `MessageError`."""

    mailbox: str
    written: date
    language: str
    sealed_by: str
    text: str

    def __post_init__(self) -> None:
        _check_mailbox(self.mailbox)
        _check_choice(self.language, LANGUAGES, at="language")
        _check_choice(self.sealed_by, SEALED_BY, at="sealed_by")
        object.__setattr__(self, "text", _text_with_content(self.text))
        _check_size(self.to_bytes())

    @classmethod
    def parse(cls, untrusted: bytes) -> Message:
        """Read a message from bytes of any origin and size, or raise `MessageError`."""
        keys = ("format", "mailbox", "written", "language", "sealed_by", "text")
        content = _read_object(untrusted, MESSAGE_FORMAT, keys, most=MESSAGE_MAX_BYTES)
        return cls(
            mailbox=_text(content, "mailbox"),
            written=_day(content),
            language=_text(content, "language"),
            sealed_by=_text(content, "sealed_by"),
            text=_text(content, "text"),
        )

    def to_bytes(self) -> bytes:
        """Return the message as UTF-8 JSON; `Message.parse` gives back an equal one."""
        return _json(
            {
                "format": MESSAGE_FORMAT,
                "mailbox": self.mailbox,
                "written": self.written.isoformat(),
                "language": self.language,
                "sealed_by": self.sealed_by,
                "text": self.text,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """The line that stands before a file's bytes.

    A file must not be lost because of its label: of `name` only what follows the last slash
    or backslash is kept, of its last 200 characters, and an unusual `type` becomes
    application/octet-stream. `metadata`: "removed" (by the browser), "kept" (the person
    decided so, or nobody could remove it) or "none-known" (a type that has none).
    """

    mailbox: str
    written: date
    sealed_by: str
    name: str
    type: str
    metadata: str

    def __post_init__(self) -> None:
        _check_mailbox(self.mailbox)
        _check_choice(self.sealed_by, SEALED_BY, at="sealed_by")
        _check_choice(self.metadata, METADATA, at="metadata")
        object.__setattr__(self, "name", _file_name(self.name))
        kind = self.type.lower()
        object.__setattr__(self, "type", kind if _TYPE.fullmatch(kind) else UNKNOWN_TYPE)

    @classmethod
    def parse(cls, untrusted_line: bytes) -> FileHeader:
        """Read the header from its line, line feed included, or raise `MessageError`."""
        if len(untrusted_line) > FILE_HEADER_MAX_BYTES:
            raise MessageError(
                f"a file's first line has at most {FILE_HEADER_MAX_BYTES} bytes; got more",
                problem="size",
            )
        if untrusted_line.find(b"\n") != len(untrusted_line) - 1:
            raise MessageError("expected one line that ends; got something else", problem="shape")
        keys = ("format", "mailbox", "written", "sealed_by", "name", "type", "metadata")
        content = _read_object(untrusted_line, FILE_FORMAT, keys, most=FILE_HEADER_MAX_BYTES)
        return cls(
            mailbox=_text(content, "mailbox"),
            written=_day(content),
            sealed_by=_text(content, "sealed_by"),
            name=_text(content, "name"),
            type=_text(content, "type"),
            metadata=_text(content, "metadata"),
        )

    def to_bytes(self) -> bytes:
        """Return the line, line feed included: at most 4,096 bytes whatever the name is."""
        return (
            _json(
                {
                    "format": FILE_FORMAT,
                    "mailbox": self.mailbox,
                    "written": self.written.isoformat(),
                    "sealed_by": self.sealed_by,
                    "name": self.name,
                    "type": self.type,
                    "metadata": self.metadata,
                }
            )
            + b"\n"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAnswer:
    """What a desk tells the reporter. `status` is one of `ANSWER_STATUSES`, or None: unchanged.

    Either `status` or `text` is there; a text may be empty if a status says enough.
    """

    mailbox: str
    written: date
    desk: str
    status: str | None
    text: str

    def __post_init__(self) -> None:
        _check_mailbox(self.mailbox)
        if _DESK.fullmatch(self.desk) is None:
            raise MessageError(
                "desk: expected a name as in the roster, got another", problem="value"
            )
        if self.status is not None:
            _check_choice(self.status, ANSWER_STATUSES, at="status")
        text = cleaned_text(self.text)
        if not text and self.status is None:
            raise MessageError("expected a text or a status, got neither", problem="value")
        object.__setattr__(self, "text", text)
        _check_size(self.to_bytes())

    @classmethod
    def parse(cls, untrusted: bytes) -> DeskAnswer:
        """Read an answer from bytes of any origin and size, or raise `MessageError`."""
        keys = ("format", "mailbox", "written", "desk", "status", "text")
        content = _read_object(untrusted, ANSWER_FORMAT, keys, most=MESSAGE_MAX_BYTES)
        return cls(
            mailbox=_text(content, "mailbox"),
            written=_day(content),
            desk=_text(content, "desk"),
            status=None if content["status"] is None else _text(content, "status"),
            text=_text(content, "text"),
        )

    def to_bytes(self) -> bytes:
        """Return the answer as UTF-8 JSON; `DeskAnswer.parse` gives back an equal one."""
        return _json(
            {
                "format": ANSWER_FORMAT,
                "mailbox": self.mailbox,
                "written": self.written.isoformat(),
                "desk": self.desk,
                "status": self.status,
                "text": self.text,
            }
        )


def _json(content: dict[str, str | None]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _file_name(untrusted: str) -> str:
    plain = cleaned_text(untrusted).replace("\n", " ").replace("\t", " ")
    last = re.split(r"[/\\]", plain)[-1].strip()
    # The end is kept: there the name says what kind of file it is.
    name = last[-FILE_NAME_MAX_CHARACTERS:].strip()
    return NAMELESS if name in {"", ".", ".."} else name


def _text_with_content(untrusted: str) -> str:
    text = cleaned_text(untrusted)
    if not text:
        raise MessageError("text: expected some, got none", problem="value")
    return text


def _check_mailbox(untrusted: str) -> None:
    if _MAILBOX.fullmatch(untrusted) is None:
        raise MessageError("mailbox: expected 32 hex digits, got something else", problem="value")


def _check_choice(untrusted: str, choices: tuple[str, ...], *, at: str) -> None:
    if untrusted not in choices:
        raise MessageError(
            f"{at}: expected one of {', '.join(choices)}; got something else", problem="value"
        )


def _check_size(written: bytes) -> None:
    if len(written) > MESSAGE_MAX_BYTES:
        raise MessageError(
            f"{len(written)} bytes, at most {MESSAGE_MAX_BYTES} fit; shorten the text",
            problem="size",
        )


def _read_object(
    untrusted: bytes, expected: str, keys: tuple[str, ...], *, most: int
) -> dict[str, Any]:
    if len(untrusted) > most:
        raise MessageError(f"{len(untrusted)} bytes, at most {most} are read", problem="size")
    if format_of(untrusted) != expected:
        raise MessageError(
            f"expected content that starts as {expected}, got something else; "
            "a newer Safelight may be able to read it",
            problem="shape",
        )
    try:
        content = json.loads(
            untrusted.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_int=_refuse_number,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        # `from None`: these errors carry the content.
        raise MessageError("expected UTF-8 JSON, got something else", problem="shape") from None
    if set(content) != set(keys):
        raise MessageError(f"expected the {len(keys)} keys of {expected}", problem="shape")
    return dict(content)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise MessageError("expected each key once, got one twice", problem="shape")
    return content


def _refuse_number(_: str) -> NoReturn:
    raise MessageError("expected no numbers (all values are text), got one", problem="shape")


def _text(content: dict[str, Any], key: str) -> str:
    value = content[key]
    if not isinstance(value, str):
        raise MessageError(f"{key}: expected text, got {type(value).__name__}", problem="shape")
    return value


def _day(content: dict[str, Any]) -> date:
    untrusted = _text(content, "written")
    if _DAY.fullmatch(untrusted) is not None:
        try:
            return date.fromisoformat(untrusted)
        except ValueError:
            pass
    raise MessageError(
        "written: expected a day such as 2024-05-31, got something else", problem="value"
    )
