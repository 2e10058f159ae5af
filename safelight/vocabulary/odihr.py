"""Which incidents ODIHR would count as hate crimes: rules as data, evaluated here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from safelight.vocabulary.codes import Language, VocabularyError, checked_language
from safelight.vocabulary.reading import read_data, read_labels
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class Rule:
    """`then` holds when the row has one of `any_act` or one of `any_harm`; with neither, always."""

    then: str
    any_act: frozenset[str]
    any_harm: frozenset[str]

    def holds(self, acts: Collection[str], harm: Collection[str]) -> bool:
        if not self.any_act and not self.any_harm:
            return True
        return not self.any_act.isdisjoint(acts) or not self.any_harm.isdisjoint(harm)


@dataclass(frozen=True, slots=True)
class Category:
    """V, T, P or X, and what ODIHR calls it ("" for what it does not count)."""

    value: str
    labels: Mapping[Language, str]
    wording: str

    def label(self, language: str) -> str:
        return self.labels[checked_language(language)]


@dataclass(frozen=True, slots=True)
class OdihrRules:
    """`data/odihr.yaml`, checked against the vocabulary."""

    categories: Mapping[str, Category]
    weight: tuple[str, ...]
    counted: frozenset[str]
    bias_confidence: frozenset[str]
    of_act: dict[str, tuple[Rule, ...]]


@cache
def odihr_rules() -> OdihrRules:
    """Return the rules, or raise `VocabularyError` when the data contradicts the vocabulary."""
    data = read_data("odihr")
    acts, harm = vocabulary().field("acts"), vocabulary().field("harm")
    if set(data["acts"]) != set(acts.values):
        raise VocabularyError("odihr.yaml: expected one entry for each act of acts.yaml")
    of_act = {act: tuple(_read_rule(rule) for rule in rules) for act, rules in data["acts"].items()}
    for act, rules in of_act.items():
        if rules[-1].any_act or rules[-1].any_harm:
            raise VocabularyError(f"odihr.yaml: {act} has no rule for the remaining rows")
        for rule in rules:
            if rule.then not in data["categories"]:
                raise VocabularyError(f"odihr.yaml: {act} leads to no known category")
            for value in rule.any_act:
                acts.code(value)
            for value in rule.any_harm:
                harm.code(value)
    return OdihrRules(
        categories={
            value: Category(value, read_labels(entry, at=value), entry["wording"])
            for value, entry in data["categories"].items()
        },
        weight=tuple(data["weight"]),
        counted=frozenset(data["counted"]),
        bias_confidence=frozenset(data["needs_bias_confidence"]),
        of_act=of_act,
    )


def odihr_category_of(act: str, acts: Collection[str], harm: Collection[str]) -> str:
    """Return V, T, P or X for one act among the `acts` and the `harm` of its row."""
    for rule in odihr_rules().of_act[act]:
        if rule.holds(acts, harm):
            return rule.then
    raise AssertionError("the last rule of every act has no condition")


def odihr_category(acts: Collection[str], harm: Collection[str]) -> str:
    """Return the weightiest category among the acts of a row."""
    found = {odihr_category_of(act, acts, harm) for act in acts}
    return next(category for category in odihr_rules().weight if category in found)


def odihr_counts(acts: Collection[str], harm: Collection[str], *, bias_confidence: str) -> bool:
    """Say whether the acts are criminal in ODIHR's sense and the bias is at least possible."""
    rules = odihr_rules()
    return odihr_category(acts, harm) in rules.counted and bias_confidence in rules.bias_confidence


def _read_rule(entry: dict[str, Any]) -> Rule:
    unknown = set(entry) - {"then", "any_act", "any_harm"}
    if unknown:
        raise VocabularyError(f"odihr.yaml: unknown conditions {sorted(unknown)}")
    return Rule(
        entry["then"], frozenset(entry.get("any_act", ())), frozenset(entry.get("any_harm", ()))
    )
