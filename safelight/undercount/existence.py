"""Whether a log-linear model can be fitted to a table at all, before any fit.

Fienberg & Rinaldo (2012, Annals of Statistics 40:996): in a sparse table the maximum
likelihood estimate may not exist, or may exist only in the extended sense, with
parameters at minus infinity. Chan, Silverman & Vincent (2021, JASA 116:1297, §3) turn
that into a linear program and a rank condition for tables with one unobserved cell.
Software that skips this answers 10^13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.model_terms import MOST_LISTS_PAIRWISE, Model, design_terms
from safelight.undercount.overlap import Overlap


class ExistenceCode(IntEnum):
    """Chan, Silverman & Vincent's codes; only models with code 0 may be fitted."""

    FINE = 0
    NO_ESTIMATE = 1
    NOT_IDENTIFIABLE = 2
    NEITHER = 3


IN_WORDS = {
    ExistenceCode.FINE: "can be fitted",
    ExistenceCode.NO_ESTIMATE: (
        "no estimate exists: the table has zeros where the model needs counts"
    ),
    ExistenceCode.NOT_IDENTIFIABLE: (
        "not identifiable: more parameters than the remaining cells can tell apart, "
        "so the number on no list could be anything"
    ),
    ExistenceCode.NEITHER: "no estimate exists, and it would not be identifiable if it did",
}


@dataclass(frozen=True)
class FittingProblem:
    """What is left of a model on a table once parameters at minus infinity are gone.

    `cells`: patterns still fitted, shape (c,). `terms`: parameters still finite, shape
    (q,), intercept first. `design`: shape (c, q), 1 where a term is part of a pattern.
    `at_minus_infinity`: terms whose lists share no incident.
    """

    cells: NDArray[np.int64]
    terms: tuple[int, ...]
    design: NDArray[np.float64]
    at_minus_infinity: tuple[int, ...]


def fitting_problem(counts: NDArray[np.int64], model: Model) -> FittingProblem:
    """Take out the terms that no incident shows, and every cell they make impossible.

    `counts` as in `Overlap`, shape (2^K,). Resampled tables come here too, in which a
    list may have lost everybody: then its main effect is at minus infinity.
    """
    lists = counts.size.bit_length() - 1
    # The same thousand models of up to five lists come again for every table.
    whole = _whole_design if lists <= MOST_LISTS_PAIRWISE else _whole_design.__wrapped__
    terms, contains = whole(lists, model)
    shown: NDArray[np.bool_] = np.any(contains[counts[1:] > 0], axis=0)
    if shown.all():
        return FittingProblem(np.arange(1, counts.size), terms, contains.astype(np.float64), ())
    possible = ~contains[:, ~shown].any(axis=1)
    return FittingProblem(
        cells=np.flatnonzero(possible) + 1,
        terms=tuple(term for term, finite in zip(terms, shown, strict=True) if finite),
        design=contains[np.ix_(possible, shown)].astype(np.float64),
        at_minus_infinity=tuple(
            term for term, finite in zip(terms, shown, strict=True) if not finite
        ),
    )


@lru_cache(maxsize=4096)
def _whole_design(lists: int, model: Model) -> tuple[tuple[int, ...], NDArray[np.bool_]]:
    """The terms, and which of the observable patterns contain each, shape (2^K - 1, terms)."""
    terms = design_terms(lists, model)
    patterns = np.arange(1, 1 << lists)[:, None]
    contains = (patterns & np.array(terms)) == np.array(terms)
    contains.flags.writeable = False
    return tuple(terms), contains


