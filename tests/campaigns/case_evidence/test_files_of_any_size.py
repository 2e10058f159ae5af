"""Files put beside a case: large ones arrive sealed, with progress, whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.attacks.test_full_disk_on_a_desk import room_left
from tests.campaigns.case_evidence.test_evidence_of_a_case import alarm
from tests.support.desk import TestDesk

MIB = 1024 * 1024
WORD = "выложены здесь".encode()
VIDEO = (WORD * 50_000)[:MIB] * 17 + b"the end"
FULL = {
    "en": ("the disk is full", "nothing of these files was kept"),
    "ru": ("диск заполнен", "из этих файлов ничего не сохранено"),
}


def put(desk: TestDesk, case_id: str, *contents: bytes) -> Any:
    desk.client.get(f"/cases/{case_id}/evidence")
    files = [SimpleUploadedFile(f"{n}.mp4", content) for n, content in enumerate(contents)]
    return desk.client.post(f"/cases/{case_id}/evidence/file", {"files": files})


def nothing_is_kept(desk: TestDesk, case_id: str) -> bool:
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import EvidenceFile, EvidencePiece

    known = {"desk.db", "desk.key", "desk.db-wal", "desk.db-shm", "evidence.yaml"}
    strange = {path.name for path in desk.data.iterdir()} - known
    return (
        standing(case_id)[1].files == ()
        and not EvidenceFile.objects.exists()
        and not EvidencePiece.objects.exists()
        and not [name for name in strange if "tmp" in name]
    )


def test_a_file_above_16_mb_comes_whole_beside_a_small_one(desk: TestDesk) -> None:
    import hashlib

    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing

    [case_id] = desk.take_in(alarm())
    answer = put(desk, case_id, b"a small one", VIDEO)
    assert answer["Location"].endswith("/evidence/wait?back=case")
    assert runs.wait_until_idle(60)
    assert [run.problem for run in runs.runs_of(case_id)] == [""]
    files = {item.name: item for item in standing(case_id)[1].files}
    assert {name: item.size for name, item in files.items()} == {
        "0.mp4": 11,
        "1.mp4": len(VIDEO),
    }
    assert files["1.mp4"].digest == hashlib.sha256(VIDEO).hexdigest()


def test_what_arrives_is_noise_on_the_disk_and_has_no_name(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.campaigns.case_evidence.arriving import SealedSpool

    folder = tmp_path / "waiting"
    folder.mkdir()
    spool = SealedSpool(folder)
    for start in range(0, len(VIDEO), 100_000):
        spool.write(VIDEO[start : start + 100_000])
    assert list(folder.iterdir()) == []
    on_disk = os.pread(spool._file.fileno(), len(VIDEO) + 100, 0)
    assert len(on_disk) > 16 * MIB
    assert WORD not in on_disk
    spool.rewind()
    assert b"".join(iter(lambda: spool.read(70_000), b"")) == VIDEO
    spool.close()


def test_how_far_it_is_stands_on_the_page_in_its_language(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import deciding, runs

    desk.client.post("/language/ru")
    [case_id] = desk.take_in(alarm())
    shown: list[str] = []

    def slowly(name: str, *given: Any) -> str:
        given[-1].read(5 * MIB)
        shown.append(desk.client.get(f"/cases/{name}/evidence").text)
        return ""

    monkeypatch.setattr(deciding, "add_large_file", slowly)
    put(desk, case_id, VIDEO)
    assert runs.wait_until_idle(60)
    [page] = shown
    assert "Файл: выполняется · запечатывается ключом дела · 5,0" in page.replace("\xa0", " ")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_disk_without_room_is_said_before_or_while_it_arrives_and_keeps_nothing(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    from safelight.campaigns.case_evidence import arriving, runs

    desk.client.post(f"/language/{language}")
    [case_id] = desk.take_in(alarm())

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as before:
        usage = SimpleNamespace(free=len(VIDEO))
        before.setattr(arriving.shutil, "disk_usage", lambda _: usage)
        early = put(desk, case_id, VIDEO)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(arriving.SealedSpool, "_seal", full)
        late = put(desk, case_id, VIDEO, b"and a small one")
    for answer in (early, late):
        assert answer.status_code == 507
        assert all(words in answer.text for words in FULL[language])
        assert "No space left" not in answer.text
    assert runs.runs_of(case_id) == []
    assert nothing_is_kept(desk, case_id)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_database_without_room_keeps_nothing_of_it_and_says_so(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    from django.db import connections

    from safelight.campaigns.case_evidence import runs
    from safelight.desk.sqlcipher import base

    desk.client.post(f"/language/{language}")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    with monkeypatch.context() as full:
        full.setattr(base, "_AFTER_KEY", room_left(desk, 400))
        connections.close_all()
        put(desk, case_id, VIDEO)
        assert runs.wait_until_idle(60)
    connections.close_all()
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert {"en": "the disk is full, or the memory", "ru": "диск или память для файлов"}[
        language
    ] in page
    assert "OperationalError" not in page
    assert nothing_is_kept(desk, case_id)
    put(desk, case_id, VIDEO)
    assert runs.wait_until_idle(60)
    assert not nothing_is_kept(desk, case_id), "room was made"


def test_more_than_the_limit_is_refused_with_the_limit_and_keeps_nothing(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import arriving

    [case_id] = desk.take_in(alarm())
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "At most, each in MB: 512" in page
    monkeypatch.setattr(arriving, "LARGEST_FILE", MIB)
    answer = put(desk, case_id, b"x" * (MIB + 1))
    assert answer.status_code == 413
    assert "at most 512 MB" in answer.text
    assert nothing_is_kept(desk, case_id)


class Slow(io.RawIOBase):
    """A file of nine MiB that comes when it is let come."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 9
        self.waits, self.go = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            self.waits.set()
            assert self.go.wait(30)
            return b""
        self.left -= 1
        return b"x" * size


