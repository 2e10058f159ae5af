"""A participant's folder: its keys, its state, and what it last sent.

The state and what follows from a message are one file, replaced as a whole. If the machine
stops before the messages stand in their files, `written_again` writes the very same ones.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from safelight.partners.overlap import saved
from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.organisation import Organisation
from safelight.partners.overlap.problems import PrivateOverlapError
from safelight.partners.overlap.relay import Relay
from safelight.partners.overlap.session_ledger import Pay, nothing_to_book
from safelight.partners.overlap.terms import Terms
from safelight.sealing.whole_file import whole_file

_KEYS: Final = "keys"
_STATE: Final = "state"
_LOCK: Final = "lock"
State = Organisation | Relay


def packed_state(state: State, following: Mapping[str, bytes]) -> bytes:
    """A state and the files that follow from it, as one row of bytes."""
    return saved.packed({}, {"state": state.saved(), **following})


def unpacked_state(stored: bytes) -> tuple[State, dict[str, bytes]]:
    """What `packed_state` made. Raises `PrivateOverlapError` where it is damaged."""
    _, blobs = saved.unpacked(stored)
    facts, inner = saved.unpacked(blobs.pop("state"))
    kind = Organisation if facts["part"] == "organisation" else Relay
    return kind.restored(facts, inner), blobs


class Folder:
    """One participant's folder for one session, readable by its owner only."""

    def __init__(self, path: Path, *, pay: Pay = nothing_to_book) -> None:
        self.path = path
        self._pay = pay

    @classmethod
    def made(cls, path: Path, name: str) -> tuple[Folder, Card]:
        """Draw the keys of a session into a new folder. Raises if there is one already."""
        keys = SessionKeys.drawn(name)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = {
            "name": name,
            "signing_seed": keys.signing_seed.hex(),
            "sealing_seed": keys.sealing_seed.hex(),
        }
        with whole_file(path / _KEYS) as file:
            file.write(saved.packed(facts, {}))
        with whole_file(path / f"{name}.card.json") as file:
            file.write(keys.card().encode())
        return cls(path), keys.card()

    def keys(self) -> SessionKeys:
        """The keys of this session. Raises `PrivateOverlapError` where there are none."""
        facts, _ = saved.unpacked(self._bytes(_KEYS))
        return SessionKeys(
            facts["name"],
            bytes.fromhex(facts["signing_seed"]),
            bytes.fromhex(facts["sealing_seed"]),
        )

    def pay(self, terms: Terms, *, only_check: bool) -> None:
        """Book the noise in the ledger that this folder was given, if it was given one."""
        self._pay(terms, self.keys().name, only_check)

    @property
    def began(self) -> bool:
        """Whether something was offered or relayed from here."""
        return (self.path / _STATE).exists()

    def state(self) -> State:
        """Where this participant stands. Raises `PrivateOverlapError` before it began."""
        return unpacked_state(self._bytes(_STATE))[0]

    def keep(self, state: State, following: Mapping[str, bytes]) -> None:
        """Replace the state, with the files that follow from it, durably.

        Where nothing follows, what followed last stays.
        """
        if not following and self.began:
            _, following = unpacked_state(self._bytes(_STATE))
        whole = packed_state(state, following)
        unfinished = self.path / f".{secrets.token_hex(8)}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(whole)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path / _STATE)
        finally:
            unfinished.unlink(missing_ok=True)

    def written_again(self, out: Path) -> list[Path]:
        """Write the files that followed from the last step; those that stand there stay."""
        _, files = unpacked_state(self._bytes(_STATE))
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        paths = [out / name for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            if path.exists() and path.read_bytes() == content:
                continue
            with whole_file(path) as file:
                file.write(content)
        return paths

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second program out while one step is done. Raises `PrivateOverlapError`."""
        self._check()
        with (self.path / _LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PrivateOverlapError(
                    "another program works in this folder now; wait until it is done"
                ) from None
            yield

    def _check(self) -> None:
        if not (self.path / _KEYS).is_file():
            raise PrivateOverlapError(
                "expected the folder of a private overlap; make one with `safelight overlap card`"
            )

    def _bytes(self, name: str) -> bytes:
        self._check()
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            raise PrivateOverlapError(
                "nothing was offered from this folder yet; begin with `safelight overlap offer`, "
                "or as the relay with `safelight overlap relay --terms`"
            ) from None
