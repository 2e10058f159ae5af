"""The part `undercount` of a release document: an estimate, a lower bound, or a refusal.

The same in both formats (docs/spec/publication.md), and read as strictly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from safelight.publication.reading import DIGEST, ID, exactly, many, text, whole, wrong

# Every reason a page has a sentence for; a verdict has only reasons of its own.
REASONS: Final[Mapping[str, frozenset[str]]] = {
    "estimate": frozenset({"families-agree"}),
    "lower-bound": frozenset(
        {
            "two-lists",
            "known-answers-too-low",
            "many-dependent-pairs",
            "common-cause",
            "cannot-be-told-apart",
            "rests-on-one-list",
            "families-disagree",
        }
    ),
    "refused": frozenset(
        {
            "too-few-shared",
            "no-estimate",
            "copies",
            "two-lists-complete",
            "runs-with-the-prior",
            "chains-disagree",
            "noise-decides",
            "list-lost-in-noise",
        }
    ),
}
ASSUMPTIONS: Final[Mapping[str, str]] = {
    "estimate": "no-kind-escaped-all-lists",
    "lower-bound": "lists-do-not-avoid-each-other",
    "refused": "no-kind-escaped-all-lists",
}
KEY: Final = frozenset({"undercount"})
_MOST_LISTS, _MOST_LINKAGES = 5, 10
_LARGEST: Final = 10**9
_FRACTION: Final = re.compile(r"[0-9]{1,6}(?:/[1-9][0-9]{0,5})?")
_PROTECTS: Final = re.compile(r"incident|person")


@dataclass(frozen=True, slots=True)
class Ends:
    """Whole incidents; `high` is None where nothing bounds the number from above."""

    value: int
    low: int
    high: int | None


@dataclass(frozen=True)
class PublishedEstimate:
    """`estimate` is None exactly where the verdict is "refused". `share`: percent, of linkage."""

    lists: tuple[str, ...]
    linkages: int
    share: int | None
    documented: Ends
    verdict: str
    reason: str
    estimate: Ends | None
    level: Fraction
    assumption: str
    amount: Fraction
    scale: float
    protects: str
    contributions: int
    data_sha256: str
    code_sha256: str


def read_undercount(document: Mapping[str, Any], lists: Sequence[str]) -> PublishedEstimate | None:
    """None where the document has no such part. `lists` are the ids that stand in it."""
    if "undercount" not in document:
        return None
    where = "undercount"
    keys = ("unit", "lists", "method", "linkage", "documented", "verdict", "reason", "estimate")
    more = ("level", "assumption", "rule", "tables", "data_sha256", "code_sha256")
    entry = exactly(document["undercount"], (*keys, *more), where)
    for name, known in (("unit", "incident"), ("method", "families-side-by-side")):
        if entry[name] != known:
            raise wrong(f"{where}.{name}", known)
    named = many(
        entry["lists"], lambda one, at: text(one, ID, at), f"{where}.lists",
        most=_MOST_LISTS, least=2,
    )  # fmt: skip
    if len(set(named)) != len(named) or not set(named) <= set(lists):
        raise wrong(f"{where}.lists", "lists of this document, each once")
    linkages, share = _linkage(entry["linkage"])
    _check_tables(entry["tables"], cells=(1 << len(named)) - 1, linkages=linkages)
    verdict, reason = _verdict(entry)
    estimate = None if entry["estimate"] is None else _ends(entry["estimate"], "estimate")
    if (
        (verdict == "refused") != (estimate is None)
        or (estimate is not None and (estimate.high is None) != (verdict == "lower-bound"))
        or (estimate is None) != (share is None)
    ):
        raise wrong(where, "a number with both ends, a bound open above, or a refusal without any")
    documented = _ends(entry["documented"], "documented")
    if documented.high is None:
        raise wrong(f"{where}.documented", "an interval with two ends")
    level = Fraction(text(entry["level"], _FRACTION, f"{where}.level"))
    if not Fraction(1, 2) <= level < 1:
        raise wrong(f"{where}.level", "a level from 1/2 to below 1")
    amount, scale, rule = _rule(entry["rule"])
    return PublishedEstimate(
        lists=named,
        linkages=linkages,
        share=share,
        documented=documented,
        verdict=verdict,
        reason=reason,
        estimate=estimate,
        level=level,
        assumption=entry["assumption"],
        amount=amount,
        scale=scale,
        protects=text(rule["protects"], _PROTECTS, f"{where}.rule.protects"),
        contributions=whole(rule["contributions"], f"{where}.rule.contributions", least=1),
        data_sha256=text(entry["data_sha256"], DIGEST, f"{where}.data_sha256"),
        code_sha256=text(entry["code_sha256"], DIGEST, f"{where}.code_sha256"),
    )


def _verdict(entry: Mapping[str, Any]) -> tuple[str, str]:
    verdict, reason = entry["verdict"], entry["reason"]
    if not isinstance(verdict, str) or verdict not in REASONS:
        raise wrong("undercount.verdict", "estimate, lower-bound or refused")
    if not isinstance(reason, str) or reason not in REASONS[verdict]:
        raise wrong("undercount.reason", "a reason of this verdict")
    if entry["assumption"] != ASSUMPTIONS[verdict]:
        raise wrong("undercount.assumption", ASSUMPTIONS[verdict])
    return verdict, reason


def _linkage(value: Any) -> tuple[int, int | None]:
    entry = exactly(value, ("method", "linkages", "share"), "undercount.linkage")
    if entry["method"] != "probabilistic":
        raise wrong("undercount.linkage.method", "probabilistic")
    linkages = whole(entry["linkages"], "undercount.linkage.linkages", least=2)
    share = entry["share"]
    if linkages > _MOST_LINKAGES or not (
        share is None or (type(share) is int and 0 <= share <= 100)
    ):
        raise wrong("undercount.linkage", f"2 to {_MOST_LINKAGES} linkages, and percent or null")
    return linkages, share


def _check_tables(value: Any, *, cells: int, linkages: int) -> None:
    def cell(one: Any, where: str) -> int:
        if type(one) is not int or abs(one) > _LARGEST:
            raise wrong(where, "a whole number")
        return one

    tables = many(
        value,
        lambda table, at: many(table, cell, at, most=cells, least=cells),
        "undercount.tables",
        most=linkages,
        least=linkages,
    )
    assert len(tables) == linkages


def _rule(value: Any) -> tuple[Fraction, float, Mapping[str, Any]]:
    keys = ("measure", "amount", "noise", "scale", "changes", "protects", "contributions")
    rule = exactly(value, keys, "undercount.rule")
    for name, known in (("measure", "pure"), ("noise", "discrete-laplace"), ("changes", 2)):
        if rule[name] != known:
            raise wrong(f"undercount.rule.{name}", str(known))
    amount = Fraction(text(rule["amount"], _FRACTION, "undercount.rule.amount"))
    scale = rule["scale"]
    # Without noise there is no such part: exact patterns point at people.
    if not amount > 0 or type(scale) is not float or not 0 < scale < _LARGEST:
        raise wrong("undercount.rule", "an amount and a scale above 0")
    return amount, scale, rule


def _ends(value: Any, name: str) -> Ends:
    where = f"undercount.{name}"
    if not isinstance(value, list) or len(value) != 3:
        raise wrong(where, "a number and two ends")
    middle, low, high = value
    whole(middle, where, least=0), whole(low, where, least=0)
    if not low <= middle <= _LARGEST or not (
        high is None or (type(high) is int and middle <= high <= _LARGEST and low < high)
    ):
        raise wrong(where, "low ≤ value ≤ high, in whole incidents")
    return Ends(middle, low, high)
