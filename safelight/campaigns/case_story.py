"""Telling what a case has from its entries: the loop that every fold of this room goes through.

A colleague's desk of another version may have written entries that this one cannot read. They
change nothing here, and the journal keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from safelight.casework.folding import CaseNow
from safelight.journal.content import Told
from safelight.journal.entry import Entry

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,64}")

_Now = TypeVar("_Now")
Step: TypeAlias = Callable[[_Now, Entry, Mapping[str, Any]], _Now]


def told_in_order(
    now: CaseNow, story: Iterable[Told], start: _Now, steps: Mapping[str, Step[_Now]]
) -> _Now:
    """Return `start` after the step of each entry, by kind; of a case that is not open, `start`.

    `now` is the `fold` of the same entries. An entry without a step, whose content has not
    come, or that its step cannot read is passed over.
    """
    found = start
    if not now.is_open:
        return found
    for one in sorted(story, key=lambda one: one.entry.order):
        step = steps.get(one.entry.kind)
        if step is None or one.content is None:
            continue
        try:
            found = step(found, one.entry, one.content)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            continue
    return found


def name_in_addresses(untrusted: Any) -> str:
    """An id as it stands in an entry: it becomes part of addresses. Raises `ValueError`."""
    if not _NAME.fullmatch(untrusted):
        raise ValueError("expected an id")
    return str(untrusted)
