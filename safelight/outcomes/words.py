"""Sentences of charts and refusals in two languages, from `data/words.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from safelight.outcomes.path import shipped_path
from safelight.vocabulary.schema import checked_language, vocabulary

_NO_BREAK = "\N{NO-BREAK SPACE}"


@cache
def _all() -> dict[str, Any]:
    text = files("safelight.outcomes").joinpath("data/words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


@dataclass(frozen=True)
class Words:
    """What is said in one language. `VocabularyError` for a language we do not have."""

    language: str

    def __post_init__(self) -> None:
        checked_language(self.language)

    def say(self, name: str, /, **values: object) -> str:
        return self._filled(_all()["chart"][name], values)

    def refusal(self, code: str, /, **values: object) -> str:
        return self._filled(_all()["refusal"][code], values)

    def stage(self, name: str) -> str:
        """What reaching this stage means."""
        return shipped_path().stage(name).labels[self.language]

    def code(self, stage: str, code: str, detail: str = "") -> str:
        held = vocabulary().stage(stage)
        if not detail:
            return held.code(code).label(self.language)
        finer = next(field for field in held.details if field.name == "reason_not")
        return finer.code(detail).label(self.language)

    def day(self, day: date) -> str:
        month = _all()["months"][self.language][day.month - 1]
        return f"{day.day}{_NO_BREAK}{month} {day.year}"

    def number(self, count: int) -> str:
        separator = "," if self.language == "en" else _NO_BREAK
        return f"{count:,}".replace(",", separator)

    def part(self, share: float | None) -> str:
        """A share in whole per cent; never 0 % or 100 % for what is neither."""
        if share is None:
            return "–"
        percent = round(100 * share)
        if percent == 0 and share > 0:
            return f"<{_NO_BREAK}1{_NO_BREAK}%"
        if percent == 100 and share < 1:
            return f">{_NO_BREAK}99{_NO_BREAK}%"
        return f"{percent}{_NO_BREAK}%"

    def _filled(self, entry: dict[str, str], values: dict[str, object]) -> str:
        return entry[self.language].format(**values)
