"""Log-linear models as sets of terms, and the sets of models one searches.

A term is a bit mask of lists: 0 the intercept, one bit a main effect, two bits a
dependence between two lists, and so on. Every model here is hierarchical (with a
term come all its subsets) and has the intercept and all main effects; the term of
all K lists is never in a model, for the cell that would need it is the unobserved one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final, TypeAlias

from safelight.errors import SafelightError

Model: TypeAlias = frozenset[int]
"""Terms of two or more lists; intercept and main effects go without saying."""

MOST_LISTS_PAIRWISE: Final = 5  # 2^10 models
MOST_LISTS_ALL_ORDERS: Final = 4  # 113 models


class ModelError(SafelightError):
    """A log-linear model that cannot be written down, or a set of them too large to list."""


def pairs(lists: int) -> tuple[int, ...]:
    """All dependences between two of K lists, in the order (0,1), (0,2), …, (1,2), …."""
    return tuple(1 << a | 1 << b for a, b in combinations(range(lists), 2))


def is_hierarchical(model: Model) -> bool:
    """Whether with every term come all its subsets of two or more lists."""
    return all(
        term & ~(1 << bit) in model
        for term in model
        if term.bit_count() > 2
        for bit in range(term.bit_length())
        if term >> bit & 1
    )


def pairwise_models(lists: int) -> tuple[Model, ...]:
    """All models of main effects and any pairs, smallest first; at most 1,024."""
    if lists > MOST_LISTS_PAIRWISE:
        raise ModelError(
            f"with {lists} lists there are {2 ** (lists * (lists - 1) // 2)} models of pairs; "
            f"all of them are fitted for up to {MOST_LISTS_PAIRWISE} lists"
        )
    every = pairs(lists)
    return tuple(
        frozenset(chosen) for size in range(len(every) + 1) for chosen in combinations(every, size)
    )


@lru_cache(maxsize=8)
def hierarchical_models(lists: int) -> tuple[Model, ...]:
    """All hierarchical models below the saturated one (of K lists at once), smallest first.

    For four lists 113, counted with the main effects alone and the model of all triples.
    """
    if lists > MOST_LISTS_ALL_ORDERS:
        raise ModelError(
            f"all orders are listed for up to {MOST_LISTS_ALL_ORDERS} lists; got {lists}"
        )
    higher = [
        term
        for order in range(3, lists)
        for term in (sum(1 << k for k in chosen) for chosen in combinations(range(lists), order))
    ]
    models: list[Model] = list(pairwise_models(lists))
    for term in higher:
        models += [grown for model in models if is_hierarchical(grown := model | {term})]
    return tuple(sorted(models, key=lambda model: (len(model), sorted(model))))


def design_terms(lists: int, model: Model) -> tuple[int, ...]:
    """Every term of the model, intercept first, then main effects, then the rest by size."""
    mains = [1 << k for k in range(lists)]
    return (0, *mains, *sorted(model, key=lambda term: (term.bit_count(), term)))


def term_name(term: int, names: Sequence[str]) -> str:
    """`A:B` for the dependence between lists A and B."""
    return ":".join(name for k, name in enumerate(names) if term >> k & 1)


def model_name(model: Model, names: Sequence[str]) -> str:
    """`A, B, C, A:B`: main effects, then what the model adds."""
    added = sorted(model, key=lambda term: (term.bit_count(), term))
    return ", ".join([*names, *(term_name(term, names) for term in added)])


def parse_model(untrusted: str, names: Sequence[str]) -> Model:
    """Read `A,B,C,A:B`. Main effects may be left out; subsets of a term must be there.

    Raises `ModelError` naming the place, not what stood there.
    """
    number = {name: k for k, name in enumerate(names)}
    terms: set[int] = set()
    for place, part in enumerate(untrusted.split(","), start=1):
        lists = [name.strip() for name in part.split(":")]
        if not all(name in number for name in lists) or len(set(lists)) != len(lists):
            raise ModelError(
                f"term {place} is not made of lists of the table ({', '.join(names)}), "
                "joined by ':'"
            )
        term = sum(1 << number[name] for name in lists)
        if term.bit_count() == len(names):
            raise ModelError(
                f"term {place} joins all lists; that model has one parameter more than there "
                "are observed cells, so the unobserved count could be anything"
            )
        if term.bit_count() > 1:
            terms.add(term)
    model = frozenset(terms)
    if not is_hierarchical(model):
        raise ModelError("a term of three or more lists needs all its pairs in the model as well")
    return model
