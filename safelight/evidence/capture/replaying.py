"""Replay a capture in a browser without network: every request is answered from the archive.

What the archive does not have gets no answer and is counted. The page's clock stands at the time
of the capture, so that "three minutes ago" is written as it was.
"""

from __future__ import annotations

import base64
import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from safelight.evidence.capture.appearance import Appearance
from safelight.evidence.capture.archive import IndexLine, body_digest, read_exchange
from safelight.evidence.capture.behaviours import Behaviour
from safelight.evidence.capture.browser_box import boxed_browser
from safelight.evidence.capture.capture_policy import CapturePolicy
from safelight.evidence.capture.cdp import Cdp, Params
from safelight.evidence.capture.egress.exits import Direct
from safelight.evidence.capture.egress.proxy import EgressProxy, EgressRules
from safelight.evidence.capture.redaction import REDACTED_HEADERS, Headers
from safelight.evidence.capture.tab import Tab
from safelight.evidence.capture.visiting import Visit, visit
from safelight.evidence.capture.wacz import WaczReader

# A range is answered with less than was asked: browsers ask on, and no message is huge.
_MOST_OF_A_RANGE: Final = 4 * 1024 * 1024
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
_NOT_PASSED_ON: Final = REDACTED_HEADERS | {"content-length", "content-encoding", "alt-svc"}
# Parameters that pages add so that nothing is cached: chance or the clock, never a meaning.
_CHANCE: Final = re.compile(r"_|cb|ts?|r|rand|random|rnd|nocache|cache_?bust(er)?|timestamp")
_NOWHERE: Final = EgressRules(
    hosts=(), ports=frozenset(), loopback_ports=frozenset(), most_bytes=0, most_connections=10_000
)
_CLOCK: Final = """(() => {
  const Real = Date, skew = %d - Real.now();
  const Then = function (...given) {
    if (!new.target) return new Real(Real.now() + skew).toString();
    return given.length ? new Real(...given) : new Real(Real.now() + skew);
  };
  Then.prototype = Real.prototype;
  Then.prototype.constructor = Then;
  Then.now = () => Real.now() + skew;
  Then.parse = Real.parse;
  Then.UTC = Real.UTC;
  globalThis.Date = Then;
})();"""


@dataclass(frozen=True)
class Replay:
    """What a replay saw. `missing`: requests without an answer; `asked_outside`: connections."""

    seen: Visit
    missing: tuple[str, ...]
    asked_outside: int


async def replay(
    wacz: Path,
    url: str,
    behaviours: Sequence[Behaviour],
    *,
    policy: CapturePolicy,
    user_agent: str,
    at: datetime,
    known: frozenset[str],
) -> Replay:
    """Visit `url` in the archive. `known`: addresses that are gaps already, so nothing new.

    Raises `CaptureError`.
    """
    archive = WaczReader(wacz)
    try:
        async with boxed_browser(language=policy.language, boxed=policy.boxed) as browser:
            proxy = EgressProxy(_NOWHERE, Direct(), on_full=lambda: None)
            answers = _Answers(browser.cdp, archive, known)
            async with proxy.serving(browser.listener):
                tab = Tab(
                    browser.cdp,
                    Appearance(policy.language, policy.viewport, user_agent),
                    ("Request",),
                    answers.on_paused,
                    before_page=_CLOCK % int(at.timestamp() * 1000),
                )
                tab.patience = policy.limits.settle_seconds
                try:
                    await tab.open()
                    seen = Visit()
                    await visit(
                        tab,
                        url,
                        behaviours,
                        limits=policy.limits,
                        on_gap=lambda *_: None,
                        on_loaded=answers.holding(tab),
                        on_looking=lambda: None,
                        seen=seen,
                        until=time.monotonic() + policy.limits.seconds,
                    )
                finally:
                    await tab.close()
            outside = sum(one.host in answers.hosts for one in proxy.journal)
            return Replay(seen, tuple(answers.missing), outside)
    finally:
        archive.close()


