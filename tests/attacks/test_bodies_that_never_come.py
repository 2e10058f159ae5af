"""Threat: bodies-that-never-come: Somebody announces more than an address takes, or a body where
none is taken, and sends nothing; the answer comes at once, so that no connection and no room is
held by it, and what a view does take is waited for.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from safelight.sealing.envelope import PADDED_SIZES
from safelight.server.expected_body import longest_body
from tests.support.live_server import Keeper, LiveServer, live_server
from tests.support.raw_http import exchange, head
from tests.support.server_in_one_process import run_lines

HEX = "0" * 32
FORM = "application/x-www-form-urlencoded"


@pytest.mark.live
def test_each_is_answered_at_once(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        for method, path, kind, length, status in (
            ("POST", "/en/4", FORM, 1_000_000, 413),
            ("POST", "/en/1", FORM, 1_000_000, 413),
            ("POST", "/collect/acknowledge", "application/json", 1_000_000, 413),
            ("POST", f"/mailbox/{HEX}/read", "", 1_000_000, 400),
            ("POST", "/work", FORM, 100, 405),
            ("GET", "/en/", FORM, 100, 200),
            ("POST", "/nowhere", "multipart/form-data; boundary=B", 1_000_000, 404),
        ):
            begun = time.monotonic()
            told = head(server, method, path, f"Content-Type: {kind}", f"Content-Length: {length}")
            assert (path, exchange(server, told)[0]) == (path, status)
            assert time.monotonic() - begun < 10, path
        assert in_pieces(server) == 303


def in_pieces(server: LiveServer) -> int:
    """A form that is short enough, and comes after its head."""
    body = b"words=abandon"
    told = head(server, "POST", "/en/4", f"Content-Type: {FORM}", f"Content-Length: {len(body)}")
    with server.raw(60) as line:
        line.sendall(told)
        time.sleep(0.3)
        line.sendall(body)
        return int(line.recv(20).split(b" ")[1])


def test_what_is_waited_for_is_what_the_views_take(tmp_path: Path) -> None:
    taken = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
from safelight.intake import collecting, configuration, uploading
from safelight.intake.pages import receipts, writing
from safelight.intake.pocket import upload as pocket_upload
results["patch"] = uploading.LARGEST_PATCH
results["acknowledgement"] = collecting.LARGEST_BODY
results["answer"] = max(collecting._ANSWER_SIZES)
results["words"] = receipts._LONGEST
results["form"] = writing._LARGEST_FORM
results["pocket"] = pocket_upload._LARGEST_FORM
results["files"] = configuration.limits().largest_file
""",
    )
    assert longest_body("PATCH", f"/upload/{HEX}", "") == taken["patch"]
    assert longest_body("POST", "/collect/acknowledge", "") == taken["acknowledgement"]
    assert longest_body("POST", "/team/acknowledge", "") == taken["acknowledgement"]
    assert longest_body("POST", f"/collect/answer/{HEX}", "") == taken["answer"]
    assert longest_body("POST", f"/mailbox/{HEX}", "") == PADDED_SIZES[-1]
    assert longest_body("POST", "/team/desk-2", "") == PADDED_SIZES[-1]
    assert longest_body("POST", "/ru/1", FORM) == max(taken["form"], taken["words"])
    form = longest_body("POST", "/ru/6", "multipart/form-data; boundary=B")
    assert form == max(taken["pocket"], taken["files"])
