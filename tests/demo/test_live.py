"""`safelight demo` with its programs: two addresses that work, and nothing left after Ctrl-C."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from safelight.demo.children import Child, ChildError
from safelight.demo.live import ending_on_signals, wait_for_the_end
from safelight.intake.addresses import address

pytestmark = pytest.mark.live


@contextmanager
def _demo(data: Path, *more: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "safelight", "demo", "--data", str(data)),
            *("--size", "tiny", "--language", "en", *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.terminate()
            running.communicate(timeout=60)


@contextmanager
def _busy_port() -> Iterator[int]:
    """A port somebody listens on, with room for more above it."""
    while True:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = int(busy.getsockname()[1])
            if port < 65000:
                yield port
                return


def _status(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=90)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _is_gone(process_id: int) -> bool:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_both_addresses_work_beside_a_busy_port_and_ctrl_c_leaves_nothing(
    tmp_path: Path, program_environment: dict[str, str]
) -> None:
    with _busy_port() as busy:
        ports = ("--port-server", str(busy), "--port-desk", str(busy))
        with _demo(tmp_path / "data", *ports, "--json", environment=program_environment) as running:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line, running.communicate()[1]
            facts = json.loads(line)
            found = [urlsplit(facts[name]).port for name in ("server", "desk")]
            assert busy not in found
            assert len(set(found)) == 2
            status, page = _status(facts["server"])
            assert status == 200
            for door in ("report", "smear", "letter"):
                assert f'href="{address("en", door)}"' in page
                assert 'id="report"' in _status(urljoin(facts["server"], address("en", door)))[1]
            assert _status(facts["desk"])[0] == 302  # the token was taken for a cookie
            assert _status(facts["desk"])[0] == 403  # and works once
            assert (tmp_path / "data" / "site" / "index.html").is_file()

            running.send_signal(signal.SIGINT)
            _, messages = running.communicate(timeout=60)
            assert running.returncode == 0, messages
            assert "Both have stopped." in messages
            assert all(_is_gone(process) for process in facts["processes"].values())
            for port in found:
                with socket.socket() as free:
                    free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    free.bind(("127.0.0.1", int(port or 0)))


def test_check_prints_two_addresses_that_answered_and_stops(
    tmp_path: Path, program_environment: dict[str, str]
) -> None:
    with (
        _busy_port() as busy,
        _demo(
            tmp_path / "data",
            *("--check", "--port-server", str(busy), "--port-desk", str(busy)),
            environment=program_environment,
        ) as running,
    ):
        said, messages = running.communicate(timeout=240)
        assert running.returncode == 0, messages
        assert "Both addresses answer." in messages
        addresses = re.findall(r"http://127\.0\.0\.1:\d+/\S*", said)
        assert len(addresses) == 2
        assert addresses[0].endswith("/en/")
        assert "/open/" in addresses[1]
        for address in addresses:
            with pytest.raises(ConnectionRefusedError):
                _status(address)
        # The next run replaces what this one made: nothing to clear by hand.
        assert (tmp_path / "data" / ".safelight-demo.json").is_file()


def test_a_program_that_dies_ends_the_demo_with_its_name() -> None:
    children = Child("server", ["no-such-command"]), Child("desk", ["--help"])
    try:
        while children[0].running:  # of two that end, the first in order is named
            time.sleep(0.05)
        with pytest.raises(ChildError, match="the server ended by itself"):
            wait_for_the_end(children)
    finally:
        for child in children:
            child.stop()


def test_a_kill_or_a_closed_terminal_ends_the_demo_as_ctrl_c_does() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with ending_on_signals(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
