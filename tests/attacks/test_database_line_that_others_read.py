"""Threat: database-line-that-others-read: Whoever listens between a server and its PostgreSQL
reads along, because one of libpq's many ways (a list of hosts, hostaddr, a service file, the
environment) led around the Unix socket; each of them is refused or has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from safelight.server.database import DatabaseChoiceError, in_postgresql

psycopg = pytest.importorskip("psycopg")

SOCKET = "host=/run/postgresql dbname=safelight"
ELSEWHERE = "host=db.example dbname=safelight sslmode=verify-full"


@pytest.fixture(autouse=True)
def _an_environment_without_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in psycopg.pq.Conninfo.get_defaults():
        if option.envvar:
            monkeypatch.delenv(option.envvar.decode(), raising=False)


def what_libpq_is_told(settings: Mapping[str, Any]) -> dict[str, str]:
    """The options of a connection, environment and service file included, as libpq takes them."""
    given = {"host": settings["HOST"], "dbname": settings["NAME"], **settings["OPTIONS"]}
    given.pop("server_side_binding")
    # Django leaves out what is empty among the names of its own; of OPTIONS it leaves out nothing.
    connecting = psycopg.pq.PGconn.connect_start(psycopg.conninfo.make_conninfo(**given).encode())
    taken = {one.keyword.decode(): (one.val or b"").decode() for one in connecting.info}
    connecting.finish()
    return taken


@pytest.mark.parametrize(
    "string",
    [
        "dbname=safelight",
        "dbname=safelight sslmode=verify-full",
        "host=db.example dbname=safelight",
        "host=db.example sslmode=require",
        "host=db.example sslmode=verify-ca",
        "host=/run/postgresql,db.example",
        "host=db.example,/run/postgresql",
        "host=/run/postgresql, sslmode=prefer",
        "host=/run/postgresql,, sslmode=verify-full",
        "host=/run/postgresql hostaddr=192.0.2.7",
        "hostaddr=192.0.2.7 sslmode=verify-full",
        "host=@postgresql",
        "host=@postgresql sslmode=verify-full",
        "postgresql://%2Frun%2Fpostgresql,db.example/safelight",
        "postgresql:///safelight?host=/run/postgresql&hostaddr=192.0.2.7",
        "postgresql://db.example/safelight?sslmode=require",
        "postgresql:///safelight",
    ],
)
def test_a_line_that_may_leave_the_machine_needs_its_name_and_verify_full(string: str) -> None:
    with pytest.raises(DatabaseChoiceError, match="a line that others may read"):
        in_postgresql(string)


@pytest.mark.parametrize(
    "string",
    [
        SOCKET,
        "host=/run/postgresql,/var/run/postgresql dbname=safelight",
        "postgresql://%2Frun%2Fpostgresql/safelight",
        ELSEWHERE,
        "host=one.example,two.example sslmode=verify-full",
        "host=db.example hostaddr=192.0.2.7 sslmode=verify-full",
        "host=/run/postgresql,db.example sslmode=verify-full",
    ],
)
def test_sockets_and_names_whose_certificate_is_checked_are_taken(string: str) -> None:
    assert in_postgresql(string)["HOST"]


@pytest.mark.parametrize(
    "more", ["sslkeylogfile=/var/log/keys", "gssencmode=prefer", "gssencmode=require"]
)
def test_what_opens_the_line_to_a_third_is_refused(more: str) -> None:
    with pytest.raises(DatabaseChoiceError, match="only its two ends can read"):
        in_postgresql(f"{ELSEWHERE} {more}")


def test_a_service_is_refused_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for string in (f"{SOCKET} service=elsewhere", f"{ELSEWHERE} service=elsewhere"):
        with pytest.raises(DatabaseChoiceError, match="a service"):
            in_postgresql(string)
    assert in_postgresql(SOCKET)
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    with pytest.raises(DatabaseChoiceError, match="a service"):
        in_postgresql(SOCKET)


# libpq looks the host up here, so one that needs no network.
@pytest.mark.parametrize("string", [SOCKET, "host=localhost port=9 sslmode=verify-full"])
def test_nothing_in_the_environment_changes_where_it_leads_or_how(
    string: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = what_libpq_is_told(in_postgresql(string))
    for name, value in {
        "PGHOST": "evil.example",
        "PGHOSTADDR": "127.0.0.1",
        "PGSSLMODE": "disable",
        "PGGSSENCMODE": "disable",
        "PGOPTIONS": "-c synchronous_commit=off",
        "PGSERVICEFILE": str(tmp_path / "service"),
        "PGSYSCONFDIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    after = what_libpq_is_told(in_postgresql(string))
    told = ("host", "hostaddr", "sslmode", "gssencmode", "options", "service", "sslkeylogfile")
    assert {name: after[name] for name in told} == {name: before[name] for name in told}
    assert after["hostaddr"] == ""
    assert after["sslmode"] == "verify-full"
    assert "synchronous_commit=on" in after["options"]
