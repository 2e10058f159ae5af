"""The sentences of the published pages, in both languages (`texts/*.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from safelight.vocabulary.codes import Language

# In Russian in the genitive, as in "1 марта".
_MONTHS: Final = {
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}
# In Russian in the nominative, as in "март 2026".
_MONTH_NAMES: Final = {
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "en": _MONTHS["en"],
}


@dataclass(frozen=True)
class Texts:
    """The sentences of one language; `texts.say("rule", threshold=5)` fills one in."""

    language: Language
    sentences: dict[str, Any]

    def say(self, key: str, **values: object) -> str:
        return str(self.sentences[key]).format(**values)

    def count(self, key: str, count: int) -> str:
        """The sentence with the plural form that `count` asks for in this language."""
        forms = self.sentences[key]
        form = forms.get(plural(self.language, count)) or forms["many"]
        return str(form).format(count=self.number(count))

    def number(self, count: int) -> str:
        """Thousands apart: by a narrow no-break space in Russian, by a comma in English."""
        return f"{count:,}".replace(",", "\u202f") if self.language == "ru" else f"{count:,}"

    def day(self, on: date) -> str:
        return f"{on.day} {_MONTHS[self.language].split()[on.month - 1]} {on.year}" + (
            " г." if self.language == "ru" else ""
        )

    def month(self, month: str) -> str:
        """The month of 2026-05, in words."""
        year, number = month.split("-")
        names = _MONTH_NAMES[self.language].split()
        return f"{names[int(number) - 1]} {year}" + (" г." if self.language == "ru" else "")

    def period(self, period: tuple[str, str]) -> str:
        key = "period_one" if period[0] == period[1] else "period"
        return self.say(key, first=period[0], last=period[1])


def plural(language: Language, count: int) -> str:
    """The plural category of a whole number (Unicode CLDR rules for ru and en)."""
    if language == "en":
        return "one" if count == 1 else "many"
    if count % 10 == 1 and count % 100 != 11:
        return "one"
    if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14:
        return "few"
    return "many"


@cache
def texts(language: Language) -> Texts:
    """The sentences of a language. Public text: caching it leaks nothing."""
    source = files("safelight.publication") / "texts" / f"{language}.yaml"
    return Texts(language, yaml.safe_load(source.read_text(encoding="utf-8")))
