"""Show one line of a custody log, and that a sealed, timestamped bundle holds it, and no other
line, file or name of that bundle (docs/spec/evidence-bundle.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from safelight.evidence.bundles.bag import (
    CUSTODY_LOG,
    CUSTODY_TREE,
    DESK_KEY,
    TAG_MANIFEST,
    parse_manifest,
)
from safelight.evidence.bundles.bundle_seal import SIGNATURE
from safelight.evidence.bundles.custody import MOST_ENTRIES, Entry, SignedEntry, log_lines
from safelight.evidence.bundles.tree import inclusion_path, root_by_path
from safelight.evidence.bundles.verifying import examine
from safelight.evidence.problems import EvidenceError
from safelight.evidence.timestamps.timestamp import Roots, verified_stamp
from safelight.sealing.statement import key_id
from safelight.sealing.strict_json import parse_object

_LARGEST: Final = 2 * 1024 * 1024
_HEAD: Final = re.compile(
    r"safelight custody tree 1\nentries: ([1-9][0-9]{0,3})\nroot: ([0-9a-f]{64})\n"
)
_FIELDS: Final = frozenset(
    {"safelight_custody_proof", "line", "path", "head", "signed", "signature", "key", "stamps"}
)


@dataclass(frozen=True)
class Proved:
    """One line of a log, and since when it was sealed there, by the word of which authority."""

    entry: Entry
    entries: int
    times: Mapping[str, datetime]


def make_proof(folder: Path, *, item: str, desk: str, at: datetime) -> bytes:
    """Return the proof (JSON) that item number `item` entered this bundle.

    Raises `EvidenceError` if the bundle is not as the desk sealed it, or has no such item.
    """
    found = examine(folder, desk=desk, roots=None, at=at)
    if found.faults:
        raise EvidenceError("this bundle is not as its desk sealed it; verify it first")
    lines = log_lines((folder / CUSTODY_LOG).read_bytes())
    entries = [SignedEntry.parse(line).entry for line in lines]
    index = next((entry.n - 1 for entry in entries if item and entry.item == item), None)
    if index is None:
        raise EvidenceError("the custody log has no item of that number; numbers look like 0001")
    place = folder / "seals" / str(found.seals)
    names = [name for name in entries[-1].asked.split("+") if (place / f"{name}.tsr").is_file()]
    proof = {
        "safelight_custody_proof": 1,
        "line": lines[index].decode("ascii"),
        "path": [sibling.hex() for sibling in inclusion_path(lines, index)],
        "head": (folder / CUSTODY_TREE).read_text(encoding="ascii"),
        "signed": (place / TAG_MANIFEST).read_text(encoding="ascii"),
        "signature": _text(place / SIGNATURE),
        "key": _public_key(folder),
        "stamps": [
            {
                "authority": name,
                "request": _text(place / f"{name}.tsq"),
                "reply": _text(place / f"{name}.tsr"),
                "chain": _text(place / f"{name}.chain.pem"),
            }
            for name in names
        ],
    }
    return json.dumps(proof, indent=1).encode("ascii")


def verified_proof(untrusted: bytes, *, desk: str, roots: bytes, at: datetime) -> Proved:
    """Return what a proof proves, or raise `EvidenceError`.

    `desk` and `roots` as for `examine`: they came by another way. Every timestamp in the proof
    must hold, and at least one must be there.
    """
    try:
        proof = parse_object(untrusted, largest=_LARGEST)
    except ValueError as reason:
        raise EvidenceError(f"not a proof: {reason}") from None
    if set(proof) != _FIELDS or proof["safelight_custody_proof"] != 1:
        raise EvidenceError("not a proof as `safelight evidence proof` writes it")
    key = Ed25519PublicKey.from_public_bytes(_bytes(proof["key"], length=32))
    if key_id(key) != desk:
        raise EvidenceError("this proof is by another key than the one whose fingerprint you gave")
    signed = _string(proof["signed"]).encode()
    try:
        key.verify(_bytes(proof["signature"]), signed)
    except InvalidSignature:
        raise EvidenceError("the seal of this proof is not signed by that key") from None
    head = _string(proof["head"])
    described = _HEAD.fullmatch(head)
    listed = parse_manifest(signed, payload=False).get(CUSTODY_TREE)
    if described is None or listed != hashlib.sha256(head.encode()).hexdigest():
        raise EvidenceError("the tree of this proof is not the one that was sealed")
    line = SignedEntry.parse(_string(proof["line"]).encode())
    size = int(described[1])
    root = root_by_path(line.line, index=line.entry.n - 1, size=size, path=_path(proof["path"]))
    if root is None or root.hex() != described[2] or not line.is_signed_by(key):
        raise EvidenceError("the line of this proof does not stand in the log that was sealed")
    times = _times(proof["stamps"], signed, Roots.parse(roots), at)
    return Proved(line.entry, size, times)


def _times(untrusted: Any, signed: bytes, roots: Roots, at: datetime) -> dict[str, datetime]:
    if not isinstance(untrusted, list) or not untrusted:
        raise EvidenceError("this proof has no timestamp")
    found = {}
    for stamp in untrusted:
        if not isinstance(stamp, dict) or set(stamp) != {"authority", "request", "reply", "chain"}:
            raise EvidenceError("a timestamp of this proof is not as it is written")
        name = _string(stamp["authority"])
        if not re.fullmatch(r"[a-z0-9-]{1,32}", name):
            raise EvidenceError("an authority's name is 1 to 32 of a-z, 0-9 and -")
        found[name] = verified_stamp(
            _bytes(stamp["reply"]),
            signed,
            untrusted_request=_bytes(stamp["request"]),
            roots=roots,
            untrusted_chain=_bytes(stamp["chain"]),
            at=at,
        ).time
    return found


def _path(untrusted: Any) -> list[bytes]:
    if not isinstance(untrusted, list) or len(untrusted) > MOST_ENTRIES.bit_length():
        raise EvidenceError("the path of this proof is no path")
    siblings = [_string(one) for one in untrusted]
    if not all(re.fullmatch(r"[0-9a-f]{64}", one) for one in siblings):
        raise EvidenceError("the path of this proof is no path")
    return [bytes.fromhex(one) for one in siblings]


def _string(untrusted: Any) -> str:
    if not isinstance(untrusted, str) or not untrusted.isascii():
        raise EvidenceError("a field of this proof is not ASCII text")
    return untrusted


def _bytes(untrusted: Any, *, length: int | None = None) -> bytes:
    try:
        found = base64.b64decode(_string(untrusted), validate=True)
    except binascii.Error:
        raise EvidenceError("a field of this proof is not base64") from None
    if length is not None and len(found) != length:
        raise EvidenceError(f"a field of this proof has {len(found)} bytes, expected {length}")
    return found


def _text(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode() if path.is_file() else ""


def _public_key(folder: Path) -> str:
    key = load_pem_public_key((folder / DESK_KEY).read_bytes())
    assert isinstance(key, Ed25519PublicKey)  # examine() has read it
    return base64.b64encode(key.public_bytes_raw()).decode()
