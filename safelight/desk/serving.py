"""Serve the desk's pages on loopback: granian, WSGI, one worker process.

The parent process only supervises. The key, the cases and the launch token exist in
the worker alone, and end with it.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from django.core.handlers.wsgi import WSGIHandler
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from safelight.desk.django_start import start_django
from safelight.desk.idle import IdleLock
from safelight.desk.launch import (
    ENVIRON_DATA,
    ENVIRON_LAUNCH,
    ENVIRON_ROOT,
    ENVIRON_SERVER,
    DeskConfig,
    Launch,
)
from safelight.desk.no_dump import forbid_dumps
from safelight.desk.unlocking import lock, passphrase_in, unlock_for
from safelight.errors import SafelightError

_THREADS: Final = 4  # one person and a few tabs
_LONGEST_START: Final = 30.0
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class PortTakenError(SafelightError):
    """Another program listens on the port that was asked for."""


def serve(config: DeskConfig, *, as_json: bool) -> None:
    """Serve until interrupted. Prints the launch URL on standard output once it can be opened."""
    with _reserved_port(config.port) as port:
        server = Granian(
            target="safelight.desk.serving",
            address="127.0.0.1",
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=_THREADS,
            http=HTTPModes.http1,
            websockets=False,
            log_level=LogLevels.critical,
            respawn_failed_workers=False,
        )
        loader = partial(_load_in_worker, replace(config, port=port), as_json)
        server.serve(target_loader=loader, wrap_loader=False)


@contextmanager
def _reserved_port(port: int) -> Iterator[int]:
    """Bind (not listen) to hold the port until granian listens on it, and as long as it does.

    With SO_REUSEPORT only programs of the same user may share it; so that not even another
    desk does, a port that somebody listens on is refused first.
    """
    taken = PortTakenError(f"port {port} is taken; leave --port out and a free one is found")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections of an earlier desk that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise taken from None
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            reserved.bind(("127.0.0.1", port))
        except OSError:
            raise taken from None
        yield reserved.getsockname()[1]


def _load_in_worker(config: DeskConfig, as_json: bool) -> Application:
    forbid_dumps()  # one would hold the key and the cases
    try:
        launch = Launch(config)
        application = application_for(launch)
    except SafelightError as refusal:
        # Here and not in main(): this is another process.
        sys.stderr.write(f"refused: {refusal}\n")
        sys.stderr.flush()
        sys.exit(1)
    threading.Thread(target=_announce, args=(launch, as_json), daemon=True).start()
    return application


def application_for(launch: Launch) -> Application:
    """Return the WSGI application of one launch, unlocked if it has a passphrase file."""
    start_django()
    if launch.config.passphrase_file is not None:
        unlock_for(launch, passphrase_in(launch.config.passphrase_file))
    django = WSGIHandler()
    idle = IdleLock(launch.config.lock_after, lock)
    idle.touch()

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        idle.touch()
        environ[ENVIRON_LAUNCH] = launch
        environ[ENVIRON_SERVER] = launch.config.server
        environ[ENVIRON_ROOT] = launch.config.root
        environ[ENVIRON_DATA] = str(launch.config.data)
        return django(environ, start_response)

    return application


def _announce(launch: Launch, as_json: bool) -> None:
    """Print the URL when the port answers: a script that reads it can connect at once."""
    give_up_at = time.monotonic() + _LONGEST_START
    while time.monotonic() < give_up_at:
        try:
            socket.create_connection(("127.0.0.1", launch.config.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
            continue
        line = (
            json.dumps({"url": launch.url, "port": launch.config.port}) if as_json else launch.url
        )
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        return
