"""What a campaign adds to the statistical row of its case: codes that a person accepted.

Four fields of the smear module (`stat_row.SMEAR_COLUMNS`), and none of the others: technique,
accusation, occupation and what it was aimed at would single a person out, and no table needs
them. No table of our own; `casework.projecting` asks for the columns whenever a case changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from safelight.campaigns.case_campaign.standing import campaign_of
from safelight.casework.folding import CaseNow
from safelight.casework.projecting import Projection
from safelight.journal.content import Told
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import SEPARATOR, SMEAR_COLUMNS

_SMEAR: Final = "SMR"


def is_smear(now: CaseNow) -> bool:
    """Whether the case is coded, with a smear campaign among its acts."""
    return _SMEAR in str((now.codes or {}).get("acts", "")).split(SEPARATOR)


def smear_columns(now: CaseNow, story: Iterable[Told]) -> Mapping[str, str]:
    """Return the cells of a row; none before somebody accepted codes, or where the act that is
    coded is no smear campaign. Codes that may stand in a case file only stay out.
    """
    coded = campaign_of(now, story).coded if is_smear(now) else None
    if coded is None:
        return {}
    return {
        column: SEPARATOR.join(
            code
            for code in coded.get(field, ())
            if vocabulary().field(field).code(code).tier != "S2"
        )
        for column, field in SMEAR_COLUMNS.items()
    }


def _nothing(_now: CaseNow, _story: Iterable[Told]) -> None:
    """There is no table to bring up to date."""


def _forget() -> None:
    """There is no table to empty."""


# Named in the desk's settings; `casework.projecting` calls it (docs/adr/0023, 0031).
PROJECTION: Final = Projection(_nothing, _forget, smear_columns)
