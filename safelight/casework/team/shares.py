"""Two shares of content keys: each alone is noise, both together (XOR) are the key. Pure.

    {"format":"safelight-shares/1","set":"<32 hex>","shares":{"<key id>":"<64 hex>",…}}

`set` names one splitting: shares of two splittings of one key do not fit together.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from safelight.errors import SafelightError
from safelight.journal.content import KEY_SIZE, ContentKey
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-shares/1"
_LARGEST: Final = 24 * 1024
_NAME: Final = re.compile(r"[0-9a-f]{32}")


class ShareError(SafelightError):
    """Bytes that are no shares, or shares that do not fit together."""


@dataclass(frozen=True, slots=True)
class Shares:
    """One side's shares of some keys; key id → 32 bytes. Never printed, logged or cached."""

    name: str
    of_keys: Mapping[str, bytes] = field(repr=False)

    def to_bytes(self) -> bytes:
        return json.dumps(
            {
                "format": FORMAT,
                "set": self.name,
                "shares": {key_id: share.hex() for key_id, share in self.of_keys.items()},
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode("ascii")

    @classmethod
    def parse(cls, untrusted: bytes) -> Shares:
        """Read shares, or raise `ShareError`."""
        try:
            found = parse_object(untrusted, largest=_LARGEST)
            shares = {key_id: bytes.fromhex(text) for key_id, text in found["shares"].items()}
            is_ours = (
                set(found) == {"format", "set", "shares"}
                and found["format"] == FORMAT
                and all(_NAME.fullmatch(name) for name in (found["set"], *shares))
                and all(len(share) == KEY_SIZE for share in shares.values())
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            is_ours = False
        if not is_ours:
            raise ShareError(f"not {FORMAT}: its fields cannot be read; update Safelight")
        return cls(found["set"], shares)


def split(keys: Iterable[ContentKey]) -> tuple[Shares, Shares]:
    """Return two sides' shares of these keys. Either alone says nothing about any key."""
    name = secrets.token_hex(16)
    first = {key.key_id: (secrets.token_bytes(KEY_SIZE), key.secret) for key in keys}
    return (
        Shares(name, {key_id: noise for key_id, (noise, _) in first.items()}),
        Shares(name, {key_id: _xor(noise, secret) for key_id, (noise, secret) in first.items()}),
    )


def combined(one: Shares, other: Shares, *, subject: str) -> list[ContentKey]:
    """Return the keys that two sides' shares of one splitting make, or raise `ShareError`.

    Whether they are the right ones shows when they open something.
    """
    if one.name != other.name or set(one.of_keys) != set(other.of_keys):
        raise ShareError(
            "these shares are of two different splittings; ask the second person for a new release"
        )
    return [
        ContentKey(key_id, subject, _xor(share, other.of_keys[key_id]))
        for key_id, share in sorted(one.of_keys.items())
    ]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
