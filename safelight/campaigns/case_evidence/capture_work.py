"""Captures of a case: begun by a person, worked out one after the other, kept with the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.campaigns.case_evidence import deciding, runs
from safelight.campaigns.case_evidence.comparing import last_page
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.evidence_file import WaysOut
from safelight.campaigns.case_evidence.refusals import code_of
from safelight.campaigns.case_evidence.scheduling import BegunLook
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
from safelight.evidence.capture.capturing import Progress, capture
from safelight.evidence.capture.login import Cookie, parse_login
from safelight.evidence.capture.problems import CaptureError
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


def login_of(untrusted: bytes) -> tuple[Cookie, ...]:
    """Read the file of cookies that a caseworker brought. Raises `EvidenceRefusedError`."""
    try:
        return parse_login(untrusted)
    except CaptureError:
        raise EvidenceRefusedError(
            _(
                "this is no file of cookies. Export them from the browser that is logged in, as "
                "cookies.txt or JSON; nothing was captured, and the file was not kept"
            )
        ) from None


def begin_captures(
    case_id: str,
    urls: Iterable[str],
    ways: WaysOut,
    *,
    language: str,
    login: Sequence[Cookie] = (),
) -> int:
    """Note and queue a capture of each address; return how many. Raises `EvidenceRefusedError`.

    `language`: as the browser says it to the site. `login`: held in memory until its captures
    ended or the desk is locked, and written nowhere; each capture gets what its own site set.
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
    mine = {url: cookies_for(url, login) for url in checked}
    if login and not all(mine.values()):
        raise EvidenceRefusedError(
            _(
                "none of these cookies belongs to the site of one of the addresses. Capture pages "
                "of another site apart, without this login"
            )
        )
    evidence = deciding.standing(case_id)[1]
    for url in checked:
        before = last_page(evidence.captures, url, with_login=bool(mine[url]))
        name = deciding.ask_capture(case_id, url, before=before.capture if before else "")
        runs.begin(case_id, "capture", name, _work(case_id, name, url, ways, language, mine[url]))
    return len(checked)


def queue_look(case_id: str, look: BegunLook, ways: WaysOut) -> None:
    """Queue a look that was begun: the same sandbox and way out as any capture, no login."""
    work = _work(case_id, look.capture, look.url, ways, look.language, (), is_look=True)
    with override(look.language):  # the thread that asks has no page, and so no language
        runs.begin(case_id, "look", look.capture, work)


def cookies_for(url: str, login: Iterable[Cookie]) -> tuple[Cookie, ...]:
    """Those that a browser would send to this site: an export holds every site's, and a page asks
    many others for its parts (RFC 6265, 5.1.3)."""
    host = (urlsplit(url).hostname or "").lower()

    def is_of_it(cookie: Cookie) -> bool:
        dot, domain = cookie.domain[:1] == ".", cookie.domain.lower().removeprefix(".")
        # Of one host only, a browser does not send it to those below: it would not be logged in.
        return host == domain or (dot and "." in domain and host.endswith(f".{domain}"))

    return tuple(cookie for cookie in login if is_of_it(cookie))


def _told(now: Progress) -> None:
    if runs.is_left():
        # Locked: what holds a login must not go on in its name.
        raise CaptureError("the desk was locked; begin the capture again")
    runs.tell(now.stage, answers=now.requests, done=now.received_bytes)


def _work(  # noqa: PLR0917  # called in one place, above
    case_id: str,
    name: str,
    url: str,
    ways: WaysOut,
    language: str,
    login: tuple[Cookie, ...],
    *,
    is_look: bool = False,
) -> runs.Work:
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
                    login=login,
                    on_progress=_told,
                )
            except EvidenceError as refusal:
                if not runs.is_left():
                    _note_failed(case_id, name, refusal, is_look=is_look)
                raise
            if not runs.is_left():
                _note(case_id, name, record, folder, is_look=is_look)

    return work


def _policy(ways: WaysOut, language: str) -> CapturePolicy:
    usual = CapturePolicy.usual(through=exit_through(ways.proxy), language=language)
    return replace(
        usual, ports=usual.ports | ways.loopback_ports, loopback_ports=ways.loopback_ports
    )


def _note_failed(case_id: str, name: str, why: EvidenceError, *, is_look: bool) -> None:
    deciding.note_capture(
        case_id,
        name,
        state="FAILED",
        final_url="",
        # A code: the journal is read in every language, the refusal's sentence is English.
        gaps=[{"what": "no-capture", "why": code_of(why)}],
        parts=[],
        is_look=is_look,
    )


def _note(
    case_id: str, name: str, record: CaptureRecord, folder: Path, *, is_look: bool = False
) -> None:
    gaps = [
        {"what": gap.kind.value, "why": gap.detail[:80], "where": gap.where[:300]}
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
            http_status=record.http_status,
            redacted=sum(one.count for one in record.redactions) if record.logged_in else None,
            is_look=is_look,
        )
