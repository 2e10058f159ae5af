"""Record what a page asks for and gets, while it gets it.

Every request waits for us twice. Before it goes out: the egress proxy hears its host, and limits
are kept. When its answer comes: we read the body and give the page exactly the bytes that were
written down. Video and audio go past and are fetched again whole afterwards (`fetch_media`).
"""

from __future__ import annotations

import base64
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from safelight.evidence.capture.archive import ArchiveWriter, Exchange, headers_of
from safelight.evidence.capture.capture_policy import Limits
from safelight.evidence.capture.capture_record import Gap, GapKind
from safelight.evidence.capture.cdp import Cdp, Params
from safelight.evidence.capture.problems import BrowserGone, CommandFailed
from safelight.evidence.capture.redaction import Headers, Redactor
from safelight.evidence.capture.tab import Tab, read_stream

_BODILESS: Final = frozenset({204, 205, 304})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# The browser has undone these before it shows us a body; with them it would try again.
_UNDONE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_GONE_BY_CHOICE: Final = frozenset({"aborted", "blockedbyclient", "blockedbyresponse"})


class Recorder:
    """Answers a tab's `on_paused`. What it cannot record it puts into `gaps`."""

    def __init__(
        self,
        cdp: Cdp,
        archive: ArchiveWriter,
        redactor: Redactor,
        *,
        limits: Limits,
        admit: Callable[[str], None],
        address_of: Callable[[str, int], str],
        reason_of: Callable[[str, int], str],
    ) -> None:
        self._cdp = cdp
        self._archive = archive
        self._redactor = redactor
        cdp.on("Network.requestWillBeSentExtraInfo", self._sent_headers)
        cdp.on("Network.responseReceivedExtraInfo", self._came_headers)
        self._limits = limits
        self._admit = admit
        self._address_of = address_of
        self._reason_of = reason_of
        self._navigations = 0
        self._recorded: set[tuple[str, str]] = set()
        self.tab: Tab | None = None
        self.requests = 0
        self.bytes = 0
        # From here on the page may load, but not become another page.
        self.held = False
        self.gaps: dict[Gap, None] = {}
        self.media: dict[str, None] = {}
        self.main_status = 0
        self.main_url = ""

    def gap(self, kind: GapKind, where: str = "", detail: str = "") -> None:
        """Write down, once, that something is missing."""
        self.gaps.setdefault(Gap(kind, where[:2000], detail))

    async def on_paused(self, told: Params, session: str) -> None:
        """One request that waits, before it goes out or with its answer."""
        if "responseStatusCode" in told:
            await self._answered(told, session)
        elif "responseErrorReason" in told:
            await self._not_answered(told, session)
        else:
            await self._asked(told, session)

    def _sent_headers(self, told: Params, _session: str) -> None:
        if any(name.lower() == "cookie" for name in told.get("headers", ())):
            self._redactor.left_out("cookie", place="question")

    def _came_headers(self, told: Params, _session: str) -> None:
        for name, value in told.get("headers", {}).items():
            if name.lower() == "set-cookie":
                self._redactor.left_out("set-cookie", place="answer")
                self._redactor.learn(_cookie_values(value))

    async def _learn(self) -> None:
        """Ask for cookies before an answer is written: the event that tells of new ones may come
        after it."""
        if self._redactor.learns:
            told = await self._cdp.send("Storage.getCookies")
            self._redactor.learn(str(one["value"]) for one in told["cookies"])

    async def _asked(self, told: Params, session: str) -> None:
        url = told["request"]["url"]
        self.requests += 1
        problem = self._refused(told, url)
        if problem:
            reason = {"requestId": told["requestId"], "errorReason": problem}
            await self._cdp.send("Fetch.failRequest", reason, session=session)
            return
        self._admit(url)
        await self._cdp.send(
            "Fetch.continueRequest", {"requestId": told["requestId"]}, session=session
        )

    def _refused(self, told: Params, url: str) -> str:
        scheme = urlsplit(url).scheme
        if scheme not in {"http", "https"}:
            if scheme not in {"data", "blob", "about"}:
                self.gap(GapKind.REFUSED, url, "scheme")
            return "AccessDenied" if scheme not in {"data", "blob", "about"} else ""
        if self.requests > self._limits.requests:
            self.gap(GapKind.TOO_MANY_REQUESTS)
            return "BlockedByClient"
        if told["resourceType"] == "Document" and self._is_main(told):
            if self.held:
                assert self.tab is not None
                self.tab.noise["leaving-the-page", urlsplit(url).hostname or ""] += 1
                return "Aborted"
            if "redirectedRequestId" not in told:
                self._navigations += 1
            if self._navigations > self._limits.navigations:
                self.gap(GapKind.KEPT_NAVIGATING, url)
                return "Aborted"
        return ""

    def _is_main(self, told: Params) -> bool:
        return self.tab is not None and told.get("frameId") == self.tab.frame

    async def _not_answered(self, told: Params, session: str) -> None:
        url, reason = told["request"]["url"], told["responseErrorReason"].lower()
        if reason not in _GONE_BY_CHOICE:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            why = self._reason_of(parts.hostname or "", port)
            refused = why not in {"", "no-answer"}
            kind = GapKind.REFUSED if refused else GapKind.UNREACHABLE
            self.gap(kind, url, why or reason)
        await self._cdp.send(
            "Fetch.continueRequest", {"requestId": told["requestId"]}, session=session
        )

    async def _answered(self, told: Params, session: str) -> None:
        url, status = told["request"]["url"], told["responseStatusCode"]
        kind = told["resourceType"]
        headers = tuple((one["name"], one["value"]) for one in told.get("responseHeaders", ()))
        if kind == "Document" and self._is_main(told):
            self.main_status, self.main_url = status, url
        if kind == "Media":
            self.media.setdefault(url)
            await self._past(told, session)
        elif kind == "EventSource" or _value(headers, "content-type").startswith(
            ("text/event-stream", "multipart/x-mixed-replace")
        ):
            self.gap(GapKind.LIVE_CONNECTION, url)
            await self._past(told, session)
        elif status in _BODILESS or (status in _REDIRECTS and _value(headers, "location")):
            await self._learn()
            self._write(told, headers, b"")
            await self._past(told, session)
        else:
            await self._with_body(told, session, headers)

    async def _past(self, told: Params, session: str) -> None:
        await self._cdp.send(
            "Fetch.continueResponse", {"requestId": told["requestId"]}, session=session
        )

    async def _with_body(self, told: Params, session: str, headers: Headers) -> None:
        url, request = told["request"]["url"], {"requestId": told["requestId"]}
        limits = self._limits
        announced = _value(headers, "content-length")
        if announced.isdigit() and int(announced) > limits.resource_bytes:
            self.gap(GapKind.TOO_LARGE, url)
            refused = {**request, "errorReason": "BlockedByClient"}
            await self._cdp.send("Fetch.failRequest", refused, session=session)
            return
        began = time.monotonic()
        try:
            stream = await self._cdp.send(
                "Fetch.takeResponseBodyAsStream", request, session=session
            )
            body, ended = await read_stream(
                self._cdp,
                session,
                stream["stream"],
                most_bytes=limits.resource_bytes,
                seconds=limits.resource_seconds,
            )
        except CommandFailed:
            self.gap(GapKind.UNREACHABLE, url, "cut-off")
            with contextlib.suppress(CommandFailed):
                failed = {**request, "errorReason": "ConnectionAborted"}
                await self._cdp.send("Fetch.failRequest", failed, session=session)
            return
        await self._learn()
        self._write(told, headers, body)
        if not ended:
            slow = time.monotonic() - began >= limits.resource_seconds
            self.gap(GapKind.NEVER_ENDED if slow else GapKind.TOO_LARGE, url)
        await self._cdp.send(
            "Fetch.fulfillRequest",
            {
                **request,
                "responseCode": told["responseStatusCode"],
                "responsePhrase": told.get("responseStatusText") or "OK",
                "responseHeaders": [
                    {"name": name, "value": value}
                    for name, value in headers
                    if name.lower() not in _UNDONE
                ],
                "body": base64.b64encode(body).decode(),
            },
            session=session,
        )

    def _write(self, told: Params, headers: Headers, body: bytes) -> None:
        request = told["request"]
        url, method = request["url"], request["method"]
        asked = b"".join(
            base64.b64decode(one.get("bytes", "")) for one in request.get("postDataEntries", ())
        )
        if request.get("hasPostData") and not asked:
            self.gap(GapKind.NOT_RECORDED, url, "request-body")
        self.bytes += len(body)
        self._recorded.add((method, url))
        self._archive.add(
            Exchange(
                url=url,
                method=method,
                request_headers=headers_of(request["headers"]),
                request_body=asked,
                status=told["responseStatusCode"],
                phrase=told.get("responseStatusText", ""),
                response_headers=headers,
                body=body,
                at=datetime.now(tz=UTC),
                address=self._reached(url),
            )
        )

    def _reached(self, url: str) -> str:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self._address_of(parts.hostname or "", port)

    async def fetch_media(self, url: str, *, seconds: float) -> None:
        """Fetch a video or audio file whole, by the browser and so with its cookies and exit."""
        if not url.startswith(("http://", "https://")):
            self.gap(GapKind.MEDIA_STREAM, "", "only the parts that were loaded")
            return
        if ("GET", url) in self._recorded:
            return
        tab = self.tab
        assert tab is not None
        self._admit(url)
        try:
            told = await self._cdp.send(
                "Network.loadNetworkResource",
                {
                    "frameId": tab.frame,
                    "url": url,
                    "options": {"disableCache": True, "includeCredentials": True},
                },
                session=tab.session,
                seconds=seconds,
            )
            resource = told["resource"]
            status = int(resource.get("httpStatusCode", 0))
            if not resource.get("success") or "stream" not in resource:
                self.gap(GapKind.MEDIA, url, f"status {status}" if status else "no-answer")
                return
            body, ended = await read_stream(
                self._cdp,
                tab.session,
                resource["stream"],
                most_bytes=self._limits.media_bytes,
                seconds=seconds,
            )
        except (CommandFailed, BrowserGone):
            self.gap(GapKind.MEDIA, url, "not-fetched")
            return
        if not ended:
            self.gap(GapKind.MEDIA, url, "too-large-or-slow")
        self.bytes += len(body)
        self._recorded.add(("GET", url))
        self._archive.add(
            Exchange(
                url=url,
                method="GET",
                request_headers=(("User-Agent", tab.appearance.user_agent),),
                request_body=b"",
                status=status,
                phrase="",
                response_headers=headers_of(resource.get("headers", {})),
                body=body,
                at=datetime.now(tz=UTC),
                address=self._reached(url),
            )
        )


def _cookie_values(header: str) -> list[str]:
    return [line.partition(";")[0].partition("=")[2].strip('" ') for line in header.split("\n")]


def _value(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "").strip().lower()
