"""Places to mirror to, on this machine: nginx with WebDAV, a small S3 store, rsync without ssh."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.server
import os
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.processes import free_port

USER, SECRET = "publisher", "correct-horse"


@contextlib.contextmanager
def dav_host(directory: Path) -> Iterator[tuple[str, Path]]:
    """nginx as a WebDAV host and as a static host of the same folder; (address, folder)."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed; `make system-packages` installs it")
    root, port = directory / "dav", free_port()
    root.mkdir(parents=True)
    for name in ("body", "other"):
        (directory / name).mkdir()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"""
daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/other; fastcgi_temp_path {directory}/other;
  uwsgi_temp_path {directory}/other; scgi_temp_path {directory}/other;
  server {{
    listen 127.0.0.1:{port}; root {root}; client_max_body_size 32m;
    location / {{ dav_methods PUT DELETE MKCOL; create_full_put_path off; }}
  }}
}}
""",
        "ascii",
    )
    running = subprocess.Popen([nginx, "-c", str(configuration)])
    try:
        _wait_for(port)
        yield f"dav://127.0.0.1:{port}/", root
    finally:
        running.terminate()
        running.wait(timeout=90)


def _wait_for(port: int) -> None:
    import socket

    deadline = time.monotonic() + 90
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, "the host did not open its port"
        time.sleep(0.05)


@dataclass
class Store:
    """What an S3 store holds: name → (content type, bytes). `fail_after`: then it is down."""

    url: str = ""
    objects: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    fail_after: int | None = None
    refused: int = 0


@contextlib.contextmanager
def s3_store() -> Iterator[Store]:
    """An S3 store that checks each signature (AWS, "Signature Version 4", from its spec)."""
    store = Store()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self._signed(body):
                return
            if store.fail_after is not None and len(store.objects) >= store.fail_after:
                self._answer(503, _error("SlowDown"))
                return
            store.objects[self._name()] = (self.headers.get("Content-Type", ""), body)
            self._answer(200, b"")

        def do_GET(self) -> None:
            if not self._signed(b""):
                return
            found = store.objects.get(self._name())
            self._answer(*((404, _error("NoSuchKey")) if found is None else (200, found[1])))

        def do_DELETE(self) -> None:
            if self._signed(b""):
                store.objects.pop(self._name(), None)
                self._answer(204, b"")

        def _name(self) -> str:
            return urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")

        def _signed(self, body: bytes) -> bool:
            good = _signature(self.command, self.path, self.headers, body) == self.headers.get(
                "Authorization"
            )
            if not good:
                store.refused += 1
                self._answer(403, _error("SignatureDoesNotMatch"))
            return good

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/xml")
            self.send_header("ETag", '"0"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def _signature(method: str, path: str, headers: object, body: bytes) -> str:
    """What `Authorization` has to say if whoever asks knows the secret."""
    given = dict(headers.items())  # type: ignore[attr-defined]
    lower = {name.lower(): " ".join(value.split()) for name, value in given.items()}
    claimed = lower.get("authorization", "")
    if "SignedHeaders=" not in claimed:
        return "signed headers"
    names = claimed.split("SignedHeaders=")[1].split(",")[0].strip()
    scope = claimed.split("Credential=")[1].split(",")[0].split("/", 1)[1]
    digest = lower["x-amz-content-sha256"]
    if digest != "UNSIGNED-PAYLOAD" and digest != hashlib.sha256(body).hexdigest():
        return "the digest of the body"
    parts = urllib.parse.urlsplit(path)
    canonical = "\n".join(
        [
            method,
            parts.path,
            parts.query,
            *(f"{name}:{lower[name]}" for name in names.split(";")),
            "",
            names,
            digest,
        ]
    )
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", lower["x-amz-date"], scope, _sha256(canonical.encode())]
    )
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signed = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders={names}, Signature={signed}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def shell_instead_of_ssh(directory: Path) -> str:
    """A program that rsync can take for ssh: it runs the far end here. Return its path."""
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed; `make system-packages` installs it")
    script = directory / "not-ssh"
    # rsync calls: ssh [-l user] host command …
    script.write_text(
        '#!/bin/sh\nwhile [ "$1" = -l ]; do shift 2; done\nshift\nexec sh -c "$*"\n', "ascii"
    )
    script.chmod(0o700)
    return str(script)