class _Answers:
    def __init__(self, cdp: Cdp, archive: WaczReader, known: frozenset[str]) -> None:
        self._cdp = cdp
        self._archive = archive
        self._known = known
        self._exact: dict[tuple[str, str, str], list[IndexLine]] = {}
        self._loose: dict[tuple[str, str], list[IndexLine]] = {}
        self._given: dict[tuple[str, str, str], int] = {}
        self._held: Tab | None = None
        self.missing: dict[str, None] = {}
        self.hosts: set[str] = set()
        for line in sorted(archive.lines, key=lambda line: line.offset):
            self._exact.setdefault((line.method, line.url, line.asked), []).append(line)
            self._loose.setdefault((line.method, _without_chance(line.url)), []).append(line)

    def holding(self, tab: Tab) -> Callable[[], None]:
        """From the call on, the page may load, but not become another page."""

        def held() -> None:
            self._held = tab

        return held

    async def on_paused(self, told: Params, session: str) -> None:
        request = told["request"]
        url = request["url"].partition("#")[0]
        self.hosts.add(urlsplit(url).hostname or "")
        leaves = (
            self._held is not None
            and told["resourceType"] == "Document"
            and told.get("frameId") == self._held.frame
        )
        line = None if leaves else self._found(request, url)
        if line is None:
            if not leaves and url not in self._known:
                self.missing.setdefault(url)
            failed = {"requestId": told["requestId"], "errorReason": "Failed"}
            await self._cdp.send("Fetch.failRequest", failed, session=session)
            return
        try:
            status, headers, body = read_exchange(self._archive.piece(line))
        except ValueError:
            # A damaged answer is none; the comparison shows what it did to the page.
            self.missing.setdefault(url)
            failed = {"requestId": told["requestId"], "errorReason": "Failed"}
            await self._cdp.send("Fetch.failRequest", failed, session=session)
            return
        status, headers, body = _ranged(_value(request["headers"], "range"), status, headers, body)
        await self._cdp.send(
            "Fetch.fulfillRequest",
            {
                "requestId": told["requestId"],
                "responseCode": status,
                "responseHeaders": [
                    {"name": name, "value": value}
                    for name, value in headers
                    if name.lower() not in _NOT_PASSED_ON and not name.startswith("x-orig-")
                ],
                "body": base64.b64encode(body).decode(),
            },
            session=session,
        )

    def _found(self, request: Params, url: str) -> IndexLine | None:
        method = request["method"]
        asked = b"".join(
            base64.b64decode(one.get("bytes", "")) for one in request.get("postDataEntries", ())
        )
        key = (method, url, body_digest(asked))
        lines = self._exact.get(key) or self._loose.get((method, _without_chance(url)))
        if not lines:
            return None
        # The same question may have had several answers: they come in their order.
        turn = self._given.get(key, 0)
        self._given[key] = turn + 1
        return lines[min(turn, len(lines) - 1)]


def _without_chance(url: str) -> str:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        kept = [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not (_CHANCE.fullmatch(name.lower()) and re.fullmatch(r"[0-9.]*", value))
        ]
        return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))
    return url


def _ranged(asked: str, status: int, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
    """Answer a range of a file that the archive has whole (RFC 9110 §14)."""
    match = _RANGE.fullmatch(asked)
    if match is None or status != 200:
        return status, headers, body
    first = int(match[1])
    last = min(int(match[2] or len(body)), first + _MOST_OF_A_RANGE - 1, len(body) - 1)
    if first > last:
        return 416, (("Content-Range", f"bytes */{len(body)}"),), b""
    kept = tuple((n, v) for n, v in headers if n.lower() not in {"content-range", "accept-ranges"})
    ranged = (
        *kept,
        ("Accept-Ranges", "bytes"),
        ("Content-Range", f"bytes {first}-{last}/{len(body)}"),
    )
    return 206, ranged, body[first : last + 1]


def _value(headers: dict[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "")
