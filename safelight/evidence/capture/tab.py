"""One page in the browser with all that belongs to it: frames, workers, what it tries to open.

Both a capture and its replay drive a page through this, so that both do the same.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from safelight.evidence.capture.appearance import PROCESSORS, SCREEN, Appearance
from safelight.evidence.capture.behaviours import page_verbs
from safelight.evidence.capture.cdp import Cdp, Params
from safelight.evidence.capture.problems import BrowserGone, CommandFailed, CommandTimedOut

OnPaused = Callable[[Params, str], Awaitable[None]]

# Requests that end when they like, or that nothing on the page waits for.
_NOT_WAITED_FOR: Final = frozenset(
    {"Media", "EventSource", "WebSocket", "Ping", "CSPViolationReport"}
)
_QUIET: Final = 0.4
_OPEN_SECONDS: Final = 30.0
_SLOW_SECONDS: Final = 5.0
_FILTER: Final = [{"type": "browser", "exclude": True}, {"type": "tab", "exclude": True}, {}]
LONGEST_TEXT: Final = 8 * 1024 * 1024
# Beyond this a software renderer repeats or drops parts of a picture.
WIDEST_PICTURE: Final = 4000


@dataclass
class Tab:
    """Create, then `open`. `stages`: at which the browser waits for `on_paused`."""

    cdp: Cdp
    appearance: Appearance
    stages: tuple[str, ...]
    on_paused: OnPaused
    # A script to run before a page's own; only a replay has one.
    before_page: str = ""
    session: str = ""
    frame: str = ""
    noise: Counter[tuple[str, str]] = field(default_factory=Counter)
    live: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    crashed: bool = False
    # A page kept the browser busy for too long once: from then on nobody waits long for it.
    slow: bool = False
    # Seconds for what a page answers at once, unless it keeps the browser busy.
    patience: float = 10.0
    # What went wrong on our side, such as a full disk; who drives the tab raises it.
    trouble: BaseException | None = None
    on_live: Callable[[str], None] = lambda _url: None
    _target: str = ""
    _kinds: dict[str, str] = field(default_factory=dict)
    _inflight: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    _attached: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _busy_until: float = 0.0

    def _begin(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            # A frame or worker may be gone before we speak to it; the page goes on.
            with contextlib.suppress(CommandFailed, BrowserGone):
                await work

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            self.trouble = self.trouble or trouble
        self._busy_until = time.monotonic()

    async def close(self) -> None:
        """Stop all that is still going on."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self) -> None:
        on = self.cdp.on
        on("Target.attachedToTarget", lambda told, _: self._begin(self._take(told)))
        on("Target.detachedFromTarget", self._detached)
        on("Fetch.requestPaused", lambda told, who: self._begin(self.on_paused(told, who)))
        on("Network.requestWillBeSent", self._sent)
        on("Network.loadingFinished", self._over)
        on("Network.loadingFailed", self._over)
        on("Network.webSocketCreated", self._live)
        on("Network.webTransportCreated", self._live)
        on("Page.javascriptDialogOpening", self._dialog)
        on("Browser.downloadWillBegin", lambda told, _: self.downloads.append(told["url"]))
        on("Inspector.targetCrashed", self._crash)
        on("Target.targetCrashed", self._crash)

    def _sent(self, told: Params, who: str) -> None:
        if told.get("type") not in _NOT_WAITED_FOR and told["request"]["url"].startswith("http"):
            self._inflight[told["requestId"]] = (who, told["request"]["url"], time.monotonic())

    def _over(self, told: Params, _who: str) -> None:
        # A worker's own script begins in the page's session and ends in the worker's.
        _, url, _ = self._inflight.pop(told["requestId"], ("", "", 0.0))
        self._busy_until = time.monotonic()
        # What the page or a rule of the browser stopped is as every visitor sees it.
        if (
            url
            and told.get("errorText")
            and not (told.get("canceled") or told.get("blockedReason"))
        ):
            self.failed.append((url, told["errorText"].removeprefix("net::").lower()))

    def _live(self, told: Params, _who: str) -> None:
        self.live.append(told["url"])
        self.on_live(told["url"])

    def _crash(self, told: Params, who: str) -> None:
        if who == self.session or told.get("targetId") == self._target:
            self.crashed = True

    def _dialog(self, told: Params, who: str) -> None:
        self.noise["dialog", ""] += 1
        leaving = told["type"] == "beforeunload"
        self._begin(self._tell("Page.handleJavaScriptDialog", {"accept": leaving}, who))

    def _detached(self, told: Params, _who: str) -> None:
        gone = told["sessionId"]
        self._kinds.pop(gone, None)
        for key in [key for key, (who, *_) in self._inflight.items() if who == gone]:
            del self._inflight[key]

    async def _tell(self, method: str, params: Params, who: str) -> None:
        await self.cdp.send(method, params, session=who)

    async def _take(self, told: Params) -> None:
        """A page, frame or worker appeared, and waits for us before it does anything."""
        who, info = told["sessionId"], told["targetInfo"]
        kind, target = info["type"], info["targetId"]
        expected = self._attached.get(target)
        if (kind == "page" and expected is None) or kind in {"service_worker", "webview"}:
            # Another window is another page; a service worker would answer in the site's place.
            what = "popup" if kind == "page" else "service-worker"
            self.noise[what, urlsplit(info["url"]).hostname or ""] += 1
            await self.cdp.send("Target.closeTarget", {"targetId": target})
            return
        self._kinds[who] = kind
        asked: list[tuple[str, Params]] = [
            ("Network.enable", {"maxTotalBufferSize": 1, "maxResourceBufferSize": 1}),
            ("Network.setCacheDisabled", {"cacheDisabled": True}),
            ("Network.setBypassServiceWorker", {"bypass": True}),
            ("Fetch.enable", {"patterns": [{"requestStage": stage} for stage in self.stages]}),
            (
                "Target.setAutoAttach",
                {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True},
            ),
            ("Emulation.setUserAgentOverride", self.appearance.as_told()),
            ("Emulation.setHardwareConcurrencyOverride", {"hardwareConcurrency": PROCESSORS}),
        ]
        if kind in {"page", "iframe"}:
            asked += [
                ("Page.enable", {}),
                ("Inspector.enable", {}),
                ("Emulation.setTimezoneOverride", {"timezoneId": "UTC"}),
            ]
            if self.before_page:
                asked.append(
                    ("Page.addScriptToEvaluateOnNewDocument", {"source": self.before_page})
                )
        # Not every kind knows every command: what it does not know it does not need.
        answers = await asyncio.gather(
            *(self.cdp.send(method, params, session=who) for method, params in asked),
            return_exceptions=True,
        )
        unwatched = any(
            method == "Fetch.enable" and isinstance(answer, BaseException)
            for (method, _), answer in zip(asked, answers, strict=True)
        )
        if unwatched and kind in {"page", "iframe"}:
            return  # It stays paused: nothing goes by unrecorded.
        if expected is not None and not expected.done():
            expected.set_result(who)
        await self.cdp.send("Runtime.runIfWaitingForDebugger", session=who)

    async def open(self) -> None:
        """Bring an empty page up, watched from its first moment."""
        self._listen()
        await self.cdp.send(
            "Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True}
        )
        await self.cdp.send("Browser.grantPermissions", {"permissions": []})
        made = await self.cdp.send("Target.createTarget", {"url": "about:blank"})
        self._target = made["targetId"]
        ready = asyncio.get_running_loop().create_future()
        self._attached[self._target] = ready
        watched = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        await self.cdp.send("Target.setAutoAttach", {**watched, "filter": _FILTER})
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                self.session = await ready
        except TimeoutError:
            raise BrowserGone("the browser opened no page") from None
        tree = await self.cdp.send("Page.getFrameTree", session=self.session)
        self.frame = tree["frameTree"]["frame"]["id"]
        width, height = self.appearance.viewport
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        # A screen that is smaller than its window is only found in programs.
        size |= dict(zip(("screenWidth", "screenHeight"), SCREEN, strict=True))
        await self.cdp.send("Emulation.setDeviceMetricsOverride", size, session=self.session)

    # What a visit does.

    async def navigate(self, url: str, *, seconds: float) -> str:
        """Go there and wait for the load event, or `seconds`. Return an error's name or ""."""
        loaded = asyncio.Event()

        def has_loaded(_told: Params, who: str) -> None:
            if who == self.session:
                loaded.set()

        self.cdp.on("Page.loadEventFired", has_loaded)
        answer = await self.cdp.send(
            "Page.navigate", {"url": url}, session=self.session, seconds=seconds
        )
        if error := str(answer.get("errorText", "")):
            return error.removeprefix("net::").lower()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (loaded.is_set() or self.crashed or self.cdp.gone.is_set()):
                    await asyncio.sleep(0.02)
        return ""

    async def quiet(self, *, at_most: float) -> bool:
        """Wait until nothing is on its way for a moment; whether that came within `at_most` s."""
        until = time.monotonic() + at_most
        while time.monotonic() < until:
            if self._inflight or self._tasks:
                self._busy_until = time.monotonic()
            elif time.monotonic() - self._busy_until >= _QUIET:
                return True
            if self.crashed or self.cdp.gone.is_set():
                return False
            await asyncio.sleep(0.05)
        return False

    async def frames(self) -> list[tuple[str, str]]:
        """Return (session, frame) of every frame, the main one first."""
        found = []
        for who in [self.session, *(s for s, kind in self._kinds.items() if kind == "iframe")]:
            with contextlib.suppress(CommandFailed):
                tree = await self._asked(
                    "Page.getFrameTree", {}, session=who, seconds=self.patience
                )
                found += [(who, frame) for frame in _frames_of(tree["frameTree"])]
        return found

    async def _asked(self, method: str, params: Params, *, session: str, seconds: float) -> Params:
        """Ask what a page's own thread must answer, which a hostile page keeps busy."""
        try:
            return await self.cdp.send(
                method,
                params,
                session=session,
                seconds=min(seconds, _SLOW_SECONDS) if self.slow else seconds,
            )
        except CommandTimedOut:
            self.slow = True
            with contextlib.suppress(CommandFailed):
                # Ends a script that would never end; the page then shows what it had made.
                await self.cdp.send("Runtime.terminateExecution", session=session, seconds=3)
            raise

    async def verb(
        self, where: tuple[str, str], verb: str, options: Params, *, seconds: float
    ) -> Params:
        """Do one verb of `page_verbs.js` in a frame. Raises `CommandFailed`."""
        who, frame = where
        world = await self._asked(
            "Page.createIsolatedWorld",
            {"frameId": frame, "worldName": "safelight"},
            session=who,
            seconds=seconds,
        )
        answer = await self._asked(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": page_verbs(),
                "executionContextId": world["executionContextId"],
                "arguments": [{"value": verb}, {"value": options}],
                "returnByValue": True,
                "awaitPromise": True,
            },
            session=who,
            seconds=seconds,
        )
        value = answer.get("result", {}).get("value")
        if "exceptionDetails" in answer or not isinstance(value, dict):
            raise CommandFailed("a behaviour did not work on that page")
        return value

    async def picture(self, *, most_height: int, seconds: float) -> tuple[bytes, bool]:
        """Return a PNG of the whole page, and whether its lower end had to be left out."""
        metrics = await self._asked("Page.getLayoutMetrics", {}, session=self.session, seconds=10)
        size = metrics["cssContentSize"]
        width, height = self.appearance.viewport
        clip = {
            "x": 0,
            "y": 0,
            "width": min(max(size["width"], width), WIDEST_PICTURE),
            "height": min(max(size["height"], height), most_height),
            "scale": 1,
        }
        shot = await self._asked(
            "Page.captureScreenshot",
            {"format": "png", "clip": clip, "captureBeyondViewport": True},
            session=self.session,
            seconds=seconds,
        )
        cut = size["height"] > most_height or size["width"] > WIDEST_PICTURE
        return base64.b64decode(shot["data"]), cut

    async def printed(self, *, most_bytes: int, seconds: float) -> bytes:
        """Return the page as PDF. Raises `CommandFailed`."""
        options = {"printBackground": True, "transferMode": "ReturnAsStream"}
        made = await self._asked("Page.printToPDF", options, session=self.session, seconds=seconds)
        body, ended = await read_stream(
            self.cdp, self.session, made["stream"], most_bytes=most_bytes, seconds=seconds
        )
        if not ended:
            raise CommandFailed("the page printed is larger than a capture keeps")
        return body


def _frames_of(tree: dict[str, Any]) -> list[str]:
    found = [str(tree["frame"]["id"])]
    for child in tree.get("childFrames", ()):
        found += _frames_of(child)
    return found


async def read_stream(
    cdp: Cdp, session: str, handle: str, *, most_bytes: int, seconds: float
) -> tuple[bytes, bool]:
    """Read a stream of the browser; whether it ended within the bounds. Raises `CommandFailed`."""
    pieces: list[bytes] = []
    size = 0
    ended = False
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while size <= most_bytes:
                    told = await cdp.send(
                        "IO.read",
                        {"handle": handle, "size": 1 << 20},
                        session=session,
                        seconds=seconds + 1,
                    )
                    data = told["data"]
                    piece = base64.b64decode(data) if told.get("base64Encoded") else data.encode()
                    pieces.append(piece)
                    size += len(piece)
                    if told.get("eof"):
                        ended = size <= most_bytes
                        break
    finally:
        with contextlib.suppress(CommandFailed, BrowserGone):
            await cdp.send("IO.close", {"handle": handle}, session=session)
    return b"".join(pieces), ended
