"""Runs in the sandbox. WhatsApp's exports: a text whose lines begin with day, time and name."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from safelight.evidence.sandbox.inside.chats.conversation import NotThisProgram, Talk
from safelight.evidence.sandbox.wire import Line

# `[12.05.24, 14:03:11] name: text` (iOS) and `12.05.24, 14:03 - name: text` (Android); day,
# separator and clock follow the language of the phone.
_BEGIN: Final = re.compile(
    r"\[?(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{2,4}),?\s+"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?(?:\]\s|\s[-–]\s)(?P<rest>.*)"
)
_NAMED: Final = re.compile(r"(?P<name>[^:\n]{1,120}): (?P<text>.*)", re.DOTALL)
_MEDIA: Final = re.compile(
    r"<(?:media omitted|без медиафайлов|медиафайлы? (?:опущены?|пропущены?)|attached: [^>]*|"
    r"прикреплено: [^>]*|вложено: [^>]*)>|\((?:file attached|файл добавлен)\)|"
    r"(?:image|video|audio|sticker|document|GIF) omitted",
    re.IGNORECASE,
)
_MARKS: Final = str.maketrans("", "", "\u200e\u200f\u202a\u202c\ufeff")
_SPACES: Final = str.maketrans("\u202f\u00a0", "  ")


def read_text(untrusted: str) -> Talk:
    """Read `_chat.txt`. Raises `NotThisProgram` unless its first lines are such lines."""
    lines = untrusted.replace("\r\n", "\n").split("\n")
    clean = [line.translate(_MARKS) for line in lines]
    begins = [_BEGIN.fullmatch(line.translate(_SPACES)) for line in clean]
    first = [found for line, found in zip(clean[:20], begins, strict=False) if line.strip()]
    if not first or first[0] is None or sum(found is not None for found in begins) < 2:
        raise NotThisProgram
    order = _order([found for found in begins if found])
    talk = Talk("whatsapp")
    at = 0
    while at < len(clean):
        found = begins[at]
        at += 1
        if found is None:
            talk.skipped += bool(clean[at - 1].strip())
            continue
        text = [found["rest"]]
        while at < len(clean) and begins[at] is None:
            text.append(clean[at])
            at += 1
        if not _add(talk, _local(found, order), "\n".join(text).rstrip()):
            break
    return talk


def _add(talk: Talk, local: str, said: str) -> bool:
    named = _NAMED.fullmatch(said)
    if named is None:
        return talk.add(None, Line.EVENT, local, None, said)
    kind = Line.MEDIA if _MEDIA.search(named["text"]) else Line.MESSAGE
    return talk.add(talk.author(named["name"]), kind, local, None, named["text"])


def _order(found: list[re.Match[str]]) -> str:
    """Which of the three numbers is the day: by what no month can be; else as most write it."""
    if len(found[0]["a"]) == 4:
        return "ymd"
    if any(int(one["a"]) > 12 for one in found):
        return "dmy"
    if any(int(one["b"]) > 12 for one in found):
        return "mdy"
    # Nothing decides: a twelve-hour clock is the United States' habit.
    return "mdy" if any(one["half"] for one in found) else "dmy"


def _local(found: re.Match[str], order: str) -> str:
    numbers = dict(zip(order, (int(found["a"]), int(found["b"]), int(found["c"])), strict=True))
    year = numbers["y"] + 2000 if numbers["y"] < 100 else numbers["y"]
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    try:
        moment = datetime(  # noqa: DTZ001  # the phone's own time, without zone
            year, numbers["m"], numbers["d"], hour, int(found["minute"]), int(found["second"] or 0)
        )
    except ValueError:
        return ""
    return moment.isoformat()
