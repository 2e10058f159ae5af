"""A client for circles as far as the server sees one: keys, hashes and bytes that mean nothing.

What MLS would seal is random here. Keys of RSA are made once for a run, as they are slow.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, generate_private_key

from safelight.circles.addresses import KNOCK, PIECE
from safelight.circles.blind_signature import PublicKey, blind, blind_sign, finalize
from tests.support.live_server import Answer, LiveServer


def digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


@cache
def batch_key(number: int) -> RSAPrivateNumbers:
    """The private half of a batch. Only a keeper's device has it."""
    del number
    return generate_private_key(65537, 2048).private_numbers()


@dataclass
class Circle:
    """What a member who is also a keeper knows."""

    circle_id: str = field(default_factory=lambda: secrets.token_hex(16))
    keeper: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    # One for each epoch.
    doors: list[bytes] = field(default_factory=lambda: [secrets.token_bytes(32)])

    @property
    def door(self) -> bytes:
        return self.doors[-1]

    @property
    def path(self) -> str:
        return f"/circle/{self.circle_id}"


@dataclass(frozen=True)
class Invitation:
    """What stands in an invitation's address."""

    batch_id: str
    nonce: bytes
    signature: bytes

    def body(self, knock: bytes) -> bytes:
        return self.nonce + self.signature + knock


def invitation(private: RSAPrivateNumbers) -> Invitation:
    """An inviter draws and blinds, the keeper signs, the inviter unblinds."""
    key = PublicKey(private.public_numbers.n)
    batch_id = hashlib.sha256(key.to_bytes()).digest()[:16]
    nonce = secrets.token_bytes(32)
    message = b"safelight invitation v1\0" + batch_id + nonce
    blinded = blind(key, message)
    signed = finalize(key, message, blind_sign(private, blinded.message), blinded.inverse)
    return Invitation(batch_id.hex(), nonce, signed)


def knock() -> bytes:
    return secrets.token_bytes(KNOCK)


