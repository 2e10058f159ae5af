"""Ask the blind server for what has arrived, over HTTP or a Unix socket.

Every request is signed with the desk's key (`sealing.desk_request`); there is no
session. What the server answers is untrusted: read up to a bound, then parsed.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from safelight.errors import SafelightError
from safelight.journal.chain import DeskKey
from safelight.sealing.desk_request import sign_request
from safelight.sealing.envelope import PADDED_SIZES

_LARGEST_LIST: Final = 1024 * 1024
_SECONDS_OF_SILENCE: Final = 30
# The largest envelope at 28 kB a second, as over a slow onion circuit; for a server that is never
# silent and never done.
_LONGEST_ANSWER: Final = 600.0
_ID: Final = re.compile(r"[0-9a-f]{8,64}")


class MailServerError(SafelightError):
    """The server could not be reached, refused, or answered something else than agreed."""


class CutOffError(MailServerError):
    """An envelope came with fewer or more bytes than the server's list had said."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the server's list."""

    seq: int
    envelope_id: str
    size: int


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class MailServer:
    """The desk's side of `/collect`. `address`: http://host:port, https://host, unix:/path."""

    def __init__(self, address: str, key: DeskKey) -> None:
        self._key = key
        self._address = address
        parts = urlsplit(address)
        wrong = MailServerError(
            "the server's address must be http://host:port, https://host or unix:/path/to/socket"
        )
        if parts.scheme == "unix" and parts.path.startswith("/"):
            return
        try:
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            raise wrong from None
        if not known or parts.path not in ("", "/") or parts.query or parts.username is not None:
            raise wrong

    def waiting(self) -> Iterator[Waiting]:
        """Yield what this desk has not acknowledged, page by page, in the server's order."""
        after = 0
        while True:
            answer = self._answer("GET", f"/collect?after={after}", largest=_LARGEST_LIST)
            page = _parsed_list(answer or b"")
            yield from page.lines
            if not page.more:
                return
            # A server that repeats itself must not keep us here for ever.
            if not page.lines or page.lines[-1].seq <= after:
                raise MailServerError("the server's list does not move on; tell its operator")
            after = page.lines[-1].seq

    def sealed_bytes(self, waiting: Waiting) -> bytes | None:
        """Return one envelope's bytes, or None if the server no longer has it.

        Raises `CutOffError` for another length than was listed. http.client says nothing when a
        connection ends early, and what is acknowledged then is gone on both sides.
        """
        untrusted = self._answer(
            "GET", f"/collect/{waiting.envelope_id}", largest=max(PADDED_SIZES), or_gone=True
        )
        if untrusted is not None and len(untrusted) != waiting.size:
            raise CutOffError(
                f"an envelope of {waiting.size} bytes came with {len(untrusted)}; it was not taken "
                "in and waits on the server. Fetch again; if it stays so, tell its operator"
            )
        return untrusted

    def acknowledge(self, envelope_ids: Sequence[str]) -> None:
        """Tell the server that these are stored here; it may then forget them."""
        body = json.dumps({"ids": list(envelope_ids)}, separators=(",", ":")).encode()
        self._answer("POST", "/collect/acknowledge", body, largest=_LARGEST_LIST)

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._address)
        if parts.scheme == "unix":
            return _UnixConnection(parts.path, _SECONDS_OF_SILENCE)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(
                host, parts.port, timeout=_SECONDS_OF_SILENCE, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, parts.port, timeout=_SECONDS_OF_SILENCE)

    def _answer(
        self, method: str, path: str, body: bytes = b"", *, largest: int, or_gone: bool = False
    ) -> bytes | None:
        headers = {
            "Authorization": sign_request(
                method,
                path,
                body,
                desk=self._key.desk,
                key=self._key.private,
                now=datetime.now(UTC),
            ),
            "Accept-Encoding": "identity",
        }
        if body:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        limit = threading.Timer(_LONGEST_ANSWER, _hang_up)
        limit.daemon = True
        try:
            connection.connect()
            limit.args = (connection.sock,)
            limit.start()
            connection.request(method, path, body=body or None, headers=headers)
            response = connection.getresponse()
            untrusted = response.read(largest + 1)
        except (OSError, http.client.HTTPException) as error:
            raise MailServerError(
                _(
                    "the server did not answer (%(error)s); check that it runs and that "
                    "the address is right, then fetch again. What has been fetched is safe"
                )
                % {"error": type(error).__name__}
            ) from None
        finally:
            limit.cancel()
            connection.close()
        if or_gone and response.status in (404, 410):
            return None
        if response.status in (401, 403):
            raise MailServerError(
                _(
                    "the server does not accept this desk (status %(status)d): the desk must "
                    "stand in the server's roster as %(desk)s, and both clocks must be right"
                )
                % {"status": response.status, "desk": self._key.desk}
            )
        if not 200 <= response.status < 300:
            raise MailServerError(
                _("the server answered with status %(status)d; expected 200. Try again later")
                % {"status": response.status}
            )
        if len(untrusted) > largest:
            raise MailServerError(f"the server's answer is longer than {largest} bytes; refused")
        return untrusted


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended by itself
        line.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[Waiting, ...]
    more: bool


def _parsed_list(untrusted: bytes) -> _Page:
    try:
        document = json.loads(untrusted)
        lines = tuple(
            Waiting(_whole(line["seq"]), _id(line["id"]), _whole(line["size"]))
            for line in document["envelopes"]
        )
        more = document["more"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MailServerError(
            "the server's list cannot be read; is this address a Safelight server?"
        ) from None
    if type(more) is not bool:
        raise MailServerError("the server's list does not say whether more follows")
    return _Page(lines, more)


def _whole(untrusted: object) -> int:
    if type(untrusted) is not int or not 0 <= untrusted < 2**63:
        raise ValueError("expected a whole number")
    return untrusted


def _id(untrusted: object) -> str:
    if not isinstance(untrusted, str) or not _ID.fullmatch(untrusted):
        raise ValueError("expected an envelope's id")
    return untrusted
