"""Threat: words-shown-again: Somebody takes the address of the page that showed twelve words from a
browser's history, or changes one; it shows nothing after three times, five minutes or “Leave”.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import Keeper, LiveServer, live_server
from tests.support.server_in_one_process import run_lines

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def address_of_words(server: LiveServer) -> str:
    """Send a form and return where its answer leads, without going there."""
    connection = server.connection()
    connection.request("POST", address("en", "letter"), b"letter=text", FORM)
    response = connection.getresponse()
    assert response.status == 303
    return str(response.getheader("Location"))


@pytest.mark.live
def test_the_words_are_shown_three_times_and_never_after_leaving(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        address = address_of_words(server)
        pages = [server.request("GET", address) for _ in range(4)]
        assert [page.status for page in pages] == [200, 200, 200, 410]
        shown = {tuple(re.findall("<li>([a-z]+)</li>", page.text)) for page in pages[:3]}
        assert len(shown) == 1, "a line that breaks costs nobody the words"
        assert "The twelve words are not shown any more" in pages[3].text
        (word, *_rest) = shown.pop()
        assert word not in pages[3].text

        left = address_of_words(server)
        page = server.request("GET", left).text
        (leave,) = re.findall(r'class="leave" href="([^"]+)"', page)
        assert server.request("GET", leave).status == 303
        assert server.request("GET", left).status == 410

        kept = address_of_words(server)
        other = kept[:-10] + ("A" if kept[-10] != "A" else "B") + kept[-9:]
        assert server.request("GET", other).status == 410
        server.renew_worker()
        assert server.request("GET", kept).status == 200
        assert kept.rpartition("/")[2] not in server.logs()


def test_five_minutes_later_nothing_is_shown(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
        from safelight.intake.flood_memory import flood_memory
        from safelight.intake.words_shown import receipt_of, token_for
        from safelight.sealing.receipt import Receipt
        receipt, memory = Receipt.generate(), flood_memory()
        token, now = token_for(receipt), memory.now()
        results["now"] = receipt_of(token) == receipt
        with mock.patch.object(type(memory), "now", lambda self: now + 302):
            results["later"] = receipt_of(token) is None
        """,
    )
    assert found == {"now": True, "later": True}
