"""What a public table may be broken down by, and into which rows or columns.

A dimension is never finer than the vocabulary lets a public table be: a field of tier
S0 by its codes, a field of tier S1 by its groups (`released_as`). Its rows are *all*
the codes there are, whether an incident has them or not: a missing row would say that
nothing happened there, and that is a small count like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.outcomes.path import shipped_path
from safelight.release.counts import ReleaseError
from safelight.vocabulary.schema import Code, vocabulary
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

SEVERAL: Final = "SEVERAL"
NOT_SHOWN: Final = "NONE"


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
    if name not in _DIMENSIONS:
        raise ReleaseError(
            f"expected one of {', '.join(_DIMENSIONS)} to break a table down by, got another "
            "name; only declared dimensions of closed codes are released"
        )
    if not years or sorted(set(years)) != list(years):
        raise ReleaseError("expected the years of the release in order, each once")
    return _DIMENSIONS[name][0](years)


def code_of(name: str, row: StatRow) -> str:
    """Where one incident stands in a dimension; exactly one place, or sums would not hold."""
    return _DIMENSIONS[name][1](row)


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


def _smear_harm() -> Dimension:
    return Dimension(
        "smear_harm",
        Wording("последствия травли", "consequences of smear campaigns"),
        (
            Heading("NO_SMEAR", Wording("травли не было", "no smear campaign")),
            Heading("JOB_LOST", Wording("травля, потеря работы", "smeared, job lost")),
            Heading("SCHOOL_LOST", Wording("травля, потеря учёбы", "smeared, place of study lost")),
            Heading("OTHER_HARM", Wording("травля, другой вред", "smeared, other harm")),
            Heading("NO_HARM_KNOWN", Wording("травля, вред неизвестен", "smeared, no harm known")),
        ),
    )


def _smear_harm_of(row: StatRow) -> str:
    if "SMR" not in row.acts:
        return "NO_SMEAR"
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
    "bias_confidence": (
        lambda _years: _named(
            "bias_confidence", "bias_confidence", vocabulary().field("bias_confidence").codes
        ),
        lambda row: row.bias_confidence,
    ),
}
DIMENSIONS: Final = tuple(_DIMENSIONS)

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
    }
)
