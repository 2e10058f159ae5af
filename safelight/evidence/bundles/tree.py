"""Merkle tree over the lines of the custody log: RFC 9162 §2.1, SHA-256.

Each line carries 128 random bits of its own (`salt`), so a leaf's hash tells nobody what the
line says. A proof shows one line, its place and hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _leaf(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 9162 §2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def root_of(lines: Sequence[bytes]) -> bytes:
    """Return the root, 32 bytes; at least one line."""
    if len(lines) == 1:
        return _leaf(lines[0])
    middle = _split(len(lines))
    return _node(root_of(lines[:middle]), root_of(lines[middle:]))


def inclusion_path(lines: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings from the leaf up (RFC 9162 §2.1.3.1); `index` counts from 0."""
    if len(lines) == 1:
        return []
    middle = _split(len(lines))
    if index < middle:
        return [*inclusion_path(lines[:middle], index), root_of(lines[middle:])]
    return [*inclusion_path(lines[middle:], index - middle), root_of(lines[:middle])]


def root_by_path(line: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to (RFC 9162 §2.1.3.2); None if it fits no such tree."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, _leaf(line)
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = _node(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = _node(root, sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def tree_head(lines: Sequence[bytes]) -> bytes:
    """The tag file that a proof of one line leads to: number of lines and root."""
    return (
        f"safelight custody tree 1\nentries: {len(lines)}\nroot: {root_of(lines).hex()}\n".encode()
    )
