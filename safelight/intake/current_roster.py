"""Who reports are sealed to right now. Asked anew for each page, deposit and desk request.

The file may be replaced while the server runs. A new file counts only if the root
key signed it and it is not older than the newest one seen here, also before a
restart (`HighestSeen`). A bad file never replaces a good roster, neither in this worker
nor in the next (`AcceptedRoster`); a good roster that expires closes the intake, as
nobody could open what came after.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.intake import day
from safelight.intake.configuration import configured
from safelight.intake.models import AcceptedRoster, HighestSeen
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable
from safelight.sealing.root_key import parse_root
from safelight.sealing.roster import Roster, RosterError, verified_roster

_LARGEST: Final = 2 * 1024 * 1024
_VERSION: Final = "roster"
_LOG: Final = logging.getLogger("safelight.intake")


@dataclass(frozen=True, eq=False)  # one object for each file that was taken in
class OpenRoster:
    """A roster with at least one desk that can be sealed to today, and its signed bytes."""

    roster: Roster
    signed: bytes
    root: Ed25519PublicKey


class RosterFile:
    """The file the operator gave, and the newest good roster read from it."""

    def __init__(self, path: Path, root: Ed25519PublicKey) -> None:
        self._path = path
        self._root = root
        self._lock = threading.Lock()
        self._read_as: tuple[int, int, int] | None = (0, 0, 0)
        self._good: OpenRoster | None = None

    def open_roster(self, today: date, *, or_kept: bool) -> OpenRoster:
        """Return the roster to use on `today`, or raise `RosterError` with the reason.

        If the file is bad the last good one is used: of this process, and with `or_kept`
        also of an earlier one. An operator who starts the server hears of a bad file instead.
        """
        with self._lock:
            as_now = self._looks()
            if as_now != self._read_as:
                try:
                    self._take_in(today)
                except OSError as trouble:
                    missing = RosterError(f"the roster file: {trouble.strerror}")
                    self._keep_the_good_one(missing, today, or_kept=or_kept)
                except RosterError as reason:
                    self._keep_the_good_one(reason, today, or_kept=or_kept)
                # Also when it was refused: one line in the log for each change of the file.
                self._read_as = as_now
            good = self._good
        if good is None:
            raise RosterError("no roster was accepted yet; see the first lines of the log")
        good.roster.recipients(today)  # expired or empty since it was read: raises
        return good

    def _looks(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _take_in(self, today: date) -> None:
        with self._path.open("rb") as file:
            signed = file.read(_LARGEST)
        accepted = self._verified(signed, today)
        version = accepted.roster.version
        with readable():
            kept = AcceptedRoster.objects.filter(version=version).first()
        if kept is None or bytes(kept.signed) != signed:
            with durable_write():
                HighestSeen.objects.update_or_create(name=_VERSION, defaults={"value": version})
                AcceptedRoster.objects.all().delete()
                AcceptedRoster.objects.create(version=version, signed=signed)
        self._good = accepted
        _LOG.info(
            "roster.accepted version=%d desks=%d",
            version,
            len(accepted.roster.usable_desks(today)),
        )

    def _verified(self, signed: bytes, today: date) -> OpenRoster:
        with readable():
            seen = HighestSeen.objects.filter(name=_VERSION).first()
        roster = verified_roster(
            signed,
            root=self._root,
            today=today,
            last_seen_version=None if seen is None else seen.value,
        )
        return OpenRoster(roster, signed, self._root)

    def _keep_the_good_one(self, reason: RosterError, today: date, *, or_kept: bool) -> None:
        if self._good is None and or_kept:
            with readable():
                kept = AcceptedRoster.objects.first()
            if kept is not None:
                self._good = self._verified(bytes(kept.signed), today)
        if self._good is None:
            raise reason
        _LOG.error("roster.refused kept_version=%d reason=%s", self._good.roster.version, reason)


@cache
def roster_file() -> RosterFile:
    """Return the one `RosterFile` of this process, as `safelight serve` configured it."""
    chosen = configured()
    return RosterFile(chosen.roster, parse_root(chosen.root_hex))


def current_roster() -> OpenRoster:
    """Return the roster of today, or raise `RefusedError` (503): nobody could open a report."""
    try:
        return roster_file().open_roster(day.today(), or_kept=True)
    except RosterError as reason:
        raise RefusedError(
            503,
            "intake-closed",
            expected="a roster with a usable desk",
            got=str(reason),
            next_step="try again later; the operator needs a new roster from the keeper",
        ) from None
