"""A lost server, made again from any copy of its publication.

The copy holds what the server showed and to whom reports are sealed; it never held mailboxes
or secrets. What is lost with a server are envelopes that no desk had fetched.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.publication.mirrors.folder import FolderMirror
from safelight.publication.mirrors.mirroring import mirror
from safelight.publication.outward import HELP_NAME, ROSTER_NAME
from safelight.publication.reader import Memory, accept
from safelight.publication.reading import PublicationError
from safelight.sealing.help_list import verified_help_list
from safelight.sealing.roster import verified_roster
from safelight.sealing.signed_folder import LastSeen, Verified, verify_folder

# As `safelight serve` is given them; help.json is looked for beside the roster.
SITE, ROSTER, HELP, ROOT, KEY, DATA = (
    "site",
    "roster.json",
    "help.json",
    "root.pub",
    "publication.pub",
    "data",
)
_PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was put where. `helpers`: whether a list of who helps came with it."""

    verified: Verified
    roster_version: int
    helpers: bool


def rebuild_server(
    copy: Path,
    place: Path,
    *,
    key: Ed25519PublicKey,
    memory: Memory | None,
    root: Ed25519PublicKey,
    today: date,
) -> Rebuilt:
    """Verify a copy and lay out everything that `safelight serve` is given; all or nothing.

    Raises what `accept` raises, `RosterError` and `HelpListError`; `PublicationError` if
    `place` exists or the copy has no roster.
    """
    if place.exists() or place.is_symlink():
        raise PublicationError("the place for the server exists already; give a new name")
    accepted = accept(copy, key=key, memory=memory, last_seen=None)
    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(accepted.memory.key))
    place.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=".server-", dir=place.parent))
    try:
        mirror(copy, FolderMirror(workplace / SITE), key=signer, anew=True, told=_silent)
        # From here on the copy may change under our hands; ours is looked at once more.
        copy = workplace / SITE
        seen = LastSeen(accepted.verified.version, accepted.verified.digest)
        verify_folder(copy, key=signer, last_seen=seen)
        roster = _roster(copy)
        listed = verified_roster(roster, root=root, today=today, last_seen_version=None)
        (workplace / ROSTER).write_bytes(roster)
        (workplace / ROOT).write_text(root.public_bytes_raw().hex() + "\n", encoding="ascii")
        (workplace / KEY).write_text(accepted.memory.key + "\n", encoding="ascii")
        (workplace / DATA).mkdir(mode=_PRIVATE)
        helpers = _helpers(copy, workplace, root, today)
        workplace.chmod(0o755)
        workplace.rename(place)
    except BaseException:
        shutil.rmtree(workplace, ignore_errors=True)
        raise
    return Rebuilt(accepted.verified, listed.version, helpers)


def _roster(copy: Path) -> bytes:
    try:
        return (copy / ROSTER_NAME).read_bytes()
    except FileNotFoundError:
        raise PublicationError(
            "this publication has no roster, so nobody could open what a server made from it "
            "takes. Build it with --roster, or give the server one yourself"
        ) from None


def _helpers(copy: Path, workplace: Path, root: Ed25519PublicKey, today: date) -> bool:
    try:
        helps = (copy / HELP_NAME).read_bytes()
    except FileNotFoundError:
        return False
    verified_help_list(helps, root=root, today=today, last_seen_version=None)
    (workplace / HELP).write_bytes(helps)
    return True


def _silent(_done: int, _of: int) -> None:
    pass
