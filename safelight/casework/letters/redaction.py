"""Taking out of a letter what points to somebody: a person marks, the program only shows.

The person works on the text itself and puts [[ ]] around what goes, or writes something else in
its place. What is published has […] there. The marked text stays sealed with the case; only
what is left leaves the desk.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from safelight.errors import SafelightError

OPEN, CLOSE, GAP = "[[", "]]", "[…]"
LONGEST: Final = 12_000
_MARKED: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_BLANK_LINES: Final = re.compile(r"\n{3,}")


class RedactionError(SafelightError):
    """Marks that do not pair up, or a text that is empty or too long."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Letter and answer as a person marked them, and the letter's language (ru, en)."""

    letter: str = field(repr=False)
    answer: str = field(repr=False)
    language: str

    @property
    def letter_left(self) -> str:
        """What of the letter would be published."""
        return left_of(self.letter)

    @property
    def answer_left(self) -> str:
        return left_of(self.answer)


def checked_marks(untrusted: str) -> str:
    """Return a marked text with clean line ends, or raise `RedactionError`."""
    text = plain(untrusted.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    # Characters nobody sees could carry a name past whoever reads (Cf: also the soft hyphen).
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _INVISIBLE)
    text = _BLANK_LINES.sub("\n\n", text).strip()
    if not text or len(text) > LONGEST:
        raise RedactionError(f"a text has 1 to {LONGEST} characters; got none, or more")
    rest = _MARKED.sub("", text)
    if OPEN in rest or CLOSE in rest or OPEN in "".join(_MARKED.findall(text)):
        raise RedactionError("each [[ needs one ]] after it, and none inside another; check both")
    if not left_of(text).replace(GAP, "").strip():
        raise RedactionError("everything is taken out; nothing would be left to publish")
    return text


def plain(text: str) -> str:
    """The text with look-alike forms of letters and digits made plain: ＠, ①, 𝟗, ⁵."""
    return "".join(unicodedata.normalize("NFKC", char) if char != "…" else char for char in text)


_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def left_of(marked: str) -> str:
    """Return what is left: […] where a person took something out."""
    return _MARKED.sub(GAP, marked)


def marked_everywhere(text: str, words: str) -> str:
    """Return the text with every occurrence of `words` marked that is not marked yet."""
    if not words:
        return text
    parts = re.split(r"(\[\[.*?\]\])", text, flags=re.DOTALL)
    found = re.compile(re.escape(words), re.IGNORECASE)
    return "".join(
        part if part.startswith(OPEN) else found.sub(lambda m: f"{OPEN}{m[0]}{CLOSE}", part)
        for part in parts
    )


def digest_of(redacted: Redacted) -> str:
    """SHA-256 in hex of what would be published: what the second person says yes to."""
    said = [redacted.letter_left, redacted.answer_left, redacted.language]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()
