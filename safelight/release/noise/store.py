"""A noisy draft as bytes in the desk's database, and back. No true count is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.draft import FIRST_VERSION, ListStatement, Revision
from safelight.release.estimate import from_plain, to_plain
from safelight.release.noise.noisy_table import NoisyDraft, NoisyList, Shown, declared_workload
from safelight.release.noise.plan import NoisePlan, PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.workload import Margin
from safelight.vocabulary.wording import Wording

METHOD: Final = "noise"


def noisy_to_bytes(draft: NoisyDraft) -> bytes:
    """Return JSON that `noisy_from_bytes` reads."""
    plan = draft.plan
    document = {
        "method": METHOD,
        "as_of": draft.as_of.isoformat(),
        "years": draft.years,
        "tables": [table for table in plan.workload.tables if len(table) > 1],
        "measure": plan.loss.measure.value,
        "amount": str(plan.loss.amount),
        "unit": asdict(plan.unit),
        "one_way_share": str(plan.one_way_share),
        "level": str(plan.level),
        "revisions": [
            {"number": r.number, "on": r.on.isoformat(), "reason": asdict(r.reason)}
            for r in draft.revisions
        ],
        "simulated": draft.simulated,
        "code_version": draft.code_version,
        "code_sha256": draft.code_sha256,
        "corrects": draft.corrects,
        "lists": [
            {
                "statement": asdict(part.statement),
                "measured": _arrays(part.measured),
                "salt": part.salt,
                "values": _arrays({m: s.values for m, s in part.shown.items()}),
                "lows": _arrays({m: s.lows for m, s in part.shown.items()}),
                "highs": _arrays({m: s.highs for m, s in part.shown.items()}),
                "errors": [[list(m), s.error] for m, s in part.shown.items()],
            }
            for part in draft.lists
        ],
        "undercount": to_plain(draft.undercount),
        "vocabulary_version": draft.vocabulary_version,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def is_noisy(stored: bytes) -> bool:
    """Whether this is a draft with noise, not one with suppression."""
    return bool(json.loads(stored).get("method") == METHOD)


def _arrays(of: Mapping[Margin, NDArray[Any]]) -> list[list[Any]]:
    return [[list(margin), array.tolist()] for margin, array in of.items()]


def noisy_from_bytes(stored: bytes) -> NoisyDraft:
    """Read back what `noisy_to_bytes` wrote into the desk's own database."""
    document = json.loads(stored)
    years = tuple(document["years"])
    workload = declared_workload([(a, b) for a, b in document["tables"]], years=years)
    plan = NoisePlan(
        workload,
        PrivacyLoss(Measure(document["measure"]), Fraction(document["amount"])),
        PrivacyUnit(**document["unit"]),
        Fraction(document["one_way_share"]),
        Fraction(document["level"]),
    )
    return NoisyDraft(
        as_of=date.fromisoformat(document["as_of"]),
        years=years,
        plan=plan,
        revisions=tuple(
            Revision(r["number"], date.fromisoformat(r["on"]), Wording(**r["reason"]))
            for r in document["revisions"]
        ),
        simulated=document["simulated"],
        code_version=document["code_version"],
        code_sha256=document["code_sha256"],
        corrects=document["corrects"],
        lists=tuple(_list(part) for part in document["lists"]),
        undercount=from_plain(document.get("undercount")),
        vocabulary_version=document.get("vocabulary_version", FIRST_VERSION),
    )


def _list(part: Mapping[str, Any]) -> NoisyList:
    said = dict(part["statement"])
    said["name"], said["coverage"] = Wording(**said["name"]), Wording(**said["coverage"])
    values, lows, highs = (_read(part[end], np.float64) for end in ("values", "lows", "highs"))
    errors = {tuple(margin): float(error) for margin, error in part["errors"]}
    return NoisyList(
        ListStatement(**said),
        _read(part["measured"], np.int64),
        {m: Shown(values[m], lows[m], highs[m], errors[m]) for m in values},
        part["salt"],
    )


def _read(pairs: list[list[Any]], kind: type) -> dict[Margin, NDArray[Any]]:
    return {tuple(margin): np.array(array, dtype=kind) for margin, array in pairs}
