"""When two Russian words are too close: a slip of one letter, or the same sound."""

from __future__ import annotations

import re

_VOICELESS = dict(zip("бвгджз", "пфктшс", strict=True))
_UNSTRESSED = str.maketrans("оеяэ", "аиии")


def one_slip_apart(a: str, b: str) -> bool:
    """Say whether one letter left out, added, changed, or two neighbours swapped, makes b of a."""
    if len(a) > len(b):
        a, b = b, a
    if len(a) < len(b):
        return len(b) - len(a) == 1 and any(b[:at] + b[at + 1 :] == a for at in range(len(b)))
    differ = [at for at in range(len(a)) if a[at] != b[at]]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        return a[first] == b[second] and a[second] == b[first]
    return len(differ) == 1


def sound(word: str) -> str:
    """Return roughly how a word is heard: coarser than it is, so that doubt counts as alike.

    Consonants lose their voice at the end and before voiceless ones, double letters are
    single, signs are silent, and vowels are as if none were stressed (о = а, е = я = э = и).
    """
    single = re.sub(r"(.)\1", r"\1", word)
    heard = []
    for at, letter in enumerate(single):
        following = single[at + 1 :].lstrip("ьъ")[:1]
        heard.append(
            _VOICELESS.get(letter, letter)
            if following == "" or following in "пфктшсхцчщ"
            else letter
        )
    return "".join(heard).replace("ь", "").replace("ъ", "").translate(_UNSTRESSED)
