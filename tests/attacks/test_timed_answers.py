"""Threat: timed-answers: Who watches the line, or guesses, measures how long an answer takes to
learn whether a receipt is known; what is asked by twelve words is answered at whole steps of
time, whatever was found.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from tests.intake.test_conversation import put_answer
from tests.support.live_server import LiveServer, live_server

pytestmark = pytest.mark.live
STEP = 0.05


def seconds_of(server: LiveServer, path: str, receipt: Receipt) -> float:
    form = path == address("en", "receipt")
    begun = time.monotonic()
    if form:
        answer = server.post_form(path, [("words", " ".join(receipt.words("en")))])
    else:
        answer = server.request("POST", path, b"", {"Safelight-Key": receipt.auth_key.hex()})
    took = time.monotonic() - begun
    assert answer.status == 200
    return took


def seconds_of_work(server: LiveServer) -> float:
    begun = time.monotonic()
    assert server.request("GET", "/work").status == 200
    return time.monotonic() - begun


def test_known_and_unknown_words_are_answered_at_the_same_steps(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, known = server.deposit(server.sealed(b"report"))
        for number in range(5):
            answer = seal_bytes(b"%d" % number, [known.reply_recipient()])
            assert put_answer(server, server.keeper.desks[0], known, answer).status == 201
        for kind in ("read", "page"):
            took: dict[str, list[float]] = {"known": [], "unknown": []}
            for _ in range(12):
                for name, receipt in (("known", known), ("unknown", Receipt.generate())):
                    path = f"/mailbox/{receipt.mailbox_id.hex()}/read"
                    path = address("en", "receipt") if kind == "page" else path
                    took[name].append(seconds_of(server, path, receipt))
            # A busy machine adds to some, and never takes away.
            assert all(one >= STEP for each in took.values() for one in each), kind
            # The page without script is led to, by a second request.
            steps = 2 if kind == "page" else 1
            assert min(took["known"]) < (steps + 1) * STEP, "answered at no step at all"
            assert abs(min(took["known"]) - min(took["unknown"])) < STEP / 2, kind
        # What tells nothing by its time does not wait.
        assert min(seconds_of_work(server) for _ in range(12)) < STEP
