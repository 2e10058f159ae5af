"""The lists of this desk taken together: which ones, of which years, linked in how many ways.

What is linked is what may be counted: rows of the period with consent, not refuted, each list
as a release counts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from safelight.casework.linking.decisions import judgements
from safelight.desk.numbers import countable_of_this_desk
from safelight.pipeline import link_rows
from safelight.release.counts import ReleaseError
from safelight.release.draft import quarter
from safelight.release.noise.noisy_table import CountedList
from safelight.release.noise.overlap import FEWEST_LISTS, MOST_LINKAGES, MOST_LISTS
from safelight.release.table import counted_rows
from safelight.vocabulary.stat_row import StatRow

if TYPE_CHECKING:
    from safelight.desk.long_run import Tell
    from safelight.linkage.linking import Linked

FEWEST_LINKAGES: Final = 2
USUAL_LINKAGES: Final = 2
_MOST_YEARS: Final = 30
_SEED: Final = 1


@dataclass(frozen=True)
class ListsChoice:
    """`list_ids` as in a release; `linkages`: how many plausible ways to link are looked at."""

    list_ids: tuple[str, ...]
    years: tuple[int, ...]
    linkages: int


def today() -> date:
    return datetime.now(UTC).date()


def lists_to_choose() -> tuple[CountedList, ...]:
    """The lists this desk may count now."""
    return countable_of_this_desk().lists


def checked_choice(
    untrusted_ids: Sequence[str], *, first: str, last: str, linkages: str, known: Sequence[str]
) -> ListsChoice:
    """What a person chose. Raises `ReleaseError` naming the field, not its content."""
    ids = tuple(one for one in known if one in untrusted_ids)
    if not FEWEST_LISTS <= len(ids) <= MOST_LISTS:
        raise ReleaseError(
            _("choose %(fewest)d to %(most)d lists: with more the patterns are mostly chance")
            % {"fewest": FEWEST_LISTS, "most": MOST_LISTS}
        )
    years = checked_years(first, last)
    number = int(linkages) if linkages.isdecimal() and len(linkages) < 3 else 0
    if not FEWEST_LINKAGES <= number <= MOST_LINKAGES:
        raise ReleaseError(
            _("choose %(fewest)d to %(most)d plausible ways to link")
            % {"fewest": FEWEST_LINKAGES, "most": MOST_LINKAGES}
        )
    return ListsChoice(ids, years, number)


def checked_years(first: str, last: str) -> tuple[int, ...]:
    """Years from the earlier to the later. Raises `ReleaseError`."""
    this_year = today().year
    plain = all(end.isascii() and end.isdecimal() and len(end) == 4 for end in (first, last))
    if not plain or not this_year - _MOST_YEARS <= int(first) <= int(last) <= this_year:
        raise ReleaseError(_("the years run from the earlier to the later, up to this one"))
    return tuple(range(int(first), int(last) + 1))


def linked_together(choice: ListsChoice, *, as_of: date, tell: Tell) -> Linked:
    """Link the rows of these lists that may be counted, with every judgement that stands.

    Raises `ReleaseError` for a list that has nothing to count, `LinkageError`.
    """
    # Splink takes a second to load.
    from safelight.linkage.linking import Options  # noqa: PLC0415

    known = {one.list_id: one for one in lists_to_choose()}
    rows: list[StatRow] = []
    for list_id in choice.list_ids:
        found = known.get(list_id)
        if found is None:
            raise ReleaseError(_("a list is not on this desk any more; choose again"))
        mine = counted_rows(found.rows, years=choice.years, as_of=quarter(as_of))
        if not mine:
            raise ReleaseError(
                _("the list %(list)s has nothing to count in these years; leave it out")
                % {"list": list_id}
            )
        rows += mine
    decided = [one.decision for one in judgements()]
    return link_rows(rows, decisions=decided, options=Options(seed=_SEED, on_progress=tell))


def ids_in_order(linked: Linked) -> tuple[str, ...]:
    """List ids in the order of the linked lists, which bear the codes of their sources."""
    by_source: Mapping[str, str] = {
        one.rows[0].source_list: one.list_id for one in lists_to_choose() if one.rows
    }
    return tuple(by_source[one.name] for one in linked.lists)
