"""From an old publication key to the next: statements that the old key signs, in a chain.

They lie in every publication after the first change. A reader who trusts any key of the
chain walks on to the one that signs today. A key that names two successors is not followed:
one of the two was named by a thief.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.publication.reading import PublicationError
from safelight.sealing.signed_folder import read_plain
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-key-changes/1"
PAYLOAD_TYPE: Final = "application/vnd.safelight.key-change+json"
CHANGES_NAME: Final = "key-changes.json"
MOST_CHANGES: Final = 64
_LARGEST: Final = 256 * 1024
_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """`signed` is the statement by the key `before` that `after` follows it from `on`."""

    before: str
    after: str
    on: date
    signed: bytes


def make_key_change(before: Ed25519PrivateKey, after: Ed25519PublicKey, *, on: date) -> KeyChange:
    """Let a key name its successor. Raises `PublicationError` if it is itself."""
    old, new = before.public_key().public_bytes_raw().hex(), after.public_bytes_raw().hex()
    if old == new:
        raise PublicationError("a key cannot follow itself; give the new public key")
    payload = json.dumps(
        {"after": new, "before": old, "format": FORMAT, "on": on.isoformat()},
        sort_keys=True,
        separators=(",", ":"),
    ).encode("ascii")
    return KeyChange(old, new, on, sign_statement(payload, PAYLOAD_TYPE, before))


def changes_to_bytes(changes: Sequence[KeyChange]) -> bytes:
    """Return the file that lies in a publication."""
    signed = [base64.b64encode(one.signed).decode("ascii") for one in changes]
    return json.dumps({"changes": signed, "format": FORMAT}, sort_keys=True).encode("ascii") + b"\n"


def read_key_changes(untrusted: bytes) -> tuple[KeyChange, ...]:
    """Return the changes, each verified by the key it leads away from. `PublicationError`."""
    try:
        return tuple(_verified(one) for one in _listed(untrusted))
    except (KeyError, TypeError, ValueError, binascii.Error, StatementError):
        raise PublicationError(
            f"{CHANGES_NAME}: expected statements of one key about the next, each signed by the "
            "first; got something else. Fetch the publication from another mirror"
        ) from None


def _listed(untrusted: bytes) -> list[Any]:
    document = parse_object(untrusted, largest=_LARGEST)
    if set(document) != {"format", "changes"} or document["format"] != FORMAT:
        raise ValueError("keys")
    listed = document["changes"]
    if not isinstance(listed, list) or len(listed) > MOST_CHANGES:
        raise ValueError("changes")
    return listed


def _verified(untrusted: Any) -> KeyChange:
    signed = base64.b64decode(untrusted, validate=True)
    claimed = _payload(base64.b64decode(parse_object(signed, largest=_LARGEST)["payload"]))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(claimed["before"]))
    told = _payload(verified_payload(signed, PAYLOAD_TYPE, key))
    if told["before"] == told["after"]:
        raise ValueError("itself")
    return KeyChange(told["before"], told["after"], date.fromisoformat(told["on"]), signed)


def _payload(untrusted: bytes) -> dict[str, str]:
    told = parse_object(untrusted, largest=4096)
    if set(told) != {"format", "before", "after", "on"} or told["format"] != FORMAT:
        raise ValueError("keys")
    if not all(_KEY.fullmatch(told[name]) for name in ("before", "after")):
        raise ValueError("key")
    return told


def keys_before(folder: Path, key: Ed25519PublicKey) -> tuple[Ed25519PublicKey, ...]:
    """Return the earlier keys that lead to `key` by the changes in a folder that was verified.

    What they signed is old, and ours. Raises `PublicationError`.
    """
    try:
        changes = read_key_changes(read_plain(folder / CHANGES_NAME, largest=_LARGEST))
    except FileNotFoundError:
        return ()
    earlier = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.before)) for one in changes]
    return tuple(one for one in earlier if one != key and key_of_today(one, changes) == key)


def key_of_today(trusted: Ed25519PublicKey, changes: Sequence[KeyChange]) -> Ed25519PublicKey:
    """Walk from a trusted key to the one that has no successor. Raises `PublicationError`."""
    successors: dict[str, str] = {}
    for one in changes:
        if successors.setdefault(one.before, one.after) != one.after:
            raise PublicationError(
                "a publication key names two successors, so one of them is a thief's: nothing "
                "signed after it is trusted. Ask the keeper of the key, by another way"
            )
    key = trusted.public_bytes_raw().hex()
    for _ in range(MOST_CHANGES + 1):
        if key not in successors:
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        key = successors[key]
    raise PublicationError("the publication keys lead in a circle; ask the keeper of the key")
