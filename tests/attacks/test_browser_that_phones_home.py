"""Threat: browser-that-phones-home: the browser of a capture looks names up or speaks to somebody
by itself; it has no network but our proxy, which lets through what the page named and nothing else.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from safelight.evidence.capture.browser_box import boxed_browser
from safelight.evidence.capture.egress.exits import Direct
from safelight.evidence.capture.egress.proxy import EgressProxy, Outcome
from tests.support.egress import RULES, ask, connect
from tests.support.sandbox import need_boxed_browser


def test_what_no_page_named_is_refused() -> None:
    named = ask(connect("update.example"), named=["https://update.example/"], way=_Nowhere())
    assert named.answer.startswith(b"HTTP/1.1 502")
    for other in ("https://page.example/", "http://update.example/"):
        found = ask(connect("update.example"), named=[other], way=_Nowhere())
        assert found.answer.startswith(b"HTTP/1.1 403")
        assert found.journal[0].reason == "not-named-by-the-page"


class _Nowhere:
    name = "nowhere"
    onions = False

    async def connect(self, host: str, port: int) -> tuple[object, str]:
        raise OSError


def _children(pid: int) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= {int(child)} | _children(int(child))
    return found


@pytest.mark.browser
def test_no_process_of_the_browser_has_a_network_to_look_a_name_up_in() -> None:
    need_boxed_browser()

    async def run() -> tuple[list[Outcome], dict[int, str], list[str]]:
        async with boxed_browser(language="en", boxed=True) as browser:
            proxy = EgressProxy(RULES, Direct(), on_full=lambda: None)
            async with proxy.serving(browser.listener):
                # A page of the browser's own choice, with everything it does beside it.
                await browser.cdp.send("Target.createTarget", {"url": "http://name.example:8080/"})
                while not proxy.journal:
                    await asyncio.sleep(0.1)
                networks, devices = {}, []
                for child in _children(os.getpid()):
                    try:
                        program = Path(f"/proc/{child}/comm").read_text().strip()
                        if "chrom" in program:
                            networks[child] = str(Path(f"/proc/{child}/ns/net").readlink())
                            devices += Path(f"/proc/{child}/net/dev").read_text().split("\n")[2:]
                    except OSError:
                        continue
            return [one.outcome for one in proxy.journal], networks, devices

    outcomes, networks, devices = asyncio.run(asyncio.wait_for(run(), 90))
    ours = str(Path("/proc/self/ns/net").readlink())
    assert networks, "no process of the browser was found"
    assert ours not in networks.values()
    assert {line.split(":")[0].strip() for line in devices if line} == {"lo"}
    # It asked our proxy for the name, as it has nobody else to ask; the proxy was told of none.
    assert set(outcomes) == {Outcome.REFUSED}
