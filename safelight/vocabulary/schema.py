"""The incident vocabulary: fields, codes, labels in two languages, crosswalks.

    acts = vocabulary().field("acts")
    acts.code("ROB").label("ru")

Everything a person decided is data in `safelight/vocabulary/data`, and shown in
docs/vocabulary.md; how to change it is in docs/how-to/change-the-vocabulary.md.
"""

from __future__ import annotations

from functools import cache

from safelight.vocabulary.codes import (
    LANGUAGES,
    PENDING,
    UNKNOWN,
    Code,
    Crosswalk,
    Field,
    Language,
    Source,
    Stage,
    Vocabulary,
    VocabularyError,
    checked_language,
    checked_period,
)
from safelight.vocabulary.reading import read_vocabulary

__all__ = [
    "LANGUAGES",
    "PENDING",
    "UNKNOWN",
    "Code",
    "Crosswalk",
    "Field",
    "Language",
    "Source",
    "Stage",
    "Vocabulary",
    "VocabularyError",
    "checked_language",
    "checked_period",
    "vocabulary",
]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of this release. It is public text: caching it leaks nothing."""
    return read_vocabulary()
