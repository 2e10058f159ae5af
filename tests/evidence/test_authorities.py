"""Authorities come from a file, and are asked over HTTP or not at all."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.evidence.problems import AuthorityUnavailable, EvidenceError
from safelight.evidence.timestamps import asking
from safelight.evidence.timestamps.asking import over_http
from safelight.evidence.timestamps.authorities import Authority, read_authorities

PEM = "-----BEGIN CERTIFICATE-----\n"
GOOD = "authorities:\n- {name: first, address: 'https://tsa.example/', roots: root.pem}\n"


def _file(folder: Path, text: str) -> Path:
    (folder / "root.pem").write_text(PEM)
    (folder / "authorities.yaml").write_text(text)
    return folder / "authorities.yaml"


def test_several_authorities_are_read_with_the_certificates_beside_them(tmp_path: Path) -> None:
    more = "- {name: b-2, address: 'http://10.0.0.1/', roots: root.pem, chain: root.pem}\n"
    first, second = read_authorities(_file(tmp_path, GOOD + more))
    assert (first.name, first.roots, first.chain) == ("first", PEM.encode(), b"")
    assert (second.name, second.chain) == ("b-2", PEM.encode())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("authorities: [", "not YAML"),
        ("[]", "expected `authorities:`"),
        ("authorities: []", "expected `authorities:`"),
        (GOOD + GOOD.removeprefix("authorities:\n"), "two authorities have one name"),
        (GOOD.replace("first", "../up"), "1 to 32 of a-z"),
        (GOOD.replace("https:", "file:"), "begins with https://"),
        (GOOD.replace("root.pem", "none.pem"), "`roots` of an authority cannot be read"),
        (GOOD.replace("root.pem", "authorities.yaml"), "holds no certificate"),
        (GOOD.replace("roots", "toots"), "an authority has `name`"),
    ],
)
def test_a_file_that_is_not_so_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert read_authorities(_file(tmp_path, GOOD))
    with pytest.raises(EvidenceError, match=reason):
        read_authorities(_file(tmp_path, text))


class _Saying(socketserver.StreamRequestHandler):
    words = b""
    drip = 0.0

    def handle(self) -> None:
        self.request.recv(65536)
        self.wfile.write(self.words)
        try:
            while self.drip:
                time.sleep(self.drip)
                self.wfile.write(b"x")
        except OSError:
            return


@pytest.fixture
def listening() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Saying) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("words", "drip", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", 0, "answered 302"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 0, "answered 500"),
        (b"no HTTP at all\r\n\r\n", 0, "was not reached"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000, 0, "sent more than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 0.05, "or took longer than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nxx", 0, "was not reached"),
    ],
)
def test_an_answer_that_is_none_is_a_gap_without_the_address(
    listening: str,
    monkeypatch: pytest.MonkeyPatch,
    words: bytes,
    drip: float,
    reason: str,
) -> None:
    monkeypatch.setattr(_Saying, "words", words)
    monkeypatch.setattr(_Saying, "drip", drip)
    monkeypatch.setattr(asking, "_WHOLE_REPLY", 0.3)
    with pytest.raises(AuthorityUnavailable, match=reason) as refusal:
        over_http(None)(Authority("first", listening, b"", b""), b"question")
    assert "127.0.0.1" not in str(refusal.value)


def test_the_environment_chooses_no_proxy_and_ours_is_used(
    listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setattr(_Saying, "words", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    away = Authority("first", "http://tsa.invalid/", b"", b"")
    assert over_http(None)(Authority("first", listening, b"", b""), b"?") == b"hi"
    assert over_http(listening)(away, b"?") == b"hi"
    with pytest.raises(AuthorityUnavailable, match="was not reached"):
        over_http("http://127.0.0.1:1")(Authority("first", listening, b"", b""), b"?")


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_the_proxy_looks_the_authority_s_name_up_not_this_machine(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    looked_up: list[object] = []
    usual = socket.getaddrinfo

    def noting(host: object, *others: object, **named: object) -> object:
        looked_up.append(host)
        return usual("127.0.0.1", *others, **named)  # type: ignore[arg-type]

    class Socks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.read(3)
            self.wfile.write(b"\x05\x00")
            asked.append(self.rfile.read(4 + 1 + len("tsa.example")))

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Socks) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        ask = over_http(f"{scheme}://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(AuthorityUnavailable):
            ask(Authority("first", "http://tsa.example/", PEM.encode(), b""), b"request")
        server.shutdown()
    assert asked == [b"\x05\x01\x00\x03\x0btsa.example"]
    assert "tsa.example" not in looked_up
