"""Threat: rows-kept-after-withdrawal: Rows shared with a partner live on there after a person took
them back or their consent ended: by a replayed older edition, by editions that never come, or by
passing them on; an honest partner's desk counts them no longer.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from safelight.partners.exchange.edition import (
    Edition,
    ExchangeError,
    opened_edition,
    sealed_edition,
)
from tests.partners.exchange.test_edition import OURS, THEIRS, TODAY, edition, shared


def _take(file: bytes, *, last: int) -> Edition:
    return opened_edition(file, OURS, THEIRS.card(), last=last, today=TODAY)


def test_an_older_edition_with_the_withdrawn_row_cannot_come_back() -> None:
    stays, goes = shared(50), shared(50)
    before = sealed_edition(edition(stays, goes, number=1), THEIRS, OURS.card())
    after = sealed_edition(edition(stays, number=2), THEIRS, OURS.card())
    assert len(_take(before, last=0).rows) == 2
    assert [one.row.stat_id for one in _take(after, last=1).rows] == [stays.row.stat_id]
    with pytest.raises(ExchangeError) as refusal:
        _take(before, last=2)
    assert refusal.value.code == "older-edition"


def test_without_a_new_edition_everything_ends_by_itself() -> None:
    held = _take(sealed_edition(edition(shared(300), fresh_days=40), THEIRS, OURS.card()), last=0)
    assert len(held.usable(TODAY + timedelta(days=40))) == 1
    assert held.usable(TODAY + timedelta(days=41)) == ()


def test_a_row_ends_on_its_own_last_day_in_whatever_edition() -> None:
    held = _take(sealed_edition(edition(shared(3)), THEIRS, OURS.card()), last=0)
    assert len(held.usable(TODAY + timedelta(days=3))) == 1
    assert held.usable(TODAY + timedelta(days=4)) == ()


def test_an_edition_that_would_be_good_for_years_is_made_and_taken_by_nobody() -> None:
    with pytest.raises(ExchangeError, match="1 to 400 days"):
        edition(shared(5), fresh_days=401)
    long = edition(shared(5))
    forever = Edition(long.sender, long.reader, 1, TODAY, TODAY + timedelta(days=4_000), long.rows)
    with pytest.raises(ExchangeError, match="last day cannot be"):
        _take(sealed_edition(forever, THEIRS, OURS.card()), last=0)


def test_two_partners_cannot_join_what_each_got_by_ids() -> None:
    from safelight.partners.exchange.linkage_keys import share_id

    row = shared(1).row
    assert share_id(b"a" * 32, row.stat_id) != share_id(b"b" * 32, row.stat_id)
