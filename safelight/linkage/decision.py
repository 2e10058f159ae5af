"""A person's word on two records, in a module that loads no Splink."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """A person's word on two records, each named by (list, id)."""

    one: tuple[str, str]
    other: tuple[str, str]
    same: bool
