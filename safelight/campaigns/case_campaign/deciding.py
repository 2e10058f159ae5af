"""What a person decides about a case's campaign, each as an entry of the case.

Raises `EvidenceRefusedError` for what does not fit, `CaseStateError` in a locked or withdrawn case.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.campaigns.case_campaign import kinds
from safelight.campaigns.case_campaign.course import course_of, exported, sources_of
from safelight.campaigns.case_campaign.standing import (
    VERDICTS,
    CampaignNow,
    campaign_of,
    smear_fields,
)
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError, add_file
from safelight.campaigns.case_evidence.standing import EvidenceNow, evidence_of
from safelight.campaigns.timeline.postings import Standing
from safelight.casework.cases import CaseNotFoundError, check_open, decide, open_case
from safelight.casework.folding import CaseNow, fold
from safelight.journal.chain import told
from safelight.vocabulary.report import cleaned_text
from safelight.vocabulary.schema import vocabulary

LONGEST_ACCOUNT: Final = 100
FIRST_ACCOUNT: Final = "1"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def standing(case_id: str) -> tuple[CaseNow, EvidenceNow, CampaignNow]:
    """Return a case, the evidence it has, and what it knows of its campaign."""
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        raise CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    return now, evidence_of(now, story), campaign_of(now, story)


def note_searched(case_id: str, content: Mapping[str, Any]) -> None:
    """Keep what a search found."""
    _write(case_id, kinds.SEARCHED, content)


def judge(case_id: str, find: str, verdict: str) -> None:
    """Say whether a find is a copy."""
    if standing(case_id)[2].find(find) is None or verdict not in VERDICTS:
        raise _reload()
    _write(case_id, kinds.JUDGED, {"find": find, "verdict": verdict})


def note_posting(
    case_id: str, source: str, *, platform: str, account: str, claimed: str, exposed: Iterable[str]
) -> None:
    """Say what a person reads in a source. `claimed`: a day, or a day and time in UTC, or ""."""
    evidence = standing(case_id)[1]
    if source not in {one.name for one in sources_of(evidence)}:
        raise _reload()
    if not vocabulary().field("platform").has(platform):
        raise EvidenceRefusedError(_("choose where it was posted"))
    codes = sorted(set(exposed))
    if not all(vocabulary().field("exposed").has(code) for code in codes):
        raise _reload()
    content = {
        "source": source,
        "platform": platform,
        "account": cleaned_text(account).strip()[:LONGEST_ACCOUNT] or FIRST_ACCOUNT,
        "claimed": _moment(claimed),
        "exposed": codes,
    }
    _write(case_id, kinds.POSTING, content)


def _moment(given: str) -> str:
    if not given.strip():
        return ""
    try:
        moment = datetime.fromisoformat(given.strip()).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    # A page of next week is a slip of the hand; a day's grace for zones.
    if moment is None or moment.year < 1990 or (moment - datetime.now(UTC)).days >= 1:
        raise EvidenceRefusedError(
            _("expected the day that the page shows, such as 2026-11-20, with a time if it has one")
        )
    return moment.isoformat()


def note_followed(case_id: str, *, action: str, on: str, how_sure: str, rests_on: str) -> None:
    """Say what happened at work. `rests_on`: a digest from `rests_on_choices`."""
    now, evidence, _campaign = standing(case_id)
    if not vocabulary().field("employer_action").has(action):
        raise EvidenceRefusedError(_("choose what the employer did"))
    if how_sure not in set(Standing):
        raise EvidenceRefusedError(_("say whether it is a claim or verified"))
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise EvidenceRefusedError(_("expected the day on which it happened")) from None
    if rests_on not in dict(rests_on_choices(now, evidence)):
        raise EvidenceRefusedError(_("choose what it rests on"))
    content = {
        "followed": secrets.token_hex(8),
        "action": action,
        "on": day.isoformat(),
        "standing": how_sure,
        "rests_on": rests_on,
    }
    _write(case_id, kinds.FOLLOWED, content)


def rests_on_choices(now: CaseNow, evidence: EvidenceNow) -> list[tuple[str, str]]:
    """What a consequence can rest on: (SHA-256, its name, or "" for the report itself)."""
    report = [(now.envelope, "")] if _DIGEST.fullmatch(now.envelope) else []
    return [*report, *((one.item.digest, one.title) for one in sources_of(evidence))]


def strike(case_id: str, what: str) -> None:
    """Do not count a posting, or what followed, any more; the history keeps it."""
    campaign = standing(case_id)[2]
    known = {one.source for one in campaign.postings} | {one.followed for one in campaign.followed}
    if what not in known:
        raise _reload()
    _write(case_id, kinds.STRUCK, {"what": what})


def accept_codes(case_id: str, given: Mapping[str, Iterable[str]]) -> None:
    """Keep the smear module as a person accepted it; with no code at all, take back what was
    accepted. S2 codes stay out, as of a row.
    """
    codes: dict[str, list[str]] = {}
    for one in smear_fields():
        chosen = {code for code in given.get(one.name, ()) if code}
        allowed = [code.value for code in one.codes if code.tier != "S2" and code.value in chosen]
        if len(allowed) != len(chosen) or (one.kind == "code" and len(allowed) > 1):
            raise _reload()
        codes[one.name] = allowed
    if not any(codes.values()) and standing(case_id)[2].coded is None:
        raise EvidenceRefusedError(_("tick at least one code; nothing was changed"))
    _write(case_id, kinds.CODED, {"codes": codes})


def export_course(case_id: str, *, language: Literal["en", "ru"]) -> None:
    """Put the course beside the case as files, for the next bundle. Without account names."""
    _now, evidence, campaign = standing(case_id)
    course = course_of(campaign, evidence)
    if course is None:
        raise EvidenceRefusedError(_("note a posting first"))
    with transaction.atomic():
        for name, media_type, content in exported(course, language=language):
            add_file(case_id, name, media_type, io.BytesIO(content))


def _reload() -> EvidenceRefusedError:
    return EvidenceRefusedError(_("expected choices of the page; reload it"))


def _write(case_id: str, kind: str, content: Mapping[str, Any]) -> None:
    with transaction.atomic():
        check_open(open_case(case_id))
        decide(case_id, kind, content)
