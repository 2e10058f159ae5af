"""A page over TLS: the tunnel through the proxy, and a certificate that is not good."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from safelight.evidence.capture.capture_record import CaptureStatus, GapKind
from safelight.evidence.capture.capturing import capture
from tests.support.capture_site import policy
from tests.support.sandbox import need_boxed_browser

PAGE = b"<!doctype html><meta charset=utf-8><p>over TLS</p>"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem")

    def answer(line: socket.socket) -> None:
        try:
            with context.wrap_socket(line, server_side=True) as secure:
                secure.recv(65536)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}"
                secure.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode() + PAGE)
        except OSError:
            line.close()

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.browser
def test_a_certificate_that_is_not_good_ends_a_capture_or_is_a_gap(
    port: int, tmp_path: Path
) -> None:
    need_boxed_browser()
    found = {}
    for allowed in (False, True):
        found[allowed] = capture(
            f"https://127.0.0.1:{port}/",
            place=tmp_path / str(allowed),
            policy=policy(loopback_ports=frozenset({port}), any_certificate=allowed),
            behaviours=(),
            login=(),
            on_progress=lambda _: None,
        )
    assert found[False].status is CaptureStatus.FAILED
    assert "err_cert_authority_invalid" in {gap.detail for gap in found[False].gaps}
    assert [gap.kind for gap in found[True].gaps] == [GapKind.CERTIFICATE]
    assert (tmp_path / "True/text.txt").read_text() == "over TLS"
    assert found[True].reached == {"127.0.0.1": ("127.0.0.1",)}
