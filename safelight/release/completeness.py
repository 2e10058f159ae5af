"""Is everything said that must be said with a number? The same for both kinds of release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from safelight.release.draft import LINKAGE_NONE, LOWER_BOUND, ListStatement, Revision
from safelight.vocabulary.wording import Wording

_LIST_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_LONGEST: Final = {"name": 80, "coverage": 500, "reason": 200}
# Wordings are prose by a person; these would be markup, or hide what is written.
_NOT_PROSE: Final = re.compile(
    r"[<>\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class Finding(StrEnum):
    """What an audit may object to. The desk has a sentence for each, in both languages."""

    NO_LISTS = "no-lists"
    LIST_TWICE = "list-twice"
    UNDECLARED_COLUMN = "undeclared-column"
    NO_UNIT = "no-unit"
    NO_COVERAGE = "no-coverage"
    NO_NAME = "no-name"
    NO_PERIOD = "no-period"
    NO_VERIFICATION = "no-verification-mix"
    NO_LINKAGE = "no-linkage-method"
    NO_DATA_HASH = "no-data-hash"
    NO_CODE_VERSION = "no-code-version"
    NO_REVISION = "no-revision"
    SUMS = "sums-do-not-hold"
    SMALL_CELL = "small-cell-published"
    GIVEN_AWAY = "hidden-cell-given-away"
    CHANGE = "differs-by-few"
    EXACT_AFTER_NOISE = "exact-after-noise"
    NOT_PAID_FOR = "not-paid-for"
    NOT_OF_ITS_NOISE = "numbers-not-of-its-noise"
    NO_INTERVAL = "no-interval"
    NAMED = "small-number-named"


@dataclass(frozen=True)
class Problem:
    finding: Finding
    list_id: str
    detail: str


class Part(Protocol):
    """One list of a release, whatever hides or blurs its numbers."""

    @property
    def statement(self) -> ListStatement: ...


class Whole(Protocol):
    """A release of either kind."""

    @property
    def as_of(self) -> date: ...
    @property
    def years(self) -> tuple[int, ...]: ...
    @property
    def revisions(self) -> tuple[Revision, ...]: ...
    @property
    def code_version(self) -> str: ...
    @property
    def lists(self) -> Sequence[Part]: ...


def said_of_all(draft: Whole) -> Iterator[Problem]:
    """What is missing of the release as a whole."""
    if not draft.lists:
        yield Problem(Finding.NO_LISTS, "", "a release has at least one list")
    ids = [part.statement.list_id for part in draft.lists]
    if len(set(ids)) != len(ids):
        yield Problem(Finding.LIST_TWICE, "", "every list stands once, under its own id")
    if not draft.years or draft.years[-1] > draft.as_of.year:
        yield Problem(Finding.NO_PERIOD, "", "the years covered end no later than the as-of date")
    if not _VERSION.fullmatch(draft.code_version):
        yield Problem(Finding.NO_CODE_VERSION, "", "the version of the program is missing")
    numbers = [revision.number for revision in draft.revisions]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield Problem(Finding.NO_REVISION, "", "revisions are numbered 1, 2, 3 …, none missing")
    for revision in draft.revisions:
        if not _is_prose(revision.reason, "reason"):
            yield Problem(Finding.NO_REVISION, "", "each revision says why, in both languages")


def said_of_list(said: ListStatement) -> Iterator[Problem]:
    """What is missing of what a person must say of a list."""
    where = said.list_id if _LIST_ID.fullmatch(said.list_id) else ""
    if not where or not _is_prose(said.name, "name"):
        yield Problem(Finding.NO_NAME, where, "a list has an id and a name in both languages")
    if not _is_prose(said.coverage, "coverage"):
        yield Problem(
            Finding.NO_COVERAGE, where, "say which places, people and years the list could see"
        )
    if said.linkage != LINKAGE_NONE or said.reading != LOWER_BOUND:
        yield Problem(
            Finding.NO_LINKAGE, where, "lists stand side by side, each count a lower bound"
        )
    if not _SHA256.fullmatch(said.data_sha256):
        yield Problem(Finding.NO_DATA_HASH, where, "the digest of the counted rows is missing")


def _is_prose(words: Wording, kind: str) -> bool:
    return all(
        text.strip() != "" and len(text) <= _LONGEST[kind] and not _NOT_PROSE.search(text)
        for text in (words.ru, words.en)
    )
