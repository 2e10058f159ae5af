"""Threat: cross-site-post: Another site cannot make a visitor's browser send or look up anything
here, and nothing has to be remembered about the visitor to stop it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer, live_server

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server")) as running:
        yield running


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": "https://attacker.example"},
    {"Origin": "http://127.0.0.1"},  # another port is another site
    {"Origin": "http://127.0.0.1.attacker.example"},
    {"Origin": "garbage"},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_write_from_elsewhere_is_refused_and_keeps_nothing(
    server: LiveServer, headers: dict[str, str]
) -> None:
    desk = server.keeper.desks[0]
    before = len(server.listed(desk))
    assert server.post_form(address("en", "report"), [("story", "junk")], headers).status == 403
    assert server.post_form(address("en", "receipt"), [("words", "junk")], headers).status == 403
    receipt = Receipt.generate()
    sent = {name.replace("-", "_"): value for name, value in headers.items()}
    assert server.deposit(server.sealed(b"junk"), receipt, **sent)[0].status == 403
    assert len(server.listed(desk)) == before


def test_the_own_page_and_programs_may_write(server: LiveServer) -> None:
    own = server.url
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": own},
        # What browsers send with our own form under `Referrer-Policy: no-referrer`.
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": own},
        {"Origin": "null"},
        {},
    ):
        assert (
            server.post_form(address("en", "report"), [("story", "text")], headers).status == 200
        ), headers


def test_reading_from_elsewhere_gives_a_page_that_other_sites_cannot_embed_or_read(
    server: LiveServer,
) -> None:
    answer = server.request("GET", "/en/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200  # a link from anywhere must work
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers
    assert server.request("OPTIONS", address("en", "report")).status == 405
