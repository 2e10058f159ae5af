"""The table of `models`, made from the journal: after each decision for one case, or all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from safelight.campaigns.notices.models import NoticeLine
from safelight.campaigns.notices.standing import NoticeNow, notices_of
from safelight.casework.folding import CaseNow
from safelight.casework.projecting import Projection
from safelight.journal.content import Told


def project_notices(now: CaseNow, story: Iterable[Told]) -> None:
    """Bring the table up to date for one case, inside the caller's transaction."""
    notices = {one.entry: one for one in notices_of(now, story)}
    NoticeLine.objects.filter(case_id=now.case_id).exclude(entry__in=list(notices)).delete()
    for entry, notice in notices.items():
        NoticeLine.objects.update_or_create(
            entry=entry, defaults={"case_id": now.case_id, **_line(notice)}
        )


def forget_notices() -> None:
    """Empty the table, before all cases are projected anew."""
    NoticeLine.objects.all().delete()


def _line(notice: NoticeNow) -> dict[str, Any]:
    sent, ended, latest = notice.sent, notice.ended, notice.latest
    reposted, restored = notice.first("REPOSTED"), notice.first("RESTORED")
    return {
        "template": notice.template,
        "version": notice.version,
        "kind": notice.kind,
        "made_on": notice.made_on,
        "sent_on": sent.on if sent else None,
        "due": sent.due if sent and notice.awaits else None,
        "ended": ended.ends if ended else "",
        "ended_on": ended.on if ended else None,
        "outcome": latest.code if latest else "",
        "reposted_on": reposted.on if reposted else None,
        "restored_on": restored.on if restored else None,
    }


# Named in the desk's settings; `casework.projecting` calls it (docs/adr/0023).
PROJECTION: Final = Projection(project_notices, forget_notices)
