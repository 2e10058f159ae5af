"""Where the server keeps what it holds: in a file of its own, or in the operator's PostgreSQL."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any, Final

from safelight.errors import SafelightError

# Set by `safelight serve --database`: a connection string of libpq. Empty: a file.
DATABASE: Final = "SAFELIGHT_SERVER_DATABASE"

# For each session. A write has reached the disk before the answer says so; who waits longer for
# a turn than a line lasts is told to come again; a worker that hangs keeps nobody waiting.
_SESSION: Final = (
    "-c synchronous_commit=on -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
)

# What else libpq would take from the environment, in which a host or a weaker line may stand.
_PINNED: Final = {"gssencmode": "disable"}


class DatabaseChoiceError(SafelightError):
    """A connection string that the server does not use, with the reason."""


def in_postgresql(connection_string: str) -> dict[str, Any]:
    """Return Django's settings for a connection string of libpq.

    Raises `DatabaseChoiceError` where it is none, where the driver is missing, or where what goes
    over the line could be read or changed.
    """
    if find_spec("psycopg") is None:
        raise DatabaseChoiceError(
            "expected the driver for PostgreSQL, found none; install safelight[postgresql]"
        )
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        told = conninfo_to_dict(connection_string)
    except ProgrammingError:
        # Its message quotes the string, in which a password may stand.
        raise DatabaseChoiceError(
            "expected a connection string such as 'host=/run/postgresql dbname=safelight', got "
            "another form; see docs/how-to/run-a-server.md"
        ) from None
    host = _checked_line(told)
    told.pop("host")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "NAME": str(told.pop("dbname", "")),
        "USER": str(told.pop("user", "")),
        "PASSWORD": str(told.pop("password", "")),
        "PORT": str(told.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **told,
            **_PINNED,
            "hostaddr": told.get("hostaddr", ""),
            "sslmode": told.get("sslmode", "verify-full"),
            "options": f"{told.get('options', '')} {_SESSION}".strip(),
            # So that no statement in PostgreSQL's log or statistics carries an id or a hash.
            "server_side_binding": True,
        },
    }


def _checked_line(told: dict[str, Any]) -> str:
    """Return the host or hosts, if nobody between can read or change what goes over the line.

    Only what stands in the string counts: libpq fills in what is missing from PGHOST, PGSSLMODE
    and others, so the host has to stand there, and what decides about the line is passed on with
    every connection. Raises `DatabaseChoiceError`.
    """
    if "service" in told or os.environ.get("PGSERVICE"):
        # Its file may name another host, and is read anew by each connection.
        raise DatabaseChoiceError(
            "expected a connection string that says everything, got a service (service= or "
            "PGSERVICE); write what stands in the service file into --database"
        )
    if told.get("sslkeylogfile") or told.get("gssencmode", "disable") != "disable":
        raise DatabaseChoiceError(
            "expected a line that only its two ends can read, got sslkeylogfile= or gssencmode=; "
            "leave them out"
        )
    host = str(told.get("host", ""))
    # Of several libpq takes the first that answers. `@` is a socket without a file, which any
    # program of this machine may have opened; an empty place is whatever libpq was built with.
    hosts = host.split(",")
    sockets_only = all(one.startswith("/") for one in hosts) and not told.get("hostaddr")
    named = all(one and not one.startswith("@") for one in hosts)
    if not sockets_only and not (named and told.get("sslmode") == "verify-full"):
        raise DatabaseChoiceError(
            "expected a Unix socket (host=/run/postgresql), got a line that others may read; "
            "a database on another machine needs host= with its name and sslmode=verify-full"
        )
    return host
