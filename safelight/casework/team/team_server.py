"""The desk's side of `/team`: mail for colleagues, and what they left (docs/spec/mailbox.md)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from safelight.casework.mail_server import AlteredError, CutOffError, MailServer, MailServerError
from safelight.sealing.envelope import PADDED_SIZES

KEPT: Final = "kept"
_LARGEST_LIST: Final = 1024 * 1024
_ACKNOWLEDGE_AT_ONCE: Final = 200
_ID: Final = re.compile(r"[0-9a-f]{8,64}")
_NAME: Final = re.compile(r"[a-z0-9-]{1,32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# What keeps an envelope from being left for one colleague, and not for the others.
_REFUSALS: Final = {404: "not-on-the-roster", 409: "mailbox-full", 503: "busy", 507: "server-full"}


@dataclass(frozen=True, slots=True)
class WaitingHere:
    """One line of the list of what waits for this desk. `sender` is what the server says."""

    seq: int
    envelope_id: str
    sender: str
    size: int
    sha256: str


class TeamServer(MailServer):
    """The mailboxes of desks on the server at `address`; requests are signed as for `/collect`."""

    def waiting(self) -> Iterator[WaitingHere]:
        """Yield what waits for this desk, in the server's order."""
        after = 0
        while True:
            answer = self._answer("GET", f"/team?after={after}", largest=_LARGEST_LIST)
            lines, more = _parsed_list(answer.body)
            yield from lines
            if not more:
                return
            # A server that repeats itself must not keep us here for ever.
            if not lines or lines[-1].seq <= after:
                raise MailServerError("the server's list does not move on; tell its operator")
            after = lines[-1].seq

    def envelope(self, line: WaitingHere) -> bytes | None:
        """Return one envelope, or None if it is no longer there.

        Raises `CutOffError` and `AlteredError` for other bytes than were listed; it waits on.
        """
        path = f"/team/{line.envelope_id}"
        answer = self._answer("GET", path, largest=PADDED_SIZES[-1], fine=(404, 410))
        if answer.status in (404, 410):
            return None
        if len(answer.body) != line.size:
            raise CutOffError(
                f"envelope {line.envelope_id}, listed with {line.size} bytes, came with "
                f"{len(answer.body)}; it waits on the server. Exchange again"
            )
        if hashlib.sha256(answer.body).hexdigest() != line.sha256:
            raise AlteredError(
                f"envelope {line.envelope_id} came with other bytes than listed; it waits on the "
                "server. Exchange again; if it stays so, tell the server's operator"
            )
        return answer.body

    def leave(self, desk: str, sealed: bytes) -> str:
        """Leave an envelope for a colleague; return `KEPT` or why not (see `_REFUSALS`)."""
        path = f"/team/{desk}"
        fine = tuple(_REFUSALS)
        answer = self._answer("POST", path, sealed, largest=_LARGEST_LIST, fine=fine)
        return _REFUSALS.get(answer.status, KEPT)

    def acknowledge_mail(self, envelope_ids: Sequence[str]) -> None:
        """Tell the server that these are taken in here, or will never be: it deletes them."""
        for at in range(0, len(envelope_ids), _ACKNOWLEDGE_AT_ONCE):
            ids = list(envelope_ids[at : at + _ACKNOWLEDGE_AT_ONCE])
            body = json.dumps({"ids": ids}, separators=(",", ":")).encode()
            self._answer("POST", "/team/acknowledge", body, largest=_LARGEST_LIST)


def _parsed_list(untrusted: bytes) -> tuple[list[WaitingHere], bool]:
    try:
        document = json.loads(untrusted)
        lines = [_line(line) for line in document["envelopes"]]
        more = document["more"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MailServerError(
            "the server's list of mail between desks cannot be read; is this address a Safelight "
            "server?"
        ) from None
    if type(more) is not bool:
        raise MailServerError("the server's list does not say whether more follows")
    return lines, more


def _line(untrusted: Any) -> WaitingHere:
    seq, size = untrusted["seq"], untrusted["size"]
    if type(seq) is not int or not 0 < seq < 2**63 or size not in PADDED_SIZES:
        raise ValueError("expected a number and the length of an envelope")
    for value, form in (("id", _ID), ("from", _NAME), ("sha256", _DIGEST)):
        if not form.fullmatch(untrusted[value]):
            raise ValueError("expected an id, a desk and a digest")
    return WaitingHere(seq, untrusted["id"], untrusted["from"], size, untrusted["sha256"])
