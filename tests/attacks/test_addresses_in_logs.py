"""Threat: addresses-in-logs: Neither stream nor file of the server names an address, a mailbox, a
path, a browser or the moment of a deposit, also when things go wrong.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.live_server import Keeper, live_server
from tests.support.raw_http import exchange
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live
ADDRESS = "203.0.113.77"
TELLING = {
    "X-Forwarded-For": ADDRESS,
    "X-Real-IP": ADDRESS,
    "Forwarded": f"for={ADDRESS}",
    "User-Agent": "telling-browser/1.0",
    "Referer": "https://telling.example/",
    "Cookie": "telling=1",
}


def test_nothing_is_written_about_visits_deposits_and_refusals(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        at_start = server.logs()
        assert "roster.accepted" in at_start
        receipt = Receipt.generate()
        server.deposit(server.sealed(b"text"), receipt, **TELLING)
        server.deposit(server.sealed(b"other"), receipt, **TELLING)
        server.deposit(b"junk", None, **TELLING)
        for path in ("/", "/en/", "/nowhere-telling", "/mailbox/telling", "/collect?telling=1"):
            server.request("GET", path, None, TELLING)
        server.post_form(address("en", "report"), [("story", "telling")], TELLING)
        server.post_form(address("en", "receipt"), [("words", "telling")], TELLING)
        exchange(server, b"GET /telling HTTP/9.9\r\n\r\n")
        exchange(server, b"telling\x00\xff\r\n\r\n")
        server.stop()
        assert server.logs() == at_start
        for path in [*server.data.rglob("*"), *tmp_path.glob("std*")]:
            if path.is_file():
                content = path.read_bytes()
                for needle in (ADDRESS, "telling"):
                    assert needle.encode() not in content, (path.name, needle)
        assert not re.search(r"\d\d:\d\d", at_start.replace(server.url, ""))


def test_an_error_in_the_server_is_logged_by_class_and_place_without_its_words(
    tmp_path: Path,
) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
        import io, logging.config
        from safelight.server.logs import CONFIGURATION
        logging.config.dictConfig(CONFIGURATION)
        stream = io.StringIO()
        logging.getLogger("safelight").handlers[0].setStream(stream)
        from safelight.intake.pages import writing
        def fails(*arguments, **named):
            raise ValueError("what a person wrote, from 203.0.113.77")
        with mock.patch.object(writing, "seal_bytes", fails):
            answer = client.post(
                "/en/1", "story=secret", content_type="application/x-www-form-urlencoded",
                headers={"x-forwarded-for": "203.0.113.77"},
            )
        server_log = logging.getLogger("safelight.server")
        server_log.error("with a traceback", exc_info=ValueError("wrote"))
        results["status"] = answer.status_code
        results["page"] = answer.content.decode()
        results["log"] = stream.getvalue()
        """,
    )
    assert found["status"] == 500
    assert "Something broke on our side" in found["page"]
    assert "error request.broken class=ValueError at=" in found["log"]
    for telling in ("wrote", "203.0.113.77", "secret", address("en", "report")):
        assert telling not in found["log"] + found["page"]


def test_the_application_never_sees_who_asked(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
        seen = {}
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": "/0", "QUERY_STRING": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "203.0.113.77", "HTTP_X_FORWARDED_FOR": "203.0.113.77",
            "HTTP_USER_AGENT": "telling", "HTTP_REFERER": "telling", "HTTP_COOKIE": "telling",
            "wsgi.url_scheme": "http", "wsgi.input": __import__("io").BytesIO(),
            "wsgi.errors": sys.stderr, "HTTP_ACCEPT_LANGUAGE": "ru",
        }
        from django.core.signals import request_started
        def note(environ, **named):
            seen.update({k: str(v) for k, v in environ.items()})
        request_started.connect(note)
        status = []
        application(environ, lambda line, headers, info=None: status.append(line))
        results["status"] = status[0][:3]
        results["seen"] = seen
        """,
    )
    assert found["status"] == "303"
    assert found["seen"]["HTTP_ACCEPT_LANGUAGE"] == "ru"
    assert not [k for k, v in found["seen"].items() if "203.0.113.77" in v or "telling" in v]
