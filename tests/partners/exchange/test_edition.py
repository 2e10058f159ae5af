"""Editions and linkage keys, without a desk."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from safelight.partners.exchange.edition import (
    Edition,
    ExchangeError,
    SharedRow,
    opened_edition,
    pair_code,
    sealed_edition,
)
from safelight.partners.exchange.linkage_keys import (
    key_token,
    pair_secret,
    share_id,
    tokens_by_case,
)
from safelight.partners.overlap.keys import SessionKeys
from safelight.vocabulary.stat_row import StatRow, new_random128

TODAY = date(2026, 5, 4)
OURS, THEIRS, STRANGER = (SessionKeys.drawn(name) for name in ("ours", "theirs", "stranger"))


def stat_row(**changes: Any) -> StatRow:
    fields: dict[str, Any] = {
        "stat_id": new_random128(),
        "source_list": "OWN",
        "channel": "WEB",
        "reporter_role": "VICTIM",
        "occurred_period": "2026-H1",
        "received_period": "2026-Q1",
        "region": "UNK",
        "acts": ("FDT", "EXT"),
        "bias_ground": ("GAY",),
        "bias_confidence": "LIKELY",
        "verification": "V1_COHERENT",
        "consent": ("STAT", "SHARE_PARTNER"),
        "consent_given_at": "2026-Q1",
        "consent_expires_at": "2029-Q1",
    }
    return StatRow(**(fields | changes))


def shared(days: int, **keys: str) -> SharedRow:
    return SharedRow(stat_row(), TODAY + timedelta(days=days), keys)


def edition(*rows: SharedRow, number: int = 1, fresh_days: int = 30) -> Edition:
    return Edition.of_rows(
        rows, sender="theirs", reader="ours", number=number, today=TODAY, fresh_days=fresh_days
    )


def opened(file: bytes, *, last: int = 0, today: date = TODAY) -> Edition:
    return opened_edition(file, OURS, THEIRS.card(), last=last, today=today)


def test_an_edition_arrives_as_it_was_made() -> None:
    made = edition(shared(5, day="ab" * 32), shared(0), number=3)
    assert opened(sealed_edition(made, THEIRS, OURS.card()), last=2) == made


def test_a_consent_that_ended_is_in_no_edition_and_one_that_ends_is_not_counted_after() -> None:
    made = edition(shared(-1), shared(0), shared(9))
    assert len(made.rows) == 2
    assert len(made.usable(TODAY)) == 2
    assert len(made.usable(TODAY + timedelta(days=1))) == 1
    assert len(made.usable(TODAY + timedelta(days=10))) == 0
    assert edition(shared(90)).usable(TODAY + timedelta(days=31)) == ()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda file: b"", "not-an-edition"),
        (lambda file: b"SLX1", "not-an-edition"),
        (lambda file: file[:-1], "altered"),
        (lambda file: file[:-1] + bytes([file[-1] ^ 1]), "altered"),
        (lambda file: file[:60] + b"x" + file[61:], "forged"),
        (lambda file: file[:100], "forged"),
    ],
)
def test_a_damaged_edition_is_refused(damage: Any, code: str) -> None:
    file = sealed_edition(edition(shared(5)), THEIRS, OURS.card())
    assert opened(file)
    with pytest.raises(ExchangeError) as refusal:
        opened(damage(file))
    assert refusal.value.code == code


def test_an_edition_of_another_pair_of_a_stranger_or_to_oneself_is_refused() -> None:
    made = edition(shared(5))
    for file, code in [
        (sealed_edition(made, STRANGER, OURS.card()), "forged"),
        (sealed_edition(made, THEIRS, STRANGER.card()), "not-for-us"),
    ]:
        with pytest.raises(ExchangeError) as refusal:
            opened(file)
        assert refusal.value.code == code
    own = Edition.of_rows((), sender="ours", reader="theirs", number=1, today=TODAY, fresh_days=1)
    with pytest.raises(ExchangeError, match="signature of theirs"):
        opened(sealed_edition(own, OURS, THEIRS.card()))


@pytest.mark.parametrize(
    ("last", "days", "code"), [(1, 0, "older-edition"), (0, 31, "stale"), (0, -3, "stale")]
)
def test_an_older_or_a_stale_edition_is_refused(last: int, days: int, code: str) -> None:
    file = sealed_edition(edition(shared(90)), THEIRS, OURS.card())
    assert opened(file, last=0, today=TODAY + timedelta(days=30))
    with pytest.raises(ExchangeError) as refusal:
        opened(file, last=last, today=TODAY + timedelta(days=days))
    assert refusal.value.code == code


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**70])
def test_a_partner_s_number_that_no_desk_could_keep_is_refused(number: int) -> None:
    file = sealed_edition(edition(shared(5), number=number), THEIRS, OURS.card())
    with pytest.raises(ExchangeError) as refusal:
        opened(file, last=-5)
    assert refusal.value.code == "not-an-edition"


def test_both_partners_make_the_same_tokens_and_no_other_pair_does() -> None:
    mine, theirs = pair_secret(OURS, THEIRS.card()), pair_secret(THEIRS, OURS.card())
    assert mine == theirs
    assert key_token(mine, "day+phone", ["2026-05-04", "+7 900"]) == key_token(
        theirs, "day+phone", ["2026 05 04", " 7-900 "]
    )
    other = pair_secret(STRANGER, OURS.card())
    assert key_token(other, "day", ["x"]) != key_token(mine, "day", ["x"])
    assert key_token(mine, "day", ["x"]) != key_token(mine, "night", ["x"])
    assert key_token(mine, "a+b", ["x", ""]) is None
    row = new_random128()
    assert share_id(mine, row) != share_id(other, row) != row
    assert pair_code(OURS.card(), THEIRS.card()) == pair_code(THEIRS.card(), OURS.card())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"day\n1\n", "has the columns"),
        (b"case_id,day\na\n", "more or fewer"),
        (b"case_id,day\na,1,2\n", "more or fewer"),
        (b"case_id,day\na,1\na,2\n", "repeats a case"),
        (b'case_id,day\na,"1\n', "not CSV"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_broken_file_of_keys_is_refused_with_its_line(text: bytes, reason: str) -> None:
    found = tokens_by_case(b"case_id,day,other\na,1,x\nb,,y\n", ["day"], b"s" * 32)
    assert set(found["a"]) == {"day"}
    assert found["b"] == {}
    with pytest.raises(ExchangeError, match=reason):
        tokens_by_case(text, ["day"], b"s" * 32)
