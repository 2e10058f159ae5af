"""What vectors/messages/ holds; written by `python -m tests.sealing.write_vectors`."""

from __future__ import annotations

import json
from typing import Any

Vector = dict[str, Any]

_MAILBOX = "0123456789abcdef" * 2
_MESSAGE: Vector = {
    "format": "safelight-message/1",
    "mailbox": _MAILBOX,
    "written": "2026-11-22",
    "language": "ru",
    "sealed_by": "browser",
    "text": "Я вспомнила ещё одно: их было трое.\nI remembered more.",
}
_FILE: Vector = {
    "format": "safelight-file/1",
    "mailbox": _MAILBOX,
    "written": "2026-11-22",
    "sealed_by": "browser",
    "name": "фото.jpg",
    "type": "image/jpeg",
    "metadata": "removed",
}
_ANSWER: Vector = {
    "format": "safelight-answer/1",
    "mailbox": _MAILBOX,
    "written": "2026-11-23",
    "desk": "desk-1",
    "status": "question",
    "text": "Спасибо. В каком городе это было?",
}
_LONG = "я" * 300


def _line(content: Vector) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


_FILLING = " " * (4096 - len(_line(_FILE).encode()))


def _ok(what: str, content: Vector, read: str = "", **reads_as: Any) -> Vector:
    """`content` with `reads_as` in place of what was written."""
    end = "\n" if content["format"] == _FILE["format"] else ""
    text, written = read or _line(content) + end, _line({**content, **reads_as}) + end
    return {
        "what": what,
        "expect": "ok",
        "format": content["format"],
        "content": text,
        "reads_as": {**content, **reads_as},
        **({} if written == text else {"written_as": written}),
    }


def _refused(what: str, problem: str, read: Vector | str, form: Vector = _MESSAGE) -> Vector:
    end = "\n" if form is _FILE else ""
    content = read if isinstance(read, str) else _line(read) + end
    return {
        "what": what,
        "expect": "refused",
        "format": form["format"],
        "problem": problem,
        "content": content,
    }


def messages() -> dict[str, Vector]:
    """Every vector by path below vectors/."""
    swapped = {key: _MESSAGE[key] for key in ("format", "text", *list(_MESSAGE)[1:-1])}
    late = {key: _MESSAGE[key] for key in (*list(_MESSAGE)[1:], "format")}
    less = {key: value for key, value in _MESSAGE.items() if key != "language"}
    message = {
        "good": _ok("a message", _MESSAGE),
        "good-another-order": _ok("keys in another order", _MESSAGE, _line(swapped)),
        "good-cleaned": _ok(
            "line ends, reordering and control characters are cleaned",
            {**_MESSAGE, "text": " a\r\nb\u202ec\u0007 "},
            text="a\nbc",
        ),
        "empty": _refused("no text but blanks", "value", {**_MESSAGE, "text": " \u200f "}),
        "format-last": _refused("the format does not stand first", "shape", late),
        "no-language": _refused("a key is missing", "shape", less),
        "one-key-more": _refused("a key too many", "shape", {**_MESSAGE, "x": ""}),
        "a-key-twice": _refused("a key twice", "shape", _line(_MESSAGE)[:-1] + ',"text":"x"}'),
        "a-number": _refused("a number", "shape", {**_MESSAGE, "text": 1}),
        "not-ended": _refused("cut off", "shape", _line(_MESSAGE)[:-2]),
        "deep": _refused("deeply nested", "shape", _line(less)[:-1] + ',"language":' + "[" * 9000),
        "too-large": _refused("more than 20,000 bytes", "size", {**_MESSAGE, "text": "я" * 10000}),
        "no-such-day": _refused("no such day", "value", {**_MESSAGE, "written": "2026-02-30"}),
        "another-mailbox": _refused(
            "not 32 hex digits", "value", {**_MESSAGE, "mailbox": _MAILBOX[:-1] + "G"}
        ),
        "another-format": _refused("an answer read as a message", "shape", _line(_ANSWER)),
    }
    file = {
        "good": _ok("a photo", _FILE),
        "good-name-with-path": _ok(
            "only the last part of a path is kept",
            {**_FILE, "name": "C:\\Users\\..\\me/private\n/a b.jpg"},
            name="a b.jpg",
        ),
        "good-long-name": _ok(
            "the last 200 characters are kept",
            {**_FILE, "name": _LONG + ".png"},
            name="я" * 196 + ".png",
        ),
        "good-no-name": _ok("a name of dots", {**_FILE, "name": "a/.."}, name="file"),
        "good-odd-type": _ok(
            "a type that is none", {**_FILE, "type": "x<script>"}, type="application/octet-stream"
        ),
        "good-upper-case-type": _ok(
            "a type in capitals", {**_FILE, "type": "Image/JPEG"}, type="image/jpeg"
        ),
        "no-line-end": _refused("the line does not end", "shape", _line(_FILE), _FILE),
        "two-lines": _refused("two lines", "shape", _line(_FILE) + "\n\n", _FILE),
        "too-long": _refused("4,097 bytes", "size", _line(_FILE) + _FILLING + "\n", _FILE),
        "metadata-unknown": _refused(
            "another word for metadata", "value", {**_FILE, "metadata": "perhaps"}, _FILE
        ),
    }
    answer = {
        "good": _ok("a question from a desk", _ANSWER),
        "good-no-status": _ok("no status", {**_ANSWER, "status": None}),
        "good-only-status": _ok("only a status", {**_ANSWER, "text": ""}),
        "neither": _refused(
            "neither text nor status", "value", {**_ANSWER, "status": None, "text": ""}, _ANSWER
        ),
        "unknown-status": _refused(
            "a status nobody knows", "value", {**_ANSWER, "status": "solved"}, _ANSWER
        ),
        "another-desk": _refused(
            "a name no roster can have", "value", {**_ANSWER, "desk": "Desk 1"}, _ANSWER
        ),
    }
    return {
        f"messages/{kind}-{name}.json": vector
        for kind, vectors in (("message", message), ("file", file), ("answer", answer))
        for name, vector in vectors.items()
    }
