"""Texts brought to one form, so that what only looks different is the same.

Folded away: case, accents, invisible characters, punctuation, line breaks, emoji, full-width
and styled letters (NFKC, Unicode Annex 15), look-alikes from another alphabet (Unicode
Technical Standard 39, by the alphabet of their word) and the ways to write Russian in Latin
letters. What remains is a row of Latin letters and digits that nobody should read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from safelight.errors import SafelightError

LONGEST_TEXT: Final = 200_000

# Letters that look like a Cyrillic one. Latin, Greek and digits; after lower-casing.
_LOOKS_CYRILLIC: Final = str.maketrans(
    "aceopxykmtbhunri0346αβεηικμνορτυχϲѕԁһјԝɑʙ",
    "асеорхукмтвнипгіозчбавепікмуортихссднішав",
)
_LATIN_OF: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "e", "ж": "zh",
    "з": "z", "и": "i", "і": "i", "ї": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "h", "ц": "c",
    "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "ј": "i", "ѕ": "z",
    "α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "t", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "u", "φ": "f", "χ": "h", "ψ": "ps", "ω": "o",
}  # fmt: skip
# Ways of writing Russian in Latin letters, longest first; each to the spelling used above.
_LATIN_WAYS: Final = (
    ("shch", "sh"), ("sch", "sh"), ("szcz", "sh"), ("tsch", "ch"), ("zh", "zh"), ("kh", "h"),
    ("ts", "c"), ("tz", "c"), ("cz", "ch"), ("ya", "ia"), ("ja", "ia"), ("yu", "iu"),
    ("ju", "iu"), ("yo", "e"), ("jo", "e"), ("io", "e"), ("ye", "e"), ("je", "e"), ("ph", "f"),
    ("ck", "k"), ("w", "v"), ("x", "h"), ("y", "i"), ("j", "i"), ("q", "k"),
)  # fmt: skip
_WORD: Final = re.compile(r"[^\W_]+(?:['’`ʹ][^\W_]+)*['’`ʹ]?")
_TWICE: Final = re.compile(r"(.)\1+")


class TextError(SafelightError):
    """A text that cannot be compared."""


def fold(untrusted: str) -> str:
    """Return the letters of a text in their one form, without spaces.

    Raises `TextError` for more than `LONGEST_TEXT` characters: cut it into posts first.
    """
    if len(untrusted) > LONGEST_TEXT:
        raise TextError(
            f"expected a text of at most {LONGEST_TEXT:,} characters, got {len(untrusted):,}; "
            "cut it into posts"
        )
    plain = _without_marks(untrusted)
    words = _WORD.findall(plain)
    cyrillic = sum(_is_cyrillic(letter) for letter in plain)
    latin = sum("a" <= letter <= "z" for letter in plain)
    return "".join(_one_form(word, mostly_cyrillic=cyrillic > latin) for word in words)


def _without_marks(text: str) -> str:
    # NFKD parts letters from accents and makes styled letters plain; ё and й lose their marks,
    # which everybody leaves out anyway. Cf are the invisible ones: joiners, marks of direction.
    # One character may stand for eighteen; nothing that people write does so all the time.
    apart = unicodedata.normalize("NFKD", text)[: 2 * LONGEST_TEXT]
    kept = [letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Me", "Cf")]
    return "".join(kept).casefold()


def _one_form(word: str, *, mostly_cyrillic: bool) -> str:
    has_cyrillic = any(_is_cyrillic(letter) for letter in word)
    if has_cyrillic or (mostly_cyrillic and not _has_own_latin(word) and not word.isdecimal()):
        word = word.translate(_LOOKS_CYRILLIC)
    letters = "".join(_LATIN_OF.get(letter, letter) for letter in word)
    if not has_cyrillic:
        for way, ours in _LATIN_WAYS:
            letters = letters.replace(way, ours)
    plain = "".join(letter for letter in letters if letter.isalnum())
    return plain if plain.isdecimal() else _TWICE.sub(r"\1", plain)


def _is_cyrillic(letter: str) -> bool:
    return "Ѐ" <= letter <= "ԯ"


def _has_own_latin(word: str) -> bool:
    """Whether a word has a Latin letter that no Cyrillic one looks like."""
    return any("a" <= letter <= "z" and letter not in "aceopxykmtbhunri" for letter in word)
