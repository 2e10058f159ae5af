"""The words of the demo's letters, and the rules that its root key signs for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Final

import yaml

from safelight.casework.letters.policy import LettersPolicy

_VALID: Final = timedelta(days=365)


@dataclass(frozen=True)
class InventedLetter:
    """One letter. `done`: waiting, to-read or answered; `answer` is "" for one that waits."""

    language: str
    done: str
    age: str
    topic: tuple[str, ...]
    text: str
    answer: str
    may_be_published: bool


def invented_letters() -> tuple[InventedLetter, ...]:
    """Return the letters, the one that waits first."""
    return tuple(
        InventedLetter(
            language=letter["language"],
            done=letter["done"],
            age=letter["age"],
            topic=tuple(letter["topic"]),
            text=_one_line(letter["text"]),
            answer=_one_line(letter.get("answer", "")),
            may_be_published=letter.get("may_be_published", False),
        )
        for letter in _content()["letters"]
    )


def invented_rules(today: date) -> LettersPolicy:
    """Return the rules of an organisation of one person: whoever wrote an answer reads it again."""
    dated = {"version": 1, "issued": today.isoformat(), "expires": (today + _VALID).isoformat()}
    return LettersPolicy.parse(_content()["rules"] | dated)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _content() -> dict[str, Any]:
    text = (files("safelight.demo") / "data" / "letters.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
