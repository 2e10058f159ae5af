"""The demo's programs are started, watched and stopped, and a dead one is mourned in full."""

from __future__ import annotations

import os
import re
import socket

import pytest

from safelight.demo.children import Child, ChildError, free_port
from tests.support.waiting import until


def test_a_child_that_dies_is_reported_with_its_last_lines() -> None:
    child = Child("server", ["no-such-command"])
    try:
        until(lambda: not child.running)
        with pytest.raises(ChildError, match=r"(?s)the server ended by itself \(exit code 2\).*No"):
            child.check_running()
        with pytest.raises(ChildError, match="did not say that it is ready"):
            child.said(re.compile("http://"), timeout=1)
    finally:
        child.stop()


def test_a_child_is_heard_and_its_stop_may_be_asked_for_twice() -> None:
    child = Child("helper", ["--help"])
    try:
        assert child.said(re.compile("publication"), timeout=90) == "publication"
    finally:
        child.stop()
        child.stop()
    assert not child.running
    with pytest.raises(ProcessLookupError):
        os.kill(child.process_id, 0)


def test_a_busy_port_is_passed_over_for_the_next_free_one() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        found = free_port(port)
        assert found > port
        with socket.socket() as again:
            again.bind(("127.0.0.1", found))


def test_no_free_port_is_a_refusal_that_names_the_option() -> None:
    with pytest.raises(ChildError, match="--port-server"):
        free_port(65536)
