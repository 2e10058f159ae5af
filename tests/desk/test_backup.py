"""Backups: made while the desk is used, verified, and restored as a new desk that forks nothing."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.desk.backups.file_format import BackupError, WrongBackupKeyError
from safelight.desk.key_file import WeakPassphraseError
from safelight.errors import SafelightError
from safelight.sealing.whole_file import WholeFileError
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, a_report, desk
from tests.support.two_desks import TwoDesks, team

__all__ = ["desk", "team"]


@pytest.fixture
def sticks(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return tmp_path / "one" / "desk.backup", tmp_path / "two" / "key.json"


def backed_up(sticks: tuple[Path, Path], **changes: Any) -> Any:
    from safelight.desk.backups.backing_up import back_up

    return back_up(sticks[0], PASSPHRASE, **({"key_to": sticks[1], "cost": CHEAP} | changes))


def restored(sticks: tuple[Path, Path], into: Path, **changes: Any) -> Any:
    from safelight.desk.backups.restoring import restore

    usual: dict[str, Any] = {
        "name": "desk-1b",
        "passphrase": PASSPHRASE,
        "key_file": sticks[1],
        "new_passphrase": None,
        "cost": CHEAP,
    }
    return restore(sticks[0], into, **(usual | changes))


def test_a_restored_desk_is_a_new_one_that_holds_everything_and_its_old_chain_verifies(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path
) -> None:
    from safelight.casework.cases import report_of
    from safelight.casework.models import Case, OpeningKey
    from safelight.casework.projecting import rebuild
    from safelight.desk.unlocking import lock, unlock
    from safelight.journal.chain import desk_key, latest
    from safelight.journal.verifying import verify

    ids = desk.take_in(*[a_report(answers={"story": f"story {n}"}) for n in range(3)])
    steps: list[str] = []
    made = backed_up(sticks, on_progress=steps.append)
    assert steps == ["key", "copy", "check", "write", "read-again"]
    assert [entry.kind for entry in latest(2)] == ["backup.key-written", "backup.made"]
    old_key = desk_key().private.private_bytes_raw()
    old_recipient = OpeningKey.objects.get().recipient
    lock()
    again = tmp_path / "again"
    new = restored(sticks, again, new_passphrase="another six words nobody guesses")
    assert (new.was.desk, new.was.seq) == ("desk-1", made.seq)
    assert sorted(path.name for path in again.iterdir()) == [
        "desk-1b.public.json",
        "desk.db",
        "desk.key.json",
    ]
    assert (again / "desk.db").stat().st_mode & 0o077 == 0
    unlock(again, "another six words nobody guesses")
    verified = verify()
    assert [chain.desk for chain in verified.chains] == ["desk-1b", "desk-1"]
    assert verified.chains[1].entries == made.seq
    kinds = [(entry.kind, entry.subject) for entry in latest(3)]
    assert kinds == [
        ("desk.restored", "desk-1b"),
        ("desk.enrolled", "desk-1"),
        ("desk.made", "desk-1b"),
    ]
    assert rebuild() == 3
    assert report_of(Case.objects.get(case_id=ids[2])).answers["story"] == "story 2"
    assert desk_key().private.private_bytes_raw() != old_key
    recipients = set(OpeningKey.objects.values_list("recipient", flat=True))
    assert recipients == {old_recipient, new.public.recipient}, "older envelopes still open"
    from tests.attacks.test_bytes_left_after_withdrawal import everything

    assert old_key not in everything(TestDesk(**{**vars(desk), "files": _files(again)}))


def _files(data: Path) -> Any:
    from safelight.desk.desk_files import DeskFiles

    return DeskFiles(data)


def test_a_restored_desk_and_the_old_one_found_again_are_two_and_never_a_fork(
    team: TwoDesks, sticks: tuple[Path, Path], tmp_path: Path
) -> None:
    from safelight.casework.cases import move_to_lane
    from safelight.casework.models import Case
    from safelight.desk.key_file import unwrapped_key
    from safelight.journal.verifying import verify

    one, two = team.first.take_in(a_report(), a_report(mailbox="22" * 16))
    backed_up(sticks)
    move_to_lane(one, "urgent")  # after the backup
    team.exchange()
    new = restored(sticks, tmp_path / "again").public
    third = team.adopt(
        tmp_path / "again",
        new,
        unwrapped_key(tmp_path / "again" / "desk.key.json", PASSPHRASE),
    )
    from safelight.journal.exchange import enrol

    for at in (1, 2):
        team.sit(at)
        enrol("desk-1b", new.verify_key)
    team.exchange(2, third)
    team.sit(third)
    assert Case.objects.get(case_id=one).lane == "urgent", "what came after the backup followed"
    move_to_lane(two, "letters")
    team.sit(1)
    move_to_lane(one, "letters")  # the old desk was only in a drawer
    for sender, receiver in ((1, 2), (third, 2), (2, 1), (2, third)):
        taken = team.send(sender, receiver)
        assert taken.refused == ()
    lanes = []
    for at in (1, 2, third):
        team.sit(at)
        assert verify().forks == ()
        lanes.append(sorted(Case.objects.values_list("case_id", "lane")))
    assert lanes[0] == lanes[1] == lanes[2] == sorted([(one, "letters"), (two, "letters")])


def test_a_name_that_has_a_chain_is_refused_and_leaves_no_desk(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path
) -> None:
    backed_up(sticks)
    with pytest.raises(SafelightError, match="has a chain already"):
        restored(sticks, tmp_path / "again", name="desk-1")
    assert list((tmp_path / "again").iterdir()) == []
    restored(sticks, tmp_path / "again")
    with pytest.raises(SafelightError, match="already there"):
        restored(sticks, tmp_path / "again", name="desk-1c")


def test_wrong_passphrase_wrong_key_and_no_key_each_say_so(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path
) -> None:
    backed_up(sticks)
    into = tmp_path / "again"
    with pytest.raises(WrongBackupKeyError, match="passphrase is another one"):
        restored(sticks, into, passphrase="not the one, but long enough")
    with pytest.raises(BackupError, match="needs its key, backup:"):
        restored(sticks, into, key_file=None)
    document = json.loads(sticks[1].read_text())
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document | {"key": "00" * 32}))
    with pytest.raises(WrongBackupKeyError, match="does not open"):
        restored(sticks, into, key_file=wrong)
    wrong.write_text(json.dumps(document | {"backup": "backup:" + "0" * 16}))
    with pytest.raises(BackupError, match="which this backup names"):
        restored(sticks, into, key_file=wrong)
    wrong.write_text("{")
    with pytest.raises(BackupError, match="no safelight-backup-key/1 file"):
        restored(sticks, into, key_file=wrong)
    assert list(into.iterdir()) == []
    restored(sticks, into)


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda b: b[:-1], "damaged: expected"),
        (lambda b: b + b"x", "damaged: expected"),
        (lambda b: b[:-5000] + bytes([b[-5000] ^ 1]) + b[-4999:], "damaged: expected"),
        (lambda b: b.replace(b'"seq":', b'"seq":1', 1), "does not open"),
        (lambda b: b.replace(b'"memory_kib":8', b'"memory_kib":9', 1), "does not open"),
        (lambda b: b[10:], "first line is damaged"),
        (lambda b: b"", "first line is damaged"),
        (lambda b: b"{" * 4096, "first line is damaged"),
        (lambda b: b'{"format":"safelight-backup/1"}\n', "first line is damaged"),
        (lambda b: b.replace(b'"memory_kib":8', b'"memory_kib":99999999', 1), "first line"),
    ],
)
def test_a_backup_that_was_changed_is_refused_whole(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path, bend: Any, said: str
) -> None:
    backed_up(sticks)
    original = sticks[0].read_bytes()
    changed = bend(original)
    assert changed != original
    sticks[0].write_bytes(changed)
    with pytest.raises(BackupError, match=said):
        restored(sticks, tmp_path / "again")
    assert not any((tmp_path / "again").glob("*"))


def test_without_a_colleague_and_without_a_key_file_no_backup_pretends(
    desk: TestDesk, sticks: tuple[Path, Path]
) -> None:
    with pytest.raises(BackupError, match="opened by nobody"):
        backed_up(sticks, key_to=None)
    with pytest.raises(BackupError, match="two different folders"):
        backed_up(sticks, key_to=sticks[0].with_name("key.json"))
    from safelight.desk.backups.backing_up import back_up

    with pytest.raises(WeakPassphraseError):
        back_up(sticks[0], "short", key_to=sticks[1], cost=CHEAP)
    assert not sticks[0].exists()
    backed_up(sticks)
    with pytest.raises(WholeFileError, match="exists already"):
        backed_up(sticks)


def test_a_backup_that_cannot_be_read_again_is_no_backup(
    desk: TestDesk, sticks: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.backups import backing_up
    from safelight.journal.chain import latest

    def lost_a_byte(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(backing_up, "_forget_cached", lost_a_byte)
    with pytest.raises(BackupError, match="damaged"):
        backed_up(sticks)
    assert list(sticks[0].parent.iterdir()) == []
    assert not sticks[1].exists()
    assert latest(1)[0].kind == "backup.key-made"


@pytest.mark.parametrize("full_at", ["copy", "write", "key"])
def test_a_full_stick_leaves_no_half_backup_and_says_what_to_do(
    desk: TestDesk, sticks: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, full_at: str
) -> None:
    from safelight.desk.backups import backing_up

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    name = {"copy": "_export", "write": "write_backup", "key": "key_text"}[full_at]
    with monkeypatch.context() as patch:
        patch.setattr(backing_up, name, full)
        with pytest.raises(BackupError, match="stick is full"):
            backed_up(sticks)
    assert list(sticks[0].parent.iterdir()) == []
    assert list(sticks[1].parent.iterdir()) == []
    backed_up(sticks)


def test_others_write_on_while_the_copy_is_made(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path
) -> None:
    """A consistent state: what was committed while the copy ran is in it whole or not at all."""
    import threading

    from django.db import connection

    from safelight.casework.cases import move_to_lane
    from safelight.desk.unlocking import lock, unlock
    from safelight.journal.verifying import verify

    ids = desk.take_in(*[a_report(answers={"story": f"{n}"}) for n in range(3)])
    stop, begun, moved = threading.Event(), threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                for case_id in ids:
                    move_to_lane(case_id, "urgent" if len(moved) % 2 else "letters")
                    moved.append(case_id)
                    begun.set()
                    stop.wait(0.02)  # people pause; a loop that never does lets nobody else write
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert begun.wait(30)
        made = backed_up(sticks)
    finally:
        stop.set()
        worker.join()
    assert len(moved) > 1
    lock()
    restored(sticks, tmp_path / "again")
    unlock(tmp_path / "again", PASSPHRASE)
    assert verify().chains[1].entries == made.seq


def test_the_commands_from_backup_to_a_restored_desk(
    desk: TestDesk, sticks: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.command_line import safelight
    from safelight.desk import key_file

    monkeypatch.setattr(key_file, "PRODUCTION_COST", CHEAP)
    desk.take_in(a_report())
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(
            safelight, ["desk", *arguments, "--passphrase-file", str(secret)],
            catch_exceptions=False,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        return done

    data = ("--data", str(desk.data))
    made = json.loads(
        run("backup", *data, "--to", str(sticks[0]), "--key-to", str(sticks[1]), "--json").stdout
    )
    assert set(made) == {"file", "size", "sha256", "backup", "desk", "seq", "key_file"}
    run("backup-key", made["backup"], *data, "--to", str(tmp_path / "for-a-colleague.json"))
    assert (tmp_path / "for-a-colleague.json").read_bytes() == sticks[1].read_bytes()
    listed = json.loads(run("backups", *data, "--json").stdout)["backups"]
    assert [(one["opens"], one["key_files"]) for one in listed] == [(True, 2)]
    again = tmp_path / "again"
    done = json.loads(
        run(
            "restore", str(sticks[0]), "--into", str(again), "--name", "desk-1b",
            "--key", str(sticks[1]), "--json",
        ).stdout
    )  # fmt: skip
    assert done["was"]["backup"] == made["backup"]
    run("go-on-alone", "--data", str(again))
    run("verify", "--data", str(again))
    assert "Destroy the key file" in run(
        "restore", str(sticks[0]), "--into", str(tmp_path / "third"), "--name", "desk-1c",
        "--key", str(sticks[1]),
    ).stdout  # fmt: skip
