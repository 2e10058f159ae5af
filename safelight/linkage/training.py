"""What agreement weighs, learned without a single labelled pair.

Fellegi & Sunter (1969) by expectation maximisation (Winkler 1988), with three changes for
small and unequal lists. All candidate pairs are used at once: a pair that no rule proposed
counts as different, and how often different records agree comes from random pairs and from
the shares of values, not from the candidates, which agree because they were chosen so. How
often the same incident's records agree is learned for each pair of lists, held to what all
lists show. And the share of matches among random pairs is taken out again, as in small
lists it is not small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from safelight.linkage.dependence import NO_TIES, Joint, Ties, joint_counts, learn_ties

Levels = NDArray[np.int8]
Floats = NDArray[np.float64]

_ROUNDS: Final = 300
_STARTS: Final = (0.02, 0.2, 0.7)
_SURE_LEVEL: Final = 0.85
# Pseudo-matches: of a first guess behind every list, and of all lists behind each pair.
_GUESSED: Final = 2.0
_BORROWED: Final = 15.0
_LEAST: Final = 1e-9
_RIVAL_ROUNDS: Final = 25
# Natural log-odds below which a pair is nobody's rival.
_NEAR: Final = -7.0


@dataclass(frozen=True)
class Compared:
    """Pairs and their levels. `lists`: for each pair which combination of lists it is.

    `rarity`: per field the share of records that hold the agreed value, NaN elsewhere.
    Shapes: five times (n,), then (n, fields) twice.
    """

    a: NDArray[np.int64] = field(repr=False)
    b: NDArray[np.int64] = field(repr=False)
    list_a: NDArray[np.int64] = field(repr=False)
    list_b: NDArray[np.int64] = field(repr=False)
    lists: NDArray[np.int64] = field(repr=False)
    levels: Levels = field(repr=False)
    rarity: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.a)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Compared:
        return Compared(
            self.a[chosen], self.b[chosen], self.list_a[chosen], self.list_b[chosen],
            self.lists[chosen], self.levels[chosen], self.rarity[chosen],
        )  # fmt: skip

    def with_more(self, other: Compared) -> Compared:
        mine, theirs = vars(self), vars(other)
        return Compared(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})


@dataclass(frozen=True)
class Frame:
    """What is known before learning: `own` says which combinations are a list with itself."""

    random_levels: tuple[Floats, ...]
    random_joint: Joint
    possible: Floats
    own: NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """m and u by field: arrays (combinations, levels) and (levels,); `matches` by combination.

    `possible`: how many pairs each combination of lists has in all; `sizes`: the records of
    its two lists, zeros for a list with itself.
    """

    m: tuple[Floats, ...] = field(repr=False)
    u: tuple[Floats, ...] = field(repr=False)
    matches: Floats
    possible: Floats
    sizes: Floats
    rounds: int
    log_likelihood: float
    ties: Ties = NO_TIES
    frame: Frame | None = field(default=None, repr=False)

    def prior(self) -> Floats:
        """Log-odds (natural), before any comparison, that two records are the same.

        Within a list: of two random records. Between two lists: of two records that have no
        partner yet, of whom fewer are left the more are matched (Sadinle 2017, JASA
        112:600, with a uniform prior on the share that is matched).
        """
        chance = np.clip(self.matches / self.possible, _LEAST, 0.5)
        odds = chance / (1 - chance)
        left = np.maximum(self.sizes - self.matches[:, None], 0) + 1
        free = (self.matches + 1) / left.prod(axis=1)
        between = self.sizes.prod(axis=1) > 0
        found: Floats = np.log(np.where(between, np.clip(free, _LEAST, 1.0), odds))
        return found

    def evidence(self, pairs: Compared) -> Floats:
        """Shape (n, fields): natural log of m/u for each field; 0 where nothing is there."""
        found = np.zeros(pairs.levels.shape)
        for number, (m, u) in enumerate(zip(self.m, self.u, strict=True)):
            level = pairs.levels[:, number]
            there = level >= 0
            ratio = np.log(m) - np.log(u)
            found[there, number] = ratio[pairs.lists[there], level[there]]
            # Agreeing on a rare value: its own share takes the place of the usual one.
            rare = there & (level == 0) & np.isfinite(pairs.rarity[:, number])
            found[rare, number] += np.log(u[0]) - np.log(pairs.rarity[rare, number])
        corrected: Floats = found + self.ties.correct(pairs.levels)
        return corrected

    def weights(self, pairs: Compared) -> Floats:
        """Natural log-odds that each pair is the same."""
        total: Floats = self.evidence(pairs).sum(axis=1) + self.prior()[pairs.lists]
        return total

    def given(self, same: Compared, times: Floats) -> Model:
        """m and u as they would be were just the pairs `same` the same, each teaching as much as
        `times` says."""
        assert self.frame is not None
        whole = np.ones(len(same))
        m, u = _maximised(_Patterns(same.levels, same.lists, times), times, self.frame, whole)
        return replace(self, m=tuple(m), u=tuple(u))


def train(
    pairs: Compared,
    *,
    random_levels: Sequence[Floats],
    random_joint: Joint,
    possible: Floats,
    sizes: Floats,
) -> Model:
    """Learn from candidate `pairs`; the best of several starts.

    `random_levels`: for each field how often random pairs show each level, summing to 1;
    `random_joint`: how many of them show two levels of two fields at once.
    `possible` and `sizes`: for each combination of lists all its pairs, and the records of
    both, shape (combinations, 2).
    """
    patterns = _Patterns.of(pairs)
    smaller = sizes.min(axis=1)
    own = _own_combination(pairs, len(possible))
    frame = Frame(tuple(random_levels), random_joint, possible, own)
    between = np.where(own[:, None], 0.0, sizes)
    found = [_learn(patterns, frame, share * smaller, smaller) for share in _STARTS]
    best = max(found, key=lambda one: one.log_likelihood)
    return _with_rivals(replace(best, sizes=between, frame=frame), pairs, frame)


def _own_combination(pairs: Compared, combinations: int) -> NDArray[np.bool_]:
    """Which combinations are a list with itself."""
    own = np.zeros(combinations, bool)
    own[pairs.lists[pairs.list_a == pairs.list_b]] = True
    return own


def _with_rivals(model: Model, pairs: Compared, frame: Frame) -> Model:
    """Go on learning with pairs that rule each other out.

    One record can be the same as two of another list only if those two are the same. Taken
    for themselves, weak columns make thousands of pairs look a little alike; together they
    would give a record ten partners.
    """
    rounds = model.rounds
    # What is far off now never comes near: leave most pairs out of all rounds at once.
    pairs = pairs.where(model.weights(pairs) > 2 * _NEAR)
    for _ in range(_RIVAL_ROUNDS):
        rounds += 1
        near = model.weights(pairs) > _NEAR
        close = pairs.where(near)
        same = among_rivals(close, model.weights(close))
        patterns = _Patterns(close.levels, close.lists, np.ones(len(close)))
        counted = np.bincount(close.lists, same, minlength=len(model.possible))
        matches = np.maximum(counted.astype(np.float64), _LEAST)
        m, u = _maximised(patterns, same, frame)
        before = model.matches.sum()
        ties = _ties(close, same, frame)
        model = replace(model, m=tuple(m), u=tuple(u), matches=matches, rounds=rounds, ties=ties)
        if abs(matches.sum() - before) < 1e-4 * before:
            break
    return model


def _ties(close: Compared, same: Floats, frame: Frame) -> Ties:
    sizes = [len(seen) for seen in frame.random_levels]
    drawn = max((float(counts.sum()) for counts in frame.random_joint.values()), default=0.0)
    return learn_ties(
        frame.random_joint,
        joint_counts(close.levels, sizes, same),
        share=min(1.0, drawn / float(frame.possible.sum())),
        fields=len(sizes),
    )


def among_rivals(pairs: Compared, weight: Floats) -> Floats:
    """Chance of each pair when a record's candidates in another list rule each other out,
    but for those that are the same record twice."""
    size = int(max(pairs.a.max(initial=0), pairs.b.max(initial=0))) + 1
    odds = np.exp(np.clip(weight, -30, 30))
    within = pairs.list_a == pairs.list_b
    same = odds / (1 + odds)
    a, b, cross = pairs.a[~within], pairs.b[~within], odds[~within]
    twins = _symmetric(pairs.a[within], pairs.b[within], same[within], size)
    met = _symmetric(a, b, cross, size)
    both = met @ twins
    many = int(max(pairs.list_a.max(initial=0), pairs.list_b.max(initial=0))) + 1
    at_a = a * many + pairs.list_b[~within]
    at_b = b * many + pairs.list_a[~within]
    sums = np.bincount(np.concatenate([at_a, at_b]), np.concatenate([cross, cross]), size * many)
    rivals_a = np.maximum(sums[at_a] - cross - _at(both, a, b), 0)
    rivals_b = np.maximum(sums[at_b] - cross - _at(both, b, a), 0)
    same[~within] = cross / (1 + cross + rivals_a + rivals_b)
    found: Floats = same
    return found


def _symmetric(a: NDArray[np.int64], b: NDArray[np.int64], value: Floats, size: int) -> Any:
    return coo_matrix(
        (np.concatenate([value, value]), (np.concatenate([a, b]), np.concatenate([b, a]))),
        shape=(size, size),
    ).tocsr()


def _at(matrix: Any, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    if not len(rows):
        return np.zeros(0)
    return np.asarray(matrix[rows, columns], np.float64).ravel()


@dataclass(frozen=True)
class _Patterns:
    """Pairs with the same levels and lists are counted once."""

    levels: Levels
    lists: NDArray[np.int64]
    times: Floats

    @classmethod
    def of(cls, pairs: Compared) -> _Patterns:
        code = pairs.lists.astype(np.int64).copy()
        for number in range(pairs.levels.shape[1]):
            code = code * 20 + (pairs.levels[:, number] + 1)
            if number % 12 == 11:  # before 64 bits are full
                code = np.unique(code, return_inverse=True)[1]
        _, first, times = np.unique(code, return_index=True, return_counts=True)
        return cls(pairs.levels[first], pairs.lists[first], times.astype(np.float64))


def _learn(patterns: _Patterns, frame: Frame, matches: Floats, smaller: Floats) -> Model:
    own, possible = frame.own, frame.possible
    if not own.all():
        # Beside other lists, a list that holds things twice is the exception.
        matches = np.where(own, _STARTS[0] * smaller, matches)
    matches = np.maximum(matches, 1.0)
    combinations = len(possible)
    m = [np.tile(_first_guess(len(seen)), (combinations, 1)) for seen in frame.random_levels]
    u = [np.maximum(seen, _LEAST) for seen in frame.random_levels]
    before, likelihood, rounds = -np.inf, -np.inf, 0
    for rounds in range(1, _ROUNDS + 1):  # noqa: B007
        chance = np.clip(matches / possible, _LEAST, 0.5)
        weight = np.log(chance / (1 - chance))[patterns.lists]
        for number, (mine, theirs) in enumerate(zip(m, u, strict=True)):
            level = patterns.levels[:, number]
            there = level >= 0
            ratio = np.log(mine) - np.log(theirs)
            weight[there] += ratio[patterns.lists[there], level[there]]
        same = 1 / (1 + np.exp(-np.clip(weight, -700, 700)))
        mass = same * patterns.times
        likelihood = float((patterns.times * np.logaddexp(0, weight)).sum())
        counted = np.bincount(patterns.lists, mass, minlength=combinations)
        matches = np.clip(counted.astype(np.float64), _LEAST, np.maximum(smaller, 1.0) * 5)
        m, u = _maximised(patterns, mass, frame)
        if abs(likelihood - before) < 1e-7 * (1 + abs(likelihood)):
            break
        before = likelihood
    none = np.zeros((combinations, 2))
    return Model(tuple(m), tuple(u), matches, possible, none, rounds, likelihood)


def _maximised(
    patterns: _Patterns, mass: Floats, frame: Frame, whole: Floats | None = None
) -> tuple[list[Floats], list[Floats]]:
    """m and u where patterns are matches by `mass`; `whole`: how many matches they are, if some
    of them are to teach m more or less than they count."""
    m, u = [], []
    combinations = len(frame.possible)
    everything = float(frame.possible.sum())
    for number, seen in enumerate(frame.random_levels):
        first = _first_guess(len(seen))
        level = patterns.levels[:, number]
        there = level >= 0
        size = len(seen)
        counts = np.bincount(
            patterns.lists[there] * size + level[there], mass[there], minlength=combinations * size
        ).reshape(combinations, size)
        # Within a list what agrees may as well be two alike: how often the same agree is
        # learned between lists where there are several, and holds within them too.
        teaching = counts if frame.own.all() else np.where(frame.own[:, None], 0.0, counts)
        pooled = counts.sum(axis=0)
        if whole is not None:
            pooled = np.bincount(level[there], whole[there], minlength=size).astype(np.float64)
        taught = teaching.sum(axis=0)
        shared = (taught + _GUESSED * first) / (taught.sum() + _GUESSED)
        each = teaching + _BORROWED * shared
        m.append(np.maximum(each / each.sum(axis=1, keepdims=True), _LEAST))
        # Random pairs hold matches too; in small lists enough to spoil u.
        rest = np.maximum(seen * everything - pooled, 0.1 * seen * everything)
        u.append(np.maximum(rest / rest.sum(), _LEAST))
    return m, u


def _first_guess(levels: int) -> Floats:
    between = (1 - _SURE_LEVEL) * 0.7 / max(1, levels - 2)
    guess = np.full(levels, between)
    guess[0] = _SURE_LEVEL
    guess[-1] = (1 - _SURE_LEVEL) * 0.3
    return guess / float(guess.sum())
