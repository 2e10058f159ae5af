"""The few codes of a report that a line of the inbox shows, sealed under the case's key.

With the key by which later messages are known: reports by the thousand may name one mailbox,
and a message must find its own without reading each of them whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from safelight.casework.models import Case
from safelight.journal.content import key_id_of, opened_content, sealed_content
from safelight.journal.content_keys import key_of, keys_of
from safelight.vocabulary.report import Report

_KIND: Final = "case.summary"
STATISTICS: Final = "STAT"


def sealed_summary(case_id: str, report_bytes: bytes) -> bytes:
    """Seal what the inbox shows of a report: codes, no words."""
    report = Report.parse(report_bytes)
    acts = report.answers.get("acts", ())
    summary = {
        "form": report.form,
        "language": report.language,
        "acts": list(acts) if not isinstance(acts, str) else [],
        "counted": STATISTICS in report.consent,
        "message_key": report.message_key or "",
    }
    return sealed_content(summary, key_of(case_id), kind=_KIND)


def opened_summaries(cases: Iterable[Case]) -> dict[str, Mapping[str, Any]]:
    """Open the summaries of a page of cases; a case whose key is gone has none."""
    page = list(cases)
    keys = {key.key_id: key for key in keys_of(case.case_id for case in page)}
    opened: dict[str, Mapping[str, Any]] = {}
    for case in page:
        sealed = bytes(case.summary)
        key = keys.get(key_id_of(sealed))
        if sealed and key is not None:
            opened[case.case_id] = opened_content(sealed, key, kind=_KIND)
    return opened
