"""The nginx configuration we ship, run for real: it serves, and it remembers nobody."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket as sockets
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.circles import Circles
from tests.support.live_server import LiveServer, live_server
from tests.support.processes import free_port

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") is None,
        reason="nginx is not installed; `make system-packages` installs it",
    ),
]
SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
# A client with an address of its own, so that a search for it means something.
CLIENT = "127.0.0.77"
PATH_NAME = "telling-path"


@dataclass
class Proxy:
    """A running nginx. `directory` is everything it may write to."""

    directory: Path
    port: int
    trusted: ssl.SSLContext

    def connection(self, timeout: float = 30.0) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "localhost",
            self.port,
            timeout=timeout,
            context=self.trusted,
            source_address=(CLIENT, 0),
        )

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.connection()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def written(self) -> str:
        """The names and the content of every file below the directory."""
        found = []
        for path in sorted(self.directory.rglob("*")):
            if path.is_file() and path.name not in {"nginx.conf", "key.pem"}:
                found.append(path.name + "\n" + path.read_text("utf-8", errors="replace"))
        return "\n".join(found)


def certificate(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def adapted(directory: Path, port: int, upstream: str) -> str:
    """The shipped file with this test's places in it; fails where nothing was replaced."""
    text = SHIPPED.read_text("utf-8")
    # As root it would change to a user who may not reach this test's socket.
    user = "user root;" if os.geteuid() == 0 else ""
    for pattern, place in (
        (r"(?m)^user www-data;$", f"daemon off; {user}"),
        (r"/run/nginx\.pid", str(directory / "pid")),
        (r"listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        (r"(?m)^\s*listen \[::\]:443 .*$", ""),
        (r"server_name reports\.example", "server_name localhost"),
        (r"/etc/letsencrypt/live/reports\.example/fullchain\.pem", str(directory / "cert.pem")),
        (r"/etc/letsencrypt/live/reports\.example/privkey\.pem", str(directory / "key.pem")),
        (r"http://unix:/run/safelight/server\.sock", upstream),
        (r"worker_processes auto", "worker_processes 1"),
        (r"worker_rlimit_nofile 16384", "worker_rlimit_nofile 2048"),
        (r"worker_connections 8192", "worker_connections 512"),
    ):
        text, count = re.subn(pattern, place, text)
        assert count == 1, pattern
    kept = "".join(
        f"    {kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return text.replace("http {\n", "http {\n" + kept)


@contextlib.contextmanager
def running(directory: Path, upstream: str, *, changed: tuple[str, str] | None) -> Iterator[Proxy]:
    directory.mkdir()
    certificate(directory)
    port = free_port()
    text = adapted(directory, port, upstream)
    if changed is not None:
        assert changed[0] in text
        text = text.replace(*changed)
    (directory / "nginx.conf").write_text(text, "utf-8")
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert program is not None
    with (directory / "streams").open("wb") as streams:
        process = subprocess.Popen(
            [program, "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf")],
            stdout=streams,
            stderr=streams,
        )
        trusted = ssl.create_default_context(cafile=str(directory / "cert.pem"))
        proxy = Proxy(directory, port, trusted)
        try:
            deadline = time.monotonic() + 90
            while True:
                with contextlib.suppress(OSError), sockets.create_connection(("127.0.0.1", port)):
                    break
                assert process.poll() is None, (directory / "streams").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield proxy
        finally:
            process.terminate()
            process.wait(timeout=90)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    directory = tmp_path_factory.mktemp("server")
    with live_server(directory, socket=True, arguments=("--circles",)) as started:
        yield started


def visit(proxy: Proxy, server: LiveServer) -> None:
    """Everything that usually leaves a line in a log: pages, errors, uploads, broken lines."""
    assert proxy.ask("GET", "/ru/")[0] == 200
    assert proxy.ask("GET", f"/{PATH_NAME}", None, User_Agent=PATH_NAME, Cookie="a=1")[0] == 404
    assert proxy.ask("GET", "/en/", None, X_Forwarded_For=CLIENT)[0] == 200
    for content in (b"text", b"x" * (1024 * 1024)):
        sealed, receipt = server.sealed(content), Receipt.generate()
        status, _, _ = proxy.ask(
            "POST",
            f"/mailbox/{receipt.mailbox_id.hex()}",
            sealed,
            Content_Type="application/octet-stream",
            Safelight_Verifier=receipt.verifier.hex(),
            Safelight_Work=server.work(len(sealed)),
        )
        assert status == 201
    assert (
        proxy.ask("POST", address("en", "report"), b"a=" + b"x" * 5000, Content_Type="text/plain")[
            0
        ]
        >= 400
    )
    # No TLS, half a request, a line that hangs up in the middle of a body, a head too large.
    with sockets.create_connection(("127.0.0.1", proxy.port), source_address=(CLIENT, 0)) as line:
        line.sendall(b"GET /" + PATH_NAME.encode() + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        line.recv(4096)
    for said in (
        b"GET /" + PATH_NAME.encode(),
        b"POST /en/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n" + b"x" * 99,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n",
        b"nothing of the kind\r\n\r\n",
    ):
        plain = sockets.create_connection(("127.0.0.1", proxy.port), source_address=(CLIENT, 0))
        secured = proxy.trusted.wrap_socket(plain, server_hostname="localhost")
        with contextlib.suppress(OSError), secured as line:
            line.sendall(said)


def test_nothing_of_a_visit_is_written_and_the_search_would_find_it(
    tmp_path: Path, server: LiveServer
) -> None:
    upstream = f"http://unix:{server.socket.resolve() if server.socket else ''}"
    with running(tmp_path / "shipped", upstream, changed=None) as proxy:
        visit(proxy, server)
        shipped = proxy.written()
    with running(tmp_path / "dead", f"http://unix:{tmp_path}/nobody", changed=None) as proxy:
        assert proxy.ask("GET", f"/{PATH_NAME}")[0] == 502
        shipped += proxy.written()
    log = tmp_path / "usual" / "log"
    usual = ("access_log off;", f"access_log {log};")
    with running(tmp_path / "usual", upstream, changed=usual) as proxy:
        visit(proxy, server)
        found = proxy.written()
    for needle in (CLIENT, PATH_NAME):
        assert needle in found, "the search is blind"
        assert needle not in shipped
    assert CLIENT not in server.logs()
    for path in server.data.rglob("*"):
        assert not path.is_file() or CLIENT.encode() not in path.read_bytes()


def test_what_a_browser_gets_is_what_the_server_said(tmp_path: Path, server: LiveServer) -> None:
    upstream = f"http://unix:{server.socket.resolve() if server.socket else ''}"
    with running(tmp_path / "shipped", upstream, changed=None) as proxy:
        status, headers, page = proxy.ask("GET", "/ru/", None, Host="localhost")
        direct = server.request("GET", "/ru/")
        assert (status, page) == (200, direct.body)
        told = {name.lower(): value for name, value in headers.items()}
        told.pop("date")
        assert told == {k: v for k, v in direct.headers.items() if k != "date"}
        assert "strict-transport-security" not in told
        # A browser names the host with its port, and its own form is not "another site".
        own = f"localhost:{proxy.port}"
        form = b"story=text"
        status, _, _ = proxy.ask(
            "POST",
            address("en", "report"),
            form,
            Host=own,
            Origin=f"https://{own}",
            Content_Type="application/x-www-form-urlencoded",
        )
        assert status in {200, 303}


def test_a_body_reaches_the_server_as_it_comes_and_never_a_file_of_nginx(
    tmp_path: Path, server: LiveServer
) -> None:
    upstream = f"http://unix:{server.socket.resolve() if server.socket else ''}"
    with running(tmp_path / "shipped", upstream, changed=None) as proxy:
        connection = proxy.connection()
        connection.putrequest("POST", address("en", "report"))
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(4 * 1024 * 1024))
        connection.endheaders()
        connection.send(b"readable " * 300_000)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not spooled(server):
            time.sleep(0.05)
        assert spooled(server), "the server has nothing of a body that is under way"
        assert "readable" not in proxy.written()
        connection.close()


def spooled(server: LiveServer) -> bool:
    for pid in server.processes():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(handle.readlink()).endswith("(deleted)"):
                    return True
    return False


def test_news_of_a_circle_passes_as_it_comes(tmp_path: Path, server: LiveServer) -> None:
    upstream = f"http://unix:{server.socket.resolve() if server.socket else ''}"
    circles = Circles(server)
    circle = circles.founded()
    with running(tmp_path / "shipped", upstream, changed=None) as proxy:
        connection = proxy.connection()
        connection.request(
            "GET", f"{circle.path}/news", headers={"Safelight-Key": circle.door.hex()}
        )
        stream = connection.getresponse()
        assert stream.readline() + stream.readline() == b"data: idle\n\n"
        circles.say(circle, b"said")
        # A proxy that gathers would hold it back until the stream ends, minutes later.
        assert stream.readline() + stream.readline() == b"data: news\n\n"
        connection.close()
