"""Runs in the sandbox. Which messenger wrote this, and what was said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from safelight.evidence.sandbox.inside.chats import telegram, vk, whatsapp
from safelight.evidence.sandbox.inside.chats.conversation import NotThisProgram, Talk

_READERS: Final[tuple[Callable[[str], Talk], ...]] = (
    telegram.read_json,
    telegram.read_html,
    vk.read_html,
    whatsapp.read_text,
)


def conversation_in(untrusted: str) -> Talk | None:
    """Return the conversation that a text is the export of, or None. Pure; never raises."""
    text = untrusted.lstrip("\ufeff")
    for read in _READERS:
        try:
            return read(text)
        except NotThisProgram:
            continue
    return None
