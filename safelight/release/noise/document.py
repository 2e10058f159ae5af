"""The release document of a release with noise, as canonical JSON (docs/spec/publication.md).

Every number is `[value, low, high]`; what else it must carry stands once, above it, and
`figures` puts it beside each number again.
"""

from __future__ import annotations

from typing import Any, Final

from safelight.release.dimensions import dimension
from safelight.release.document import canonical
from safelight.release.estimate import in_document
from safelight.release.noise.noisy_table import VERIFICATION, NoisyDraft, NoisyList, Shown
from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.workload import Margin
from safelight.release.table import UNIT

FORMAT: Final = "safelight-release/2"
# What must be true for an interval to hold, said with every number.
ASSUMPTION: Final = "rows-as-coded-noise-only"
# Rows carry no person: that nobody stands on more of them than declared is assumed.
ASSUMPTION_OF_PERSONS: Final = "rows-as-coded-few-per-person"
SAMPLER: Final = "opendp-0.16"


def noisy_document(draft: NoisyDraft) -> bytes:
    """Return the bytes that are approved, signed and published; the same draft, the same bytes."""
    plan = draft.plan
    return canonical(
        {
            "format": FORMAT,
            "simulated": draft.simulated,
            "as_of": draft.as_of.isoformat(),
            "period": {"from": str(draft.years[0]), "to": str(draft.years[-1])},
            "code_version": draft.code_version,
            "code_sha256": draft.code_sha256,
            "vocabulary_version": draft.vocabulary_version,
            "corrects": draft.corrects,
            "rule": {
                "method": "noise",
                "measure": plan.loss.measure.value,
                "amount": str(plan.loss.amount),
                "noise": (
                    "discrete-laplace" if plan.loss.measure is Measure.PURE else "discrete-gaussian"
                ),
                "sampler": SAMPLER,
                "protects": plan.unit.name,
                "contributions": plan.unit.contributions,
                "one_way_share": str(plan.one_way_share),
                "level": str(plan.level),
                "scales": [
                    {"axes": list(margin), "scale": scale} for margin, scale in plan.scales.items()
                ],
            },
            "revisions": [
                {"number": r.number, "on": r.on.isoformat(), "reason": r.reason.as_json()}
                for r in draft.revisions
            ],
            "lists": [_list(draft, part) for part in draft.lists],
            **({"undercount": in_document(draft.undercount)} if draft.undercount else {}),
        }
    )


def _list(draft: NoisyDraft, part: NoisyList) -> dict[str, Any]:
    said = part.statement
    tables = [m for m in draft.plan.workload.margins if m not in ((), VERIFICATION)]
    return {
        "id": said.list_id,
        "name": said.name.as_json(),
        "coverage": said.coverage.as_json(),
        "unit": UNIT,
        "linkage": said.linkage,
        "reading": said.reading,
        "assumption": (ASSUMPTION if draft.plan.unit.name == "incident" else ASSUMPTION_OF_PERSONS),
        "data_sha256": said.data_sha256,
        "total": _numbers(part.shown[()]),
        "verification": _table(draft, part, VERIFICATION),
        "tables": [_table(draft, part, margin) for margin in tables],
    }


def _table(draft: NoisyDraft, part: NoisyList, margin: Margin) -> dict[str, Any]:
    return {
        "axes": [dimension(name, years=draft.years).as_json() for name in margin],
        "error": part.shown[margin].error,
        "cells": _numbers(part.shown[margin]),
    }


def _numbers(shown: Shown) -> Any:
    """Nested like the table; the innermost is `[value, low, high]`."""

    def walk(values: Any, lows: Any, highs: Any) -> Any:
        if isinstance(values, list):
            return [walk(*cells) for cells in zip(values, lows, highs, strict=True)]
        return [values, int(lows), int(highs)]

    return walk(shown.values.tolist(), shown.lows.tolist(), shown.highs.tolist())
