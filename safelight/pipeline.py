"""From what desks and organisations wrote down to what the world may read, in one page.

    casework and partners → linkage → undercount
    casework and partners → release → publication

Each step is a package; this file only says the sentence. In a release every list is counted
for itself, each count is a lower bound, and lists are never added. What linkage and the
undercount say of all lists together goes out as an estimate, computed from an overlap with
noise (`release.overlap_spend`, `release.estimating`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from safelight.linkage.decision import Decision
from safelight.linkage.records import RecordList, Unit, known
from safelight.release.audit import NOTHING_EARLIER, AuditReport, audit
from safelight.release.budget import Ledger
from safelight.release.disclosure import DisclosureRule, NotReleasable
from safelight.release.document import release_document
from safelight.release.draft import Draft, ListRelease, Revision, prepare_list
from safelight.release.estimate import Estimate
from safelight.release.estimate_audit import audit_estimate
from safelight.release.table import Known, by_list
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from safelight.linkage.linking import Linked
    from safelight.linkage.linking import Options as Linking
    from safelight.undercount.answer import Answer
    from safelight.undercount.answer import Options as Asking
    from safelight.undercount.combine import Combined
    from safelight.undercount.progress import Progress


@dataclass(frozen=True)
class ListWords:
    """What a person must say of a list before its numbers may go out."""

    list_id: str
    name: Wording
    coverage: Wording


@dataclass(frozen=True)
class MoreTables:
    """Tables that one list has besides; `known`: of a dimension not in the row, code by row."""

    cross: tuple[tuple[str, str], ...] = ()
    known: Known = field(default_factory=dict)


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
    more_of: Mapping[str, MoreTables] | None = None,
) -> Released | NotReleased:
    """Rows of any number of lists → one audited release with the lists side by side.

    `words` by source list ("OWN", "HELPLINE"), in the order of publication: a list nobody
    has described is not released. `more_of`: tables besides, for a list by its source.
    `Released.left_out` says, by list id, why a list could not
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
        more = (more_of or {}).get(source, MoreTables())
        outcome = prepare_list(
            found[source],
            list_id=said.list_id,
            name=said.name,
            coverage=said.coverage,
            years=years,
            as_of=as_of,
            rule=rule,
            cross=(*cross, *more.cross),
            known=more.known,
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


def with_undercount(release: Released, part: Estimate, *, ledger: Ledger) -> Released | NotReleased:
    """The same release with an estimate of its own lists, whose loss stands in the ledger."""
    draft = replace(release.draft, undercount=part)
    problems = tuple(audit_estimate(draft, ledger))
    if problems:
        return NotReleased(tuple(problem.detail for problem in problems))
    return Released(draft, release.audit, release_document(draft), release.left_out)


def link_rows(
    rows: Iterable[StatRow], *, decisions: Iterable[Decision], options: Linking
) -> Linked:
    """Rows of any number of lists → which are the same incident, within and across lists.

    A list is named by its source ("OWN", "HELPLINE"), a record by its row's id. Rows are
    coarse: expect many pairs that only a person can decide. Raises `LinkageError`.
    """
    # Splink takes a second to load; a desk that links nothing need not wait for it.
    from safelight.linkage.linking import link  # noqa: PLC0415

    lists = []
    for source, mine in by_list(rows).items():
        cells = [row.to_mapping() for row in mine]
        columns = {
            title: tuple(known(one[title]) for one in cells)
            for title in cells[0]
            if title != "counting_units"
        }
        ids = tuple(row.stat_id for row in mine)
        lists.append(RecordList(source, Unit.INCIDENT, ids, columns))
    return link(lists, options=options, decisions=decisions)


def undercount_of(linked: Linked, *, draws: int, method: str, asking: Asking) -> Combined:
    """Several plausible linkages → their overlaps → one answer that carries what is open.

    Linkages that give the same overlap are asked once. Raises `OverlapError` for one list only,
    one linkage only, or more lists than the undercount takes.
    """
    from safelight.undercount.combine import combine_linkages  # noqa: PLC0415
    from safelight.undercount.overlap import Overlap, OverlapError  # noqa: PLC0415
    from safelight.undercount.verdict import estimate  # noqa: PLC0415

    if draws < 2:
        raise OverlapError("linkage uncertainty needs two or more plausible overlaps; got one")
    names = tuple(one.name for one in linked.lists)
    tables = plausible_overlaps(linked, draws=draws, seed=asking.seed)
    answers: dict[bytes, Answer] = {}
    for place, table in enumerate(tables):
        if table.tobytes() in answers:
            continue
        tell = asking.on_progress

        def share_done(share: float, place: int = place, tell: Progress | None = tell) -> None:
            if tell is not None:
                tell((place + share) / len(tables))

        told = replace(asking, on_progress=share_done)
        answers[table.tobytes()] = estimate(Overlap(names, table), method=method, options=told)
    return combine_linkages([answers[table.tobytes()] for table in tables], level=asking.level)


def plausible_overlaps(linked: Linked, *, draws: int, seed: int) -> list[NDArray[np.int64]]:
    """True counts of each inclusion pattern, shape (2^K,), for `draws` plausible linkages.

    They are for this desk, or for `release.overlap_spend.measure_overlap`, and for nothing else.
    """
    import numpy as np  # noqa: PLC0415

    from safelight.linkage.posterior import patterns, sample_linkages  # noqa: PLC0415

    generator = np.random.default_rng((seed, 2))
    sampled = sample_linkages(linked, draws=draws, generator=generator)
    of = linked.list_numbers()
    return [patterns(label, of, lists=len(linked.lists)) for label in sampled]


def linked_digest(linked: Linked) -> str:
    """SHA-256 (hex) of the records that were linked, list by list. It does not leave unsalted."""
    plain = [[one.name, one.ids, dict(one.columns)] for one in linked.lists]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
