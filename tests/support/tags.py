"""Taking the reporter's tag off what was opened, after checking that it is theirs."""

from __future__ import annotations

from safelight.sealing.message_tag import TAG_SIZE, tagged
from safelight.sealing.receipt import Receipt


def untagged(opened: bytes, receipt: Receipt) -> bytes:
    """Return the content before the tag; fail if this receipt did not make it."""
    content = opened[:-TAG_SIZE]
    assert tagged(content, receipt.message_key) == opened, "the tag is of another receipt"
    return content
