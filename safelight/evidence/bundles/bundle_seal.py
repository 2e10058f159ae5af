"""Seal a bundle: sign its tag manifest with the desk's key, and have authorities say when.

Each seal is a folder `seals/<number>`. The next seal lists the files of the one before, so that
its timestamps are a later authority's word about the earlier one's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.evidence.bundles.bag import TAG_MANIFEST, file_digest, manifest_bytes, walk
from safelight.evidence.problems import AuthorityUnavailable, EvidenceError
from safelight.evidence.timestamps.asking import Asking
from safelight.evidence.timestamps.authorities import Authority
from safelight.evidence.timestamps.timestamp import Roots, Stamp, new_request, verified_stamp

SIGNATURE: Final = "signature.sig"
SEAL_NAME: Final = re.compile(r"seals/([1-9][0-9]{0,3})/([^/]+)")


@dataclass(frozen=True)
class Gap:
    """A timestamp that was asked for and did not come, with the reason; made up for later by
    another seal."""

    authority: str
    reason: str


@dataclass(frozen=True)
class Sealed:
    """What a seal has: its number, the timestamps that hold, and those that are missing."""

    number: int
    stamps: Mapping[str, Stamp]
    gaps: tuple[Gap, ...]


def asked_names(authorities: Sequence[Authority]) -> str:
    """How the log says whom a seal asks. `+` stands in no name."""
    return "+".join(authority.name for authority in authorities)


def seal_folder(
    folder: Path,
    number: int,
    *,
    desk: Ed25519PrivateKey,
    authorities: Sequence[Authority],
    ask: Asking,
    now: datetime,
) -> Sealed:
    """Write the tag manifest, sign it, and ask each authority for a timestamp of it.

    An authority that does not answer is a gap. A reply that does not hold ends the seal:
    `TimestampError` is not caught.
    """
    tags = {
        name: file_digest(path)
        for name, path in walk(folder).files.items()
        if not name.startswith("data/") and name != TAG_MANIFEST
    }
    listed = manifest_bytes(tags)
    place = folder / "seals" / str(number)
    place.mkdir(parents=True)
    for target in (folder / TAG_MANIFEST, place / TAG_MANIFEST):
        target.write_bytes(listed)
    (place / SIGNATURE).write_bytes(desk.sign(listed))
    stamps: dict[str, Stamp] = {}
    gaps: list[Gap] = []
    for authority in authorities:
        try:
            stamps[authority.name] = _stamp(place, listed, authority, ask, now)
        except AuthorityUnavailable as reason:
            gaps.append(Gap(authority.name, str(reason)))
    return Sealed(number, stamps, tuple(gaps))


def _stamp(place: Path, listed: bytes, authority: Authority, ask: Asking, now: datetime) -> Stamp:
    request = new_request(listed)
    reply = ask(authority, request)
    stamp = verified_stamp(
        reply,
        listed,
        untrusted_request=request,
        roots=Roots.parse(authority.roots),
        untrusted_chain=authority.chain,
        at=now,
    )
    if not stamp.openssl_asked:
        raise EvidenceError("openssl is not installed, and a timestamp needs its word as well")
    files = {".tsq": request, ".tsr": reply, ".chain.pem": authority.chain}
    for ending, content in files.items():
        if content:
            (place / f"{authority.name}{ending}").write_bytes(content)
    return stamp
