"""What the pages show of the evidence of a case, in the page's language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safelight.campaigns.case_evidence import keeping, runs
from safelight.campaigns.case_evidence.arriving import LARGEST_MB
from safelight.campaigns.case_evidence.comparing import before_of
from safelight.campaigns.case_evidence.deciding import MOST_AT_ONCE, standing
from safelight.campaigns.case_evidence.evidence_file import DIRECT, WaysOut, read_ways_out
from safelight.campaigns.case_evidence.gap_words import bundle_gap_shown, gap_shown
from safelight.campaigns.case_evidence.looks_table import became
from safelight.campaigns.case_evidence.refusals import in_words
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
from safelight.campaigns.case_evidence.wording import (
    CHANGES,
    EVENTS,
    GONE,
    ROLES,
    RUNS,
    SEEN,
    STAGES,
    STATES,
    WORK,
    is_loud,
)
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
    became: str | Promise = ""
    became_code: str = ""

    @property
    def is_loud(self) -> bool:
        """Whether a look found what somebody should read."""
        return is_loud(self.became_code)

    @property
    def is_quiet_look(self) -> bool:
        """Whether a schedule looked, and nothing came of it."""
        return bool(self.capture.schedule and self.became_code) and not self.is_loud

    @property
    def goes_in(self) -> bool:
        """Whether it is ticked for a bundle unless somebody says otherwise."""
        is_page = self.capture.has_page and self.capture.seen != "OTHER"
        return is_page and not self.is_quiet_look

    @property
    def is_here(self) -> bool:
        """Whether all its files are on this desk."""
        return bool(self.parts) and all(part.is_here for part in self.parts)

    @property
    def is_gone(self) -> bool:
        return self.became_code in GONE

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

    @property
    def gaps(self) -> tuple[Missing, ...]:
        """The timestamps that did not come, in the page's language."""
        return tuple(bundle_gap_shown(gap) for gap in self.bundle.gaps)


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
        return WaysOut(), in_words(refusal)


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
    shown_captures = captures_shown(evidence, present, every_run)
    return {
        "evidence": evidence,
        "reporter_files": [(one, one.envelope in arrived) for one in files],
        "captures": shown_captures,
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
            {"run": run, "work": WORK.get(run.kind, run.kind), "state": _how_far(run)}
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
        "largest_mb": LARGEST_MB,
        "can_seal": any(
            (
                arrived,
                any(one.is_here for one in shown_captures),
                any(one.item in present for one in (*evidence.files, *evidence.exhibits)),
            )
        ),
        "every_url": list(dict.fromkeys(one.url for one in evidence.captures if one.parts))[
            :MOST_AT_ONCE
        ],
        "has_anything": bool(files or evidence.captures or evidence.files),
    }


def captures_shown(
    evidence: EvidenceNow, present: frozenset[str], every_run: list[runs.Run]
) -> list[ShownCapture]:
    """The captures of a case, the newest first."""
    under_way = {run.name: _how_far(run) for run in every_run if not run.is_over}
    shown = []
    for one in reversed(evidence.captures):
        parts = tuple(_item(part, present) for part in one.parts)
        picture = next((part for part in parts if part.item.role == "screenshot"), None)
        before = before_of(evidence, one)
        code = became(before, one) if before is not None else ""
        shown.append(
            ShownCapture(
                one,
                STATES[one.state],
                under_way.get(one.capture, ""),
                SEEN.get(one.seen, ""),
                parts,
                tuple(gap_shown(gap) for gap in one.gaps),
                picture if picture is not None and picture.is_here else None,
                before.capture if before is not None and one.parts else "",
                CHANGES.get(code, ""),
                code,
            )
        )
    return shown


def _how_far(run: runs.Run) -> str:
    """How its work stands, in a few words and numbers."""
    told = [str(RUNS[run.state])]
    if run.stage in STAGES:
        told.append(str(STAGES[run.stage]))
    if run.answers:
        told.append(ngettext("%(n)d answer", "%(n)d answers", run.answers) % {"n": run.answers})
    if run.size:
        of = {"done": filesizeformat(run.done), "size": filesizeformat(run.size)}
        told.append(_("%(done)s of %(size)s") % of)
    elif run.done:
        told.append(filesizeformat(run.done))
    return " · ".join(told)


def _item(item: Item, present: frozenset[str]) -> ShownItem:
    return ShownItem(item, ROLES.get(item.role, item.role), item.item in present)
