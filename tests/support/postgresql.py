"""A PostgreSQL of a test's own: a new cluster in a temporary directory, on a Unix socket only.

    with postgresql_cluster() as cluster:
        with live_server(tmp_path, arguments=("--database", cluster.new_database())): ...

PostgreSQL refuses to run as root, so there it runs as the user that its package brings, or nobody.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_START_SECONDS = 60


@dataclass(frozen=True)
class Cluster:
    """A running cluster, and its programs."""

    directory: Path
    programs: Path
    user: str | None

    def new_database(self) -> str:
        """Create an empty database; return the connection string to it."""
        name = f"test_{secrets.token_hex(6)}"
        self._ask("postgres", f"CREATE DATABASE {name}")
        return f"host={self.directory} dbname={name} user=postgres"

    def _ask(self, database: str, query: str) -> str:
        line = ["-h", str(self.directory), "-U", "postgres", "-d", database, "-Atqc", query]
        return self.run("psql", "-X", *line).strip()

    def ask(self, connection_string: str, query: str) -> str:
        """The answer to a query, as psql prints it without decoration."""
        return self.run("psql", "-X", "-Atqc", query, connection_string).strip()

    def run(self, program: str, *arguments: str) -> str:
        ran = subprocess.run(
            [str(self.programs / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.directory,
            **_as(self.user),
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def restart(self, *, how: str) -> None:
        """`fast`, or `immediate`: as after a crash, from the write-ahead log."""
        data, log = str(self.directory / "data"), str(self.directory / "log")
        self.run("pg_ctl", "restart", "-s", "-w", "-m", how, "-l", log, "-D", data)


def _programs() -> Path:
    # Debian keeps them out of the path, each version in a directory of its own.
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    for initdb in found:
        if initdb and (Path(initdb).parent / "psql").exists():
            return Path(initdb).parent
    pytest.skip("PostgreSQL is not installed; `make system-packages` installs it")


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid}


@contextlib.contextmanager
def postgresql_cluster() -> Iterator[Cluster]:
    """Run a cluster until the block ends; skip where PostgreSQL is not installed."""
    # Not below pytest's directories: they are closed to other users, and a socket's path is short.
    directory = Path(tempfile.mkdtemp(prefix="safelight-pg-"))
    try:
        cluster = Cluster(directory, _programs(), _user())
        if cluster.user is not None:
            shutil.chown(directory, cluster.user)
        data = str(directory / "data")
        cluster.run(
            "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(directory),
            "shared_buffers": "32MB",
            "max_connections": "400",
            "logging_collector": "off",
        }
        with (directory / "data" / "postgresql.auto.conf").open("a") as more:
            more.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        log = str(directory / "log")
        started = ["-s", "-w", "-t", str(_START_SECONDS), "-l", log, "-D", data]
        cluster.run("pg_ctl", "start", *started)
        try:
            yield cluster
        finally:
            cluster.run("pg_ctl", "stop", "-s", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
