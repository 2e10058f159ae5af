"""Threat: one-number-under-two-names: Several tables count the same incidents under names of
their own (all cases without a smear campaign); what one of them hides another shows, and the
rest of a row follows by subtraction.
"""

from __future__ import annotations

from dataclasses import replace

from safelight.release.audit import NOTHING_EARLIER, audit
from safelight.release.completeness import Finding
from safelight.release.counts import cell
from safelight.release.dimensions import NO_SMEAR, SMEAR_TABLES
from safelight.release.disclosure import NotReleasable, Why
from safelight.release.draft import Draft, ListRelease, prepare_list
from tests.release.tables import AS_OF, COVERAGE, NAME, RULE, YEARS, stat_row, usual_draft


def of_campaigns() -> Draft:
    """Nine incidents without a campaign and two campaigns that nothing is known of."""
    rows = [stat_row() for _ in range(9)]
    rows += [stat_row(acts=("SMR",), smear_platform=("VK",)) for _ in range(6)]
    rows += [stat_row(acts=("SMR",)) for _ in range(2)]
    found = prepare_list(
        rows,
        list_id="own",
        name=NAME,
        coverage=COVERAGE,
        years=YEARS,
        as_of=AS_OF,
        rule=RULE,
        cross=SMEAR_TABLES,
    )
    assert isinstance(found, ListRelease), found
    assert not isinstance(found, NotReleasable)
    return usual_draft(found)


def test_tables_that_are_hidden_and_shown_alike_pass() -> None:
    draft = of_campaigns()
    (part,) = draft.lists
    hidden = {cell(**{name: NO_SMEAR}) in part.hidden for name, _column in SMEAR_TABLES}
    assert len(hidden) == 1
    assert audit(draft, earlier=NOTHING_EARLIER).passed


def test_a_table_that_shows_what_another_hides_is_refused_by_the_audit() -> None:
    draft = of_campaigns()
    (part,) = draft.lists
    names = [cell(**{name: NO_SMEAR}) for name, _column in SMEAR_TABLES]
    one, *others = names
    hidden = {name: why for name, why in part.hidden.items() if name not in names}
    hidden |= {one: Why.FOR_ANOTHER}
    assert all(other not in hidden for other in others)
    forged = replace(draft, lists=(replace(part, hidden=hidden),))
    found = {problem.finding for problem in audit(forged, earlier=NOTHING_EARLIER).problems}
    assert Finding.GIVEN_AWAY in found
