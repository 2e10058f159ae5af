"""The shipped torrc, a real onion name, real browsers: a report arrives through Tor.

The network is private and on loopback; the torrc is the one operators get, with the two
paths that belong to a machine replaced.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.vocabulary.report import Report
from tests.support.browsers import PHONE, browser
from tests.support.live_server import LiveServer, live_server
from tests.support.private_tor import PrivateTor, private_tor
from tests.support.search_everywhere import search

pytestmark = [pytest.mark.browser, pytest.mark.live]

TORRC = Path(__file__).resolve().parents[2] / "deploy" / "torrc"
WAYS = ("chromium", "firefox", "chromium-no-script", "firefox-no-script")
STORY = "The mark of the onion is {way}."


@dataclass(frozen=True)
class Onion:
    """A server that is reached only by its onion name."""

    url: str
    network: PrivateTor
    server: LiveServer


@pytest.fixture(scope="module")
def onion() -> Iterator[Onion]:
    # Not pytest's directory: a Unix socket's path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="safelight-") as short:
        directory = Path(short)
        service = directory / "service"
        service.mkdir(mode=0o700)
        with private_tor(directory / "tor") as network:
            name = network.publish(shipped_torrc(service, directory / "server" / "s"), service)
            with live_server(directory / "server", socket=True, arguments=["--host", name]) as up:
                yield Onion(f"http://{name}", network, up)


def shipped_torrc(service: Path, socket: Path) -> list[str]:
    """The lines of deploy/torrc, for this place instead of /var/lib and /run."""
    text = TORRC.read_text("ascii")
    for shipped, here in {
        "/var/lib/tor/safelight\n": f"{service}\n",
        "unix:/run/safelight/server.sock": f"unix:{socket}",
    }.items():
        assert shipped in text
        text = text.replace(shipped, here)
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def arrived(onion: Onion) -> dict[str, Report]:
    """Each way once; the reports as a desk opens them, by their story."""
    for way in WAYS:
        with browser(way, PHONE, socks_port=onion.network.socks_port) as page:
            page.visit(f"{onion.url}{address('en', 'report')}")
            page.type_into('textarea[name="story"]', STORY.format(way=way))
            page.press('form#report button[type="submit"]')
            page.wait_for("#receipt-words li")
    desk = onion.server.keeper.desks[0]
    reports = {}
    for listed in onion.server.listed(desk):
        sealed = onion.server.ask_as(desk, "GET", f"/collect/{listed['id']}").body
        report = Report.parse(open_bytes(sealed, [desk.identity]))
        reports[str(report.answers["story"])] = report
    return reports


@pytest.mark.parametrize("way", WAYS)
def test_a_report_arrives_through_tor(way: str, arrived: dict[str, Report]) -> None:
    expected = "server" if way.endswith("no-script") else "browser"
    assert arrived[STORY.format(way=way)].sealed_by == expected


def test_the_onion_name_stands_in_no_file_and_no_log_of_the_server(
    onion: Onion, arrived: dict[str, Report]
) -> None:
    assert arrived
    name = onion.url.removeprefix("http://").encode()
    written = b"intake_mailbox"
    found = search(onion.server, [name, written])
    assert any(written in hits for hits in found.files.values()), "the search is blind"
    assert not any(name in hits for hits in found.files.values())
    assert name.decode() not in onion.server.logs()
