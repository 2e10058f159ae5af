"""Names nobody has, in Russian morphology, and the ways lists spell them in Latin letters.

The names are built from invented stems, so that no simulated victim can share one with a
living person. What linkage must cope with is kept: patronymics, diminutives, gender
endings, several romanisations, slips of the keyboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

_GIVEN: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "M": (
        ("Тармил", "Тарик"), ("Ведомар", "Ведя"), ("Журислав", "Журик"), ("Хавелий", "Хавеля"),
        ("Цветозар", "Цветик"), ("Щедромир", "Щедря"), ("Юлодар", "Юлик"), ("Ярогост", "Ярик"),
    ),
    "F": (
        ("Тармила", "Тарочка"), ("Ведомара", "Веда"), ("Журислава", "Жура"), ("Хавелия", "Хава"),
        ("Цветозара", "Цветя"), ("Щедромира", "Щеда"), ("Юлодара", "Юлька"), ("Ярогоста", "Яря"),
    ),
}  # fmt: skip
_PATRONYMIC_STEMS: Final = ("Тармил", "Ведомар", "Журислав", "Цветозар", "Щедромир", "Ярогост")
_ONSETS: Final = ("Бряз", "Вежд", "Дрем", "Жухл", "Клюш", "Мярх", "Пыщ", "Скоц", "Тулёх", "Чавр")
_MIDDLES: Final = ("ат", "ен", "ил", "ош", "ум", "ях", "юж", "ец")
_SURNAME_ENDINGS: Final = (("ов", "ова"), ("ин", "ина"), ("ский", "ская"))

# Romanisations in use: passports (ICAO 9303), libraries, and what people type.
_BASE: Final[Mapping[str, str]] = dict(
    zip(
        "абвгдеёзиклмнопрстуфъыьэ",
        ("a", "b", "v", "g", "d", "e", "e", "z", "i", "k", "l", "m",
         "n", "o", "p", "r", "s", "t", "u", "f", "", "y", "", "e"),
        strict=True,
    )
)  # fmt: skip
_SCHEMES: Final[tuple[Mapping[str, str], ...]] = (
    {"ж": "zh", "й": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu",
     "я": "ia"},
    {"ж": "zh", "й": "y", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu",
     "я": "ya", "ё": "yo"},
    {"ж": "j", "й": "j", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "ju",
     "я": "ja", "ё": "jo"},
)  # fmt: skip


@dataclass(frozen=True)
class InventedName:
    given: str
    diminutive: str
    patronymic: str
    surname: str

    def spelled(self, style: str) -> str:
        """The name as a list might hold it: "full", "short", "diminutive" or "initial"."""
        if style == "full":
            return f"{self.surname} {self.given} {self.patronymic}"
        if style == "short":
            return f"{self.given} {self.surname}"
        if style == "diminutive":
            return self.diminutive
        return f"{self.surname} {self.given[0]}."


def invent_name(rng: np.random.Generator, gender: str) -> InventedName:
    """Draw a name; people outside the two grammatical genders use either form."""
    form = gender if gender in _GIVEN else ("M", "F")[int(rng.integers(2))]
    given, diminutive = _GIVEN[form][int(rng.integers(len(_GIVEN[form])))]
    father = _PATRONYMIC_STEMS[int(rng.integers(len(_PATRONYMIC_STEMS)))]
    masculine, feminine = _SURNAME_ENDINGS[int(rng.integers(len(_SURNAME_ENDINGS)))]
    stem = _ONSETS[int(rng.integers(len(_ONSETS)))] + _MIDDLES[int(rng.integers(len(_MIDDLES)))]
    return InventedName(
        given=given,
        diminutive=diminutive,
        patronymic=father + ("ович" if form == "M" else "овна"),
        surname=stem + (masculine if form == "M" else feminine),
    )


def romanised(cyrillic: str, scheme: int) -> str:
    """`cyrillic` in Latin letters by one of three schemes (0, 1, 2)."""
    table = {**_BASE, **_SCHEMES[scheme]}
    return "".join(_one_letter(letter, table) for letter in cyrillic)


def _one_letter(letter: str, table: Mapping[str, str]) -> str:
    latin = table.get(letter.lower(), letter)
    return latin.capitalize() if letter.isupper() else latin


def with_a_slip(rng: np.random.Generator, text: str) -> str:
    """Swap two neighbouring letters inside `text`, as a hurried typist does."""
    if len(text) < 4:
        return text
    at = int(rng.integers(1, len(text) - 2))
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
