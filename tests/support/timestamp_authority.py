"""A timestamp authority on this machine: a root, a signing certificate, and `openssl ts -reply`.

Somebody else's program answers, so that what we verify was not made by our own code.
"""

from __future__ import annotations

import contextlib
import functools
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from safelight.evidence.timestamps.authorities import Authority

_CONFIG = """[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/certs.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
ordering = yes
"""
_DAY = timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    until: datetime,
    authority: bool,
    stamping: bool = True,
) -> x509.Certificate:
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(tz=UTC), until) - 30 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not authority and stamping:
        made = made.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return made.sign(by, SHA256())


@dataclass(frozen=True)
class LocalAuthority:
    """An authority in `folder`; `roots` is what an expert gets by another way."""

    name: str
    folder: Path
    roots: bytes

    @property
    def roots_file(self) -> Path:
        return self.folder / "root.pem"

    @classmethod
    def made(
        cls,
        folder: Path,
        name: str,
        *,
        until: datetime | None = None,
        stamping: bool = True,
    ) -> LocalAuthority:
        """Root, one intermediate and a signer that is good until `until` (else for a year)."""
        folder.mkdir(parents=True)
        now = datetime.now(tz=UTC)
        root, middle, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        far = now + 3650 * _DAY
        root_certificate = _certificate(
            f"{name} root", f"{name} root", root, root, until=far, authority=True
        )
        middle_certificate = _certificate(
            f"{name} middle", f"{name} root", middle, root, until=far, authority=True
        )
        signer_certificate = _certificate(
            f"{name} signer",
            f"{name} middle",
            signer,
            middle,
            until=until or now + 365 * _DAY,
            authority=False,
            stamping=stamping,
        )
        pem = Encoding.PEM
        (folder / "root.pem").write_bytes(root_certificate.public_bytes(pem))
        (folder / "certs.pem").write_bytes(middle_certificate.public_bytes(pem))
        (folder / "signer.pem").write_bytes(signer_certificate.public_bytes(pem))
        (folder / "signer.key").write_bytes(
            signer.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption())
        )
        (folder / "serial").write_text("01\n", encoding="ascii")
        (folder / "tsa.conf").write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        return cls(name, folder, root_certificate.public_bytes(pem))

    def reply(self, request: bytes) -> bytes:
        """Answer one request, as a server of theirs would."""
        asked, answered = self.folder / "asked.tsq", self.folder / "answered.tsr"
        asked.write_bytes(request)
        files = ("-config", "tsa.conf", "-queryfile", asked.name, "-out", answered.name)
        subprocess.run(
            ["openssl", "ts", "-reply", *files],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return answered.read_bytes()

    def authority(self, address: str = "http://127.0.0.1:9/") -> Authority:
        return Authority(self.name, address, self.roots, b"")

    @contextlib.contextmanager
    def listening(self) -> Iterator[Authority]:
        """Answer over HTTP on a free port of loopback."""
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Answering, authority=self)
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self.authority(f"http://127.0.0.1:{server.server_address[1]}/tsr")
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Answering(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, authority: LocalAuthority) -> None:
        self._authority = authority
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        request = self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers["Content-Type"] == "application/timestamp-query"
        reply = self._authority.reply(request) if good else b"what is this?"
        self.send_response(200 if good else 400)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        pass
