"""Triage: where a new report waits, by cheap rules that a person can read (data/triage.yaml).

Pure: a report, what was paid for it and how many others are like it go in; a lane and the
reasons come out. The rules guess. Nothing is deleted by them, every lane can be opened, and
a person has the last word (`cases.move_to_lane`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml

from safelight.errors import SafelightError
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report

_WORD: Final = re.compile(r"[^\W_]+")
_ADDRESS: Final = re.compile(r"[/@_]|\w\.\w")
_VOWELS: Final = frozenset("aeiouyаеёиоуыэюяіїє")
_LAST_PLACE: Final = 9
BY_HAND: Final = "by-hand"


class TriageError(SafelightError):
    """A lane that does not exist."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where a report waits and why. `reasons` are the rules that gave points (`wording.RULES`)."""

    lane: str
    reasons: tuple[str, ...]
    suspicion: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Keyed hashes of a report: of its sentences, and of all its answers together."""

    words: tuple[int, ...]
    whole: int


@cache
def _rules() -> Mapping[str, Any]:
    text = (files("safelight.casework") / "data" / "triage.yaml").read_text("utf-8")
    return MappingProxyType(yaml.safe_load(text))


def lanes() -> tuple[str, ...]:
    """The lanes, in the order of the inbox."""
    return tuple(_rules()["lanes"])


def alike_rule(name: str) -> int:
    """One number of the rule about reports that are alike."""
    return int(_rules()["alike"][name])


def checked_lane(untrusted: str) -> str:
    """Return the name of a lane, or raise `TriageError`."""
    if untrusted not in lanes():
        raise TriageError(f"expected one of the lanes {', '.join(lanes())}; choose one")
    return untrusted


def place(lane: str, suspicion: int) -> int:
    """Return where a case stands in the inbox: lane by lane, the least suspicious first."""
    rank = lanes().index(lane) if lane in lanes() else len(lanes())
    return rank * 10 + max(0, min(suspicion, _LAST_PLACE))


def sort(report: Report, *, work: int | None, alike: int, the_same: int) -> Sorted:
    """Sort a report. `work`: bits paid, if known; `alike`, `the_same`: how many others are."""
    rules = _rules()
    text = _own_words(report)
    found: list[str] = []
    if not report.answers:
        found.append("empty")
    if _looks_random(text):
        found.append("random-text")
    if _repeats_itself(text):
        found.append("repeats-itself")
    if alike >= alike_rule("others"):
        found.append("many-alike")
    if the_same >= alike_rule("the_same"):
        found.append("many-the-same")
    points = sum(rules["points"][rule] for rule in found)
    if points and work is not None and work >= rules["work"]["bits"]:
        points += rules["work"]["points"]
    lane = "aside" if points >= rules["aside_from"] else _door(report)
    return Sorted(lane, tuple(found), max(0, points))


def _door(report: Report) -> str:
    rules = _rules()
    for question, codes in rules["urgent_if"].items():
        answer = report.answers.get(question, ())
        if any(code in codes for code in ([answer] if isinstance(answer, str) else answer)):
            return "urgent"
    return str(rules["doors"].get(report.form, "reports"))


def _own_words(report: Report) -> str:
    questions = question_set(report.form, report.form_version).questions
    texts = (report.answers.get(q.id, "") for q in questions if q.kind == "text")
    return "\n".join(str(text) for text in texts if text)


def _looks_random(text: str) -> bool:
    rule = _rules()["random_text"]
    # Not addresses and names of accounts: whoever is being posted about sends those.
    text = " ".join(word for word in text.split() if not _ADDRESS.search(word))
    letters = [char for char in text.casefold() if char.isalpha()]
    if len(letters) < rule["letters"]:
        return False
    if sum(char in _VOWELS for char in letters) / len(letters) < rule["least_vowels"]:
        return True
    words = [word for word in _WORD.findall(text) if len(word) > 3]
    return bool(sum(map(_is_odd, words)) > rule["odd_words"] * max(1, len(words)))


def _is_odd(word: str) -> bool:
    if any(char.isdigit() for char in word) and not word.isdigit():
        return True
    scripts = {unicodedata.name(char, "?").split()[0] for char in word if char.isalpha()}
    return len(scripts) > 1


def _repeats_itself(text: str) -> bool:
    rule = _rules()["repeats_itself"]
    words = _WORD.findall(text.casefold())
    few = len(set(words)) < rule["least_different"] * len(words)
    return bool(len(words) >= rule["words"] and few)


def marks_of(report: Report, key: bytes) -> Marks:
    """Return the keyed hashes by which two reports are known to be alike.

    The smallest hashes of overlapping word triples: two texts share about as many of them as
    they share triples (Broder 1997, "On the resemblance and containment of documents").
    Keyed, so that what stands in the table tells nothing to whoever lacks the key.
    """
    words = _WORD.findall(_own_words(report).casefold())
    size = alike_rule("shingle")
    shingles = {" ".join(words[at : at + size]) for at in range(len(words) - size + 1)}
    hashed = sorted(_hash(shingle, key) for shingle in shingles)
    whole = repr((report.form, sorted(report.answers.items())))
    return Marks(tuple(hashed[: alike_rule("marks")]), _hash(whole, key))


def _hash(text: str, key: bytes) -> int:
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
