"""How far a circle is, for whoever waits for news of it. Without Django."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """How far a circle was at some moment."""

    sequence: int
    epoch: int


@dataclass(frozen=True)
class Watched:
    """A circle, and how far it was when the stream was asked for."""

    circle: int
    standing: Standing
