"""Threat: backup-shows-what-was-withdrawn: Somebody with every passphrase finds a backup that was
made before a person took a report back, and restores it, or searches all bytes it opens to; what
was withdrawn is not there to be had, on no desk and from no colleague.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import (
    CANARY,
    everything,
    receipt,
    report_with,
    withdraw,
)
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, a_report, desk
from tests.support.every_page import decrypted
from tests.support.two_desks import TwoDesks, team

__all__ = ["desk", "team"]


def backed_up(folder: Path, key_to: Path | None = None) -> Any:
    from safelight.desk.backups.backing_up import back_up

    folder.mkdir(exist_ok=True)
    return back_up(folder / "b.backup", PASSPHRASE, key_to=key_to, cost=CHEAP)


def bytes_of_the_backup(file: Path, key_file: Path, folder: Path) -> bytes:
    """Every page of the database in a backup, by whoever has passphrase and key."""
    from safelight.desk.backups.file_format import copied_out, parsed_key

    folder.mkdir()
    with (folder / "desk.db").open("wb") as target:
        _, secret = parsed_key(key_file.read_bytes())
        _, key = copied_out(file, target, passphrase=PASSPHRASE, backup_key=secret)
    return decrypted(folder, key)


def test_a_backup_from_before_opens_for_nobody_once_a_person_withdrew(
    team: TwoDesks, tmp_path: Path
) -> None:
    from safelight.casework.team.backup_keys import BackupKeyError, opened_backup_key
    from safelight.desk.backups.backing_up import write_key
    from safelight.desk.backups.file_format import BackupError
    from safelight.desk.backups.restoring import restore

    words = receipt()
    team.first.take_in(report_with(words, answers={"story": CANARY}), a_report())
    made = backed_up(tmp_path / "stick")
    secret = opened_backup_key(made.backup).secret
    team.exchange()
    team.sit(2)
    assert opened_backup_key(made.backup).secret == secret, "a colleague could help"
    team.sit(1)
    assert withdraw(words) == 1
    team.exchange()
    for at in (1, 2):
        team.sit(at)
        assert secret not in everything(team.first if at == 1 else _second(team))
        with pytest.raises(BackupKeyError, match="opens for nobody"):
            write_key(made.backup, tmp_path / f"key-{at}.json")
    with pytest.raises(BackupError, match="needs its key"):
        restore(
            made.file,
            tmp_path / "again",
            name="desk-1b",
            passphrase=PASSPHRASE,
            key_file=None,
            new_passphrase=None,
            cost=CHEAP,
        )
    assert not (tmp_path / "again" / "desk.db").exists()


def _second(team: TwoDesks) -> Any:
    class Second:
        data = team.keys[1][0].parent

    return Second()


def test_every_order_in_which_a_colleague_hears_of_it_destroys_the_key(team: TwoDesks) -> None:
    """The key is made at one desk while the other, offline, acts on the withdrawal."""
    from safelight.casework.team.backup_keys import current_backup_key
    from safelight.journal.content_keys import is_destroyed

    words = receipt()
    team.first.take_in(report_with(words))
    team.exchange()
    team.sit(2)
    before = current_backup_key().backup  # desk 2 has not heard
    team.sit(1)
    withdraw(words)
    after = current_backup_key().backup  # desk 1 knows: its next backup holds nothing of it
    team.exchange()
    for at in (1, 2):
        team.sit(at)
        assert (is_destroyed(before), is_destroyed(after)) == (True, False), f"desk {at}"


def test_a_backup_made_afterwards_holds_no_byte_of_it_and_restores(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.casework.models import Case
    from safelight.desk.backups.restoring import restore
    from safelight.desk.unlocking import lock, unlock
    from safelight.journal.models import StoredKey
    from safelight.journal.verifying import verify

    words = receipt()
    (gone,) = desk.take_in(report_with(words, answers={"story": CANARY}))
    (kept,) = desk.take_in(a_report(mailbox="22" * 16, answers={"story": "остаётся"}))
    secret = bytes(StoredKey.objects.get(subject=gone).secret)
    stays = bytes(StoredKey.objects.get(subject=kept).secret)
    withdraw(words)
    (tmp_path / "other").mkdir()
    made = backed_up(tmp_path / "stick", tmp_path / "other" / "key.json")
    inside = bytes_of_the_backup(made.file, made.key_file, tmp_path / "opened")
    assert stays in inside, "the search finds what is there"
    assert secret not in inside
    lock()
    restore(
        made.file,
        tmp_path / "again",
        name="desk-1b",
        passphrase=PASSPHRASE,
        key_file=made.key_file,
        new_passphrase=None,
        cost=CHEAP,
    )
    unlock(tmp_path / "again", PASSPHRASE)
    states = dict(Case.objects.values_list("case_id", "state"))
    assert states == {gone: "withdrawn", kept: "new"}
    assert verify().entries > 0


def test_a_kept_key_file_still_needs_colleagues_before_anything_opens(
    team: TwoDesks, tmp_path: Path
) -> None:
    """The one hole: the key was in a file, and nobody destroyed that. The orders come first."""
    from safelight.casework.cases import open_case
    from safelight.casework.opening import is_open, open_for
    from safelight.casework.team.restored import NotCaughtUpError
    from safelight.desk.backups.restoring import restore
    from safelight.desk.key_file import unwrapped_key

    words = receipt()
    gone, kept = team.first.take_in(
        report_with(words, answers={"story": CANARY}), a_report(mailbox="22" * 16)
    )
    open_for(open_case(gone), _purpose())
    (tmp_path / "other").mkdir()
    made = backed_up(tmp_path / "stick", tmp_path / "other" / "key.json")
    withdraw(words)
    team.exchange()
    public = restore(
        made.file,
        tmp_path / "again",
        name="desk-1b",
        passphrase=PASSPHRASE,
        key_file=made.key_file,
        new_passphrase=None,
        cost=CHEAP,
    ).public
    key = unwrapped_key(tmp_path / "again" / "desk.key.json", PASSPHRASE)
    third = team.adopt(tmp_path / "again", public, key)
    team.sit(third)
    for case_id in (gone, kept):
        assert not is_open(case_id)
        with pytest.raises(NotCaughtUpError, match="Exchange with a colleague"):
            open_for(open_case(case_id), _purpose())
    assert team.first.client.get(f"/cases/{gone}/").status_code == 200, "asks what for"
    shown = team.first.client.post(f"/cases/{gone}/open", {"purpose": _purpose()})
    assert shown.status_code == 400
    assert "taken a report back" in shown.text
    assert CANARY not in shown.text
    team.send(2, third)
    assert not is_open(gone)
    assert open_case(gone).state == "withdrawn", "destroyed before anything was read"
    open_for(open_case(kept), _purpose())
    data = tmp_path / "again"
    from django.db import connections

    connections.close_all()
    assert CANARY.encode() not in decrypted(data, key)


def _purpose() -> str:
    from safelight.casework.opening import purposes

    return next(one.value for one in purposes() if one.value != "other")
