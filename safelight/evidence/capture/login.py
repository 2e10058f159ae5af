"""Login state as a caseworker brings it: cookies from a file, which never enter the record."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safelight.evidence.capture.cdp import Cdp
from safelight.evidence.capture.problems import CaptureError, CommandFailed

LONGEST: Final = 4 * 1024 * 1024
_MOST: Final = 2000


@dataclass(frozen=True)
class Cookie:
    """One cookie. `value` is a secret: it is not shown, logged or written.

    `domain` as the browser takes it: with a dot before it for every host below, without for one.
    """

    name: str
    value: str
    domain: str
    path: str
    secure: bool
    http_only: bool

    def __repr__(self) -> str:
        return "Cookie(…)"

    def for_browser(self) -> dict[str, Any]:
        """As `Storage.setCookies` wants it."""
        return {
            "name": self.name,
            "value": self.value,
            "domain": self.domain,
            "path": self.path,
            "secure": self.secure,
            "httpOnly": self.http_only,
        }


def read_login(path: Path) -> tuple[Cookie, ...]:
    """Read a file of cookies; see `parse_login`."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(LONGEST + 1)
    except OSError:
        raise _unreadable() from None
    return parse_login(untrusted)


def parse_login(untrusted: bytes) -> tuple[Cookie, ...]:
    """Read cookies: a `cookies.txt` (Netscape), or JSON as browsers' tools export it.

    Raises `CaptureError`; its message never says what the file holds.
    """
    if len(untrusted) > LONGEST:
        raise _unreadable()
    try:
        text = untrusted.decode("utf-8-sig")  # some editors mark what they save
        cookies = _from_json(text) if text.lstrip()[:1] in {"{", "["} else _from_lines(text)
        for one in cookies:  # JSON can hold halves of signs, which nothing writes
            json.dumps(one.for_browser(), ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _unreadable() from None
    if not 1 <= len(cookies) <= _MOST:
        raise CaptureError(f"a login is 1 to {_MOST} cookies; that file holds another number")
    return cookies


def _unreadable() -> CaptureError:
    return CaptureError(
        "the cookies cannot be read; give a cookies.txt, or JSON with a list of cookies"
    )


async def log_in(cdp: Cdp, login: Sequence[Cookie]) -> None:
    """Give a browser the cookies. One that no browser takes (too long) would end all of them, so
    each goes for itself. Raises `CaptureError` if it takes none.
    """
    taken = 0
    for cookie in login:
        with contextlib.suppress(CommandFailed):
            await cdp.send("Storage.setCookies", {"cookies": [cookie.for_browser()]})
            taken += 1
    if not taken:
        raise CaptureError(
            "the browser refused those cookies; export them anew from the browser that is logged in"
        )


def secret_values(cookies: Sequence[Cookie]) -> list[str]:
    """What must not be found in the record."""
    return [cookie.value for cookie in cookies]


def _from_json(text: str) -> tuple[Cookie, ...]:
    facts = json.loads(text)
    listed = facts["cookies"] if isinstance(facts, dict) else facts
    return tuple(
        Cookie(
            name=str(one["name"]),
            value=str(one["value"]),
            domain=_domain(str(one["domain"]), is_one_host=one.get("hostOnly")),
            path=str(one.get("path", "/")),
            secure=bool(one.get("secure", False)),
            http_only=bool(one.get("httpOnly", False)),
        )
        for one in listed
    )


def _from_lines(text: str) -> tuple[Cookie, ...]:
    found = []
    for line in text.splitlines():
        http_only = line.startswith("#HttpOnly_")
        if not line.strip() or (line.startswith("#") and not http_only):
            continue
        domain, below, path, secure, _, name, value = line.removeprefix("#HttpOnly_").split("\t")
        domain = _domain(domain, is_one_host=None if below != "TRUE" else False)
        found.append(Cookie(name, value, domain, path, secure == "TRUE", http_only))
    return tuple(found)


def _domain(written: str, *, is_one_host: object) -> str:
    """A domain with its dot, or without for one host; tools say which in one of two ways."""
    if is_one_host is True:
        return written.removeprefix(".")
    return f".{written}" if is_one_host is False and not written.startswith(".") else written
