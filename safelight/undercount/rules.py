"""When an estimate is an estimate: rules and their thresholds, as data with reasons.

`data/rules.yaml` is what a person decided, after calibration by simulation; here it is
only read and applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

import yaml

from safelight.undercount.latent_class import Chains

Verdict: TypeAlias = Literal["estimate", "lower-bound", "refused"]
_HOLDS = {
    "below": lambda value, threshold: value < threshold,
    "at-least": lambda value, threshold: value >= threshold,
    "at-most": lambda value, threshold: value <= threshold,
}


@dataclass(frozen=True)
class Rule:
    """One reason against saying "estimate"."""

    name: str
    verdict: Verdict
    threshold: float
    compare: str
    reason: str


@dataclass(frozen=True)
class Finding:
    """A rule that was asked. `applies`: the table is such that the rule's verdict holds."""

    rule: Rule
    value: float
    names: str
    applies: bool

    @property
    def reason(self) -> str:
        return self.rule.reason.format(
            value=self.value, threshold=self.rule.threshold, names=self.names
        )


@dataclass(frozen=True)
class Rules:
    """The file's contents. `attempts`: how often a latent class run is lengthened threefold."""

    version: int
    rules: tuple[Rule, ...]
    assumptions: Mapping[str, str]
    chains: Chains
    attempts: int
    chapman_min_shared: int
    family_min_shared: int
    copies_least_in_common: float
    copies_odds_ratio: float
    stepwise_threshold: float
    hidden_odds: float

    def ask(self, name: str, value: float, names: str = "") -> Finding:
        """Compare a measured value with the rule of that name."""
        rule = next(rule for rule in self.rules if rule.name == name)
        return Finding(rule, value, names, _HOLDS[rule.compare](value, rule.threshold))

    def decide(self, findings: Sequence[Finding]) -> Finding | None:
        """The finding that gives the verdict: the first refusal, or else the first bound."""
        order = [rule.name for rule in self.rules]
        against = sorted(
            (finding for finding in findings if finding.applies),
            key=lambda finding: (
                finding.rule.verdict != "refused",
                order.index(finding.rule.name),
            ),
        )
        return against[0] if against else None


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    """The rules of this version of Safelight."""
    text = (files("safelight.undercount") / "data" / "rules.yaml").read_text(encoding="utf-8")
    facts = yaml.safe_load(text)
    run = dict(facts["latent_class"])
    attempts = int(run.pop("attempts"))
    return Rules(
        version=int(facts["version"]),
        rules=tuple(
            Rule(one["id"], one["verdict"], float(one["threshold"]), one["compare"], one["reason"])
            for one in facts["rules"]
        ),
        assumptions=facts["assumptions"],
        chains=Chains(**run),
        attempts=attempts,
        chapman_min_shared=int(facts["chapman_min_shared"]),
        family_min_shared=int(facts["family_min_shared"]),
        copies_least_in_common=float(facts["copies_least_in_common"]),
        copies_odds_ratio=float(facts["copies_odds_ratio"]),
        stepwise_threshold=float(facts["stepwise_threshold"]),
        hidden_odds=float(facts["hidden_odds"]),
    )
