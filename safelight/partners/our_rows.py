"""From the fields of an incident to a statistical row of ours, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from safelight.vocabulary.schema import Field, VocabularyError, vocabulary
from safelight.vocabulary.stat_row import StatRow

# Stands in for what is only known at import, while a check asks whether a row can be made.
_SOME_ID: Final = "0" * 32
_SOME_QUARTER: Final = "2000-Q1"

NO_ACT: Final = "no-act-code"
NOT_VALID: Final = "not-a-valid-row"


@cache
def _fields() -> Mapping[str, Field]:
    return {field.name: field for field in vocabulary().fields}


def our_row(
    values: Mapping[str, tuple[str, ...]], *, stat_id: str, received_period: str
) -> StatRow:
    """Return the row, or raise `VocabularyError`. A field without a value takes its default."""
    given: dict[str, Any] = {}
    for name, codes in values.items():
        field = _fields()[name]
        if field.kind == "multi-code" or name == "coder_ids":
            given[name] = codes
        elif codes:
            given[name] = codes[0] == "true" if field.kind == "bool" else codes[0]
    given["stat_id"] = stat_id
    given.setdefault("received_period", received_period)
    return StatRow(**given)


def why_no_row(values: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """Return a code and a sentence where the vocabulary cannot hold this incident; else `None`."""
    if not values.get("acts"):
        return NO_ACT, "none of its offences has an act code in our vocabulary"
    try:
        our_row(values, stat_id=_SOME_ID, received_period=_SOME_QUARTER)
    except VocabularyError as error:
        return NOT_VALID, str(error)
    return None
