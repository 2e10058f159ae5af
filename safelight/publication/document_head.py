"""The head that both formats of a release document share, read once (docs/spec/publication.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from safelight.publication.reading import (
    VERSION,
    YEAR,
    PublicationError,
    Revision,
    day,
    exactly,
    many,
    revision,
    text,
    wrong,
)
from safelight.publication.undercount_document import KEY
from safelight.sealing.strict_json import parse_object

LARGEST_DOCUMENT: Final = 2 * 1024 * 1024
MOST_LISTS: Final = 20
_MOST_REVISIONS: Final = 50
_KEYS: Final = (
    *("format", "simulated", "as_of", "period", "code_version", "vocabulary_version"),
    *("rule", "revisions", "lists"),
)


@dataclass(frozen=True)
class DocumentHead:
    """What every release says of itself. `period`: first and last year; revisions count 1, 2 …"""

    simulated: bool
    as_of: date
    period: tuple[str, str]
    code_version: str
    vocabulary_version: str
    revisions: tuple[Revision, ...]


def read_object(untrusted: bytes) -> Mapping[str, Any]:
    """The bytes as an object, or `PublicationError`."""
    try:
        return parse_object(untrusted, largest=LARGEST_DOCUMENT)
    except ValueError as reason:
        raise PublicationError(f"not a release document: {reason}") from None


def read_head(document: Mapping[str, Any], *, format_: str, more: Sequence[str]) -> DocumentHead:
    """Read the head of a document of this format; `more` are the format's own keys.

    Raises `PublicationError`, also for a document with other keys or of another format.
    """
    exactly(document, (*_KEYS, *more), "the document", optional=KEY)
    if document["format"] != format_:
        raise wrong("format", format_)
    if type(document["simulated"]) is not bool:
        raise wrong("simulated", "true or false")
    period = exactly(document["period"], ("from", "to"), "period")
    first, last = (text(period[end], YEAR, f"period.{end}") for end in ("from", "to"))
    if first > last:
        raise wrong("period", "a first year that is not after the last")
    revisions = many(document["revisions"], revision, "revisions", most=_MOST_REVISIONS)
    if [one.number for one in revisions] != list(range(1, len(revisions) + 1)):
        raise wrong("revisions", "numbers 1, 2, 3 … without gaps")
    return DocumentHead(
        simulated=document["simulated"],
        as_of=day(document["as_of"], "as_of"),
        period=(first, last),
        code_version=text(document["code_version"], VERSION, "code_version"),
        vocabulary_version=text(document["vocabulary_version"], VERSION, "vocabulary_version"),
        revisions=revisions,
    )


def check_each_once(list_ids: Sequence[str]) -> None:
    """Raise `PublicationError` for a list that stands in the document twice."""
    if len(set(list_ids)) != len(list_ids):
        raise wrong("lists", "every list once")