class Circles:
    """Asks a running server."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """`key="…"` becomes `Safelight-Key: …`."""
        sent = {f"Safelight-{name.replace('_', '-')}": v for name, v in headers.items()}
        if method == "POST":
            sent["Content-Type"] = "application/octet-stream"
        return self.server.request(method, path, body if method == "GET" else body or b"", sent)

    def founded(self) -> Circle:
        circle = Circle()
        answer = self.ask(
            "POST",
            circle.path,
            keeper=digest(circle.keeper),
            door=digest(circle.door),
            work=self.server.work(0),
        )
        assert answer.status == 201, answer.text
        return circle

    def say(self, circle: Circle, sealed: bytes, key: bytes | None = None) -> Answer:
        return self.ask("POST", f"{circle.path}/message", sealed, key=(key or circle.door).hex())

    def commit(
        self, circle: Circle, sealed: bytes, *, key: bytes, epoch: int, door: bytes, **more: str
    ) -> Answer:
        shown = {"key": key.hex(), "epoch": str(epoch), "door": digest(door), **more}
        return self.ask("POST", f"{circle.path}/commit", sealed, **shown)

    def send_pieces(
        self, path: str, sealed: bytes, order: Iterable[int] | None = None, **shown: str
    ) -> list[Answer]:
        """Send pieces of `sealed` below `path`, all of them or those of `order`."""
        size, digested = len(sealed), digest(sealed)
        return [
            self.ask(
                "POST",
                f"{path}/piece/{digested}/{number}",
                sealed[number * PIECE : (number + 1) * PIECE],
                size=str(size),
                **shown,
            )
            for number in (range(-(-size // PIECE)) if order is None else order)
        ]

    def end_commit(
        self, circle: Circle, sealed: bytes, *, key: bytes, epoch: int, door: bytes, **more: str
    ) -> Answer:
        """The commit whose pieces were sent."""
        more = {"digest": digest(sealed), **more}
        return self.commit(circle, b"", key=key, epoch=epoch, door=door, **more)

    def next_epoch(self, circle: Circle) -> None:
        door, epoch = secrets.token_bytes(32), len(circle.doors) - 1
        sealed = secrets.token_bytes(900)
        answer = self.commit(circle, sealed, key=circle.door, epoch=epoch, door=door)
        assert answer.status == 201, answer.text
        circle.doors.append(door)

    def read(self, circle: Circle, after: int = 0, key: bytes | None = None) -> Answer:
        return self.ask("GET", f"{circle.path}?after={after}", key=(key or circle.door).hex())

    def whole_log(self, circle: Circle, key: bytes) -> list[dict[str, Any]]:
        """Everything a key opens, over as many pages as it takes, with the bytes of each."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.read(circle, found[-1]["seq"] if found else 0, key).json()
            for one in page["entries"]:
                one["bytes"] = (
                    base64.b64decode(one["sealed"])
                    if one["sealed"] is not None
                    else self.parts(f"{circle.path}/entry/{one['seq']}", one["size"], key)
                )
            found += page["entries"]
            if not page["more"]:
                return found

    def parts(self, path: str, size: int, key: bytes) -> bytes:
        fetched = [
            self.ask("GET", f"{path}/{part}", key=key.hex()) for part in range(-(-size // 8192))
        ]
        assert {one.status for one in fetched} == {200}
        return b"".join(one.body for one in fetched)

    def open_batch(self, circle: Circle, private: RSAPrivateNumbers) -> Answer:
        modulus = PublicKey(private.public_numbers.n).to_bytes()
        return self.ask("POST", f"{circle.path}/batch", modulus, Keeper_Key=circle.keeper.hex())

    def come_in(self, invited: Invitation, knocking: bytes) -> Answer:
        return self.ask("POST", f"/invitation/{invited.batch_id}", invited.body(knocking))


@dataclass(frozen=True)
class Stash:
    """What both devices make of the words, and what is sealed under them."""

    sealed: bytes
    stash_id: str = field(default_factory=lambda: secrets.token_hex(16))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def path(self) -> str:
        return f"/stash/{self.stash_id}"


@dataclass(frozen=True)
class Claim:
    """What the taking device draws."""

    claim_id: str = field(default_factory=lambda: secrets.token_hex(16))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def path(self) -> str:
        return f"/stash/{self.claim_id}"


class Stashes:
    """Moves state from one device to another over a running server."""

    def __init__(self, circles: Circles) -> None:
        self.circles = circles

    def begin(self, stash: Stash, **changed: str) -> Answer:
        shown = {
            "verifier": digest(stash.key),
            "digest": digest(stash.sealed),
            "size": str(len(stash.sealed)),
            "work": self.circles.server.work(len(stash.sealed)),
        }
        return self.circles.ask("POST", stash.path, **(shown | changed))

    def piece(self, stash: Stash, number: int, **changed: str) -> Answer:
        sealed = stash.sealed[number * PIECE : (number + 1) * PIECE]
        shown = {"key": stash.key.hex()} | changed
        return self.circles.ask("POST", f"{stash.path}/piece/{number}", sealed, **shown)

    def whole(self, stash: Stash) -> Answer:
        return self.circles.ask("POST", f"{stash.path}/whole", key=stash.key.hex())

    def left(self, stash: Stash) -> Stash:
        assert self.begin(stash).status == 201
        for number in range(-(-len(stash.sealed) // PIECE)):
            assert self.piece(stash, number).status == 201
        assert self.whole(stash).status == 201
        return stash

    def take(self, stash: Stash, claim: Claim, key: bytes | None = None) -> Answer:
        return self.circles.ask(
            "POST",
            f"{stash.path}/take/{claim.claim_id}",
            key=(key or stash.key).hex(),
            verifier=digest(claim.key),
        )

    def fetched(self, claim: Claim, size: int) -> bytes:
        return self.circles.parts(f"{claim.path}/piece", size, claim.key)

    def drop(self, path: str, key: bytes) -> Answer:
        return self.circles.ask("POST", f"{path}/drop", key=key.hex())
