"""The same words in both languages: what an operator, a keeper or a partner wrote for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in each language."""

    ru: str
    en: str

    def in_language(self, language: str) -> str:
        """The Russian text for `ru` and its variants (`ru-BY`), else the English one."""
        return self.ru if language.startswith("ru") else self.en

    def as_json(self) -> dict[str, str]:
        return {"ru": self.ru, "en": self.en}
