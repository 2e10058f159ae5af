"""Runs in the sandbox. VK's archive of a person's data: pages `messages*.html` of one talk."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from safelight.evidence.sandbox.inside.chats.conversation import NotThisProgram, Talk
from safelight.evidence.sandbox.wire import Line

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("мая", "may"),
            ("июн", "jun"), ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"),
            ("ноя", "nov"), ("дек", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
_WHEN: Final = re.compile(
    r"(?P<day>\d{1,2}) (?P<month>[a-zа-я]{3})[a-zа-я]*\.? (?P<year>\d{4})\s+(?:в|at)\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[ap])m)?",
    re.IGNORECASE,
)
_EMPTY: Final = frozenset({"br", "img", "input", "meta", "link", "hr", "source"})
_ID: Final = re.compile(r"vk\.com/([A-Za-z0-9_.]{1,60})$")


def read_html(untrusted: str) -> Talk:
    """Read a page of a talk. Raises `NotThisProgram`."""
    if "message__header" not in untrusted:
        raise NotThisProgram
    reader = _Page()
    reader.feed(untrusted)
    reader.close()
    reader.end_message()
    if not reader.talk.lines:
        raise NotThisProgram
    return reader.talk


class _Page(HTMLParser):
    """`div.message` holds `message__header` (link with a name, a comma, the time), then text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.talk = Talk("vk")
        self._open: list[str] = []
        self._is_in = False
        self._clear()

    def _clear(self) -> None:
        self._header, self._name, self._id, self._text, self._media = "", "", "", "", False

    def end_message(self) -> None:
        if not self._is_in:
            return
        found = _WHEN.search(self._header)
        name = self._name or self._header.partition(",")[0]
        text, kind = self._text.strip(), Line.MESSAGE
        if self._media:
            kind, text = Line.MEDIA, f"[media] {text}".rstrip()
        who = self.talk.author(name, self._id or None)
        self.talk.add(who, kind, "" if found is None else _local(found), None, text)
        self._is_in = False
        self._clear()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTY:
            if tag == "br":
                self._text += "\n"
            return
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        role = ""
        if "message" in classes:
            self.end_message()
            self._is_in, role = True, "message"
        elif "message__header" in classes:
            role = "header"
        elif "attachment" in classes:
            self._media, role = True, "attachment"
        elif tag == "a" and self._open[-1:] == ["header"]:
            role = "name"
            link = _ID.search(given.get("href") or "")
            self._id = link[1] if link else ""
        self._open.append(role)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and self._open and self._open.pop() == "message":
            self.end_message()

    def handle_data(self, data: str) -> None:
        if not self._is_in:
            return
        role = next((one for one in reversed(self._open) if one), "")
        if role in {"header", "name"}:
            self._header += data
        if role == "name":
            self._name += data
        if role == "message":
            self._text += data.strip("\r\n") if not data.strip() else data


def _local(found: re.Match[str]) -> str:
    month = _MONTHS.get(found["month"].lower())
    if month is None:
        return ""
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    second = int(found["second"] or 0)
    day = f"{found['year']}-{month:02}-{int(found['day']):02}"
    return f"{day}T{hour:02}:{found['minute']}:{second:02}"
