"""Search in the cases that are open to this desk, and in no others. In memory, no index.

Searched are the cases that this desk opened for a purpose and that are still open to it. Those
assigned to it that are not open can be opened for the search, each with an entry of its own,
so that reading many at once by searching raises the same alarm as by hand. A case whose
contents this desk cannot open (sealed for two people, destroyed) has nothing to be found in.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import QuerySet

from safelight.casework.cases import open_case
from safelight.casework.followup import kinds
from safelight.casework.followup.models import FollowedCase
from safelight.casework.models import Case, CaseState
from safelight.casework.opening import bulk_rules, open_cases, open_for
from safelight.journal.chain import desk_key
from safelight.journal.content import UnreadableContentError, key_id_of, opened_content
from safelight.journal.content_keys import keys_of
from safelight.journal.models import JournalEntry, PassedOver, SealedContent

PURPOSE: Final = "search"
LONGEST_QUERY: Final = 200
_MOST_WORDS: Final = 8
_SHORTEST: Final = 2
_MOST_CASES: Final = 50
_MOST_HITS: Final = 3
_AROUND: Final = 60
_AT_ONCE: Final = 400
# Codes of answers ("2026-H1", "VICTIM") are no words anybody would look for.
_CODE: Final = re.compile(r"[A-Z0-9_+-]{1,40}|[0-9+-]+")
_READABLE: Final = (CaseState.NEW, CaseState.CODED, CaseState.SET_ASIDE)

# Where words stand, by kind of entry, and the name under which a page says so.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "case.made": (),
    "case.message": ("text",),
    "case.file": ("name",),
    "case.answered": ("text",),
    kinds.ASSIGNED: ("note",),
    kinds.TASK: ("words",),
    kinds.CONTACT: ("words",),
    kinds.TOLD: ("what", "whom"),
    kinds.KEPT: ("because",),
    kinds.REFERRED: ("name",),
    kinds.REFERRAL_OUTCOME: ("words",),
    kinds.REFERRAL_REFUSED: ("words",),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a word stands: the text around it, cut into before, word and after."""

    kind: str
    day: date
    before: str = field(repr=False)
    word: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """One case with hits. `more`: further places that are not shown."""

    case_id: str
    hits: tuple[Hit, ...]
    more: int


@dataclass(frozen=True, slots=True)
class _Text:
    case_id: str
    kind: str
    day: date
    words: str = field(repr=False)


def open_to_search() -> list[str]:
    """The cases that are open to this desk now."""
    return _readable(open_cases())


def assigned_not_open() -> list[str]:
    """The cases this desk has that are not open to it."""
    return _readable(_assigned_not_open().values_list("case_id", flat=True))


def count_assigned_not_open() -> int:
    """How many cases this desk has that are not open to it."""
    return _assigned_not_open().count()


def most_at_once() -> int:
    """How many cases a search may open before that is reading in bulk."""
    return min(rule.cases for rule in bulk_rules())


def _assigned_not_open() -> QuerySet[FollowedCase]:
    own = FollowedCase.objects.filter(desk=desk_key().desk)
    return own.exclude(case_id__in=open_cases())


def _readable(case_ids: Iterable[str]) -> list[str]:
    found: list[str] = []
    wanted = sorted(case_ids)
    for at in range(0, len(wanted), _AT_ONCE):
        some = Case.objects.filter(case_id__in=wanted[at : at + _AT_ONCE], state__in=_READABLE)
        found += some.order_by("case_id").values_list("case_id", flat=True)
    return found


def search(query: str, *, also_assigned: bool) -> list[Found]:
    """Return the open cases in which every word of the query stands somewhere.

    With `also_assigned` this desk's other cases are opened first, one entry each: raises
    `BulkReadingError` where that is too many to be work.
    """
    words = _split(query)
    if not words:
        return []
    if also_assigned:
        for case_id in assigned_not_open():
            open_for(open_case(case_id), PURPOSE)
    texts: dict[str, list[_Text]] = defaultdict(list)
    for text in _texts(open_to_search()):
        texts[text.case_id].append(text)
    found = []
    for case_id, said in texts.items():
        folded = [folded_text(text.words) for text in said]
        if all(any(word in one for one in folded) for word in words):
            found.append(_found(case_id, said, folded, words))
        if len(found) == _MOST_CASES:
            break
    return found


