"""Ask the blind server for what has arrived, over HTTP or a Unix socket.

Every request is signed with the desk's key (`sealing.desk_request`); there is no
session. What the server answers is untrusted: read up to a bound, then parsed.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from safelight.errors import SafelightError
from safelight.journal.chain import DeskKey
from safelight.sealing.desk_request import sign_request
from safelight.sealing.envelope import FILE_SIZES

_LARGEST_LIST: Final = 1024 * 1024
_SECONDS_OF_SILENCE: Final = 30
# The largest envelope at 28 kB a second, as over a slow onion circuit; for a server that is never
# silent and never done.
_LONGEST_ANSWER: Final = 600.0
_ID: Final = re.compile(r"[0-9a-f]{8,64}")
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
PART: Final = 1024 * 1024
_ACKNOWLEDGE_AT_ONCE: Final = 50


class MailServerError(SafelightError):
    """The server could not be reached, refused, or answered something else than agreed."""


class NotAsListedError(MailServerError):
    """An envelope came otherwise than the server's list had said; it waits there still."""


class CutOffError(NotAsListedError):
    """An envelope came with fewer or more bytes than listed."""


class AlteredError(NotAsListedError):
    """An envelope came with other bytes than listed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the server's list. `work`: bits paid, None for what the server sealed."""

    seq: int
    envelope_id: str
    size: int
    mailbox: str
    sha256: str
    work: int | None


@dataclass(frozen=True, slots=True)
class ListedWithdrawal:
    """The owner of a mailbox withdrew, says the server; `proof` is for the desk to check."""

    mailbox: str
    proof: str
    day: date


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

    def pages(self) -> Iterator[Page]:
        """Yield what this desk has not acknowledged, page by page, in the server's order."""
        after = 0
        while True:
            answer = self._answer("GET", f"/collect?after={after}", largest=_LARGEST_LIST)
            page = _parsed_list(answer.body)
            yield page
            if not page.more:
                return
            # A server that repeats itself must not keep us here for ever.
            if not page.lines or page.lines[-1].seq <= after:
                raise MailServerError("the server's list does not move on; tell its operator")
            after = page.lines[-1].seq

    def sealed_bytes(self, waiting: Waiting) -> bytes | None:
        """Return one envelope's bytes, or None if the server no longer has it.

        Raises `CutOffError` for another length than was listed (http.client says nothing when a
        connection ends early, and what is acknowledged then is gone on both sides) and
        `AlteredError` for another digest.
        """
        untrusted = self._in_parts(waiting)
        if untrusted is None:
            return None
        if len(untrusted) != waiting.size:
            raise CutOffError(
                _(
                    "envelope %(name)s, listed with %(size)d bytes, came with %(got)d; it was not "
                    "taken in and waits on the server. Fetch again; if it stays so, tell its "
                    "operator"
                )
                % {"name": waiting.envelope_id, "size": waiting.size, "got": len(untrusted)}
            )
        if hashlib.sha256(untrusted).hexdigest() != waiting.sha256:
            raise AlteredError(
                _(
                    "envelope %(name)s came with other bytes than the server's list says; it was "
                    "not taken in and waits on the server. Fetch again; if it stays so, somebody "
                    "changes it on the way or on the server: tell its operator"
                )
                % {"name": waiting.envelope_id}
            )
        return untrusted

    def _in_parts(self, waiting: Waiting) -> bytes | None:
        parts = []
        for number in range(-(-waiting.size // PART)):
            path = f"/collect/{waiting.envelope_id}?part={number}"
            answer = self._answer("GET", path, largest=PART, fine=(404, 410))
            if answer.status in (404, 410):
                return None
            parts.append(answer.body)
        return b"".join(parts)

    def acknowledge(self, envelope_ids: Sequence[str], withdrawals: Sequence[str] = ()) -> None:
        """Tell the server that these are stored and done here; it may then forget them."""
        asked = {"ids": list(envelope_ids), "withdrawals": list(withdrawals)}
        body = json.dumps(asked, separators=(",", ":")).encode()
        self._answer("POST", "/collect/acknowledge", body, largest=_LARGEST_LIST)

    def acknowledge_withdrawals(self, mailboxes: Sequence[str]) -> None:
        """Tell the server that these withdrawals are known here."""
        for at in range(0, len(mailboxes), _ACKNOWLEDGE_AT_ONCE):
            self.acknowledge((), mailboxes[at : at + _ACKNOWLEDGE_AT_ONCE])

    def post_answer(self, mailbox: str, sealed: bytes) -> str:
        """Leave an answer in a mailbox; return "kept", "withdrawn" or "no-mailbox"."""
        path = f"/collect/answer/{mailbox}"
        answer = self._answer("POST", path, sealed, largest=_LARGEST_LIST, fine=(404, 410))
        return {404: "no-mailbox", 410: "withdrawn"}.get(answer.status, "kept")

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
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        largest: int,
        fine: tuple[int, ...] = (),
    ) -> _Answered:
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
            is_json = path == "/collect/acknowledge"
            headers["Content-Type"] = "application/json" if is_json else "application/octet-stream"
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
        if response.status in fine:
            return _Answered(response.status, b"")
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
        return _Answered(response.status, untrusted)


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended by itself
        line.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Answered:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the server's list. The withdrawals are the same on every page."""

    lines: tuple[Waiting, ...]
    withdrawals: tuple[ListedWithdrawal, ...]
    more: bool


def _parsed_list(untrusted: bytes) -> Page:
    try:
        document = json.loads(untrusted)
        lines = tuple(_line(line) for line in document["envelopes"])
        withdrawals = tuple(
            ListedWithdrawal(
                _hex(line["mailbox"], _MAILBOX),
                _hex(line["proof"], _DIGEST),
                date.fromisoformat(line["day"]),
            )
            for line in document["withdrawals"]
        )
        more = document["more"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MailServerError(
            "the server's list cannot be read; is this address a Safelight server?"
        ) from None
    if type(more) is not bool:
        raise MailServerError("the server's list does not say whether more follows")
    return Page(lines, withdrawals, more)


def _line(untrusted: Any) -> Waiting:
    work = untrusted["work"]
    size = _whole(untrusted["size"])
    if size not in FILE_SIZES or (work is not None and _whole(work) > 256):
        raise ValueError("expected the length of an envelope and a number of bits")
    return Waiting(
        seq=_whole(untrusted["seq"]),
        envelope_id=_hex(untrusted["id"], _ID),
        size=size,
        mailbox=_hex(untrusted["mailbox"], _MAILBOX),
        sha256=_hex(untrusted["sha256"], _DIGEST),
        work=work,
    )


def _whole(untrusted: object) -> int:
    if type(untrusted) is not int or not 0 <= untrusted < 2**63:
        raise ValueError("expected a whole number")
    return untrusted


def _hex(untrusted: object, form: re.Pattern[str]) -> str:
    if not isinstance(untrusted, str) or not form.fullmatch(untrusted):
        raise ValueError("expected hex digits")
    return untrusted
