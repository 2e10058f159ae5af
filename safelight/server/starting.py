"""From the operator's options to a running server process."""

from __future__ import annotations

import fcntl
import logging.config
import os
import resource
import socket as sockets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import django
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from safelight.errors import SafelightError
from safelight.intake import configuration
from safelight.intake.flood_memory import remember_across_workers
from safelight.sealing.root_key import load_root
from safelight.sealing.roster import fingerprint
from safelight.sealing.signed_folder import verify_folder
from safelight.server.database import DATABASE, in_postgresql
from safelight.server.ending import WORKER_SECONDS, tell_them_at_the_end, tell_workers_to_end
from safelight.server.logs import CONFIGURATION

# Connections at once. One that waits for its body holds no thread and a few kilobytes; one
# that is silent is cut after 15 s (head) or 20 s (body).
CONNECTIONS: Final = 4096
# An upload under way may finish in the old worker; its client can repeat it safely.
LAST_UPLOADS_SECONDS: Final = 60


class ServerError(SafelightError):
    """The server did not start, with the reason."""


@dataclass(frozen=True)
class Plan:
    """What the operator asked for."""

    data: Path
    roster: Path
    root: str
    socket: Path | None
    port: int | None
    hosts: tuple[str, ...]
    exit_to: str
    # A verified publication to show, and whose.
    publication: Path | None
    publication_key: str | None
    # How much is taken from whom, under the names by which `intake` reads it.
    limits: Mapping[str, int | str]


@dataclass(frozen=True)
class Ready:
    """Checked, migrated and locked; only listening is left."""

    socket: Path | None
    port: int | None
    desks: int
    roster_version: int
    root_fingerprint: str
    lock: int

    @property
    def address(self) -> str:
        return f"unix:{self.socket}" if self.socket else f"http://127.0.0.1:{self.port}"

    def facts(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "desks": self.desks,
            "roster_version": self.roster_version,
            "root_fingerprint": self.root_fingerprint,
        }


def prepared(plan: Plan) -> Ready:
    """Do everything that can fail, in the order in which a failure costs least.

    Raises `RosterError` if nobody could open what would be sealed, `ServerError` for
    the data directory, the socket or the exit address.
    """
    root = load_root(plan.root)
    if not plan.exit_to.startswith(("https://", "http://")):
        raise ServerError("--exit-to is an http or https address; give a page nobody asks about")
    # Files of this process are its user's alone. A core dump could hold a report that
    # came in without JavaScript.
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _allow_many_connections()
    try:
        plan.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _close_to_others(plan.data)
    except OSError as trouble:
        raise ServerError(
            f"the data directory cannot be used ({trouble.strerror}); give one that this user owns"
        ) from None
    lock = _only_server(plan.data)
    # Before the first fork, so that each renewed worker knows what was spent in the last one.
    remember_across_workers(lock)
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "safelight.server.settings",
            "SAFELIGHT_SERVER_DATA": str(plan.data.resolve()),
            configuration.ROSTER: str(plan.roster.resolve()),
            configuration.ROOT: root.public_bytes_raw().hex(),
            "SAFELIGHT_SERVER_HOSTS": ",".join(plan.hosts),
            configuration.EXIT_TO: plan.exit_to,
            **_publication(plan),
            **{name: str(value) for name, value in plan.limits.items()},
        }
    )
    _check_database()
    version, desks = _opened_mailboxes()
    if plan.socket is not None:
        _clear_left_socket(plan.socket)
    return Ready(
        socket=plan.socket,
        port=_free_port() if plan.port == 0 else plan.port,
        desks=desks,
        roster_version=version,
        root_fingerprint=fingerprint(root),
        lock=lock,
    )


def _publication(plan: Plan) -> Mapping[str, str]:
    """Verify every file of what is to be shown. Raises `SignedFolderError`, `ServerError`."""
    if plan.publication is None:
        return {configuration.PUBLICATION: ""}
    if plan.publication_key is None:
        raise ServerError(
            "a publication is shown as it was signed; say by whom with --publication-key"
        )
    key = load_root(plan.publication_key)
    verify_folder(plan.publication, key=key, last_seen=None)
    return {
        configuration.PUBLICATION: str(plan.publication.resolve()),
        configuration.PUBLICATION_KEY: key.public_bytes_raw().hex(),
    }


