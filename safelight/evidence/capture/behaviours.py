"""Page behaviours as data: what is done on a page before it is pictured, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from safelight.evidence.capture.problems import CaptureError

VERBS: Final = frozenset({"eager", "click", "scroll", "open"})
_MOST_BEHAVIOURS: Final = 50
_MOST_TIMES: Final = 500
_MOST_WORDS: Final = 200
_LONGEST_WORD: Final = 500


@dataclass(frozen=True)
class Behaviour:
    """One thing to do, at most `at_most` times. `more`: stopping short of the end is a gap."""

    name: str
    verb: str
    at_most: int
    more: bool
    within: str
    selectors: tuple[str, ...]
    labels: tuple[str, ...]


def parse_behaviours(untrusted: bytes) -> tuple[Behaviour, ...]:
    """Read a file of behaviours (data/behaviours.yaml says the form). Raises `CaptureError`."""
    try:
        facts = yaml.safe_load(untrusted)
        if facts["version"] != 1 or len(facts["behaviours"]) > _MOST_BEHAVIOURS:
            raise CaptureError("behaviours are of another version, or too many")
        return tuple(_behaviour(one) for one in facts["behaviours"])
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise CaptureError(
            "the behaviours cannot be read; see docs/how-to/capture-a-page.md for their form"
        ) from None


@cache
def usual_behaviours() -> tuple[Behaviour, ...]:
    """The behaviours that this version brings."""
    data = files("safelight.evidence.capture").joinpath("data", "behaviours.yaml")
    return parse_behaviours(data.read_bytes())


@cache
def page_verbs() -> str:
    """The script that knows the verbs: one function of a verb and its options."""
    data = files("safelight.evidence.capture").joinpath("data", "page_verbs.js")
    return data.read_text(encoding="utf-8")


def _behaviour(facts: Any) -> Behaviour:
    verb, at_most = facts["do"], facts["at_most"]
    labels = [word for words in facts.get("labels", {}).values() for word in words]
    words = [*labels, *facts.get("selectors", ()), facts.get("within", ""), facts["name"]]
    if (
        verb not in VERBS
        or not isinstance(at_most, int)
        or not 1 <= at_most <= _MOST_TIMES
        or len(words) > _MOST_WORDS
        or not all(isinstance(word, str) and len(word) <= _LONGEST_WORD for word in words)
        or facts.keys() - {"name", "do", "at_most", "more", "within", "selectors", "labels"}
    ):
        raise ValueError("not a behaviour")
    return Behaviour(
        name=facts["name"],
        verb=verb,
        at_most=at_most,
        more=bool(facts.get("more", False)),
        within=facts.get("within", ""),
        selectors=tuple(facts.get("selectors", ())),
        labels=tuple(label.lower() for label in labels),
    )
