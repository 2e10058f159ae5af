"""What is known about one case: dated facts about stages, and nothing that says whose it is.

CaseFacts(
    facts=(StageFact(stage="F2_REPORT", code="REFUSED_TO_ACCEPT", when=When.parse("2026-Q1")),),
    occurred=When.parse("2025-12-24"),
    strata={"district": "VOLGA"},
)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Final

from safelight.errors import SafelightError
from safelight.outcomes.path import shipped_path
from safelight.outcomes.when import When
from safelight.vocabulary.schema import vocabulary

# A code, never a sentence: values of strata are shown, and text about people must not be.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]{0,39}")
MOST_FACTS: Final = 500


class FactsError(SafelightError):
    """A fact that cannot be: an unknown stage, code or reason, or text where a code belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFact:
    """One stage, what became of it, and when. Construction validates.

    `when` None: nobody knows. `source`: who says so, a code of the vocabulary's
    `source_list`; of the fact F0_RECORDED it says which list the case is from. `reasons`:
    codes of the detail reason_not, with NOT_REPORT only. Raises `PathError` for a stage or
    code that does not exist, `FactsError` for the rest.
    """

    stage: str
    code: str = ""
    when: When | None = None
    source: str = ""
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shipped_path().stage(self.stage).meaning(self.code)
        if self.source and self.source not in _sources():
            raise FactsError(
                f"source: expected one of {', '.join(_sources())}, or nothing; got something else"
            )
        if self.reasons and self.code != "NOT_REPORT":
            raise FactsError("reasons: they belong to NOT_REPORT only, got another code")
        if self.reasons and not set(self.reasons) <= set(_reasons()):
            raise FactsError(
                f"reasons: expected some of {', '.join(_reasons())}, got something else"
            )


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """One case. `occurred`: when the incident happened. `followed_to`: the last day on which
    the desk still knew how it stands; None means to the as-of day. `violent`: physical,
    sexual or psychological violence; None where nobody said. `strata`: closed codes only.
    """

    facts: tuple[StageFact, ...]
    occurred: When | None = None
    followed_to: date | None = None
    violent: bool | None = None
    strata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.facts) > MOST_FACTS:
            raise FactsError(f"expected at most {MOST_FACTS} facts about a case, got more")
        for name, value in self.strata.items():
            check_code(name)
            if value:
                check_code(value)
        object.__setattr__(self, "strata", MappingProxyType(dict(self.strata)))


def check_code(untrusted: str) -> str:
    """Return a name or value of a stratum, or raise `FactsError` when it is not a code."""
    if _CODE.fullmatch(untrusted) is None:
        raise FactsError(
            "a stratum: expected a code of letters, digits and _ + . -, 40 at most, because it "
            "is shown; got something else"
        )
    return untrusted


@cache
def _sources() -> tuple[str, ...]:
    return vocabulary().field("source_list").values


@cache
def _reasons() -> tuple[str, ...]:
    details = vocabulary().stage("F1_DECISION").details
    return next(detail.values for detail in details if detail.name == "reason_not")
