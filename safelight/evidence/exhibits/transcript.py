"""Text as lines that can be released one by one; a conversation with pseudonyms for its people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.sandbox.opened import Conversation, Message
from safelight.evidence.sandbox.wire import Line as LineKind

MOST_LINES: Final = 50_000
_PERSON: Final = {"en": "Person {}", "ru": "Собеседник {}"}
_NOBODY: Final = {"en": "(notice)", "ru": "(служебное)"}


@dataclass(frozen=True)
class Line:
    """A line of text. `number` counts from 0; before `said_from` stand pseudonym and time."""

    number: int
    text: str = field(repr=False)
    said_from: int = 0


def transcript(conversation: Conversation, *, language: str) -> tuple[Line, ...]:
    """Return an exported conversation line by line: who by pseudonym, when, what. Pure.

    Pseudonyms count in the order in which people first speak. Names *within* what was said stay:
    they are covered until a person releases them, and suggested (suggesting.py). A time without
    zone is what the export says, on the clock of the phone that made it. Raises `ExhibitError`
    for a language that is not "en" or "ru".
    """
    if language not in _PERSON:
        raise ExhibitError(f"expected a language of {sorted(_PERSON)}; choose one of them")
    order: dict[int, int] = {}
    lines: list[Line] = []
    for message in conversation.messages[:MOST_LINES]:
        if message.author is not None:
            order.setdefault(message.author, len(order) + 1)
        who = _who(message, order, language)
        before = "".join(f"{part} · " for part in (who, _when(message)) if part)
        said = " ".join(message.text.split())
        lines.append(Line(len(lines), before + said if said else before[:-3], len(before)))
    return tuple(lines)


def _who(message: Message, order: dict[int, int], language: str) -> str:
    if message.author is None:
        return _NOBODY[language] if message.kind is LineKind.EVENT else ""
    return _PERSON[language].format(order[message.author])


def _when(message: Message) -> str:
    if message.local_time:
        return message.local_time.replace("T", " ")
    if message.unix_time is None:
        return ""
    try:
        moment = datetime.fromtimestamp(message.unix_time, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def lines_of_text(text: str) -> tuple[Line, ...]:
    """Return the lines of a text that are not empty."""
    found = (" ".join(line.split()) for line in text.split("\n"))
    kept = [line for line in found if line][:MOST_LINES]
    return tuple(Line(number, line) for number, line in enumerate(kept))
