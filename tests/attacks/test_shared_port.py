"""Threat: shared-port: A second program (another desk, by mistake) listens on the desk's port and
is given some of its requests, a passphrase among them; a port that is in use is refused.
"""

from __future__ import annotations

import socket

import pytest

from safelight.desk.serving import PortTakenError, _reserved_port


@pytest.fixture
def listening() -> socket.socket:
    """A socket as another desk has it: listening, and willing to share its port."""
    other = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    other.bind(("127.0.0.1", 0))
    other.listen()
    return other


def test_a_port_that_another_desk_listens_on_is_refused(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    with (
        listening,
        pytest.raises(PortTakenError, match=f"port {port} is taken"),
        _reserved_port(port),
    ):
        pass
    with _reserved_port(port) as reserved:
        assert reserved == port


def test_while_a_port_is_reserved_nobody_gets_it_who_does_not_share() -> None:
    with _reserved_port(0) as port, socket.socket() as other:
        assert port > 0
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