def chosen(case_id: str, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page begins it, once the file has arrived."""
    from safelight.campaigns.case_evidence import bringing_pages

    monkeypatch.setattr(bringing_pages, "taken_out_of", lambda _: slow)
    one: Any = SimpleNamespace(name="a.mp4", content_type="video/mp4", size=9 * MIB)
    bringing_pages._begin_adding(case_id, one)
    assert slow.waits.wait(30)


def test_while_a_long_file_is_sealed_decisions_are_written_and_a_lock_leaves_nothing_of_it(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import EvidenceFile, EvidencePiece
    from safelight.campaigns.case_evidence.runs import THREAD
    from safelight.desk.unlocking import unlock_for
    from tests.support.desk import PASSPHRASE

    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    slow = Slow()
    chosen(case_id, slow, monkeypatch)
    worker = next(one for one in threading.enumerate() if one.name == THREAD)
    assert desk.client.post(f"/cases/{case_id}/lane", {"lane": "reports"}).status_code == 302
    assert EvidencePiece.objects.count() == 8, "one step is kept already"
    assert standing(case_id)[1].files == (), "and is no file of the case"

    desk.client.post("/lock")
    slow.go.set()
    worker.join(30)
    unlock_for(desk.launch, PASSPHRASE)
    assert EvidenceFile.objects.count() == EvidencePiece.objects.count() == 0
    assert standing(case_id)[1].files == ()


def test_a_case_that_is_taken_back_meanwhile_gets_no_file(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import runs
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case
    from safelight.journal.content_keys import finish_erasure

    [case_id] = desk.take_in(alarm())
    slow = Slow()
    chosen(case_id, slow, monkeypatch)
    destroy_case(case_id, why=WITHDRAWN, proof="")
    finish_erasure()
    slow.go.set()
    assert runs.wait_until_idle(30)
    assert [run.state for run in runs.runs_of(case_id)] == ["refused"]
    assert nothing_is_kept(desk, case_id)
