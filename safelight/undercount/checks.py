"""What the rules ask of a table: each check measures one value, `rules.yaml` judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from safelight.undercount.answer import Answer
from safelight.undercount.existence import existence
from safelight.undercount.heterogeneity import CommonCause, KnownAnswer, common_cause, known_answers
from safelight.undercount.hidden_kinds import HiddenKinds, hidden_kinds
from safelight.undercount.loglinear import LoglinearFit, fit
from safelight.undercount.loglinear_search import MOST_LISTS_SEARCHED, climb
from safelight.undercount.missed_matches import MOST_LISTS_CORRECTED, put_right
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.poisson_fit import FitError
from safelight.undercount.rules import Finding, Rules
from safelight.undercount.stepwise import stepwise

# Families whose answers may be called an estimate; independence stands beside them, for it
# is one of the models they choose from.
JUDGED: Final = ("loglinear", "stepwise", "decomposable", "latent-class")


@dataclass(frozen=True)
class LeftOut:
    """The total without one list, by the same method; None where it has no estimate then."""

    without: str
    estimate: float | None


@dataclass(frozen=True)
class MissedMatches:
    """The total by the same model if only `recall` of the true matches had been found."""

    recall: float
    estimate: float | None


@dataclass(frozen=True)
class Examined:
    """Everything measured on one table, for people to look at beside the verdict."""

    findings: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...] = ()
    known: tuple[KnownAnswer, ...] = ()
    cause: CommonCause | None = None
    kinds: HiddenKinds | None = None
    missed: tuple[MissedMatches, ...] = ()


def before_fitting(overlap: Overlap, rules: Rules) -> tuple[Finding, ...]:
    """What needs no family: enough shared, no copies, an estimate of the simplest model."""
    findings = [
        rules.ask("too-few-shared", shared_beyond_noise(overlap)),
        rules.ask("no-estimate", float(existence(overlap, frozenset()) != 0)),
    ]
    if len(overlap.lists) == 2:
        contained = overlap.shared(0, 1) / min(overlap.totals)
        findings += [rules.ask("two-lists-complete", contained), rules.ask("two-lists", 2)]
    else:
        value, names = _most_alike(overlap, rules)
        findings.append(rules.ask("copies", value, names))
    return tuple(findings)


def shared_beyond_noise(overlap: Overlap) -> float:
    """Incidents on more than one list, less those that may be noise."""
    return overlap.observed - int(overlap.seen_times()[1]) - _noise_in_shared(overlap)


def _noise_in_shared(overlap: Overlap) -> float:
    """How many of the shared incidents may be noise: what zeros gained, and chance (95 %)."""
    shared = np.bitwise_count(np.arange(overlap.counts.size, dtype=np.uint64)) > 1
    scale = overlap.noise_scale
    small = int((overlap.counts[shared] <= 2 * scale).sum())
    return scale / 2 * small + 1.645 * scale * float(np.sqrt(2 * shared.sum()))


def _most_alike(overlap: Overlap, rules: Rules) -> tuple[float, str]:
    """The largest share of one list that stands on another, among pairs that look copied.

    A small list may lie inside a large one by chance. Copies hold much in common as seen
    from either side, and a copy also shows among
    the incidents that some third list holds: being on one of the two then nearly decides
    about the other.
    """
    patterns = np.arange(overlap.counts.size)
    most, names = 0.0, ""
    for a, b in combinations(range(len(overlap.lists)), 2):
        both, (one, other) = overlap.shared(a, b), (overlap.totals[a], overlap.totals[b])
        contained, in_common = both / min(one, other), both / (one + other - both)
        third = (patterns & ~(1 << a | 1 << b)) != 0
        cell = [
            int(
                overlap.counts[
                    third & ((patterns >> a & 1) == on_a) & ((patterns >> b & 1) == on_b)
                ].sum()
            )
            + 0.5
            for on_a in (0, 1)
            for on_b in (0, 1)
        ]
        odds_ratio = cell[0] * cell[3] / (cell[1] * cell[2])
        if (
            contained > most
            and in_common >= rules.copies_least_in_common
            and odds_ratio >= rules.copies_odds_ratio
        ):
            most, names = contained, f"{overlap.lists[a]} and {overlap.lists[b]}"
    return most, names


def chosen_model(overlap: Overlap) -> LoglinearFit:
    """The log-linear model that checks compare with, quickly found for any number of lists."""
    if len(overlap.lists) <= MOST_LISTS_SEARCHED:
        return climb(overlap).best
    return stepwise(overlap, threshold=0.02).fitted


def after_fitting(
    overlap: Overlap, answers: Sequence[Answer], rules: Rules, *, level: float
) -> Examined:
    """What is asked of three or more lists once the families have answered."""
    best = chosen_model(overlap)
    cause = common_cause(overlap, best, level=level)
    kinds = hidden_kinds(overlap, best, most_odds=rules.hidden_odds, level=level)
    known = known_answers(overlap, level=level)
    left_out = _leave_one_out(overlap) if len(overlap.lists) > 3 else ()
    findings = [
        prior_sensitivity([one for one in answers if one.method == "decomposable"], rules),
        _chains(answers, rules),
        _too_low(known, rules),
        _pairs(overlap, best, rules),
        rules.ask("common-cause", cause.z if cause else 0.0),
        rules.ask("cannot-be-told-apart", _room(overlap, best, cause, kinds)),
        _rests_on_one(overlap, best, left_out, rules),
        _disagreement(answers, rules),
    ]
    missed = _if_matches_were_missed(overlap, best)
    return Examined(tuple(findings), left_out, known, cause, kinds, missed)


def _room(
    overlap: Overlap, best: LoglinearFit, cause: CommonCause | None, kinds: HiddenKinds | None
) -> float:
    """How many times larger the unseen part may be if visibility varies.

    Where the table cannot tell a common cause from the pairs, there is no saying.
    """
    if cause is None or kinds is None:
        return float("inf")
    return (kinds.high - overlap.observed) / max(best.estimate - overlap.observed, 1.0)


def _too_low(known: Sequence[KnownAnswer], rules: Rules) -> Finding:
    low = [one.on_list for one in known if one.too_low]
    return rules.ask("known-answers-too-low", len(low), " and on list ".join(low[:2]))


def _pairs(overlap: Overlap, best: LoglinearFit, rules: Rules) -> Finding:
    lists = len(overlap.lists)
    dependent = sum(1 for term in best.model if term.bit_count() == 2)
    return rules.ask("many-dependent-pairs", dependent / (lists * (lists - 1) / 2))


def _leave_one_out(overlap: Overlap) -> tuple[LeftOut, ...]:
    found = []
    for k, name in enumerate(overlap.lists):
        try:
            estimate: float | None = chosen_model(overlap.without(k)).estimate
        except (FitError, OverlapError):
            estimate = None
        found.append(LeftOut(name, estimate))
    return tuple(found)


def _if_matches_were_missed(overlap: Overlap, best: LoglinearFit) -> tuple[MissedMatches, ...]:
    """No rule judges this: the table cannot show it. People have to know the recall."""
    if len(overlap.lists) > MOST_LISTS_CORRECTED:
        return ()
    found = []
    for recall in (0.95, 0.9, 0.8):
        try:
            estimate: float | None = fit(put_right(overlap, recall=recall), best.model).estimate
        except (FitError, OverlapError):
            estimate = None
        found.append(MissedMatches(recall, estimate))
    return tuple(found)


def _rests_on_one(
    overlap: Overlap, best: LoglinearFit, left_out: Sequence[LeftOut], rules: Rules
) -> Finding:
    n = overlap.observed
    unseen = max(best.estimate - n, 1.0)
    most, name = 1.0, ""
    for one in left_out:
        if one.estimate is not None:
            ratio = max(one.estimate - n, 1.0) / unseen
            if max(ratio, 1 / ratio) > most:
                most, name = max(ratio, 1 / ratio), one.without
    return rules.ask("rests-on-one-list", most, name)


def prior_sensitivity(answers: Sequence[Answer], rules: Rules) -> Finding:
    """By how much the unseen part changes with the other prior on the total."""
    value = 1.0
    for one in answers:
        if one.unseen is not None:
            if one.diagnostics.get("tail_cut"):
                value = float("inf")
            for name, other in one.diagnostics.get("sensitivity", {}).items():
                if name.startswith("prior"):
                    ratio = max(other["estimate"] - one.observed, 1.0) / max(one.unseen, 1.0)
                    value = max(value, ratio, 1 / ratio)
    return rules.ask("runs-with-the-prior", value)


def _chains(answers: Sequence[Answer], rules: Rules) -> Finding:
    disagree = any(
        one.method == "latent-class" and one.verdict == "refused" and "rhat" in one.diagnostics
        for one in answers
    )
    return rules.ask("chains-disagree", float(disagree))


def _disagreement(answers: Sequence[Answer], rules: Rules) -> Finding:
    unseen = {
        one.method: max(one.unseen, 1.0)
        for one in answers
        if one.method in JUDGED and one.unseen is not None
    }
    if len(unseen) < 2:
        return rules.ask("families-disagree", 1.0)
    least, most = min(unseen, key=unseen.__getitem__), max(unseen, key=unseen.__getitem__)
    return rules.ask("families-disagree", unseen[most] / unseen[least], f"{least} and {most}")
