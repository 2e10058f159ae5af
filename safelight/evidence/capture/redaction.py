"""What of a caseworker's login never enters the record: headers that carry it, and its values."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final
from urllib.parse import quote, unquote

from safelight.evidence.capture.capture_record import Redaction

Headers = tuple[tuple[str, str], ...]

REDACTED_HEADERS: Final = frozenset(
    {
        "cookie",
        "set-cookie",
        "authorization",
        "proxy-authorization",
        "x-csrf-token",
        "x-xsrf-token",
        "x-auth-token",
        "x-access-token",
        "x-api-key",
    }
)
_INSTEAD: Final = "redacted"
# Shorter values ("1", "ru", "dark") are settings, and would be found everywhere.
_SHORTEST_SECRET: Final = 8
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_IN_SCRIPTS: Final = re.compile("[&<>']")


class Redactor:
    """Takes secrets out and counts what it took. `values`: of the login that was brought."""

    def __init__(self, values: Iterable[str]) -> None:
        brought = set(values)
        long = {value for value in brought if len(value) >= _SHORTEST_SECRET}
        spelt = {one.encode() for value in long for one in _spelt(value)}
        self._secrets = sorted(spelt, key=len, reverse=True)
        # Also of a login of short values only: what the site sets in answer to it may be long.
        self.learns = bool(brought)
        self._taken: Counter[tuple[str, str]] = Counter()

    def headers(self, headers: Sequence[tuple[str, str]], *, place: str) -> Headers:
        """Return the headers with redacted ones by name only."""
        kept = []
        for name, value in headers:
            if name.lower() in REDACTED_HEADERS:
                self._taken[name.lower(), place] += 1
                kept.append((name, _INSTEAD))
            else:
                kept.append((name, self.text(value, place=place)))
        return tuple(kept)

    def text(self, text: str, *, place: str) -> str:
        """Return a text without the login's values."""
        return self.body(text.encode("utf-8", "surrogateescape"), place=place).decode(
            "utf-8", "surrogateescape"
        )

    def body(self, body: bytes, *, place: str) -> bytes:
        """Return bytes of the same length, with a login's values filled with `x`."""
        for secret in self._secrets:
            if found := body.count(secret):
                self._taken["login-value", place] += found
                body = body.replace(secret, b"x" * len(secret))
        return body

    def found(self) -> tuple[Redaction, ...]:
        """What was taken out, and where."""
        return tuple(
            Redaction(what, place, count) for (what, place), count in sorted(self._taken.items())
        )

    def left_out(self, header: str, *, place: str) -> None:
        """The browser kept this header from us; that it was there is declared all the same."""
        self._taken[header, place] += 1

    def learn(self, values: Iterable[str]) -> None:
        """With a login, what the site sets anew is as good as what was brought."""
        new = {
            one.encode()
            for value in (values if self.learns else ())
            if len(value) >= _SHORTEST_SECRET
            for one in _spelt(value)
        }
        if not new.issubset(self._secrets):
            # The longest first: a shorter one within it would leave its rest.
            self._secrets = sorted(new.union(self._secrets), key=len, reverse=True)


def _as_unicode(sign: re.Match[str]) -> str:
    return f"\\u{ord(sign[0]):04x}"


def _spelt(value: str) -> set[str]:
    """A value as pages and addresses write it: as it is, in an address, in HTML, in JSON, and in
    JSON that may stand in HTML (`\\u0026`), as servers of several kinds write these."""
    plain = {value, unquote(value)}
    found = {one for text in plain for one in (text, quote(text, safe=""), escape(text))}
    in_json = {
        json.dumps(text, ensure_ascii=plainly)[1:-1] for text in plain for plainly in (True, False)
    }
    found |= in_json | {_IN_SCRIPTS.sub(_as_unicode, one) for one in in_json}
    found |= {_ESCAPE.sub(lambda told: told[0].lower(), one) for one in found}
    found |= {one.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") for one in found}
    found |= {one.replace("/", "\\/") for one in found}
    # What only looks like a spelling of it may be too short to be told from other words.
    return {one for one in found if len(one) >= _SHORTEST_SECRET}
