"""JSON read strictly: one object, no duplicate keys, no constants that JSON does not have.

A duplicate key is read differently by different parsers, so that two programs
could verify one signature and act on two contents.
"""

from __future__ import annotations

import json
from typing import Any


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def parse_object(untrusted: bytes, *, largest: int) -> dict[str, Any]:
    """Return the one JSON object in `untrusted`, at most `largest` bytes of UTF-8.

    Raises `ValueError` with a reason that repeats nothing of the input.
    """
    if len(untrusted) > largest:
        raise ValueError(f"{len(untrusted)} bytes, at most {largest} are read")
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        # Not chained: the decoder's error carries the whole document.
        raise ValueError(f"not JSON at character {error.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for all bad input
    return found