def _allow_many_connections() -> None:
    """A shell's usual 1,024 files would refuse connections long before `CONNECTIONS`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1024
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _close_to_others(data: Path) -> None:
    """Make the directory this user's alone, unless it seems to belong to something else."""
    names = {path.name for path in data.iterdir()}
    ours = not names or "mailboxes.sqlite3" in names
    # By mistake it may be /var/lib or a home, which others need.
    if not ours and data.stat().st_mode & 0o077:
        raise ServerError(
            "the data directory holds other files and is open to other users; give an empty "
            "one, or close it yourself (chmod 700)"
        )
    data.chmod(0o700)


def _only_server(data: Path) -> int:
    """Hold the data directory: two servers would each believe to be the only writer."""
    lock = os.open(data / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ServerError(
            "another server is using this data directory; stop it or give another --data"
        ) from None
    os.set_inheritable(lock, True)
    return lock


def _check_database() -> None:
    """Raise `DatabaseChoiceError` before Django would, which then repeats it in other words."""
    if chosen := os.environ[DATABASE]:
        in_postgresql(chosen)


def _opened_mailboxes() -> tuple[int, int]:
    """Bring the database up to date, check the roster; return (version, usable desks)."""
    logging.config.dictConfig(CONFIGURATION)
    django.setup()

    # Models exist only after setup(), which reads the environment that was set above.
    from safelight.intake import day, postgresql  # noqa: PLC0415
    from safelight.intake.current_roster import roster_file  # noqa: PLC0415
    from safelight.intake.forgetting import forget_what_was_deleted  # noqa: PLC0415

    try:
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            # Django notes to the microsecond when the server was set up. The day will do.
            cursor.execute(
                "UPDATE django_migrations SET applied = date_trunc('day', applied)"
                if postgresql.is_used()
                else "UPDATE django_migrations SET applied = strftime('%Y-%m-%d 00:00:00', applied)"
            )
        refused = postgresql.refused_settings() if postgresql.is_used() else ""
    except DatabaseError:
        raise ServerError(
            "the mailboxes cannot be opened: no room on the disk, no right to write, a damaged "
            "file, or no PostgreSQL where --database says; see docs/how-to/run-a-server.md"
        ) from None
    if refused:
        raise ServerError(
            f"expected a PostgreSQL that has written what it says it has, got one where {refused}; "
            "set it to on"
        )
    today = day.today()
    opened = roster_file().open_roster(today, or_kept=False)
    # Each worker is a fork of this process, and must not inherit the roster of this moment:
    # a newer one may have been accepted before that worker begins.
    roster_file.cache_clear()
    forget_what_was_deleted()
    # The worker is a fork of this process, and SQLite's handles must not cross it.
    connections.close_all()
    return opened.roster.version, len(opened.roster.usable_desks(today))


def _clear_left_socket(path: Path) -> None:
    """Remove a socket whose server was killed; refuse one that answers, or another file."""
    if not path.exists():
        return
    if not path.is_socket():
        raise ServerError("--socket names a file that is no socket; give another path")
    with sockets.socket(sockets.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise ServerError("another program listens on this socket; stop it or give another --socket")


def _free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(ready: Ready, *, workers: int) -> None:
    """Listen until told to stop. A worker is respawned if it dies."""
    listen: dict[str, Any]
    if ready.socket is not None:
        # An int: granian's command line reads its own option in octal, this one as it is.
        listen = {"uds": ready.socket, "uds_permissions": 0o660}
    else:
        listen = {"address": "127.0.0.1", "port": ready.port}
    server = Server(
        "safelight.server.asgi:application",
        **listen,
        interface=Interfaces.ASGINL,
        workers=workers,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_lifetime=WORKER_SECONDS,
        workers_kill_timeout=LAST_UPLOADS_SECONDS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=15_000, keep_alive=False, max_buffer_size=64 * 1024
        ),
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=CONFIGURATION,
        log_access=False,
    )
    # granian sets its own handlers first.
    server.on_startup(tell_them_at_the_end)
    server.on_reload(tell_workers_to_end)
    server.serve()
