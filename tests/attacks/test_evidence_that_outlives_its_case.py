"""Threat: evidence-that-outlives-its-case: captures, files and bundles stay readable on the desk
after the person took everything back, or open to one person where two are needed.

The thief has the disk, the database's key and all the time in the world. Every page of the
database and its log is searched, also what SQLite keeps of older versions.
"""

from __future__ import annotations

import io
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.campaigns.case_evidence.test_evidence_of_a_case import added, alarm, bundled
from tests.support.desk import PASSPHRASE, TestDesk, desk
from tests.support.every_page import decrypted

__all__ = ["desk"]
WORD = b"CANARY-IN-A-CAPTURED-PAGE"
PAGE = b"<p>" + WORD + b"</p>\n"


def everything(desk: TestDesk) -> bytes:
    from safelight.desk.key_file import unwrapped_key

    return decrypted(desk.data, unwrapped_key(desk.files.key_file, PASSPHRASE))


def case_keys() -> list[bytes]:
    from safelight.journal.models import StoredKey

    return [bytes(secret) for secret in StoredKey.objects.values_list("secret", flat=True)]


def test_no_page_of_the_database_holds_evidence_or_its_key_after_a_withdrawal(
    desk: TestDesk,
) -> None:
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case
    from safelight.journal.content_keys import finish_erasure

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id, PAGE * 50)
    bundled(desk, case_id, item.item)
    keys = case_keys()
    before = everything(desk)
    assert WORD not in before, "evidence must not lie in the database in the clear"
    assert all(key in before for key in keys)

    destroy_case(case_id, why=WITHDRAWN, proof="")
    assert finish_erasure()
    after = everything(desk)
    gone = [key for key in keys if key not in case_keys()]
    assert gone, "the case had a key"
    assert not any(key in after for key in gone)
    assert WORD not in after


def test_what_a_colleague_orders_to_destroy_takes_evidence_along(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.campaigns.case_evidence.models import EvidenceFile
    from safelight.casework.withdrawals import erase_case
    from safelight.journal.chain import append

    [case_id] = desk.take_in(alarm())
    added(desk, case_id, PAGE)
    with transaction.atomic():
        body = {"why": "withdrawn", "proof": "", "mailbox": ""}
        append("case.destroyed", body, subject=case_id)
        erase_case(case_id, "")
    assert not EvidenceFile.objects.exists()


def test_evidence_of_a_case_for_two_people_does_not_open_to_one(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.campaigns.case_evidence.keeping import keep, pieces_of
    from safelight.campaigns.case_evidence.models import EvidenceFile
    from safelight.campaigns.case_evidence.problems import EvidenceFileError
    from safelight.journal.apart import MARKED, ApartError
    from safelight.journal.chain import append
    from safelight.journal.content_keys import keys_of, set_apart
    from safelight.journal.held_open import close, hold_open

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id, PAGE)
    keys = keys_of([case_id])
    with transaction.atomic():
        append(MARKED, {"first": ["desk-1"], "second": ["desk-2"]}, subject=case_id)
        set_apart([case_id])
    assert EvidenceFile.objects.filter(item=item.item).exists(), "it waits, sealed"
    with pytest.raises(EvidenceFileError, match="not on this desk"):
        list(pieces_of(item.item))
    with pytest.raises(ApartError), transaction.atomic():
        keep(case_id, io.BytesIO(b"more"))

    hold_open(case_id, keys, seconds=60)
    assert b"".join(pieces_of(item.item)) == PAGE
    close(case_id)
    with pytest.raises(EvidenceFileError, match="not on this desk"):
        list(pieces_of(item.item))


def test_no_file_is_left_where_bundles_are_made(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.workplace import private_folder

    places = [Path("/dev/shm"), Path(tempfile.gettempdir())]
    with private_folder() as place:
        assert place.stat().st_mode & 0o077 == 0
        assert place.parent.stat().st_mode & 0o077 == 0
        assert place.parent.parent in places
    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id, PAGE)
    before = {path for one in places if one.is_dir() for path in one.glob("safelight-*")}
    bundled(desk, case_id, item.item)
    after = {path for one in places if one.is_dir() for path in one.glob("safelight-*")}
    assert not any((path / "files" / "evidence").exists() for path in after - before)


def test_a_capture_that_ends_after_the_withdrawal_is_kept_nowhere(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import capture_work, runs
    from safelight.campaigns.case_evidence.evidence_file import WaysOut
    from safelight.campaigns.case_evidence.models import EvidenceFile
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case

    began, withdrawn = threading.Event(), threading.Event()
    places: list[Path] = []

    def slow(url: str, *, place: Path, **_: object) -> SimpleNamespace:
        place.mkdir()
        (place / "page.wacz").write_bytes(PAGE)
        places.append(place)
        began.set()
        assert withdrawn.wait(60)
        return SimpleNamespace(
            gaps=(), status=SimpleNamespace(value="complete"), final_url=url, http_status=200,
            logged_in=False, redactions=(),
        )  # fmt: skip

    monkeypatch.setattr(capture_work, "capture", slow)
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    way = WaysOut(exit="direct")
    capture_work.begin_captures(case_id, ["https://one.example/"], way, language="en")
    assert began.wait(60)
    destroy_case(case_id, why=WITHDRAWN, proof="")
    withdrawn.set()
    assert runs.wait_until_idle(60)
    assert "withdrawn" in runs.runs_of(case_id)[0].problem
    assert not EvidenceFile.objects.exists()
    assert not places[0].exists()
