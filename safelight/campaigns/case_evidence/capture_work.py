"""Captures of a case: begun by a person, worked out one after the other, kept with the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence import deciding, runs
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.evidence_file import WaysOut
from safelight.campaigns.case_evidence.workplace import private_folder
from safelight.casework.cases import check_open, open_case
from safelight.evidence.capture.behaviours import usual_behaviours
from safelight.evidence.capture.capture_policy import CapturePolicy, exit_through
from safelight.evidence.capture.capture_record import (
    CONNECTIONS,
    PDF,
    RECORD,
    SCREENSHOT,
    TEXT,
    WACZ,
    CaptureRecord,
)
from safelight.evidence.capture.capturing import capture
from safelight.evidence.problems import EvidenceError

# An entry's content has a limit (journal/content.py); all gaps stand in the record, a file.
MOST_GAPS: Final = 80
# What the capture's folder holds → which kind of file it is.
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    WACZ: ("wacz", "application/wacz"),
    SCREENSHOT: ("screenshot", "image/png"),
    PDF: ("pdf", "application/pdf"),
    TEXT: ("text", "text/plain; charset=utf-8"),
    RECORD: ("record", "application/json"),
    CONNECTIONS: ("connections", "application/json"),
}


def begin_captures(case_id: str, urls: Iterable[str], ways: WaysOut, *, language: str) -> int:
    """Note and queue a capture of each address; return how many. Raises `EvidenceRefusedError`.

    `language`: as the browser says it to the site.
    """
    checked = list(dict.fromkeys(deciding.checked_url(url) for url in urls))
    if not 1 <= len(checked) <= deciding.MOST_AT_ONCE:
        raise EvidenceRefusedError(
            _("expected 1 to %(most)s addresses; do the others afterwards")
            % {"most": deciding.MOST_AT_ONCE}
        )
    if not ways.exit:
        raise EvidenceRefusedError(
            _("no way out is chosen: write `exit:` into evidence.yaml in the desk's folder")
        )
    evidence = deciding.standing(case_id)[1]
    for url in checked:
        before = [one.capture for one in evidence.captures if one.url == url and one.parts]
        name = deciding.ask_capture(case_id, url, before=before[-1] if before else "")
        runs.begin(case_id, "capture", name, _work(case_id, name, url, ways, language))
    return len(checked)


def _work(case_id: str, name: str, url: str, ways: WaysOut, language: str) -> runs.Work:
    def work() -> None:
        check_open(open_case(case_id))  # withdrawn while it waited
        policy = _policy(ways, language)
        with private_folder() as place:
            folder = place / "capture"
            try:
                record = capture(
                    url,
                    place=folder,
                    policy=policy,
                    behaviours=usual_behaviours(),
                    login=(),
                    on_progress=lambda _progress: None,
                )
            except EvidenceError as refusal:
                if not runs.is_left():
                    _note_failed(case_id, name, str(refusal))
                raise
            if not runs.is_left():
                _note(case_id, name, record, folder)

    return work


def _policy(ways: WaysOut, language: str) -> CapturePolicy:
    usual = CapturePolicy.usual(through=exit_through(ways.proxy), language=language)
    return replace(
        usual, ports=usual.ports | ways.loopback_ports, loopback_ports=ways.loopback_ports
    )


def _note_failed(case_id: str, name: str, why: str) -> None:
    deciding.note_capture(
        case_id,
        name,
        state="FAILED",
        final_url="",
        gaps=[{"what": "no-capture", "why": why}],
        parts=[],
    )


def _note(case_id: str, name: str, record: CaptureRecord, folder: Path) -> None:
    gaps = [
        {"what": gap.kind.value, "why": " ".join(filter(None, (gap.where, gap.detail)))[:300]}
        for gap in record.gaps[:MOST_GAPS]
    ]
    if len(record.gaps) > MOST_GAPS:
        gaps.append({"what": "more-gaps", "why": str(len(record.gaps) - MOST_GAPS)})
    with ExitStack() as stack:
        parts = [
            (role, file, media_type, stack.enter_context((folder / file).open("rb")))
            for file, (role, media_type) in _PARTS.items()
            if (folder / file).is_file()
        ]
        deciding.note_capture(
            case_id,
            name,
            state=record.status.value.upper(),
            final_url=record.final_url,
            gaps=gaps,
            parts=parts,
        )
