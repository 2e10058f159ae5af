"""What a public table may be broken down by, and into which rows or columns.

A dimension is never finer than the vocabulary lets a public table be: a field of tier
S0 by its codes, a field of tier S1 by its groups (`released_as`). Its rows are *all*
the codes there are, whether an incident has them or not: a missing row would say that
nothing happened there, and that is a small count like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from safelight.outcomes.path import shipped_path
from safelight.release.counts import ReleaseError
from safelight.vocabulary.schema import Code, vocabulary
from safelight.vocabulary.stat_row import SMEAR_COLUMNS, StatRow
from safelight.vocabulary.wording import Wording

SEVERAL: Final = "SEVERAL"
NOT_SHOWN: Final = "NONE"
NO_SMEAR: Final = "NO_SMEAR"
NOT_KNOWN: Final = "NOT_KNOWN"
NOT_SENT: Final = "NOT_SENT"
# The one column of a table over all its years: what is rare would all be hidden year by year.
PERIOD: Final = "period"
WHOLE: Final = "ALL"
_SMEAR_ACT: Final = "SMR"


@dataclass(frozen=True)
class Heading:
    code: str
    label: Wording


@dataclass(frozen=True)
class Dimension:
    """A name from `DIMENSIONS`, and every row (or column) it has."""

    name: str
    label: Wording
    headings: tuple[Heading, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(heading.code for heading in self.headings)

    def as_json(self) -> dict[str, object]:
        """As a release document names it, exact or noisy."""
        return {
            "name": self.name,
            "label": self.label.as_json(),
            "headings": [
                {"code": heading.code, "label": heading.label.as_json()}
                for heading in self.headings
            ],
        }


def dimension(name: str, *, years: Sequence[int]) -> Dimension:
    """The dimension called `name`. `years` are the years the release covers.

    Raises ReleaseError for any other name: a column that is not declared here may hold
    anything, also what a person wrote.
    """
    if name == FURTHEST:
        return _furthest()
    if name in NOTICES:
        return _notices(NOTICES[name])
    if name not in _DIMENSIONS:
        raise ReleaseError(
            f"expected one of {', '.join(_DIMENSIONS)} to break a table down by, got another "
            "name; only declared dimensions of closed codes are released"
        )
    if not years or sorted(set(years)) != list(years):
        raise ReleaseError("expected the years of the release in order, each once")
    return _DIMENSIONS[name][0](years)


def code_of(name: str, row: StatRow) -> str:
    """Where one incident stands in a dimension; exactly one place, or sums would not hold.

    What came of notices is not in a row: whoever counts knows it besides (`tabulate`).
    """
    return NOT_SENT if name in NOTICES else _DIMENSIONS[name][1](row)


def _from_codes(field_name: str, codes: Sequence[Code], **label: str) -> Dimension:
    headings = tuple(Heading(code.value, _wording(code)) for code in codes)
    field = vocabulary().field(field_name)
    return Dimension(
        field_name,
        Wording(**label) if label else Wording(field.label("ru"), field.label("en")),
        headings,
    )


def _wording(code: Code) -> Wording:
    return Wording(code.label("ru"), code.label("en"))


def _years(years: Sequence[int]) -> Dimension:
    headings = tuple(Heading(str(year), Wording(str(year), str(year))) for year in years)
    return Dimension("year", Wording("год", "year"), headings)


def _act_groups(_years: Sequence[int]) -> Dimension:
    field = vocabulary().field("most_serious_act")
    # Only groups that a most serious act can be in: a fake date never stands alone, and
    # an empty row for it would read as "there were none".
    last = vocabulary().seriousness[-1].value
    used = {field.group_of(code.value) for code in field.codes if code.value != last}
    return _named("act_group", "most_serious_act", [g for g in field.groups if g.value in used])


def _bias_groups(_years: Sequence[int]) -> Dimension:
    found = _named("bias_group", "bias_ground", vocabulary().field("bias_ground").groups)
    extra = (
        Heading(SEVERAL, Wording("несколько признаков", "several grounds")),
        Heading(NOT_SHOWN, Wording("признак не указан", "no ground recorded")),
    )
    return Dimension(found.name, found.label, found.headings + extra)


def _named(name: str, field_name: str, codes: Sequence[Code]) -> Dimension:
    found = _from_codes(field_name, codes)
    return Dimension(name, found.label, found.headings)


def _bias_group_of(row: StatRow) -> str:
    field = vocabulary().field("bias_ground")
    groups = {field.group_of(ground) for ground in row.bias_ground}
    if len(groups) > 1:
        return SEVERAL
    return groups.pop() if groups else NOT_SHOWN


def _rungs() -> list[Code]:
    """The rungs of rows that are counted: refuted ones and duplicates are not."""
    return [code for code in vocabulary().field("verification").codes if code.value[1].isdigit()]


def _whole_period() -> Dimension:
    return Dimension(
        PERIOD,
        Wording("весь период", "the whole period"),
        (Heading(WHOLE, Wording("весь период", "the whole period")),),
    )


def _smear(column: str, _years: Sequence[int]) -> Dimension:
    """A field of the smear module: its groups, or its codes where a table may show them."""
    field = vocabulary().field(column)
    shown = [code for code in field.groups or field.codes if code.value != NOT_KNOWN]
    ends = [
        Heading(NO_SMEAR, Wording("травли не было", "no smear campaign")),
        *(Heading(code.value, _wording(code)) for code in shown),
        Heading(SEVERAL, Wording("в нескольких местах", "in several places")),
        Heading(NOT_KNOWN, Wording("травля, подробности неизвестны", "smeared, details not known")),
    ]
    several = column == "smear_platform"
    return Dimension(
        column,
        Wording(field.label("ru"), field.label("en")),
        tuple(heading for heading in ends if several or heading.code != SEVERAL),
    )


def _smear_of(column: str, row: StatRow) -> str:
    """The one place of an incident: several platforms are "several", of what was exposed the
    gravest counts (the first group in smear.yaml)."""
    if _SMEAR_ACT not in row.acts:
        return NO_SMEAR
    said = getattr(row, column)
    codes = said if isinstance(said, tuple) else (said,) if said else ()
    field = vocabulary().field(column)
    groups = {field.group_of(code) for code in codes}
    if not groups:
        return NOT_KNOWN
    if len(groups) > 1 and column == "smear_platform":
        return SEVERAL
    return next(code.value for code in field.groups or field.codes if code.value in groups)


def _notices(kind: Code) -> Dimension:
    outcomes = vocabulary().field("notice_outcome").codes
    return Dimension(
        f"notices_{kind.value.lower()}",
        Wording(
            f"чем закончились обращения: {kind.label('ru')}",
            f"what came of notices: {kind.label('en')}",
        ),
        tuple(Heading(code.value, _wording(code)) for code in outcomes),
    )


def _smear_harm() -> Dimension:
    return Dimension(
        "smear_harm",
        Wording("последствия травли", "consequences of smear campaigns"),
        (
            Heading(NO_SMEAR, Wording("травли не было", "no smear campaign")),
            Heading("JOB_LOST", Wording("травля, потеря работы", "smeared, job lost")),
            Heading("SCHOOL_LOST", Wording("травля, потеря учёбы", "smeared, place of study lost")),
            Heading("OTHER_HARM", Wording("травля, другой вред", "smeared, other harm")),
            Heading("NO_HARM_KNOWN", Wording("травля, вред неизвестен", "smeared, no harm known")),
        ),
    )


def _smear_harm_of(row: StatRow) -> str:
    if _SMEAR_ACT not in row.acts:
        return NO_SMEAR
    if "JOB_LOSS" in row.harm:
        return "JOB_LOST"
    if "SCHOOL_LOSS" in row.harm:
        return "SCHOOL_LOST"
    return "OTHER_HARM" if set(row.harm) - {"NONE"} else "NO_HARM_KNOWN"


def _furthest() -> Dimension:
    """How far cases had got by the as-of day; what comes later is open, never "no"."""
    return Dimension(
        FURTHEST,
        Wording("как далеко дошло дело к этому дню", "how far the case had got by that day"),
        tuple(
            Heading(stage.name, Wording(stage.labels["ru"], stage.labels["en"]))
            for stage in shipped_path().main
        ),
    )


def _act_group_of(row: StatRow) -> str:
    return vocabulary().field("most_serious_act").group_of(row.most_serious_act)


_DIMENSIONS: Final[
    Mapping[str, tuple[Callable[[Sequence[int]], Dimension], Callable[[StatRow], str]]]
] = {
    "year": (_years, lambda row: row.occurred_period[:4]),
    "act_group": (_act_groups, _act_group_of),
    "bias_group": (_bias_groups, _bias_group_of),
    "setting": (
        lambda _years: _named("setting", "setting", vocabulary().field("setting").codes),
        lambda row: row.setting,
    ),
    "district": (
        lambda _years: _named("district", "region", vocabulary().field("region").groups),
        lambda row: vocabulary().field("region").group_of(row.region),
    ),
    "verification": (
        lambda _years: _named("verification", "verification", _rungs()),
        lambda row: row.verification,
    ),
    "smear_harm": (lambda _years: _smear_harm(), _smear_harm_of),
    PERIOD: (lambda _years: _whole_period(), lambda _row: WHOLE),
    **{column: (partial(_smear, column), partial(_smear_of, column)) for column in SMEAR_COLUMNS},
    "bias_confidence": (
        lambda _years: _named(
            "bias_confidence", "bias_confidence", vocabulary().field("bias_confidence").codes
        ),
        lambda row: row.bias_confidence,
    ),
}
# By the name of its dimension: each kind of notice that a case can have. Not in the row.
NOTICES: Final[Mapping[str, Code]] = {
    f"notices_{code.value.lower()}": code for code in vocabulary().field("notice_kind").codes
}
DIMENSIONS: Final = (*_DIMENSIONS, *NOTICES)
# Tables about smear campaigns, each over the whole period: a person chooses whether they go out.
SMEAR_TABLES: Final = tuple((column, PERIOD) for column in SMEAR_COLUMNS)
NOTICE_TABLES: Final = tuple((name, PERIOD) for name in NOTICES)

# Known of the cases of one's own list only, and not in the row: whoever counts adds it.
FURTHEST: Final = "furthest"

# The tables that a release with noise may have; each costs a share of the loss. They may close
# rings: nothing exact goes out that could be put together.
NOISY_TABLES: Final = (
    ("act_group", "year"),
    ("bias_group", "year"),
    ("setting", "year"),
    ("district", "year"),
    ("act_group", "bias_group"),
    ("setting", "act_group"),
    ("smear_harm", "year"),
    *((column, "year") for column in SMEAR_COLUMNS),
    (FURTHEST, "year"),
)

# What may stand on two sides of one table. Anything else is refused until somebody has
# thought about what it gives away: two fine dimensions make a table of ones.
CROSS_CLASSIFICATIONS: Final = frozenset(
    {
        ("act_group", "year"),
        ("bias_group", "year"),
        ("setting", "year"),
        ("district", "year"),
        ("bias_confidence", "year"),
        ("act_group", "bias_group"),
        ("setting", "act_group"),
        *SMEAR_TABLES,
        *NOTICE_TABLES,
    }
)
