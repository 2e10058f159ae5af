"""Start the browser of one capture in a box: no network but our proxy, no files, no home.

In the box (bubblewrap) stands a network namespace of its own with nothing in it but loopback, so
that whatever the browser or a page tries, no name is looked up and no address reached but by
asking our proxy. The profile is in memory and gone with the box.
"""

from __future__ import annotations

import asyncio
import contextlib
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

_START_SECONDS: Final = 60.0
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome-stable")
# Debian's own start script reads files of a home that the box does not have.
_BEHIND_THE_SCRIPT: Final = {"/usr/bin/chromium": "/usr/lib/chromium/chromium"}
# In the box; in memory.
_SCRATCH: Final = "/scratch"
_SCRATCH_BYTES: Final = 512 * 1024 * 1024

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
    if boxed and shutil.which("bwrap") is None:
        raise BrowserUnavailable(
            "the browser is confined with bubblewrap, which is not installed: "
            "apt-get install bubblewrap"
        )
    scratch = tempfile.mkdtemp(prefix="safelight-capture-") if not boxed else ""
    with as_file(files("safelight.evidence.capture").joinpath("box_entry.py")) as entry:
        try:
            # Chromium's own sandbox works inside ours where user namespaces nest.
            for own_sandbox in (True, False):
                command = [
                    *(_box(entry) if boxed else _outside(entry)),
                    browser,
                    f"--user-data-dir={scratch or _SCRATCH}/profile",
                    f"--lang={language}",
                    f"--accept-lang={language}",
                    *_FLAGS,
                    *(() if own_sandbox else ("--no-sandbox",)),
                ]
                started = await _started(command)
                if started is not None:
                    break
            else:
                raise BrowserUnavailable(
                    "the browser did not start in its box; try `bwrap --unshare-all --ro-bind / / "
                    "true`, and see docs/how-to/capture-a-page.md"
                )
            process, cdp, listener = started
            try:
                yield BoxedBrowser(cdp, listener, boxed, own_sandbox)
            finally:
                await cdp.close()
                listener.close()
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        finally:
            if scratch:
                shutil.rmtree(scratch, ignore_errors=True)


async def _started(
    command: list[str],
) -> tuple[asyncio.subprocess.Process, Cdp, socket.socket] | None:
    ours, theirs = socket.socketpair()
    commands, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    handed = (theirs.fileno(), commands, answers)
    fds = [str(fd) for fd in handed]
    place = command.index("{fds}")
    try:
        process = await asyncio.create_subprocess_exec(
            *command[:place],
            *fds,
            *command[place + 1 :],
            pass_fds=handed,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    finally:
        theirs.close()
        os.close(commands)
        os.close(answers)
    cdp = await Cdp.over_pipes(from_browser, to_browser)
    listener: socket.socket | None = None
    try:
        async with asyncio.timeout(_START_SECONDS):
            # Blocks only until the entry has sent it or is gone.
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
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    return None


def _python() -> str:
    return os.path.realpath(sys.executable)


def _outside(entry: Path) -> list[str]:
    return [_python(), "-I", "-S", os.fspath(entry), "{fds}"]


def _box(entry: Path) -> list[str]:
    """The box: programs and fonts to read, memory to write, nobody to talk to."""
    readable = ["/usr", os.path.realpath(sys.base_prefix)]
    if readable[1].startswith("/usr/") or readable[1] == "/usr":
        readable.pop()
    optional = (
        *("/etc/fonts", "/etc/chromium", "/etc/ld.so.cache", "/etc/alternatives"),
        *("/var/cache/fontconfig", "/opt/google"),
    )
    words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    words += ["--die-with-parent", "--new-session", "--hostname", "desk", "--clearenv"]
    for name, value in (
        ("HOME", "/home/captor"),
        ("PATH", "/usr/bin"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("TMPDIR", _SCRATCH),
    ):
        words += ["--setenv", name, value]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if Path("/", name).is_symlink():
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        elif Path("/", name).is_dir():
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    for path in readable:
        words += ["--ro-bind", path, path]
    for path in optional:
        words += ["--ro-bind-try", path, path]
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/home/captor"]
    words += ["--size", str(_SCRATCH_BYTES), "--tmpfs", _SCRATCH]
    words += ["--ro-bind", os.fspath(entry), "/entry.py"]
    return [*words, "--", _python(), "-I", "-S", "/entry.py", "{fds}"]
