"""Capture one page. This is what the desk and the command line call:

    record = capture(
        "https://…",
        place=Path("captures/0001"),                  # a folder that is not there yet
        policy=CapturePolicy.usual(through=Socks5("127.0.0.1", 9050), language="ru"),
        behaviours=usual_behaviours(),
        login=(),                                     # or read_login(path)
        on_progress=lambda progress: None,
    )

Afterwards `place` holds `record.json` (`capture_record.CaptureRecord`; `read_record(place)` reads
it again) and, as far as they came about: `page.wacz`, `screenshot.png`, `page.pdf`, `text.txt`,
`connections.json`. Each file's digest stands in the record. It blocks for seconds to minutes and
runs an event loop of its own: call it in a thread that has none. It raises `CaptureError` only
for what refuses it before it begins; what goes wrong after that is a record with status FAILED
or PARTIAL and its gaps.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from safelight.evidence.capture.appearance import Appearance
from safelight.evidence.capture.archive import WARC_NAME, ArchiveWriter
from safelight.evidence.capture.behaviours import Behaviour
from safelight.evidence.capture.browser_box import BoxedBrowser, boxed_browser
from safelight.evidence.capture.capture_address import checked_address
from safelight.evidence.capture.capture_policy import CapturePolicy
from safelight.evidence.capture.capture_record import (
    CONNECTIONS,
    PDF,
    RECORD,
    SCREENSHOT,
    TEXT,
    WACZ,
    CaptureRecord,
    CaptureStatus,
    Fidelity,
    Gap,
    GapKind,
    Noise,
    kept_file,
)
from safelight.evidence.capture.egress.exits import Exit, Socks5
from safelight.evidence.capture.egress.proxy import EgressProxy, Outcome
from safelight.evidence.capture.fidelity import compared, gaps_of
from safelight.evidence.capture.login import Cookie, log_in, secret_values
from safelight.evidence.capture.problems import BrowserGone, CaptureError, CommandFailed
from safelight.evidence.capture.recorder import Recorder
from safelight.evidence.capture.redaction import Redactor
from safelight.evidence.capture.replaying import replay
from safelight.evidence.capture.tab import Tab
from safelight.evidence.capture.visiting import Visit, visit
from safelight.evidence.capture.wacz import write_wacz

_PDF_BYTES: Final = 256 * 1024 * 1024
# Beyond the policy's own time: to picture what there is, and for media and the replay.
_GRACE: Final = 150.0


@dataclass(frozen=True)
class Progress:
    """How far a capture is. `stage`: starting, loading, behaving, picturing, keeping, replaying,
    done."""

    stage: str
    requests: int
    received_bytes: int
    gaps: int


OnProgress = Callable[[Progress], None]


def capture(
    url: str,
    *,
    place: Path,
    policy: CapturePolicy,
    behaviours: Sequence[Behaviour],
    login: Sequence[Cookie],
    on_progress: OnProgress,
) -> CaptureRecord:
    """Capture `url` into the new folder `place`; see above. Raises `CaptureError`."""
    address = checked_address(url)
    if os.path.lexists(place):
        raise CaptureError("something of that name is there already; give the capture another")
    unfinished = place.parent / f".{secrets.token_hex(8)}.unfinished"
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        making = _Making(address, unfinished, policy, behaviours, login, on_progress)
        record = asyncio.run(making.made())
        (unfinished / RECORD).write_bytes(record.to_json())
        unfinished.rename(place)
    except OSError as trouble:
        raise CaptureError(
            f"the capture could not be written ({trouble.strerror}); nothing of it is left"
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return record


class _Making:
    def __init__(  # noqa: PLR0917  # made in one place, above
        self,
        url: str,
        folder: Path,
        policy: CapturePolicy,
        behaviours: Sequence[Behaviour],
        login: Sequence[Cookie],
        on_progress: OnProgress,
    ) -> None:
        self._url = url
        self._folder = folder
        self._policy = policy
        self._behaviours = behaviours
        self._login = login
        self._on_progress = on_progress
        self._began = datetime.now(tz=UTC)
        self._redactor = Redactor(secret_values(login))
        self._software = f"Safelight {_own_version()}"
        self._archive = ArchiveWriter(
            folder / WARC_NAME, software=self._software, redactor=self._redactor
        )
        self._id = secrets.token_hex(16)
        self._seen = Visit()
        self._recorder: Recorder | None = None
        self._gaps: dict[Gap, None] = {}
        self._proxy: EgressProxy | None = None
        self._noise: list[Noise] = []
        self._browser = ""
        self._agent = ""
        self._own_sandbox = False

    def _gap(self, kind: GapKind, where: str = "", detail: str = "") -> None:
        self._gaps.setdefault(Gap(kind, where, detail))

    def _tell(self, stage: str) -> None:
        recorder, proxy = self._recorder, self._proxy
        gaps = len(self._gaps) + (len(recorder.gaps) if recorder else 0)
        self._on_progress(
            Progress(
                stage,
                recorder.requests if recorder else 0,
                proxy.received if proxy else 0,
                gaps,
            )
        )

    async def made(self) -> CaptureRecord:
        self._tell("starting")
        policy = self._policy
        async with boxed_browser(language=policy.language, boxed=policy.boxed) as browser:
            self._own_sandbox = browser.own_sandbox
            told = await browser.cdp.send("Browser.getVersion")
            self._browser = str(told["product"])
            # Who says "headless" is turned away by half the sites that matter here.
            self._agent = str(told["userAgent"]).replace("HeadlessChrome", "Chrome")
            try:
                async with asyncio.timeout(policy.limits.seconds + _GRACE):
                    await self._record(browser)
            except TimeoutError:
                self._gap(GapKind.TIME_LIMIT)
            except BrowserGone:
                self._gap(GapKind.BROWSER_CRASHED)
        self._archive.close()
        fidelity = await self._kept()
        self._tell("done")
        return self._record_of(fidelity)

    async def _record(self, browser: BoxedBrowser) -> None:
        policy, cdp = self._policy, browser.cdp
        way: Exit = policy.exit
        if isinstance(way, Socks5):
            way = way.for_one_capture()
        proxy = EgressProxy(
            policy.egress_rules(), way, on_full=lambda: self._gap(GapKind.SIZE_LIMIT)
        )
        self._proxy = proxy
        recorder = Recorder(
            cdp,
            self._archive,
            self._redactor,
            limits=policy.limits,
            admit=proxy.admit,
            address_of=proxy.address_of,
            reason_of=proxy.reason_of,
        )
        self._recorder = recorder
        appearance = Appearance(policy.language, policy.viewport, self._agent)
        tab = Tab(cdp, appearance, ("Request", "Response"), recorder.on_paused)
        recorder.tab = tab
        tab.patience = policy.limits.settle_seconds
        tab.on_live = proxy.admit
        async with proxy.serving(browser.listener):
            try:
                await tab.open()
                await self._prepare(tab)
                self._tell("loading")
                await self._visit(tab, recorder)
                self._tell("keeping")
                if self._seen.final_url:
                    await self._media(tab, recorder)
                    await self._pdf(tab)
                if tab.trouble is not None:
                    raise tab.trouble
            finally:
                await tab.close()
                self._note(tab, proxy)

    async def _prepare(self, tab: Tab) -> None:
        if self._login:
            await log_in(tab.cdp, self._login)
        if self._policy.any_certificate:
            await tab.cdp.send(
                "Security.setIgnoreCertificateErrors", {"ignore": True}, session=tab.session
            )
            self._gap(GapKind.CERTIFICATE, "", "not-checked")

    async def _visit(self, tab: Tab, recorder: Recorder) -> None:
        def loaded() -> None:
            recorder.held = True
            self._tell("behaving")

        await visit(
            tab,
            self._url,
            self._behaviours,
            limits=self._policy.limits,
            on_gap=recorder.gap,
            on_loaded=loaded,
            on_looking=lambda: self._tell("picturing"),
            seen=self._seen,
            until=time.monotonic() + self._policy.limits.seconds,
        )
        if self._seen.error:
            self._gap(GapKind.NO_PAGE, self._url, self._seen.error)

    async def _media(self, tab: Tab, recorder: Recorder) -> None:
        for where in await tab.frames():
            with contextlib.suppress(CommandFailed):
                found = await tab.verb(where, "media", {}, seconds=20)
                recorder.media |= dict.fromkeys(str(url) for url in found["urls"])
        for url in recorder.media:
            await recorder.fetch_media(url, seconds=self._policy.limits.seconds / 2)

    async def _pdf(self, tab: Tab) -> None:
        try:
            printed = await tab.printed(most_bytes=_PDF_BYTES, seconds=60)
            (self._folder / PDF).write_bytes(printed)
        except CommandFailed:
            self._gap(GapKind.NO_PDF)

    def _note(self, tab: Tab, proxy: EgressProxy) -> None:
        """What was asked for beside what was recorded: gaps if the page asked, noise if not."""
        for url in dict.fromkeys(tab.live):
            self._gap(GapKind.LIVE_CONNECTION, url[:2000])
        for url in dict.fromkeys(tab.downloads):
            self._gap(GapKind.DOWNLOAD, url[:2000])
        noise = dict(tab.noise)
        for one in proxy.journal:
            if one.outcome is Outcome.OPENED:
                continue
            key = (one.reason or one.outcome.value, one.host)
            noise[key] = noise.get(key, 0) + 1
        self._noise = [Noise(what, host, count) for (what, host), count in sorted(noise.items())]
        if tab.crashed:
            self._gap(GapKind.BROWSER_CRASHED)
        listed = [
            {
                "host": one.host,
                "port": one.port,
                "outcome": one.outcome.value,
                "reason": one.reason,
                "address": one.address,
                "received": one.received,
            }
            for one in proxy.journal
        ]
        (self._folder / CONNECTIONS).write_text(json.dumps(listed, indent=1) + "\n")

    async def _kept(self) -> Fidelity | None:
        """Write what was seen, pack the archive, replay it; return how well that went."""
        seen, folder = self._seen, self._folder
        text = None if seen.text is None else self._redactor.text(seen.text, place="text")
        if text is not None and text != seen.text:
            # What can be read on the page is in its pictures too; a person must look (exhibits).
            self._gap(GapKind.SHOWS_LOGIN, "", f"{SCREENSHOT}, {PDF}")
        if text is not None:
            (folder / TEXT).write_text(text, encoding="utf-8")
        if seen.picture is not None:
            (folder / SCREENSHOT).write_bytes(seen.picture)
        warc = folder / WARC_NAME
        page = {
            "id": self._id,
            "url": self._redactor.text(self._url, place="address"),
            "ts": self._began.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "title": self._redactor.text(seen.title, place="text"),
            "text": (text or "")[:200_000],
        }
        write_wacz(
            folder / WACZ,
            warc=warc,
            lines=self._archive.lines,
            page=page,
            software=self._software,
            now=self._began,
        )
        warc.unlink()
        if not seen.final_url:
            return None
        self._tell("replaying")
        recorder = self._recorder
        assert recorder is not None
        known = frozenset(gap.where for gap in (*self._gaps, *recorder.gaps))
        try:
            async with asyncio.timeout(self._policy.limits.seconds + _GRACE):
                replayed = await replay(
                    folder / WACZ,
                    self._url,
                    self._behaviours,
                    policy=self._policy,
                    user_agent=self._agent,
                    at=self._began,
                    known=known,
                )
        except (TimeoutError, CaptureError):
            self._gap(GapKind.REPLAY_FAILED)
            return None
        fidelity = compared(seen.text, seen.picture, replayed)
        self._gaps |= dict.fromkeys(gaps_of(fidelity, replayed))
        return fidelity

    def _record_of(self, fidelity: Fidelity | None) -> CaptureRecord:
        seen, recorder, took = self._seen, self._recorder, self._redactor
        gaps = [*self._gaps, *(recorder.gaps if recorder else ())]
        clean = tuple(replace(gap, where=took.text(gap.where, place="record")) for gap in gaps)
        failed = not seen.final_url
        status = CaptureStatus.FAILED if failed else CaptureStatus.COMPLETE
        if clean and not failed:
            status = CaptureStatus.PARTIAL
        proxy = self._proxy
        names = [TEXT, SCREENSHOT, PDF, WACZ, CONNECTIONS]
        files = {n: kept_file(self._folder / n) for n in names if (self._folder / n).exists()}
        return CaptureRecord(
            id=self._id,
            url=took.text(self._url, place="record"),
            final_url=took.text(seen.final_url, place="record"),
            title=took.text(seen.title, place="record"),
            status=status,
            http_status=recorder.main_status if recorder else 0,
            began=self._began,
            ended=datetime.now(tz=UTC),
            browser=self._browser,
            language=self._policy.language,
            viewport=self._policy.viewport,
            exit=self._policy.exit.name,
            boxed=self._policy.boxed,
            own_sandbox=self._own_sandbox,
            logged_in=bool(self._login),
            requests=recorder.requests if recorder else 0,
            received_bytes=proxy.received if proxy else 0,
            gaps=clean,
            noise=tuple(self._noise),
            redactions=took.found(),
            behaviours=seen.done,
            reached=proxy.reached() if proxy else {},
            files=files,
            fidelity=fidelity,
        )


def _own_version() -> str:
    try:
        return version("safelight")
    except PackageNotFoundError:
        return "from source"
