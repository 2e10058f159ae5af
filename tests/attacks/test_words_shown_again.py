"""Threat: words-shown-again: Somebody takes the address of a page that showed twelve words, or what
they led to, from a browser's history; it shows nothing after three times, five minutes or “Leave”.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

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
        shown_at = address_of_words(server)
        pages = [server.request("GET", shown_at) for _ in range(4)]
        assert [page.status for page in pages] == [200, 200, 200, 410]
        shown = {tuple(re.findall("<li>([a-z]+)</li>", page.text)) for page in pages[:3]}
        assert len(shown) == 1, "a line that breaks costs nobody the words"
        assert "The twelve words are not shown any more" in pages[3].text
        # A page that never had words has some of the list's too, "help" for one.
        never = server.request("GET", shown_at[:-10] + "0" * 10)
        assert never.status == 410
        assert not [
            word for word in shown.pop() if word in pages[3].text and word not in never.text
        ]

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
        from safelight.intake.pages.shown_briefly import shown_now, token_for
        memory = flood_memory()
        token, now = token_for(b"about"), memory.now()
        results["now"] = shown_now(token) == b"about"
        with mock.patch.object(type(memory), "now", lambda self: now + 302):
            results["later"] = shown_now(token) is None
        """,
    )
    assert found == {"now": True, "later": True}


@pytest.mark.live
def test_what_the_words_led_to_ends_the_same_way_and_tells_nothing_by_its_address(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path) as server:
        _, receipt = server.deposit(server.sealed(b"text"))
        words = " ".join(receipt.words("en"))

        def led_to(typed: str) -> str:
            connection = server.connection()
            body = urlencode({"words": typed}).encode()
            connection.request("POST", address("en", "receipt"), body, FORM)
            response = connection.getresponse()
            assert (response.status, response.read()) == (303, b"")
            return str(response.getheader("Location"))

        known, wrong = led_to(words), led_to("x " + words)
        assert len({len(known), len(wrong), len(led_to("word " * 1000))}) == 1
        pages = [server.request("GET", known) for _ in range(4)]
        assert [page.status for page in pages] == [200, 200, 200, 410]
        assert "Your report arrived" in pages[2].text
        assert "enter your words again" in pages[3].text
        # Two: a single one may be a word of the page itself.
        assert " ".join(words.split()[:2]) not in pages[3].text

        # What is sent from such a page ends it, and so does leaving it.
        (leave,) = re.findall(r'class="leave" href="([^"]+)"', server.request("GET", wrong).text)
        assert server.request("GET", leave).status == 303
        assert server.request("GET", wrong).status == 410
        asked = led_to(words)
        page = server.request("GET", asked).text
        (sent_to,) = re.findall(r'id="write" .*? action="([^"]+)"', page)
        assert server.post_form(sent_to, [("words", words)]).status == 200
        assert server.request("GET", asked).status == 410

        # An address of one kind of page opens none of the other kind.
        token = led_to(words).rpartition("/")[2]
        assert server.request("GET", f"{address('en', 'words')}/{token}").status == 410
        token = address_of_words(server).rpartition("/")[2]
        assert server.request("GET", f"{address('en', 'receipt')}/{token}").status == 410
