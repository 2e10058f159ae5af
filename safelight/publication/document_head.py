"""What both formats of a release document share, read once (docs/spec/publication.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from safelight.publication.reading import (
    DIGEST,
    ID,
    NAME,
    VERSION,
    YEAR,
    PublicationError,
    Revision,
    day,
    exactly,
    many,
    revision,
    text,
    wording,
    wrong,
)
from safelight.publication.undercount_document import KEY, PublishedEstimate, read_undercount
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.wording import Wording

LARGEST_DOCUMENT: Final = 2 * 1024 * 1024
MOST_LISTS: Final = 20
_MOST_REVISIONS: Final = 50
_KEYS: Final = (
    *("format", "simulated", "as_of", "period", "code_version", "vocabulary_version"),
    *("rule", "revisions", "lists"),
)


@dataclass(frozen=True)
class ReleasedList:
    """What every list says of itself, whatever kind its numbers are of."""

    id: str
    name: Wording
    coverage: Wording
    unit: str
    linkage: str
    reading: str
    data_sha256: str


@dataclass(frozen=True)
class ReleaseDocument:
    """What every release says of itself, as read from `source` (the bytes that were approved).

    `period`: first and last year; revisions count 1, 2 …
    """

    source: bytes
    simulated: bool
    as_of: date
    period: tuple[str, str]
    code_version: str
    vocabulary_version: str
    revisions: tuple[Revision, ...]
    lists: tuple[ReleasedList, ...]
    undercount: PublishedEstimate | None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.source).hexdigest()


def read_object(untrusted: bytes) -> Mapping[str, Any]:
    """The bytes as an object, or `PublicationError`."""
    try:
        return parse_object(untrusted, largest=LARGEST_DOCUMENT)
    except ValueError as reason:
        raise PublicationError(f"not a release document: {reason}") from None


def check_format(document: Mapping[str, Any], *, format_: str, more: Sequence[str]) -> None:
    """Raise `PublicationError` unless a document has the keys of this format.

    `more` are those that it does not share with the other format.
    """
    exactly(document, (*_KEYS, *more), "the document", optional=KEY)
    if document["format"] != format_:
        raise wrong("format", format_)


def read_shared(
    source: bytes,
    document: Mapping[str, Any],
    read_list: Callable[[Any, str], ReleasedList],
) -> ReleaseDocument:
    """Read what both formats have, or raise `PublicationError` naming the place."""
    if type(document["simulated"]) is not bool:
        raise wrong("simulated", "true or false")
    period = exactly(document["period"], ("from", "to"), "period")
    first, last = (text(period[end], YEAR, f"period.{end}") for end in ("from", "to"))
    if first > last:
        raise wrong("period", "a first year that is not after the last")
    revisions = many(document["revisions"], revision, "revisions", most=_MOST_REVISIONS)
    if [one.number for one in revisions] != list(range(1, len(revisions) + 1)):
        raise wrong("revisions", "numbers 1, 2, 3 … without gaps")
    lists = many(document["lists"], read_list, "lists", most=MOST_LISTS)
    ids = [part.id for part in lists]
    if len(set(ids)) != len(ids):
        raise wrong("lists", "every list once")
    return ReleaseDocument(
        source=source,
        simulated=document["simulated"],
        as_of=day(document["as_of"], "as_of"),
        period=(first, last),
        code_version=text(document["code_version"], VERSION, "code_version"),
        vocabulary_version=text(document["vocabulary_version"], VERSION, "vocabulary_version"),
        revisions=revisions,
        lists=lists,
        undercount=read_undercount(document, ids),
    )


def read_list_head(entry: Mapping[str, Any], where: str) -> ReleasedList:
    """Read what the lists of both formats have; other keys are the caller's to check."""
    return ReleasedList(
        id=text(entry["id"], ID, f"{where}.id"),
        name=wording(entry["name"], f"{where}.name"),
        coverage=wording(entry["coverage"], f"{where}.coverage"),
        unit=text(entry["unit"], NAME, f"{where}.unit"),
        linkage=text(entry["linkage"], ID, f"{where}.linkage"),
        reading=text(entry["reading"], ID, f"{where}.reading"),
        data_sha256=text(entry["data_sha256"], DIGEST, f"{where}.data_sha256"),
    )
