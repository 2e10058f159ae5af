"""An estimate of all incidents as a part of a release: a number, a bound or a refusal.

`estimating` computes it; here is what it carries, in the document and in a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from safelight.release.counts import ReleaseError
from safelight.release.noise.overlap import CHANGES_PER_ROW, MeasuredOverlap
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import PrivacyLoss

if TYPE_CHECKING:
    from safelight.undercount.rules import Verdict

METHOD: Final = "families-side-by-side"
LINKAGE: Final = "probabilistic"
UNIT: Final = "incident"
AGREED, NOISE_DECIDES, LOST_IN_NOISE = "families-agree", "noise-decides", "list-lost-in-noise"
# What must be true for the number to mean what it says, by verdict (a sentence each in pages).
ASSUMPTIONS: Final[Mapping[str, str]] = {
    "estimate": "no-kind-escaped-all-lists",
    "lower-bound": "lists-do-not-avoid-each-other",
    "refused": "no-kind-escaped-all-lists",
}


@dataclass(frozen=True)
class Number:
    """Whole incidents; `high` None is open above. `value` lies within its ends."""

    value: int
    low: int
    high: int | None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The part of a release about what no list saw. `salt` (hex) stays on the desk.

    `estimate` is None where the verdict is refused. `linkage_share`: percent of the variance
    that lies between the plausible linkages, each with its noise; None where refused.
    """

    measured: MeasuredOverlap
    level: Fraction
    documented: Number
    verdict: Verdict
    reason: str
    estimate: Number | None
    linkage_share: int | None
    data_sha256: str
    code_sha256: str
    salt: str

    @property
    def assumption(self) -> str:
        return ASSUMPTIONS[self.verdict]


def in_document(part: Estimate) -> dict[str, Any]:
    """The value of the document's key `undercount` (docs/spec/publication.md)."""
    measured = part.measured
    return {
        "unit": UNIT,
        "lists": list(measured.lists),
        "method": METHOD,
        "linkage": {
            "method": LINKAGE,
            "linkages": len(measured.tables),
            "share": part.linkage_share,
        },
        "documented": _ends(part.documented),
        "verdict": part.verdict,
        "reason": part.reason,
        "estimate": None if part.estimate is None else _ends(part.estimate),
        "level": str(part.level),
        "assumption": part.assumption,
        "rule": {
            "measure": measured.loss.measure.value,
            "amount": str(measured.loss.amount),
            "noise": "discrete-laplace",
            "scale": measured.scale,
            "changes": CHANGES_PER_ROW,
            "protects": measured.unit.name,
            "contributions": measured.unit.contributions,
        },
        "tables": [list(table) for table in measured.tables],
        "data_sha256": part.data_sha256,
        "code_sha256": part.code_sha256,
    }


def _ends(number: Number) -> list[int | None]:
    return [number.value, number.low, number.high]


def to_plain(part: Estimate | None) -> dict[str, Any] | None:
    """For a draft in the desk's own database; `from_plain` reads it."""
    if part is None:
        return None
    plain = asdict(part) | {"level": str(part.level)}
    loss = part.measured.loss
    plain["measured"] |= {"loss": [loss.measure.value, str(loss.amount)]}
    return plain


def from_plain(stored: Mapping[str, Any] | None) -> Estimate | None:
    """Read back what `to_plain` wrote."""
    if stored is None:
        return None
    measured = stored["measured"]
    if stored["verdict"] not in ASSUMPTIONS:
        raise ReleaseError("a stored estimate has no verdict; propose the numbers again")
    return Estimate(
        measured=MeasuredOverlap(
            tuple(measured["lists"]),
            tuple(tuple(table) for table in measured["tables"]),
            tuple(measured["years"]),
            PrivacyLoss.parse(*measured["loss"]),
            PrivacyUnit(**measured["unit"]),
            measured["paid_as"],
        ),
        level=Fraction(stored["level"]),
        documented=Number(**stored["documented"]),
        verdict=stored["verdict"],
        reason=stored["reason"],
        estimate=None if stored["estimate"] is None else Number(**stored["estimate"]),
        linkage_share=stored["linkage_share"],
        data_sha256=stored["data_sha256"],
        code_sha256=stored["code_sha256"],
        salt=stored["salt"],
    )