def _split(query: str) -> list[str]:
    words = folded_text(query[:LONGEST_QUERY]).split()
    return [word for word in words if len(word) >= _SHORTEST][:_MOST_WORDS]


def folded_text(text: str) -> str:
    """Return a text in which capitals and ё make no difference, each character in its place."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters of other alphabets become two
        lower = "".join(char.lower()[:1] or char for char in text)
    return lower.replace("ё", "е")


def _found(case_id: str, said: list[_Text], folded: list[str], words: list[str]) -> Found:
    hits = []
    for text, one in zip(said, folded, strict=True):
        for word in words:
            at = one.find(word)
            if at >= 0:
                hits.append(_hit(text, at, len(word)))
    return Found(case_id, tuple(hits[:_MOST_HITS]), max(0, len(hits) - _MOST_HITS))


def _hit(text: _Text, at: int, length: int) -> Hit:
    begin, end = max(0, at - _AROUND), at + length + _AROUND
    before = ("…" if begin else "") + text.words[begin:at]
    after = text.words[at + length : end] + ("…" if end < len(text.words) else "")
    return Hit(text.kind, text.day, before, text.words[at : at + length], after)


def _texts(case_ids: list[str]) -> Iterator[_Text]:
    for at in range(0, len(case_ids), _AT_ONCE):
        yield from _texts_of(case_ids[at : at + _AT_ONCE])


def _texts_of(case_ids: list[str]) -> Iterator[_Text]:
    """Every text of these cases: three questions to the database, whatever their number."""
    keys = {key.key_id: key for key in keys_of(case_ids)}
    entries = _entries_with_words(case_ids)
    contents = SealedContent.objects.filter(subject__in=case_ids)
    for digest, subject, stored in contents.values_list("digest", "subject", "sealed"):
        entry = entries.get(digest)
        sealed = bytes(stored)
        key = keys.get(key_id_of(sealed))
        if entry is None or key is None:
            continue
        kind, day = entry
        try:
            words = list(_words_in(kind, opened_content(sealed, key, kind=kind)))
        except (UnreadableContentError, KeyError, ValueError, TypeError, AttributeError):
            continue  # a colleague's desk of another version
        for one in words:
            yield _Text(subject, kind, day, one)


def _entries_with_words(case_ids: list[str]) -> dict[str, tuple[str, date]]:
    passed = set(PassedOver.objects.filter(subject__in=case_ids).values_list("desk", "seq"))
    rows = JournalEntry.objects.filter(subject__in=case_ids, kind__in=[*_WORDS, "case.undone"])
    found: dict[tuple[str, int], tuple[str, str, date]] = {}
    undone: set[tuple[str, int]] = set()
    for desk, seq, kind, signed in rows.values_list("desk", "seq", "kind", "signed"):
        entry = json.loads(bytes(signed))
        if kind == "case.undone":
            undone.add((str(entry["body"].get("desk")), int(entry["body"].get("seq", 0))))
        elif entry["content"] and (desk, seq) not in passed:
            found[(desk, seq)] = (entry["content"], kind, _day(entry["at"]))
    return {
        content: (kind, day)
        for name, (content, kind, day) in found.items()
        # An answer that had left stays said, whoever undid it too late.
        if name not in undone or kind == "case.answered"
    }


def _day(at: str) -> date:
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).date()


def _words_in(kind: str, said: Mapping[str, Any]) -> Iterator[str]:
    if kind == "case.made":
        answers = json.loads(said["report"])["answers"]
        texts = [text for text in answers.values() if isinstance(text, str)]
        yield from (text for text in texts if text and not _CODE.fullmatch(text))
        return
    for name in _WORDS[kind]:
        if said.get(name):
            yield str(said[name])
