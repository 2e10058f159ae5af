"""A release with noise as the pages show it: numbers, their intervals, and what noise does."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safelight.release.dimensions import dimension
from safelight.release.noise.noisy_table import VERIFICATION, NoisyDraft, NoisyList, Shown
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.workload import Margin
from safelight.vocabulary.wording import Wording


@dataclass(frozen=True)
class ShownNumber:
    value: str
    low: int
    high: int


@dataclass(frozen=True)
class NoisyTable:
    """`columns` is empty for a table of one axis; then each row has one number."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ShownNumber, ...]], ...]


@dataclass(frozen=True)
class NoisyListShown:
    name: str
    coverage: str
    total: ShownNumber
    tables: tuple[NoisyTable, ...]


@dataclass(frozen=True)
class MarginEffect:
    """What the noise will do to one table, before it is drawn."""

    title: str
    cells: int
    error: str
    reach: int


@dataclass(frozen=True)
class NoisyShown:
    lists: tuple[NoisyListShown, ...]
    loss: str
    unit: str | Promise
    level: int


def noisy_shown(draft: NoisyDraft) -> NoisyShown:
    """Every list of the draft in the reader's language."""
    return NoisyShown(
        tuple(_list(draft, part) for part in draft.lists),
        str(draft.plan.loss),
        _("incident") if draft.plan.unit.name == "incident" else _("person"),
        round(float(draft.plan.level) * 100),
    )


def effects_shown(plan: NoisePlan, *, years: tuple[int, ...]) -> list[MarginEffect]:
    """Expected error and reach of each table, the total first; nothing is counted for it."""
    return [
        MarginEffect(
            _title(margin, years),
            prod(plan.workload.shape(margin)),
            f"{plan.effects[margin].error:.1f}",
            plan.effects[margin].half_width,
        )
        for margin in plan.workload.margins
    ]


def said(words: Wording) -> str:
    """The words in the reader's language."""
    return words.ru if (get_language() or "en").startswith("ru") else words.en


def table_title(margin: Margin, *, years: tuple[int, ...]) -> str:
    """What a table is called, in the reader's language."""
    return " / ".join(said(dimension(name, years=years).label) for name in margin)


def _title(margin: Margin, years: tuple[int, ...]) -> str:
    return table_title(margin, years=years) if margin else _("all incidents")


def _list(draft: NoisyDraft, part: NoisyList) -> NoisyListShown:
    tables = [m for m in draft.plan.workload.margins if len(m) == 2 or m == VERIFICATION]
    return NoisyListShown(
        name=said(part.statement.name),
        coverage=said(part.statement.coverage),
        total=_number(part.shown[()], ()),
        tables=tuple(_table(draft, part, margin) for margin in tables),
    )


def _table(draft: NoisyDraft, part: NoisyList, margin: Margin) -> NoisyTable:
    rows = dimension(margin[0], years=draft.years)
    shown = part.shown[margin]
    if len(margin) == 1:
        columns: tuple[str, ...] = ()
        cells: list[tuple[ShownNumber, ...]] = [
            (_number(shown, (i,)),) for i in range(len(rows.codes))
        ]
    else:
        across = dimension(margin[1], years=draft.years)
        columns = (*(said(h.label) for h in across.headings), _("all"))
        alone = part.shown[(margin[0],)]
        cells = [
            (
                *(_number(shown, (i, j)) for j in range(len(across.codes))),
                _number(alone, (i,)),
            )
            for i in range(len(rows.codes))
        ]
    return NoisyTable(
        _title(margin, draft.years),
        columns,
        tuple(
            (said(heading.label), numbers)
            for heading, numbers in zip(rows.headings, cells, strict=True)
        ),
    )


def _number(shown: Shown, place: tuple[int, ...]) -> ShownNumber:
    value = float(shown.values[place])
    return ShownNumber(f"{value:.1f}", int(shown.lows[place]), int(shown.highs[place]))
