"""How a desk proves to the server who asks: one Ed25519 signature a request.

docs/spec/desk-request.md. There is no password and no session that a seized server could keep.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.errors import SafelightError
from safelight.sealing.roster import Roster, RosterDesk

SCHEME: Final = "Safelight-Desk"
_HEADER: Final = re.compile(
    r"Safelight-Desk (?P<desk>[a-z0-9-]{1,32}) (?P<seconds>[1-9][0-9]{0,10}) "
    r"(?P<nonce>[0-9a-f]{32}) (?P<signature>[0-9a-f]{128})"
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DeskRequestError(SafelightError):
    """A request that no desk of the roster has made, or not now, or not only once."""


class SeenRequests:
    """Remembers the nonces of accepted requests, so that none is accepted twice.

    One for each process: a server of several processes keeps nonces where all see them,
    or accepts that a replay within `max_skew` repeats a read or an acknowledgement.
    Entries are forgotten once their time has passed, so memory is bounded by the rate
    of *correctly signed* requests.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}
        self._lock = threading.Lock()

    def remember(self, desk: str, nonce: str, *, until: datetime, now: datetime) -> None:
        """Note one accepted request; raise `DeskRequestError` if it was noted before."""
        with self._lock:
            if (desk, nonce) in self._until:
                raise DeskRequestError("this request was used before; sign each request anew")
            self._until = {key: end for key, end in self._until.items() if end >= now}
            self._until[desk, nonce] = until


def _signed_bytes(method: str, path: str, seconds: str, nonce: str, body_sha256: str) -> bytes:
    # A newline inside a part would let two different requests be signed as one.
    if any(ord(character) < 0x21 or ord(character) > 0x7E for character in method + path):
        raise DeskRequestError("method and path of a request are visible ASCII")
    parts = ("safelight desk request v1", method, path, seconds, nonce, body_sha256)
    return "\n".join(parts).encode("ascii")


def sign_request(
    method: str,
    path_with_query: str,
    body: bytes,
    *,
    desk: str,
    key: Ed25519PrivateKey,
    now: datetime,
) -> str:
    """Return the value of the `Authorization` header for one request. `now` is aware."""
    seconds, nonce = str(int(now.timestamp())), os.urandom(16).hex()
    digest = hashlib.sha256(body).hexdigest()
    signature = key.sign(_signed_bytes(method, path_with_query, seconds, nonce, digest)).hex()
    return f"{SCHEME} {desk} {seconds} {nonce} {signature}"


def verified_desk(
    untrusted_header: str,
    method: str,
    path: str,
    body_sha256: str,
    roster: Roster,
    *,
    now: datetime,
    max_skew: timedelta,
    seen: SeenRequests,
) -> RosterDesk:
    """Return the desk that signed this very request, or raise `DeskRequestError`.

    `path` includes the query; `body_sha256` is the hex digest of the body as received;
    `now` is aware. An unknown desk, one that has left and a bad signature look alike.
    """
    found = _HEADER.fullmatch(untrusted_header)
    if not found or not _DIGEST.fullmatch(body_sha256):
        raise DeskRequestError(
            f"expected the header 'Authorization: {SCHEME} <desk> <seconds> <nonce> <signature>'"
        )
    made = datetime.fromtimestamp(int(found["seconds"]), tz=UTC)
    if abs(now - made) > max_skew:
        raise DeskRequestError(
            f"the request's time is more than {int(max_skew.total_seconds())} s from the "
            "server's; set the desk's clock"
        )
    signed = _signed_bytes(method, path, found["seconds"], found["nonce"], body_sha256)
    for desk in roster.usable_desks(now.astimezone(UTC).date()):
        if desk.name != found["desk"]:
            continue
        try:
            desk.verify_key().verify(bytes.fromhex(found["signature"]), signed)
        except InvalidSignature:
            break
        seen.remember(desk.name, found["nonce"], until=made + max_skew, now=now)
        return desk
    raise DeskRequestError(
        "not signed by a desk of the current roster; check the desk's name and the roster"
    )
