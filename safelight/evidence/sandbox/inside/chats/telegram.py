"""Runs in the sandbox. Telegram Desktop's exports: `result.json`, and pages `messages*.html`."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final

from safelight.evidence.sandbox.inside.chats.conversation import NotThisProgram, Talk
from safelight.evidence.sandbox.wire import Line

_LATEST: Final = 2**33  # seconds
_MEDIA: Final = (
    "photo",
    "file",
    "sticker_emoji",
    "poll",
    "location_information",
    "contact_information",
)
_WHEN: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-]\d\d):(\d\d))?")


def read_json(untrusted: str) -> Talk:
    """Read `result.json` of one chat. Raises `NotThisProgram`."""
    try:
        whole = json.loads(untrusted)
    except (ValueError, RecursionError):
        raise NotThisProgram from None
    messages = whole.get("messages") if isinstance(whole, dict) else None
    if not isinstance(messages, list) or not any(
        isinstance(one, dict) and one.get("type") in {"message", "service"} for one in messages
    ):
        raise NotThisProgram
    talk = Talk("telegram-json")
    for one in messages:
        if not isinstance(one, dict) or one.get("type") not in {"message", "service"}:
            talk.skipped += 1
            continue
        if not _add(talk, one):
            break
    return talk


def _add(talk: Talk, one: dict[str, Any]) -> bool:
    text = _plain(one.get("text", ""))
    who = talk.author(one.get("from", one.get("actor")), one.get("from_id", one.get("actor_id")))
    kind = Line.MESSAGE
    if one["type"] == "service":
        kind, text = Line.EVENT, f"[{_word(one.get('action'))}] {text}".rstrip()
    elif media := next((name for name in _MEDIA if one.get(name)), None):
        kind = Line.MEDIA
        named = _word(one.get("media_type")) or media.partition("_")[0]
        text = f"[{named}] {text}".rstrip()
    if forwarded := one.get("forwarded_from"):
        # Who first wrote it is another person: known by name, so that the name is looked for.
        talk.author(forwarded)
        text = f"[forwarded] {text}"
    local = one.get("date", "")
    return talk.add(who, kind, local if isinstance(local, str) else "", _unix(one), text)


def _unix(one: dict[str, Any]) -> int | None:
    written = one.get("date_unixtime")
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) < 12:
        moment = int(written)
        return moment if moment < _LATEST else None
    return None


def _word(value: object) -> str:
    return value[:60].replace("\n", " ") if isinstance(value, str) else ""


def _plain(text: object) -> str:
    """Text is a string, or a list of strings and of pieces that carry a style."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        return ""
    pieces = (one.get("text", "") if isinstance(one, dict) else one for one in text)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def read_html(untrusted: str) -> Talk:
    """Read a page of an export in HTML. Raises `NotThisProgram`."""
    head = untrusted[:20_000]
    if "Exported Data" not in head or "tgme" in head or 'class="message' not in untrusted:
        raise NotThisProgram
    reader = _Page()
    reader.feed(untrusted)
    reader.close()
    reader.end_message()
    if not reader.talk.lines:
        raise NotThisProgram
    return reader.talk


_EMPTY: Final = frozenset({"br", "img", "input", "meta", "link", "hr", "source", "wbr", "area"})


class _Page(HTMLParser):
    """`div.message` holds `from_name`, `date details` (its title is the time), `text`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.talk = Talk("telegram-html")
        self._open: list[str] = []  # the role of each open element
        self._begin(None)

    def _begin(self, kind: Line | None) -> None:
        self._kind = kind
        self._name, self._text, self._when, self._media = "", "", "", False
        self._forwarded = ""

    def end_message(self) -> None:
        if self._kind is None:
            return
        who = self.talk.author(self._name)
        if not self._name.strip() and self._kind is not Line.EVENT and self.talk.lines:
            who = self._last  # "joined": the next message of the same person has no name
        self._last = who
        text, kind = self._text.strip(), self._kind
        if self._media and kind is Line.MESSAGE:
            kind, text = Line.MEDIA, f"[media] {text}".rstrip()
        if self._forwarded.strip():
            self.talk.author(self._forwarded)
            text = f"[forwarded] {text}"
        local, unix = _html_time(self._when)
        self.talk.add(who, kind, local, unix, text)
        self._begin(None)

    _last: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTY:
            if tag == "br" and "text" in self._open:
                self._text += "\n"
            return
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        role = ""
        if "message" in classes:
            self.end_message()
            self._begin(Line.EVENT if "service" in classes else Line.MESSAGE)
            role = "message"
        elif "date" in classes and "details" in classes:
            self._when, role = given.get("title") or self._when, "date"
        elif "from_name" in classes:
            role = "forwarded" if "forwarded" in self._open else "name"
        elif "forwarded" in classes and "body" in classes:
            role = "forwarded"
        elif "media_wrap" in classes:
            self._media, role = True, "media"
        elif "text" in classes or ("details" in classes and self._kind is Line.EVENT):
            role = "text"
        elif "date" not in classes and "details" in classes and "forwarded" in self._open:
            role = "date"
        self._open.append(role)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        role = next((one for one in reversed(self._open) if one), "")
        if self._kind is None:
            return
        if role == "name":
            self._name += data
        elif role == "text":
            self._text += data
        elif role == "forwarded" and self._open[-1] == "forwarded" and not self._forwarded.strip():
            self._forwarded += data


def _html_time(title: str) -> tuple[str, int | None]:
    found = _WHEN.fullmatch(title.strip())
    if found is None:
        return "", None
    day, month, year, hour, minute, second, off_hours, off_minutes = found.groups()
    local = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    if off_hours is None:
        return local, None
    try:
        moment = datetime.fromisoformat(f"{local}{off_hours}:{off_minutes}")
    except ValueError:
        return local, None
    return local, int(moment.timestamp())
