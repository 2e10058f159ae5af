"""What stands in a text and nobody sees: it reorders the text, marks whose copy it is, breaks up
a word that is looked for, or makes a file ill-formed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Beside Unicode's formats (Cf): the other default-ignorables (DerivedCoreProperties.txt; fillers
# of Hangul, selectors of variants) and the non-characters (Unicode 23.7), of which XML 1.0 (2.2)
# forbids U+FFFE and U+FFFF.
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0"
    "\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def without_unseen(untrusted: str) -> str:
    """The text without formats, default-ignorables and non-characters."""
    kept = "".join(char for char in untrusted if unicodedata.category(char) != "Cf")
    return _UNSEEN.sub("", kept)