def _positive_table_exists(problem: FittingProblem, counts: NDArray[np.int64]) -> bool:
    """Whether some table with only positive cells has the sufficient statistics of `counts`.

    The linear program: the largest s such that a table x with the same sufficient
    statistics has every cell at least s. An estimate exists if and only if s > 0
    (Fienberg & Rinaldo 2012, §3; Haberman 1974, Theorem 2.3).
    """
    # Sufficient statistics lie inside the marginal cone, or on which face of it, by which
    # cells are positive, however large their counts are (Fienberg & Rinaldo 2012, §3).
    observed = (counts[problem.cells] > 0).astype(np.float64)
    if observed.all():
        return True
    cells = problem.design.shape[0]
    # Columns: the cells of x beyond s (all at least 0), then s.
    equal = np.hstack([problem.design.T, problem.design.sum(axis=0)[:, None]])
    # The total itself bounds s, so the program is never unbounded.
    scale = max(1.0, float(observed.sum()))
    cost = np.zeros(cells + 1)
    cost[-1] = -1.0
    # Here, for loading it takes longer than most fits, and few tables come this far.
    from scipy.optimize import linprog  # noqa: PLC0415

    answer = linprog(
        cost,
        A_eq=equal,
        b_eq=problem.design.T @ observed / scale,
        bounds=[(0, None)] * (cells + 1),
        method="highs",
    )
    if answer.status != 0:
        raise ArithmeticError(f"the linear program of existence ended with status {answer.status}")
    # s is a ratio of small integers, so a true positive one is not near the solver's 1e-9.
    return bool(-answer.fun * scale > 1e-6)


def existence(overlap: Overlap, model: Model) -> ExistenceCode:
    """Return whether `model` has an (extended) estimate on `overlap`, and is identifiable."""
    return existence_of_counts(overlap.counts, model)


def existence_of_counts(counts: NDArray[np.int64], model: Model) -> ExistenceCode:
    """`existence` for bare counts, shape (2^K,), as resampling makes them."""
    return _existence_of_support((counts > 0).tobytes(), model)


@lru_cache(maxsize=8192)
def _existence_of_support(support: bytes, model: Model) -> ExistenceCode:
    """Resamples share a few sets of positive cells, and a linear program costs more than a fit."""
    counts = np.frombuffer(support, dtype=np.bool_).astype(np.int64)
    problem = fitting_problem(counts, model)
    code = 0 if _positive_table_exists(problem, counts) else int(ExistenceCode.NO_ESTIMATE)
    if np.linalg.matrix_rank(problem.design) < len(problem.terms):
        code += int(ExistenceCode.NOT_IDENTIFIABLE)
    return ExistenceCode(code)


def existence_of_all(overlap: Overlap, models: Sequence[Model]) -> list[ExistenceCode]:
    """`existence` for many models of one table, with few linear programs.

    Among models with the same terms at minus infinity, hence the same cells, a larger
    model asks the positive table to match more. So if a model has an estimate, all its
    submodels of that group have one; and if not, none that contains it has.
    """
    problems = [fitting_problem(overlap.counts, model) for model in models]
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, problem in enumerate(problems):
        groups.setdefault(problem.at_minus_infinity, []).append(index)

    estimate_exists = [False] * len(models)
    for members in groups.values():
        known_good: list[frozenset[int]] = []
        known_bad: list[frozenset[int]] = []
        for index in sorted(members, key=lambda i: -len(models[i])):
            model = models[index]
            if any(model <= good for good in known_good):
                estimate_exists[index] = True
            elif not any(bad <= model for bad in known_bad):
                found = _positive_table_exists(problems[index], overlap.counts)
                estimate_exists[index] = found
                (known_good if found else known_bad).append(model)
    return [
        ExistenceCode(
            (0 if estimate_exists[index] else int(ExistenceCode.NO_ESTIMATE))
            + int(ExistenceCode.NOT_IDENTIFIABLE) * deficient
        )
        for index, deficient in enumerate(_rank_deficient(problems))
    ]


def _rank_deficient(problems: Sequence[FittingProblem]) -> list[bool]:
    """Whether each design has fewer independent columns than columns; by size, in batches."""
    deficient = [False] * len(problems)
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for index, problem in enumerate(problems):
        by_shape.setdefault(problem.design.shape, []).append(index)
    for (cells, terms), members in by_shape.items():
        if cells < terms:
            ranks = np.zeros(len(members), dtype=int)
        else:
            ranks = np.linalg.matrix_rank(np.stack([problems[i].design for i in members]))
        for index, rank in zip(members, ranks, strict=True):
            deficient[index] = bool(rank < terms)
    return deficient
