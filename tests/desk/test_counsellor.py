"""A desk vouches for a counsellor of circles: signed with its own key, noted without the name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.circles.counsellor_statement import PAYLOAD_TYPE, CounsellorStatementError
from safelight.command_line import safelight
from safelight.sealing.statement import verified_payload
from tests.support.desk import PASSPHRASE, TestDesk

KEY = "ab" * 32
PSEUDONYM = "Фонарь"


def vouch(desk: TestDesk, tmp_path: Path, *, until: int = 30, **changes: str) -> Any:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    last = (datetime.now(tz=UTC).date() + timedelta(days=until)).isoformat()
    said = {"--pseudonym": PSEUDONYM, "--key": KEY, "--until": last} | {
        f"--{name}": value for name, value in changes.items()
    }
    arguments = [word for pair in said.items() for word in pair]
    return CliRunner().invoke(
        safelight,
        [
            "desk", "counsellor", "--data", str(desk.data), *arguments, "--json",
            "--out", str(tmp_path / "counsellor.json"), "--passphrase-file", str(secret),
        ],
    )  # fmt: skip


def test_the_statement_is_signed_by_the_desk_and_the_journal_keeps_no_pseudonym(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.desk.unlocking import unlock
    from safelight.journal.chain import desk_key
    from safelight.journal.models import JournalEntry

    done = vouch(desk, tmp_path)
    assert done.exit_code == 0, done.output
    unlock(desk.data, PASSPHRASE)  # the command locks what it opened
    signed = (tmp_path / "counsellor.json").read_bytes()
    payload = json.loads(verified_payload(signed, PAYLOAD_TYPE, desk_key().private.public_key()))
    assert payload == {
        "pseudonym": PSEUDONYM,
        "key": KEY,
        "valid_until": json.loads(done.stdout)["until"],
    }
    last = JournalEntry.objects.order_by("seq").last()
    assert last is not None
    assert last.kind == "counsellor.vouched"
    assert PSEUDONYM not in str(last.__dict__)


@pytest.mark.parametrize(
    ("until", "changes", "reason"),
    [
        (93, {}, "within 92 days"),
        (-1, {}, "within 92 days"),
        (30, {"key": "not a key"}, "64 hex digits"),
        (30, {"pseudonym": "two\nlines"}, "on one line"),
        (30, {"pseudonym": "x" * 41}, "1 to 40 characters"),
    ],
)
def test_what_no_browser_would_take_is_not_signed(
    desk: TestDesk, tmp_path: Path, until: int, changes: dict[str, str], reason: str
) -> None:
    refused = vouch(desk, tmp_path, until=until, **changes)
    assert isinstance(refused.exception, CounsellorStatementError)
    assert reason in str(refused.exception)
    assert not (tmp_path / "counsellor.json").exists()
