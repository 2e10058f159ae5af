"""What is attached to a mail message. Mail comes from anybody and may be built to hurt."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Final

LARGEST_MAIL: Final = 64 * 1024 * 1024
_MOST_PARTS: Final = 500
_DEEPEST: Final = 20


def attachments_of(untrusted: bytes) -> Iterator[bytes]:
    """Yield the decoded content of every part, also of forwarded messages inside.

    What a part calls itself (its type, its name) does not matter: whoever takes it in looks
    at the bytes. A message that cannot be followed to its end yields what came before.
    """
    if len(untrusted) > LARGEST_MAIL:
        return
    try:
        message = message_from_bytes(untrusted)
    except (ValueError, LookupError, RecursionError):
        # The parser is made to survive anything but deep nesting and some odd headers.
        return
    left = _MOST_PARTS
    waiting: list[tuple[Message, int]] = [(message, 0)]
    while waiting and left > 0:
        part, depth = waiting.pop()
        left -= 1
        inside = part.get_payload()
        if isinstance(inside, list):
            if depth < _DEEPEST:
                waiting.extend((one, depth + 1) for one in reversed(inside))
            continue
        content = _decoded(part)
        if content:
            yield content


def _decoded(part: Message) -> bytes | None:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return None  # an encoding or character set that does not exist
    return content if isinstance(content, bytes) else None
