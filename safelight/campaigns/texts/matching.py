"""Which posts have a text, or most of it, or a part of it, in whatever order.

Two steps. *Shingles*: every run of seven folded letters is looked up in an index, and posts
that share enough of them are candidates (containment: Broder 1997, not likeness, because a
post may quote the text within much else). *Windows*: the shorter text is cut into windows of
40 letters, and each is looked for in the longer one with errors allowed (rapidfuzz); what they
cover together decides. What is too short for that, a sentence or two, is a copy if all of it
stands in the longer text nearly letter for letter. Formulas that everybody uses are taken out
first.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from rapidfuzz import fuzz

from safelight.campaigns.texts.folding import TextError, fold

_SHINGLE: Final = 7
_WINDOW: Final = 40
_STEP: Final = 20
_MOST_WINDOWS: Final = 1000  # of a text of 20,000 letters; what comes after counts as not found
_MOST_CANDIDATES: Final = 200
# A shingle in more posts than this says nothing, and a flood of one word would fill the memory.
_MOST_POSTS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TextThresholds:
    """What counts as a copy. Calibrated in docs/methods/text-copies.md; recorded with results.

    `least_share`: of the shorter text's letters, that the longer has too. `least_letters`: how
    many that is at least. `least_likeness`: 0 to 100, of a window to the place it is found at.
    `least_whole`: letters of a text shorter than `least_letters`, which must be found whole,
    `least_whole_likeness` (0 to 100) like the place it is found at.
    """

    least_share: float
    least_letters: int
    least_likeness: float
    least_whole: int
    least_whole_likeness: float


CALIBRATED: Final = TextThresholds(
    least_share=0.4,
    least_letters=60,
    least_likeness=78.0,
    least_whole=32,
    least_whole_likeness=90.0,
)


@dataclass(frozen=True, slots=True)
class TextLikeness:
    """A post that has the text. `share`: of the shorter one; `letters`: folded, in common."""

    post: str
    share: float
    letters: int


class TextIndex:
    """Folded posts in memory, under our own names for them."""

    def __init__(self, *, formulas: Iterable[str] = ()) -> None:
        self._known = _shingles_of([*_formulas(), *(fold(text) for text in formulas)])
        self._posts: dict[str, str] = {}
        self._names: list[str] = []
        self._where: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, post: str, untrusted_text: str) -> None:
        """Keep one post. Raises `TextError` for one that is there already, or too long."""
        if post in self._posts:
            raise TextError("this post is in the index already; nothing was added")
        letters = fold(untrusted_text)
        number = len(self._names)
        self._posts[post] = letters
        self._names.append(post)
        for shingle in set(_shingles(letters)) - self._known:
            if len(self._where[shingle]) < _MOST_POSTS:
                self._where[shingle].append(number)

    def search(self, untrusted_text: str, *, thresholds: TextThresholds) -> list[TextLikeness]:
        """Return the posts that have the text, best first. Deterministic."""
        letters = fold(untrusted_text)
        shared: Counter[int] = Counter()
        for shingle in set(_shingles(letters)) - self._known:
            shared.update(self._where.get(shingle, ()))
        # A window with an error in every seventh letter shares nothing; such a text is lost.
        least = max(4, thresholds.least_whole // 8)
        found = []
        for number, count in shared.most_common(_MOST_CANDIDATES):
            if count < least:
                break
            post = self._names[number]
            likeness = compare(letters, self._posts[post], self._known, thresholds=thresholds)
            if likeness is not None:
                found.append(TextLikeness(post, *likeness))
        return sorted(found, key=lambda one: (-one.share, -one.letters, one.post))


def compare(
    one: str, other: str, known: frozenset[int], *, thresholds: TextThresholds
) -> tuple[float, int] | None:
    """Return share and letters that two folded texts have in common, or None if too little."""
    shorter, longer = sorted((one, other), key=len)
    counted = [not formula for formula in _in_formulas(shorter, known)]
    total = sum(counted)
    if total < thresholds.least_letters:
        return _whole(shorter, longer, total, thresholds)
    covered = [False] * len(shorter)
    answers: dict[str, bool] = {}  # one word without end is the same few windows without end
    for start, window in _windows(shorter):
        if window not in answers and len(answers) < _MOST_WINDOWS:
            likeness = fuzz.partial_ratio(window, longer, score_cutoff=thresholds.least_likeness)
            answers[window] = bool(likeness)
        if answers.get(window):
            covered[start : start + len(window)] = [True] * len(window)
    letters = sum(yes and counts for yes, counts in zip(covered, counted, strict=True))
    share = letters / total
    if letters < thresholds.least_letters or share < thresholds.least_share:
        return None
    return share, letters


def _whole(
    shorter: str, longer: str, letters: int, thresholds: TextThresholds
) -> tuple[float, int] | None:
    if letters < thresholds.least_whole:
        return None
    likeness = fuzz.partial_ratio(shorter, longer, score_cutoff=thresholds.least_whole_likeness)
    return (1.0, letters) if likeness else None


def _windows(letters: str) -> Iterator[tuple[int, str]]:
    for start in range(0, max(1, len(letters) - _WINDOW + _STEP), _STEP):
        start = min(start, max(0, len(letters) - _WINDOW))  # noqa: PLW2901  # the last one whole
        yield start, letters[start : start + _WINDOW]


def _shingles(letters: str) -> Iterator[int]:
    data = letters.encode()
    for start in range(len(data) - _SHINGLE + 1):
        yield zlib.crc32(data[start : start + _SHINGLE])


def _in_formulas(letters: str, known: frozenset[int]) -> list[bool]:
    """For each letter, whether it stands in a formula: all shingles over it are known."""
    inside = [False] * len(letters)
    for start in range(len(letters) - _SHINGLE + 1):
        if zlib.crc32(letters[start : start + _SHINGLE].encode()) in known:
            inside[start : start + _SHINGLE] = [True] * _SHINGLE
    return inside


def _shingles_of(folded: Iterable[str]) -> frozenset[int]:
    return frozenset(shingle for letters in folded for shingle in _shingles(letters))


@cache
def _formulas() -> tuple[str, ...]:
    """Public phrases: caching them leaks nothing."""
    data = files("safelight.campaigns.texts").joinpath("data/formulas.yaml")
    return tuple(fold(text) for text in yaml.safe_load(data.read_text("utf-8"))["formulas"])
