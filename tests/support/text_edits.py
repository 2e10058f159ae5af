"""What is done to a text on its way from post to post. Each edit takes a random generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Final

Edit = Callable[[str, random.Random, str], str]

_LOOKALIKES: Final = {
    "а": "aɑα", "е": "eε", "о": "oοо0", "р": "pρ", "с": "cϲ", "у": "y", "х": "xχ", "к": "kκ",
    "м": "m", "т": "tτ", "в": "bʙ", "н": "h", "А": "AΑ", "Е": "EΕ", "О": "OΟ0", "Р": "PΡ",
    "С": "C", "Х": "XΧ", "К": "KΚ", "М": "MΜ", "Т": "TΤ", "В": "BΒ", "Н": "HΗ", "з": "3",
}  # fmt: skip
_ISO: Final = dict(
    zip("абвгдезийклмнопрстуфхцыэъь", [*"abvgdezijklmnoprstufhcye", "", "'"], strict=True)
) | {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ё": "yo"}
_CHAT: Final = _ISO | {
    "й": "y", "ы": "y", "х": "kh", "ц": "ts", "щ": "sch", "ю": "ju", "я": "ja", "ь": "", "ё": "e",
}  # fmt: skip
# What OCR of Russian mistakes for each other.
_OCR: Final = {
    "ш": "щ", "щ": "ш", "и": "н", "н": "и", "п": "л", "л": "п", "е": "с", "с": "е", "о": "а",
    "а": "о", "ь": "ъ", "в": "з", "з": "э", "ц": "и", "т": "г", "г": "т", "б": "6", "ы": "ьі",
}  # fmt: skip
_OTHER_WORDS: Final = ("человек", "сегодня", "который", "опять", "город", "наконец", "просто")


def homoglyphs(text: str, rng: random.Random, _other: str) -> str:
    return "".join(
        rng.choice(_LOOKALIKES[c]) if c in _LOOKALIKES and rng.random() < 0.4 else c for c in text
    )


def invisible(text: str, rng: random.Random, _other: str) -> str:
    """Zero-width characters, soft hyphens and combining marks between letters."""
    marks = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u0301\u0336\u034f"
    return "".join(c + (rng.choice(marks) if rng.random() < 0.3 else "") for c in text)


def full_width(text: str, rng: random.Random, _other: str) -> str:
    """Latin look-alikes in full width, Cyrillic in capitals: as bots write to be seen."""
    looks = homoglyphs(text, rng, "")
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in looks)
    return wide.upper() if rng.random() < 0.5 else wide


def words_replaced(text: str, rng: random.Random, _other: str) -> str:
    """One word in seven, by another or by nothing."""
    words = text.split()
    return " ".join(
        rng.choice((*_OTHER_WORDS, "")) if rng.random() < 0.14 else word for word in words
    )


def sentences_moved(text: str, rng: random.Random, _other: str) -> str:
    """A third dropped, the rest in another order."""
    parts = [part for part in re.split(r"(?<=[.!?…\n])\s+", text) if part.strip()]
    kept = [part for part in parts if rng.random() < 0.67] or parts
    rng.shuffle(kept)
    return " ".join(kept)


def framed(text: str, rng: random.Random, other: str) -> str:
    """Something before and something after."""
    return f"{other[: rng.randint(20, 200)]}\n\n{text}\n{other[-rng.randint(20, 200) :]}"


def decorated(text: str, rng: random.Random, _other: str) -> str:
    """Emoji, other punctuation, capitals, other line breaks."""
    words = [word.upper() if rng.random() < 0.2 else word for word in text.split()]
    joins = [rng.choice((" ", " ", "\n", " 🔥", "!!! ", " — ", " ❗️ ")) for _ in words]
    return "".join(word + join for word, join in zip(words, joins, strict=True))


def transliterated(text: str, rng: random.Random, _other: str) -> str:
    table = rng.choice((_ISO, _CHAT))
    return "".join(
        table[c.lower()].capitalize() if c.lower() != c and c.lower() in table else table.get(c, c)
        for c in text
    )


def misread(text: str, rng: random.Random, _other: str) -> str:
    """One letter in sixteen as OCR misreads it, some spaces lost, lines broken with hyphens."""
    out = []
    for letter in text:
        if letter in _OCR and rng.random() < 0.07:
            out.append(_OCR[letter])
        elif letter == " " and rng.random() < 0.05:
            out.append("" if rng.random() < 0.5 else "-\n")
        else:
            out.append(letter)
    return "".join(out)


def quoted(text: str, rng: random.Random, other: str) -> str:
    """Within a post several times as long."""
    filler = (other + "\n") * max(1, 3 * len(text) // max(1, len(other)))
    at = rng.randint(0, len(filler))
    return f"{filler[:at]} «{text}» {filler[at:]}"


EDITS: Final[Mapping[str, Edit]] = {
    "homoglyphs": homoglyphs,
    "invisible characters and marks": invisible,
    "full width": full_width,
    "words replaced": words_replaced,
    "sentences dropped and moved": sentences_moved,
    "prefix and suffix": framed,
    "emoji, punctuation, line breaks": decorated,
    "transliteration": transliterated,
    "OCR errors": misread,
    "quoted in a longer post": quoted,
}
