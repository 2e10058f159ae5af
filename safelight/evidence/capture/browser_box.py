"""Start the browser of one capture in a box: no network but our proxy, no files, no home.

The box is the sandbox of hostile files in its kind for browsers: a network namespace of its own
with nothing in it but loopback, so that whatever the browser or a page tries, no name is looked
up and no address reached but by asking our proxy. The profile is in memory and gone with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from safelight.evidence.capture.cdp import Cdp
from safelight.evidence.capture.problems import BrowserGone, BrowserUnavailable, CommandFailed
from safelight.evidence.sandbox import confinement
from safelight.evidence.sandbox.problems import SandboxUnavailable

_START_SECONDS: Final = 60.0
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome-stable")
# Debian's own start script reads files of a home that the box does not have.
# What a browser of its own packaging reads beside /usr.
_OF_BROWSERS: Final = ("/opt/google", "/var/cache/fontconfig")
_BEHIND_THE_SCRIPT: Final = {"/usr/bin/chromium": "/usr/lib/chromium/chromium"}
_SCRATCH: Final = "/tmp"  # noqa: S108  # nosec B108  # a memory disk inside the sandbox
_LIMITS: Final = confinement.Limits(
    patience=0,
    cpu_seconds=3600,
    memory=None,
    processes=3000,
    scratch=512 * confinement.MIB,
    file=512 * confinement.MIB,
    output=0,
)
# The sandbox's launcher and the browser's pipes have low numbers of their own.
_LOWEST_FD: Final = 20

_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-startup-window",
    "--no-first-run",
    "--no-default-browser-check",
    # Without the box these lines stand alone between a page and the network; inside it they
    # keep the noise down, which the proxy refuses anyway.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
    # Who says that a program drives it is shown another page, or none.
    "--disable-blink-features=AutomationControlled",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--metrics-recording-only",
    "--no-pings",
    "--dns-prefetch-disable",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,"
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,NetworkTimeServiceQuerying,AsyncDns,WebRtc",
    # The same page shall give the same pixels twice.
    "--disable-gpu",
    "--hide-scrollbars",
    "--mute-audio",
    "--autoplay-policy=user-gesture-required",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-partial-raster",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-ipc-flooding-protection",
)


@dataclass(frozen=True)
class BoxedBrowser:
    """A running browser. `listener` is where it asks for the network: the proxy serves it."""

    cdp: Cdp
    listener: socket.socket
    boxed: bool
    own_sandbox: bool


def installed_browser() -> str:
    """Return the path of a Chromium on this machine, or raise `BrowserUnavailable`."""
    for program in _PROGRAMS:
        if found := shutil.which(program):
            real = _BEHIND_THE_SCRIPT.get(found, found)
            return real if Path(real).exists() else found
    raise BrowserUnavailable(
        "no Chromium is installed; captures use Debian's: apt-get install chromium bubblewrap"
    )


@contextlib.asynccontextmanager
async def boxed_browser(*, language: str, boxed: bool) -> AsyncIterator[BoxedBrowser]:
    """Yield a browser; it and all its processes are gone after the block.

    `boxed=False` leaves the box out, where a machine cannot make one: then only flags and the
    proxy stand between a page and the network, and the record says so. Raises
    `BrowserUnavailable`.
    """
    browser = installed_browser()
    with (
        as_file(files("safelight.evidence.capture").joinpath("box_entry.py")) as entry,
        tempfile.TemporaryDirectory(prefix="safelight-", ignore_cleanup_errors=True) as folder,
    ):
        words = [
            browser,
            f"--user-data-dir={_SCRATCH if boxed else folder}/profile",
            f"--lang={language}",
            f"--accept-lang={language}",
            *_FLAGS,
        ]
        launcher = _launcher(Path(folder), entry, boxed=boxed)
        # Chromium's own sandbox works inside ours where user namespaces nest.
        for own_sandbox in (True, False):
            more = () if own_sandbox else ("--no-sandbox",)
            if started := await _started(launcher, [*words, *more]):
                break
        else:
            raise BrowserUnavailable(
                "the browser did not start in its box; see docs/how-to/capture-a-page.md"
            )
        process, cdp, listener = started
        try:
            yield BoxedBrowser(cdp, listener, boxed, own_sandbox)
        finally:
            await cdp.close()
            listener.close()
            await _ended(process)


def _launcher(folder: Path, entry: Path, *, boxed: bool) -> list[str]:
    python = os.path.realpath(sys.executable)
    program = [python, "-I", "-S", os.fspath(entry)]
    if not boxed:
        return program
    base = Path(os.path.realpath(sys.base_prefix))
    readable = [entry] if base.is_relative_to("/usr") else [base, entry]
    readable += [found for found in map(Path, _OF_BROWSERS) if found.exists()]
    try:
        script = confinement.sandbox_launcher(
            folder,
            program,
            kind=confinement.Kind.BROWSER,
            limits=_LIMITS,
            readable=readable,
        )
    except SandboxUnavailable as unavailable:
        raise BrowserUnavailable(str(unavailable)) from None
    return [os.fspath(script)]


async def _started(
    launcher: list[str], browser: list[str]
) -> tuple[asyncio.subprocess.Process, Cdp, socket.socket] | None:
    ours, theirs = socket.socketpair()
    commands, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    handed = [_high(end) for end in (theirs.detach(), commands, answers)]
    try:
        process = await asyncio.create_subprocess_exec(
            *launcher,
            *(str(end) for end in handed),
            *browser,
            pass_fds=handed,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    finally:
        for end in handed:
            os.close(end)
    cdp = await Cdp.over_pipes(from_browser, to_browser)
    listener: socket.socket | None = None
    try:
        async with asyncio.timeout(_START_SECONDS):
            # Ends when the entry has sent it or is gone.
            _, received, _, _ = await asyncio.to_thread(socket.recv_fds, ours, 16, 1)
            if received:
                listener = socket.socket(fileno=received[0])
                listener.setblocking(False)
                await cdp.send("Browser.getVersion", seconds=_START_SECONDS)
                return process, cdp, listener
    except (TimeoutError, BrowserGone, CommandFailed):
        pass
    finally:
        ours.close()
    if listener is not None:
        listener.close()
    await cdp.close()
    await _ended(process)
    return None


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _high(end: int) -> int:
    moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _LOWEST_FD)
    os.close(end)
    return moved
