"""Threat: page-that-reads-this-machine: a captured page asks for private addresses in every
spelling, is redirected to them, or shows local files; nothing is reached, and each is a gap.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.evidence.capture.capture_record import CaptureStatus, GapKind
from safelight.evidence.capture.egress import exits
from safelight.evidence.capture.egress.addresses import Address, HostRefused, checked_host
from safelight.evidence.capture.egress.exits import Direct
from tests.support.capture_site import Site, captured, html, picture, redirect, serving
from tests.support.egress import RULES, ask, connect
from tests.support.sandbox import need_boxed_browser


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.2", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
        *("2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1.", "1.2.3"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]"),
        *("[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]"),
        *("[2001:0:a00:1::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]", "[fec0::1]"),
        *("[ff02::1]", "localhost", "a.localhost", "printer.local", "router", "nas.lan"),
        *("metadata.google.internal", "1.0.0.127.in-addr.arpa", "a..b", "-a.example", "а.example"),
        "x" * 300 + ".example",
    ],
)
def test_no_spelling_of_a_private_host_passes(host: str) -> None:
    assert checked_host("93.184.215.14", onions=False) == "93.184.215.14"
    assert checked_host("Page.Example.", onions=False) == "page.example"
    with pytest.raises(HostRefused):
        checked_host(host, onions=True)


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.2", 80, "private-address"),
        ("[::ffff:7f00:1]", 443, "private-address"),
        ("93.184.215.14", 22, "port"),
        ("abcdefgh.onion", 80, "onion-needs-tor"),
    ],
)
def test_the_proxy_refuses_it_and_writes_it_down(host: str, port: int, reason: str) -> None:
    found = ask(connect(host, port), named=[f"http://{host}:{port}/"])
    assert found.answer.startswith(b"HTTP/1.1 403")
    assert [one.reason for one in found.journal] == [reason]


@pytest.mark.browser
def test_a_page_gets_nothing_of_this_machine(tmp_path: Path) -> None:
    need_boxed_browser()
    secret = Site({"/": html("<p>a page of this machine</p>"), "/x.png": picture("#000000")})
    with serving(secret):
        port = secret.port
        page = html(
            f"""<p>public part</p><img src=/ok.png><img src=/inwards><img src=/metadata>
            <img src="http://127.0.0.2:{port}/x.png"><img src="http://localhost:{port}/x.png">
            <img src="http://[::1]:{port}/x.png"><img src="http://2130706433:{port}/x.png">
            <iframe src="file:///etc/passwd"></iframe><iframe src="http://127.0.0.1:{port}/">
            </iframe><script>fetch("http://127.0.0.1:{port}/").catch(() => 0);
            setTimeout(() => {{ try {{ location = "file:///etc/passwd" }} catch {{}} }}, 300)
            </script>"""
        )
        site = Site(
            {
                "/": page,
                "/ok.png": picture("#00ff00"),
                "/inwards": redirect(f"http://127.0.0.1:{port}/x.png"),
                "/metadata": redirect("http://169.254.169.254/latest"),
            }
        )
        with serving(site):
            record = captured(tmp_path / "capture", site, behaviours=())
    assert secret.asked == []
    assert "GET /metadata" in site.asked
    assert record.status is CaptureStatus.PARTIAL
    refused = {gap.where for gap in record.gaps if gap.kind is GapKind.REFUSED}
    for host in ("127.0.0.1", "127.0.0.2", "localhost", "[::1]", "169.254.169.254"):
        assert any(url.startswith(f"http://{host}") for url in refused), host
    text = (tmp_path / "capture/text.txt").read_text()
    assert "public part" in text
    assert "root:" not in text
    assert "this machine" not in text


def test_a_public_address_of_this_machine_leads_to_what_listens_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As on a machine with an IPv6 of its own: nothing in the address tells that it is ours.
    monkeypatch.setattr(exits, "is_public", lambda _address: True)

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ipaddress.ip_address("127.0.0.1")]

    with socket.create_server(("127.0.0.1", 0)) as here:
        here.settimeout(0)
        port = here.getsockname()[1]
        rules = replace(RULES, ports=frozenset({port}))
        named = [f"https://page.example:{port}/"]
        found = ask(
            connect("page.example", port), named=named, rules=rules, way=Direct(resolve=resolve)
        )
        assert found.journal[0].reason == "private-address"
        with pytest.raises(BlockingIOError):
            here.accept()
