"""A random sample of coded cases, drawn by a desk and written down, to be coded a second time.

Anybody can check the draw: the cases of a sample are those with the smallest SHA-256 of the
seed and the case's id. The seed is fresh and stands in the journal with the size and with what
was drawn from; whoever draws again until they like the sample leaves every draw there.

The first coding is the one that stood when the sample was drawn; correcting it afterwards does
not improve the agreement.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.agreement import kinds
from safelight.casework.folding import entry_name, fold
from safelight.casework.followup.consents import among_agreed, today
from safelight.casework.models import Bridge, CaseState
from safelight.casework.summaries import STATISTICS
from safelight.errors import SafelightError
from safelight.journal.chain import append, told
from safelight.journal.content import Told

SMALLEST: Final = 10
LARGEST: Final = 300
_PART: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{16}")


class SampleError(SafelightError):
    """A sample that cannot be drawn, or is closed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One draw. `cases`: case id → the entry of its first coding. `of`: how many were coded."""

    sample_id: str
    entry: str
    desk: str
    at: datetime
    seed: str
    of: int
    cases: Mapping[str, str]
    closed_at: datetime | None = None
    closed_by: str = ""
    closing: tuple[int, str] | None = None
    dropped: bool = False

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and not self.dropped


def ranked(seed: str, case_ids: Iterable[str]) -> list[str]:
    """The cases in the order in which a seed draws them."""
    return sorted(
        case_ids, key=lambda case_id: hashlib.sha256(f"{seed}\n{case_id}".encode()).digest()
    )


def coded_cases() -> list[str]:
    """The cases a sample is drawn from: coded, and counted today."""
    coded = Bridge.objects.filter(case__state=CaseState.CODED).order_by("case_id")
    found = list(coded.values_list("case_id", flat=True))
    counted: set[str] = set()
    for start in range(0, len(found), _PART):
        counted |= among_agreed(found[start : start + _PART], STATISTICS, on=today())
    return [case_id for case_id in found if case_id in counted]


def draw(size: int) -> str:
    """Draw a sample and write it down; return its id. Raises `SampleError`."""
    if not SMALLEST <= size <= LARGEST:
        raise SampleError(
            _("a sample has %(least)d to %(most)d cases; choose another size")
            % {"least": SMALLEST, "most": LARGEST}
        )
    with transaction.atomic():
        population = coded_cases()
        if len(population) < size:
            raise SampleError(
                _("%(coded)d cases are coded and counted; a sample cannot be larger")
                % {"coded": len(population)}
            )
        seed = secrets.token_hex(16)
        cases = {}
        for case_id in ranked(seed, population)[:size]:
            cases[case_id] = _coding_of(case_id)
        sample_id = secrets.token_hex(8)
        drawn_from = hashlib.sha256("\n".join(population).encode()).hexdigest()
        append(
            kinds.DRAWN,
            {
                "sample": sample_id,
                "seed": seed,
                "size": size,
                "of": len(population),
                "from": drawn_from,
            },
            subject=kinds.SUBJECT,
            content={"cases": cases},
        )
    return sample_id


def _coding_of(case_id: str) -> str:
    last = first_coding(case_id, told(case_id), None)
    if last is None:
        raise SampleError(_("a coded case has no coding in the journal; verify the desk"))
    return entry_name(last.entry)


def first_coding(case_id: str, story: list[Told], name: str | None) -> Told | None:
    """The coding of this name, or the last one that counts."""
    now = fold(case_id, story)
    if now is None or not now.is_open:
        return None
    codings = [one for one in story if one.entry.kind == "case.coded" and one.content]
    if name is not None:
        return next((one for one in codings if entry_name(one.entry) == name), None)
    hidden = now.undone | now.passed_over
    counting = [one for one in codings if entry_name(one.entry) not in hidden]
    return counting[-1] if counting else None


def samples() -> list[Sample]:
    """Every sample, the newest first. What was closed or dropped first stays so."""
    found: dict[str, Sample] = {}
    for one in told(kinds.SUBJECT):
        body, entry = one.entry.body, one.entry
        sample_id = str(body.get("sample", ""))
        if not _ID.fullmatch(sample_id):
            continue  # it would break every address
        known = found.get(sample_id)
        if entry.kind == kinds.DRAWN and known is None and one.content is not None:
            cases, of = one.content.get("cases"), body.get("of")
            # A colleague's desk of another version may have written anything.
            if isinstance(cases, dict) and 0 < len(cases) <= LARGEST and type(of) is int:
                found[sample_id] = _drawn(sample_id, one, cases, of)
        elif known is not None and known.is_open:
            changed = _ended(known, one)
            if changed is not None:
                found[sample_id] = changed
    return list(reversed(found.values()))


def _drawn(sample_id: str, one: Told, cases: Mapping[str, Any], of: int) -> Sample:
    body = one.entry.body
    return Sample(
        sample_id,
        entry_name(one.entry),
        one.entry.desk,
        one.entry.at,
        seed=str(body.get("seed", "")),
        of=of,
        cases={str(case_id): str(entry) for case_id, entry in cases.items()},
    )


def _ended(sample: Sample, one: Told) -> Sample | None:
    if one.entry.kind == kinds.CLOSED:
        return replace(
            sample, closed_at=one.entry.at, closed_by=one.entry.desk, closing=one.entry.order
        )
    return replace(sample, dropped=True) if one.entry.kind == kinds.DROPPED else None


def sample_of(sample_id: str) -> Sample:
    """Return one sample, or raise `SampleError`."""
    found = next((one for one in samples() if one.sample_id == sample_id), None)
    if found is None or found.dropped:
        raise SampleError(_("there is no such sample; go back to the list"))
    return found


def close(sample_id: str) -> None:
    """End the second coding and show the results; nothing coded later counts."""
    _end(sample_id, kinds.CLOSED)


def drop(sample_id: str) -> None:
    """Give a sample up, before its results are known."""
    _end(sample_id, kinds.DROPPED)


def _end(sample_id: str, kind: str) -> None:
    with transaction.atomic():
        if not sample_of(sample_id).is_open:
            raise SampleError(_("this sample is closed already; reload the page"))
        append(kind, {"sample": sample_id}, subject=kinds.SUBJECT)
