"""What the pages show of the evidence of a case, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise

from safelight.campaigns.case_evidence import keeping, runs
from safelight.campaigns.case_evidence.deciding import standing
from safelight.campaigns.case_evidence.evidence_file import DIRECT, WaysOut, read_ways_out
from safelight.campaigns.case_evidence.reporter_files import files_of_reporter, on_this_desk
from safelight.campaigns.case_evidence.signing import known_fingerprint
from safelight.campaigns.case_evidence.standing import (
    ASKED,
    Bundle,
    Capture,
    EvidenceNow,
    Item,
    Missing,
)
from safelight.campaigns.case_evidence.wording import EVENTS, GAPS, ROLES, RUNS, SEEN, STATES, WORK
from safelight.campaigns.case_evidence.workplace import in_memory
from safelight.casework import cases
from safelight.casework.folding import CaseNow, fold
from safelight.casework.followup.consents import today
from safelight.casework.followup.following import FollowUp, follow
from safelight.casework.followup.shown import case_context
from safelight.casework.models import CaseState
from safelight.casework.wording import STATES as CASE_STATES
from safelight.errors import SafelightError
from safelight.journal.chain import told

DATA: Final = "safelight.data"  # the WSGI environment's key; set by `safelight desk run`


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One file for a page."""

    item: Item
    role: str | Promise
    is_here: bool

    @property
    def can_look(self) -> bool:
        """Whether it is of a kind that can be shown as pixels."""
        return self.is_here and self.item.role in ("file", "screenshot", "pdf", "exhibit")


@dataclass(frozen=True, slots=True)
class ShownCapture:
    """One capture. `running`: how its work stands now, or ""."""

    capture: Capture
    state: str | Promise
    running: str | Promise
    seen: str | Promise
    parts: tuple[ShownItem, ...]
    gaps: tuple[Missing, ...]
    picture: ShownItem | None
    earlier: str

    @property
    def is_here(self) -> bool:
        """Whether all its files are on this desk."""
        return bool(self.parts) and all(part.is_here for part in self.parts)

    @property
    def is_interrupted(self) -> bool:
        return self.capture.state == ASKED and not self.running


@dataclass(frozen=True, slots=True)
class ShownBundle:
    """One bundle."""

    bundle: Bundle
    event: str | Promise
    is_here: bool
    was_saved: bool


def is_closed(case_id: str) -> bool:
    """Whether there is nothing to show: withdrawn, or locked."""
    return cases.open_case(case_id).state in {CaseState.LOCKED, CaseState.WITHDRAWN}


def ways_out_of(request: HttpRequest) -> tuple[WaysOut, str]:
    """Return what `evidence.yaml` says, and why it cannot be used, or ""."""
    place = request.META.get(DATA)
    if not place:
        return WaysOut(), ""
    try:
        return read_ways_out(Path(place)), ""
    except SafelightError as refusal:
        return WaysOut(), str(refusal)


def frame_of(case_id: str, *, here: str) -> tuple[dict[str, Any], CaseNow, FollowUp]:
    """What the top of every page of a case needs, the case, and how it is followed."""
    row = cases.open_case(case_id)
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        raise cases.CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    followed = follow(now, story)
    context = case_context(now, followed, today=today()) | {
        "case": row,
        "state": CASE_STATES[row.state],
        "here": here,
    }
    return context, now, followed


def evidence_context(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """What a page about evidence shows of it."""
    now, evidence = standing(case_id)
    files = files_of_reporter(now)
    arrived = on_this_desk(files)
    ways, ways_problem = ways_out_of(request)
    present = keeping.here(one.item for one in evidence.every_item())
    every_run = runs.runs_of(case_id)
    return {
        "evidence": evidence,
        "reporter_files": [(one, one.envelope in arrived) for one in files],
        "captures": captures_shown(evidence, present, every_run),
        "files": [_item(one, present) for one in evidence.files],
        "exhibits": [_item(one, present) for one in evidence.exhibits],
        "bundles": [
            ShownBundle(
                one,
                EVENTS.get(one.event, one.event),
                one.item.item in present,
                any(saved.item == one.item.item for saved in evidence.saved),
            )
            for one in evidence.bundles
        ],
        "runs": [
            {"run": run, "work": WORK.get(run.kind, run.kind), "state": RUNS[run.state]}
            for run in every_run
            if run.state != "done"
        ],
        "is_running": any(not run.is_over for run in every_run),
        "problems": [run.problem for run in every_run if run.state == "refused"],
        "ways": ways,
        "is_direct": ways.exit == DIRECT,
        "ways_problem": ways_problem,
        "fingerprint": known_fingerprint(),
        "in_memory": in_memory(),
        "seen_choices": SEEN.items(),
        "has_anything": bool(files or evidence.captures or evidence.files),
    }


def captures_shown(
    evidence: EvidenceNow, present: frozenset[str], every_run: list[runs.Run]
) -> list[ShownCapture]:
    """The captures of a case, the newest first."""
    under_way: Mapping[str, str | Promise] = {
        run.name: RUNS[run.state] for run in every_run if not run.is_over
    }
    shown = []
    for one in reversed(evidence.captures):
        parts = tuple(_item(part, present) for part in one.parts)
        picture = next((part for part in parts if part.item.role == "screenshot"), None)
        shown.append(
            ShownCapture(
                one,
                STATES[one.state],
                under_way.get(one.capture, ""),
                SEEN.get(one.seen, ""),
                parts,
                tuple(Missing(str(GAPS.get(gap.what, gap.what)), gap.why) for gap in one.gaps),
                picture if picture is not None and picture.is_here else None,
                _earlier(evidence, one),
            )
        )
    return shown


def _earlier(evidence: EvidenceNow, capture: Capture) -> str:
    """The capture of the same address that came before, if both have files."""
    before = [
        one
        for one in evidence.captures
        if one.url == capture.url and one.parts and one.asked_at <= capture.asked_at
    ]
    if not capture.parts or capture not in before:
        return ""
    place = before.index(capture)
    return before[place - 1].capture if place else ""


def _item(item: Item, present: frozenset[str]) -> ShownItem:
    return ShownItem(item, ROLES.get(item.role, item.role), item.item in present)
