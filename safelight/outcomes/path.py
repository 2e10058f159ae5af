"""The way of a case through the stages F0..F11: which fact moves it on, which ends it.

What a person decided about each code is `data/path.yaml`; here it is read and asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

import yaml

from safelight.errors import SafelightError
from safelight.vocabulary.schema import PENDING

Meaning: TypeAlias = Literal["reach", "stop", "open"]
START: Final = "F0_RECORDED"


class PathError(SafelightError):
    """A stage or a code that the way does not have."""


@dataclass(frozen=True)
class PathStage:
    """`order`: place on the whole way; a stage beside it has the place of `after`."""

    name: str
    order: int
    beside: bool
    after: str | None
    ends_with_path: bool
    stop_proves: Mapping[str, str]
    labels: Mapping[str, str]
    meanings: Mapping[str, Meaning]

    def meaning(self, code: str) -> Meaning:
        if code in self.meanings:
            return self.meanings[code]
        raise PathError(
            f"{self.name}: expected one of {', '.join(self.meanings)}, got something else; "
            "see docs/vocabulary.md"
        )


@dataclass(frozen=True)
class Path:
    """The whole way. `stages` has all twelve; `known_from` maps a source to its first stage."""

    version: int
    stages: Mapping[str, PathStage]
    known_from: Mapping[str, str]

    @property
    def main(self) -> tuple[PathStage, ...]:
        return tuple(stage for stage in self.stages.values() if not stage.beside)

    @property
    def beside(self) -> tuple[PathStage, ...]:
        return tuple(stage for stage in self.stages.values() if stage.beside)

    def stage(self, name: str) -> PathStage:
        if name in self.stages:
            return self.stages[name]
        raise PathError(
            f"expected a stage of the funnel ({', '.join(self.stages)}), got something else"
        )

    def entry(self, source: str) -> int:
        """The place on the way from which a case of this source counts."""
        return self.stages[self.known_from.get(source, START)].order

    def chosen(self, names: Iterable[str]) -> tuple[PathStage, ...]:
        """The stages with these names and the start, in the order of the way."""
        wanted = {self.stage(name).name for name in names} | {START}
        return tuple(stage for stage in self.stages.values() if stage.name in wanted)


@cache
def shipped_path() -> Path:
    """Return the way of this release; packaged text, so keeping it leaks nothing."""
    text = files("safelight.outcomes").joinpath("data/path.yaml").read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    stages: dict[str, PathStage] = {}
    before = None
    for order, (name, entry) in enumerate(raw["main"].items()):
        stages[name] = _stage(name, order, entry, after=before, beside=False)
        before = name
    for name, entry in raw["beside"].items():
        after = entry["after"]
        stages[name] = _stage(name, stages[after].order, entry, after=after, beside=True)
    return Path(raw["version"], stages, raw["known_from"])


def _stage(
    name: str, order: int, entry: Mapping[str, Any], *, after: str | None, beside: bool
) -> PathStage:
    meanings: dict[str, Meaning] = {}
    kinds: tuple[Meaning, ...] = ("reach", "stop", "open")
    for kind in kinds:
        meanings.update(dict.fromkeys(entry.get(kind, ()), kind))
    if name == START:
        meanings[""] = "reach"  # being recorded has no codes
    else:
        meanings[PENDING] = "open"
    return PathStage(
        name=name,
        order=order,
        beside=beside,
        after=after,
        ends_with_path=entry.get("ends_with_path", True),
        stop_proves=dict.fromkeys(entry.get("stop", ()), after) | entry.get("stop_proves", {}),
        labels=entry["label"],
        meanings=meanings,
    )
