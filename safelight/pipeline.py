"""From what desks and organisations wrote down to what the world may read, in one page.

    casework and partners → release → publication

Each step is a package; this file only says the sentence. Linkage and the undercount will
stand between the rows and the release when they exist. Until then every list is counted
for itself, each count is a lower bound, and lists are never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from safelight.release.audit import NOTHING_EARLIER, AuditReport, audit
from safelight.release.dimensions import Wording
from safelight.release.disclosure import DisclosureRule, NotReleasable
from safelight.release.document import release_document
from safelight.release.draft import Draft, ListRelease, Revision, prepare_list
from safelight.release.table import by_list
from safelight.vocabulary.stat_row import StatRow


@dataclass(frozen=True)
class ListWords:
    """What a person must say of a list before its numbers may go out."""

    list_id: str
    name: Wording
    coverage: Wording


@dataclass(frozen=True)
class Released:
    """A release that passed its audit: `document` is all that leaves the desk."""

    draft: Draft
    audit: AuditReport
    document: bytes
    left_out: Mapping[str, str]


@dataclass(frozen=True)
class NotReleased:
    """No release, and why: nothing could be released, or the audit found something."""

    reasons: tuple[str, ...]


def release_rows(
    rows: Iterable[StatRow],
    *,
    words: Mapping[str, ListWords],
    years: Sequence[int],
    as_of: date,
    rule: DisclosureRule,
    cross: Sequence[tuple[str, str]],
    revisions: Sequence[Revision],
    code_version: str,
    simulated: bool,
) -> Released | NotReleased:
    """Rows of any number of lists → one audited release with the lists side by side.

    `words` by source list ("OWN", "HELPLINE"), in the order of publication: a list nobody
    has described is not released. `Released.left_out` says, by list id, why a list could not
    go out.
    Raises `ReleaseError` where rows cannot be counted at all.
    """
    lists: list[ListRelease] = []
    found = by_list(rows)
    left_out = {
        source: "nobody has said what this list is and what it could see"
        for source in found
        if source not in words
    }
    for source, said in words.items():
        if source not in found:
            continue
        outcome = prepare_list(
            found[source],
            list_id=said.list_id,
            name=said.name,
            coverage=said.coverage,
            years=years,
            as_of=as_of,
            rule=rule,
            cross=cross,
        )
        if isinstance(outcome, NotReleasable):
            left_out[said.list_id] = outcome.reason
        else:
            lists.append(outcome)
    draft = Draft(
        as_of=as_of,
        years=tuple(years),
        rule=rule,
        revisions=tuple(revisions),
        simulated=simulated,
        code_version=code_version,
        lists=tuple(lists),
    )
    # With earlier releases the desk's review looks at it again (`release.review`).
    report = audit(draft, earlier=NOTHING_EARLIER)
    if not report.passed:
        reasons = tuple(f"{problem.list_id}: {problem.detail}" for problem in report.problems)
        return NotReleased((*reasons, *left_out.values()))
    return Released(draft, report, release_document(draft), left_out)
