"""Threat: wiped-desk: After a panic wipe somebody has the disk and is told the passphrase.

Nothing that is left on the disk opens the database, also not what lay beside it: a write-ahead
log, an unfinished key file. The old key, kept aside by the test, shows that it would have.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.desk import PASSPHRASE, TestDesk, a_report, desk

__all__ = ["desk"]

CONFIRMED = {"wipe": "everything"}


def opens(data: Path) -> bool:
    from safelight.desk.unlocking import lock, unlock
    from safelight.errors import SafelightError

    try:
        unlock(data, PASSPHRASE)
    except SafelightError:
        return False
    else:
        return True
    finally:
        lock()


def a_used_desk(desk: TestDesk) -> bytes:
    """With cases, a write-ahead log and an unfinished key file; returns the database's key."""
    from safelight.desk.key_file import unwrapped_key

    desk.take_in(a_report())
    unfinished = desk.files.key_file.with_name("desk.key.json.partial")
    shutil.copy(desk.files.key_file, unfinished)
    return unwrapped_key(desk.files.key_file, PASSPHRASE)


def wrapped(file: Path) -> bytes:
    return bytes.fromhex(json.loads(file.read_text())["wrap"]["key"])


@pytest.mark.parametrize("is_locked_before", [False, True])
def test_nothing_on_the_disk_opens_the_desk_again(desk: TestDesk, is_locked_before: bool) -> None:
    from safelight.desk.sqlcipher.held_key import is_held

    key = a_used_desk(desk)
    secret = wrapped(desk.files.key_file).hex().encode()
    before = {file.name: file.read_bytes() for file in desk.data.iterdir()}
    assert sum(secret in content for content in before.values()) == 2
    if is_locked_before:
        desk.client.post("/lock")
    answer = desk.client.post("/wipe", CONFIRMED)
    assert "This desk is destroyed" in answer.text
    assert not is_held()
    assert sorted(file.name for file in desk.data.iterdir()) == ["desk-1.public.json"]
    for file in desk.data.rglob("*"):
        assert secret not in file.read_bytes()
        assert key not in file.read_bytes()
    assert not opens(desk.data)
    assert desk.client.get("/cases/").url == "/unlock"
    refused = desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    assert refused.status_code == 400
    assert "there is no desk" in refused.text


def test_a_database_copied_before_stays_closed_and_the_key_would_have_opened_it(
    desk: TestDesk, tmp_path: Path
) -> None:
    a_used_desk(desk)
    copy, with_key = tmp_path / "copy", tmp_path / "with-key"
    shutil.copytree(desk.data, with_key)
    desk.client.post("/wipe", CONFIRMED)
    copy.mkdir()
    for file in with_key.iterdir():
        if not file.name.startswith("desk.key"):
            shutil.copy(file, copy / file.name)
    assert not opens(copy)
    assert opens(with_key), "the honest limit: an older copy of both files"


def test_the_bytes_of_the_key_file_are_overwritten_where_they_lay(desk: TestDesk) -> None:
    a_used_desk(desk)
    secret = wrapped(desk.files.key_file).hex()
    with desk.files.key_file.open("rb") as seen_by_the_disk:
        desk.client.post("/wipe", CONFIRMED)
        assert secret.encode() not in seen_by_the_disk.read()


def test_a_changed_passphrase_leaves_no_older_key_behind(desk: TestDesk) -> None:
    from safelight.desk.unlocking import change_passphrase
    from tests.support.desk import CHEAP

    old = wrapped(desk.files.key_file).hex().encode()
    with desk.files.key_file.open("rb") as seen_by_the_disk:
        change_passphrase(desk.data, PASSPHRASE, "another published example", cost=CHEAP)
        assert old not in seen_by_the_disk.read()
    assert not opens(desk.data)
    change_passphrase(desk.data, "another published example", PASSPHRASE, cost=CHEAP)
    assert opens(desk.data)


@pytest.mark.parametrize("sent", [None, {}, {"wipe": "yes"}])
def test_one_press_alone_destroys_nothing(desk: TestDesk, sent: dict[str, str] | None) -> None:
    a_used_desk(desk)
    answer = desk.client.get("/wipe") if sent is None else desk.client.post("/wipe", sent)
    assert "Destroy everything now" in answer.text
    assert opens(desk.data)


def test_nobody_else_can_do_it(desk: TestDesk) -> None:
    a_used_desk(desk)
    assert desk.stranger().post("/wipe", CONFIRMED).status_code == 403
    other_site = {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://example.org"}
    assert desk.client.post("/wipe", CONFIRMED, **other_site).status_code == 403
    assert opens(desk.data)


def test_a_key_that_cannot_be_destroyed_is_said_so(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk import panic_wipe

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError

    a_used_desk(desk)
    with monkeypatch.context() as patched:
        patched.setattr(panic_wipe, "_destroy", refuse)
        answer = desk.client.post("/wipe", CONFIRMED)
    assert answer.status_code == 400
    assert "can still be opened" in answer.text
    assert desk.client.get("/cases/").url == "/unlock", "locked all the same"
    assert opens(desk.data)


def test_the_command_asks_and_a_running_desk_notices(desk: TestDesk) -> None:
    from safelight.desk.command import desk as command
    from safelight.desk.sqlcipher import held_key

    key = a_used_desk(desk)
    database = desk.files.database
    arguments = ["wipe", "--data", str(desk.data)]
    assert CliRunner().invoke(command, arguments, input="n\n").exit_code == 1
    assert opens(desk.data)
    assert CliRunner().invoke(command, [*arguments, "--yes"]).exit_code == 0
    assert not opens(desk.data)
    held_key.hold(database, key)  # as in the process of a desk that ran meanwhile
    assert desk.client.get("/cases/").url == "/unlock"
    assert not held_key.is_held()
    assert not database.exists(), "nor has it made an empty one"
