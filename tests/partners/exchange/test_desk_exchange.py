"""Rows on a desk: consent to its last day, withdrawal, lineage, a journal entry each."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.errors import SafelightError
from safelight.linkage.records import list_from_csv
from safelight.partners.exchange.edition import (
    Edition,
    ExchangeError,
    SharedRow,
    opened_edition,
    sealed_edition,
)
from safelight.partners.exchange.linkage_keys import key_token, pair_secret
from safelight.partners.overlap.keys import Card, SessionKeys
from tests.partners.exchange.test_edition import stat_row
from tests.support.desk import PASSPHRASE, TestDesk, a_report, codes

THEIRS = SessionKeys.drawn("centre")
LATER = timedelta(days=400)


def today() -> date:
    from safelight.casework.followup.consents import today as day

    return day()


def coded(desk: TestDesk, mailbox: str, **until: timedelta) -> str:
    """A coded case whose person agreed to these purposes, each until so long after today."""
    from safelight.casework.coding import code_case

    consent = {purpose: today() + after for purpose, after in until.items()}
    written = today() - timedelta(days=30)
    (case_id,) = desk.take_in(a_report(consent=consent, mailbox=mailbox * 16, written=written))
    code_case(case_id, codes())
    return case_id


def a_partner() -> Any:
    from safelight.partners.exchange import desk_exchange

    one = desk_exchange.new_partner("helpline")
    desk_exchange.keep_card(one, THEIRS.card())
    return desk_exchange.partner(one.partner_id)


def sent(one: Any, *, tokens_of: Any = None, on: date | None = None) -> tuple[Any, Edition]:
    from safelight.desk.partners.exchange_command import rows_to_share
    from safelight.partners.exchange import desk_exchange

    day = on or today()
    one.refresh_from_db()
    done = desk_exchange.send(
        one, rows_to_share(day), today=day, fresh_days=30, tokens_of=tokens_of
    )
    card = desk_exchange.own_keys(one).card()
    return done, opened_edition(done.file, THEIRS, card, last=done.number - 1, today=day)


def from_them(*rows: Any, number: int = 1, one: Any) -> bytes:
    from safelight.partners.exchange.desk_exchange import own_keys

    made = Edition.of_rows(
        rows, sender="centre", reader="helpline", number=number, today=today(), fresh_days=30
    )
    return sealed_edition(made, THEIRS, own_keys(one).card())


def journal() -> list[tuple[str, Any]]:
    from safelight.journal.chain import entries

    return [(one.kind, one.body) for one in entries() if one.kind.startswith("exchange.")]


def test_only_rows_of_people_who_agreed_to_sharing_leave_until_the_earlier_day(
    desk: TestDesk,
) -> None:
    kept = coded(desk, "0a", STAT=LATER, SHARE_PARTNER=timedelta(days=20))
    coded(desk, "0b", STAT=LATER)
    one = a_partner()
    done, edition = sent(one)
    (row,) = edition.rows
    assert (done.rows, done.withdrawn) == (1, 0)
    assert row.until == today() + timedelta(days=20)
    from safelight.casework.models import Bridge

    own = Bridge.objects.get(case_id=kept).row
    assert row.row.stat_id != own.stat_id
    assert row.row.coder_ids == ()
    assert {"acts": "EXT|FDT"}.items() <= row.row.to_mapping().items()
    assert kept.encode() not in done.file


def test_a_consent_that_ended_and_a_withdrawal_are_gone_in_the_next_edition(
    desk: TestDesk,
) -> None:
    from safelight.desk.partners.exchange_command import rows_to_share
    from safelight.partners.exchange import desk_exchange
    from tests.attacks.test_bytes_left_after_withdrawal import receipt, report_with, withdraw

    coded(desk, "0a", STAT=LATER, SHARE_PARTNER=timedelta(days=20))
    words = receipt()
    consent = dict.fromkeys(("STAT", "SHARE_PARTNER"), today() + LATER)
    (gone,) = desk.take_in(report_with(words, consent=consent, written=today()))
    from safelight.casework.coding import code_case

    code_case(gone, codes())
    one = a_partner()
    first, edition = sent(one)
    assert (first.rows, len(edition.rows)) == (2, 2)
    withdraw(words)
    one.refresh_from_db()
    assert desk_exchange.to_withdraw(one, rows_to_share(today())) == 1
    second, edition = sent(one)
    assert (second.number, second.rows, second.withdrawn) == (2, 1, 1)
    third, edition = sent(one, on=today() + timedelta(days=21))
    assert (third.rows, third.withdrawn, edition.rows) == (0, 1, ())
    assert [kind for kind, _ in journal()] == ["exchange.sent"] * 3
    assert journal()[1][1]["withdrawn"] == 1


def test_a_locked_case_is_not_shared(desk: TestDesk) -> None:
    from safelight.desk.partners.exchange_command import rows_to_share
    from tests.attacks.test_bytes_left_after_withdrawal import receipt, report_with, withdraw

    words = receipt()
    consent = dict.fromkeys(("STAT", "SHARE_PARTNER"), today() + LATER)
    (case_id,) = desk.take_in(report_with(words, consent=consent, written=today()))
    from safelight.casework.coding import code_case

    code_case(case_id, codes())
    assert len(list(rows_to_share(today()))) == 1
    withdraw(words, proof="0" * 64)
    assert list(rows_to_share(today())) == []


def test_linkage_keys_travel_as_tokens_that_the_partner_can_make_too(desk: TestDesk) -> None:
    from safelight.partners.exchange.desk_exchange import own_keys
    from safelight.partners.exchange.linkage_keys import tokens_by_case

    case_id = coded(desk, "0a", STAT=LATER, SHARE_PARTNER=LATER)
    file = f"case_id,day,phone\n{case_id},2026-01-05,+7 900 1\n".encode()
    one = a_partner()
    done, edition = sent(one, tokens_of=lambda secret: tokens_by_case(file, ["day+phone"], secret))
    theirs = pair_secret(THEIRS, own_keys(one).card())
    expected = key_token(theirs, "day+phone", ["2026-01-05", "7 900 1"])
    assert edition.rows[0].keys == {"day+phone": expected}
    assert b"900" not in json.dumps(dict(edition.rows[0].keys)).encode()
    assert done.rows == 1


def test_a_newer_edition_replaces_the_older_and_rows_end_by_themselves(desk: TestDesk) -> None:
    from safelight.partners.exchange import desk_exchange

    one = a_partner()
    stays, goes = shared_until(10), shared_until(20)
    taken = desk_exchange.take(one, from_them(stays, goes, one=one), today=today())
    assert (taken.rows, taken.gone) == (2, 0)
    one.refresh_from_db()
    assert len(desk_exchange.rows_of(one, on=today() + timedelta(days=10))) == 2
    assert len(desk_exchange.rows_of(one, on=today() + timedelta(days=11))) == 1
    assert desk_exchange.rows_of(one, on=today() + timedelta(days=31)) == []
    second = from_them(stays, number=2, one=one)
    taken = desk_exchange.take(one, second, today=today())
    assert (taken.rows, taken.gone) == (1, 1)
    one.refresh_from_db()
    for old in (second, from_them(stays, goes, one=one)):
        with pytest.raises(ExchangeError) as refusal:
            desk_exchange.take(one, old, today=today())
        assert refusal.value.code == "older-edition"
    assert [one.row.stat_id for one in desk_exchange.rows_of(one, on=today())] == [
        stays.row.stat_id
    ]
    assert desk_exchange.tidy(today=today() + timedelta(days=31)) == 1
    assert desk_exchange.rows_of(one, on=today()) == []


def test_two_editions_taken_at_once_never_end_with_the_older(desk: TestDesk) -> None:
    from safelight.partners.exchange import desk_exchange

    one = a_partner()
    # A second page that read the partner before the newer edition was taken in.
    beside = desk_exchange.partner(one.partner_id)
    stays, goes = shared_until(10), shared_until(20)
    desk_exchange.take(one, from_them(stays, number=2, one=one), today=today())
    with pytest.raises(ExchangeError) as refusal:
        desk_exchange.take(beside, from_them(stays, goes, one=one), today=today())
    assert refusal.value.code == "older-edition"
    beside.refresh_from_db()
    assert [row.row.stat_id for row in desk_exchange.rows_of(beside, on=today())] == [
        stays.row.stat_id
    ]


def shared_until(days: int) -> Any:
    from safelight.partners.exchange.edition import SharedRow

    return SharedRow(stat_row(), today() + timedelta(days=days), {"day": "ab" * 32})


def test_rows_of_a_partner_are_never_passed_on_and_say_where_they_come_from(
    desk: TestDesk,
) -> None:
    from safelight.desk.partners.exchange_command import rows_to_share
    from safelight.partners.exchange import desk_exchange

    one = a_partner()
    desk_exchange.take(one, from_them(shared_until(10), one=one), today=today())
    one.refresh_from_db()
    assert list(rows_to_share(today())) == []
    rows = desk_exchange.rows_of(one, on=today())
    facts = desk_exchange.lineage(one, len(rows))
    assert (facts["shared_by"], facts["edition"], facts["rows"]) == ("centre", 1, 1)
    assert len(facts["edition_sha256"]) == 64
    (line,) = csv.DictReader(io.StringIO(desk_exchange.rows_csv(rows)))
    assert (line["key_day"], line["acts"]) == ("ab" * 32, "EXT|FDT")
    assert desk_exchange.end(one) == 1
    assert [kind for kind, _ in journal()] == ["exchange.taken", "exchange.ended"]


def test_nothing_is_sent_to_a_card_that_nobody_compared(desk: TestDesk) -> None:
    from safelight.partners.exchange import desk_exchange

    one = desk_exchange.new_partner("helpline")
    with pytest.raises(ExchangeError, match="compare the code"):
        desk_exchange.send(one, [], today=today(), fresh_days=30, tokens_of=None)
    desk_exchange.keep_card(one, THEIRS.card())
    one.refresh_from_db()
    with pytest.raises(ExchangeError, match="another card"):
        desk_exchange.keep_card(one, SessionKeys.drawn("centre").card())
    own = desk_exchange.own_keys(one).card()
    with pytest.raises(ExchangeError, match="our own card"):
        desk_exchange.keep_card(desk_exchange.new_partner("helpline"), own)
    assert desk_exchange.send(one, [], today=today(), fresh_days=30, tokens_of=None).rows == 0


def test_the_command_goes_the_whole_way(
    desk: TestDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.partners.exchange_command import exchange
    from safelight.desk.unlocking import lock

    case_id = coded(desk, "0a", STAT=LATER, SHARE_PARTNER=LATER)
    lock()
    # The real command starts Django; here the test's project is running already.
    monkeypatch.setattr("safelight.desk.unlocking.start_django", lambda: None)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    on_desk = ["--data", str(desk.data), "--passphrase-file", str(passphrase), "--json"]

    def run(*arguments: object) -> Any:
        result = CliRunner().invoke(exchange, [*map(str, arguments), *on_desk])
        if isinstance(result.exception, SafelightError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    partner = run("card", "helpline", "--out", tmp_path / "ours.json")["partner"]
    (tmp_path / "theirs.json").write_bytes(THEIRS.card().encode())
    shown = run("partner", partner, tmp_path / "theirs.json")
    assert (shown["name"], shown["believed"]) == ("centre", False)
    with pytest.raises(ExchangeError, match="compare the code"):
        run("send", partner, "--out", tmp_path / "no.rows", "--fresh-days", 30)
    assert not (tmp_path / "no.rows").exists()
    assert run("partner", partner, tmp_path / "theirs.json", "--compared")["code"] == shown["code"]
    keys = tmp_path / "keys.csv"
    keys.write_text(f"case_id,day\n{case_id},2026-01-05\n", encoding="utf-8")
    with_keys = ("--keys-file", keys, "--key", "day")
    done = run("send", partner, "--out", tmp_path / "one.rows", "--fresh-days", 30, *with_keys)
    assert (done["edition"], done["rows"]) == (1, 1)
    ours = Card.read((tmp_path / "ours.json").read_bytes())
    read = opened_edition((tmp_path / "one.rows").read_bytes(), THEIRS, ours, last=0, today=today())
    assert set(read.rows[0].keys) == {"day"}
    coarse = shared_until(9)
    token = key_token(pair_secret(THEIRS, ours), "day", ["2026-01-05"])
    assert token is not None
    made = Edition.of_rows(
        [SharedRow(coarse.row, coarse.until, {"day": token})],
        sender="centre", reader="helpline", number=1, today=today(), fresh_days=9,
    )  # fmt: skip
    (tmp_path / "in.rows").write_bytes(sealed_edition(made, THEIRS, ours))
    assert run("take", partner, tmp_path / "in.rows")["rows"] == 1
    (listed,) = run("partners")["partners"]
    assert (listed["rows_sent"], listed["rows_to_withdraw"], listed["taken_edition"]) == (1, 0, 1)
    written = run("rows", partner, "--out", tmp_path / "rows.csv")
    assert written["shared_by"] == "centre"
    assert (tmp_path / "rows.lineage.json").exists()
    own = run("own-rows", partner, "--out", tmp_path / "own.csv", *with_keys)
    assert (own["rows"], own["rows_with_keys"]) == (1, 1)
    both = [
        next(csv.DictReader(io.StringIO((tmp_path / name).read_text(encoding="utf-8"))))["key_day"]
        for name in ("own.csv", "rows.csv")
    ]
    assert both == [token, token]
    list_from_csv((tmp_path / "own.csv").read_bytes(), name="own")
    list_from_csv((tmp_path / "rows.csv").read_bytes(), name="rows")
    assert run("end", partner)["rows_deleted"] == 1
