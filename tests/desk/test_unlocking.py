from __future__ import annotations

from pathlib import Path

import pytest

from safelight.desk.desk_files import DeskFiles
from safelight.desk.key_file import KeyFileError, WeakPassphraseError
from safelight.desk.sqlcipher.held_key import is_held
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, a_report, desk_in
from tests.support.django_project import django_project


def test_locking_and_unlocking_by_the_pages(desk: TestDesk) -> None:
    case_id = desk.take_in(a_report())[0]
    answer = desk.client.post("/lock")
    assert (answer.status_code, answer["Location"]) == (302, "/unlock")
    assert not is_held()
    for path in ("/", "/cases/", f"/cases/{case_id}/", "/journal/", "/guide"):
        answer = desk.client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/unlock"), path
    answer = desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert desk.client.get(f"/cases/{case_id}/").status_code == 200


def test_a_wrong_passphrase_says_so_and_changes_nothing(desk: TestDesk) -> None:
    desk.client.post("/lock")
    answer = desk.client.post("/unlock", {"passphrase": "a wrong passphrase"})
    assert answer.status_code == 403
    assert "does not open the desk" in answer.text
    assert "a wrong passphrase" not in answer.text
    assert not is_held()
    assert desk.client.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 302


def test_the_unlock_page_is_of_no_use_while_unlocked(desk: TestDesk) -> None:
    assert desk.client.get("/unlock")["Location"] == "/"


def test_a_key_file_without_its_database_is_refused_and_makes_no_new_one(desk: TestDesk) -> None:
    from safelight.desk.unlocking import lock, unlock

    lock()
    desk.files.database.unlink()
    with pytest.raises(KeyFileError, match=r"desk\.db is not beside it"):
        unlock(desk.data, PASSPHRASE)
    assert not desk.files.database.exists()


def test_an_empty_database_is_refused_and_not_filled_anew(desk: TestDesk) -> None:
    from safelight.desk.unlocking import lock, unlock

    lock()
    for beside in desk.data.glob("desk.db*"):
        beside.unlink()
    desk.files.database.touch()
    with pytest.raises(KeyFileError, match="or is empty"):
        unlock(desk.data, PASSPHRASE)
    assert desk.files.database.stat().st_size == 0


def test_a_damaged_page_is_said_in_words_and_mistakes_of_ours_are_not(desk: TestDesk) -> None:
    from django.db import IntegrityError, connection

    from safelight.casework.models import EnvelopePiece, ReceivedEnvelope
    from safelight.desk.unlocking import DeskStorageError, lock, unlocked
    from safelight.journal.verifying import verify

    desk.take_in(*[a_report() for _ in range(3)])
    last = ReceivedEnvelope.objects.first()
    assert last is not None
    EnvelopePiece.objects.create(envelope=last, number=1, sealed=bytes(64 * 1024))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lock()
    whole = desk.files.database.read_bytes()
    damaged = bytearray(whole)
    pages = len(whole) // 4096
    for page in range(pages - 8, pages):  # of the last envelope, which nothing reads at unlock
        damaged[4096 * page + 100] ^= 1
    desk.files.database.write_bytes(damaged)
    with pytest.raises(DeskStorageError, match="damaged"), unlocked(desk.data, PASSPHRASE):
        list(EnvelopePiece.objects.all())
    assert not is_held()
    desk.files.database.write_bytes(whole)
    with pytest.raises(IntegrityError), unlocked(desk.data, PASSPHRASE):
        raise IntegrityError("ours")
    with unlocked(desk.data, PASSPHRASE):
        assert verify().entries == 7


def test_a_passphrase_file_gives_its_first_line(tmp_path: Path) -> None:
    from safelight.desk.unlocking import passphrase_in

    file = tmp_path / "p"
    file.write_text("четыре слова по костям\r\nnot this\n", encoding="utf-8")
    assert passphrase_in(file) == "четыре слова по костям"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyFileError, match="UTF-8"):
        passphrase_in(file)
    with pytest.raises(KeyFileError, match="FileNotFoundError"):
        passphrase_in(tmp_path / "absent")


@pytest.mark.parametrize("name", ["", "x", "Desk", "desk 1", "стол", "-desk", "desk-", "a" * 33])
def test_a_name_that_cannot_stand_in_a_roster_is_refused(tmp_path: Path, name: str) -> None:
    from safelight.desk.setting_up import DeskExistsError, set_up

    with pytest.raises(DeskExistsError, match="2 to 32 lower-case"):
        set_up(tmp_path / "d", name, PASSPHRASE, cost=CHEAP)
    assert not (tmp_path / "d").exists()


def test_setting_up_never_overwrites_and_refuses_a_weak_passphrase(tmp_path: Path) -> None:
    from safelight.desk.setting_up import DeskExistsError, set_up

    with pytest.raises(WeakPassphraseError, match="has 5 characters"):
        set_up(tmp_path / "weak", "desk-1", "short", cost=CHEAP)
    assert not (tmp_path / "weak").exists()
    with desk_in(tmp_path / "desk") as desk:
        before = desk.files.key_file.read_bytes()
        with pytest.raises(DeskExistsError, match="already there"):
            set_up(desk.data, "desk-2", PASSPHRASE, cost=CHEAP)
        assert desk.files.key_file.read_bytes() == before


def test_the_public_file_has_what_a_roster_needs_and_nothing_secret(tmp_path: Path) -> None:
    import json

    from safelight.casework.models import OpeningKey
    from safelight.desk.setting_up import set_up
    from safelight.desk.unlocking import unlocked
    from safelight.sealing.recipients import HybridRecipient, parse_recipient

    with django_project("safelight.desk.settings"):
        public = set_up(tmp_path, "desk-7", PASSPHRASE, cost=CHEAP)
        written = json.loads(DeskFiles(tmp_path).public_file("desk-7").read_text())
        assert set(written) == {"name", "recipient", "verify_key"}
        assert written["name"] == "desk-7"
        assert isinstance(parse_recipient(written["recipient"]), HybridRecipient)
        assert written["verify_key"] == public.verify_key
        assert not is_held()
        with unlocked(tmp_path, PASSPHRASE):
            assert OpeningKey.objects.get().recipient == public.recipient
        assert not is_held()


def test_a_new_passphrase_opens_the_same_desk_and_the_old_one_does_not(desk: TestDesk) -> None:
    from safelight.desk.key_file import WrongPassphraseError
    from safelight.desk.unlocking import change_passphrase, lock, unlock

    (case_id,) = desk.take_in(a_report())
    lock()
    with pytest.raises(WeakPassphraseError):
        change_passphrase(desk.data, PASSPHRASE, "short", cost=CHEAP)
    with pytest.raises(WrongPassphraseError):
        change_passphrase(desk.data, "not the old one", "a new long passphrase", cost=CHEAP)
    change_passphrase(desk.data, PASSPHRASE, "a new long passphrase", cost=CHEAP)
    with pytest.raises(WrongPassphraseError):
        unlock(desk.data, PASSPHRASE)
    unlock(desk.data, "a new long passphrase")
    assert desk.client.get(f"/cases/{case_id}/").status_code == 200
