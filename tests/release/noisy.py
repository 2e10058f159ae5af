"""Workloads, counts and plans for tests of noisy releases."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safelight.release.noise.mixture import Mixture
from safelight.release.noise.noisy_table import Countable, CountedList, Draw, NoisyChoice
from safelight.release.noise.plan import NoisePlan, PrivacyUnit, simulated_noise
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.workload import Axis, Margin, Workload
from safelight.vocabulary.wording import Wording
from tests.release.tables import AS_OF, COVERAGE, NAME, USUAL, YEARS, rows_of

INCIDENT = PrivacyUnit("incident", 1)
LEVEL = Fraction(19, 20)
ONE = PrivacyLoss(Measure.PURE, Fraction(1))


def axis(name: str, size: int) -> Axis:
    return Axis(name, tuple(f"{name}{place}" for place in range(size)))


def all_pairs(*sizes: int) -> Workload:
    """Axes a, b, c … of these sizes, and every table of two of them."""
    names = "abcdefgh"[: len(sizes)]
    axes = tuple(axis(name, size) for name, size in zip(names, sizes, strict=True))
    return Workload(axes, tuple(combinations(names, 2)) if len(sizes) > 1 else ((names[0],),))


def plan_for(
    workload: Workload,
    *,
    loss: PrivacyLoss = ONE,
    share: Fraction = Fraction(0),
    unit: PrivacyUnit = INCIDENT,
) -> NoisePlan:
    return NoisePlan(workload, loss, unit, share, LEVEL)


def margins_of(joint: NDArray[np.int64], workload: Workload) -> dict[Margin, NDArray[np.int64]]:
    """All margins of a joint table whose axes stand in the workload's order."""
    names = [one.name for one in workload.axes]
    found = {}
    for margin in workload.margins:
        left = [name for name in names if name in margin]
        summed = joint.sum(axis=tuple(i for i, name in enumerate(names) if name not in margin))
        found[margin] = np.transpose(summed, [left.index(name) for name in margin])
    return found


def with_simulated_noise(
    counts: Mapping[Margin, NDArray[np.int64]], plan: NoisePlan, random: np.random.Generator
) -> dict[Margin, NDArray[np.int64]]:
    """Like `sampling.with_noise`, but repeatable, and protecting nobody."""
    return {
        margin: counts[margin]
        + simulated_noise(random, plan.loss.measure, scale, counts[margin].shape).astype(np.int64)
        for margin, scale in plan.scales.items()
    }


def sparse_chances(random: np.random.Generator, *sizes: int) -> Mixture:
    """Incidents of a few kinds, each kind with habits of its own; most cells are unlikely."""
    kinds = 4
    weights = random.dirichlet(np.ones(kinds))
    habits = [[random.dirichlet(np.full(size, 0.35)) for size in sizes] for _ in range(kinds)]
    by_axis = zip("abcdefgh", zip(*habits, strict=True), strict=False)
    return Mixture(weights, {name: np.array(chances) for name, chances in by_axis}, 1.0)


def sparse_joint(random: np.random.Generator, *sizes: int, total: int) -> NDArray[np.int64]:
    """A sparse table of `total` incidents, drawn with `sparse_chances`."""
    chances = sparse_chances(random, *sizes).table(tuple("abcdefgh"[: len(sizes)]))
    return random.multinomial(total, chances.ravel() / chances.sum()).reshape(sizes)


# --- on a desk ---------------------------------------------------------------

WORDS = "four words in a row"


def quiet_draw(
    counts: Mapping[Margin, NDArray[np.int64]], plan: NoisePlan
) -> dict[Margin, NDArray[np.int64]]:
    """Repeatable noise, for tests that look at something else."""
    return with_simulated_noise(counts, plan, np.random.default_rng(11))


def counted(list_id: str = "own", coverage: Wording = COVERAGE, **changed: object) -> CountedList:
    return CountedList(list_id, NAME, coverage, tuple(rows_of(USUAL, **changed)), {})


def choice(loss: str = "1/2", measure: str = "pure", years: tuple[int, ...] = YEARS) -> NoisyChoice:
    return NoisyChoice(
        tables=(("act_group", "year"), ("district", "year")),
        years=years,
        loss=PrivacyLoss.parse(measure, loss),
        one_way_share=Fraction(0),
        level=LEVEL,
    )


def with_budget(limit: str = "1", measure: str = "pure", unit: PrivacyUnit = INCIDENT) -> None:
    """A second person is enrolled and has agreed to this budget."""
    from safelight.release.models import Reviewer
    from safelight.release.noise.review import set_budget
    from safelight.release.review import enrol_reviewer

    if not Reviewer.objects.exists():
        enrol_reviewer("second-eyes", WORDS)
    loss = PrivacyLoss.parse(measure, limit)
    set_budget(unit, loss, reviewer="second-eyes", passphrase=WORDS)


def proposed(*lists: CountedList, draw: Draw = quiet_draw, **changed: Any) -> Any:
    """A proposal with noise, of one list unless others are given."""
    from safelight.release.noise.review import propose_noisy

    how: dict[str, Any] = {
        "as_of": AS_OF,
        "code_version": "0.1.0",
        "simulated": True,
        "by": "desk-1",
        "draw": draw,
    }
    chosen = changed.pop("choice", None) or choice()
    return propose_noisy(lists or (counted(),), chosen, **(how | changed))


def published(proposal: Any) -> bytes:
    """Approved by the second person and published."""
    from safelight.release import review

    review.approve(
        proposal.proposal_id,
        reviewer="second-eyes",
        passphrase=WORDS,
        document_sha256=proposal.document_sha256,
    )
    return review.publish(proposal.proposal_id, by="desk-1")


def countable() -> Countable:
    """What a desk of tests may count (`SAFELIGHT_COUNTABLE`)."""
    return Countable((counted(),), "0.1.0", simulated=True)
