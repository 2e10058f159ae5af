"""Threat: poisoned-entries: A colleague's desk signs entries made to stop every desk that reads
them (half characters, nesting, the last day there is, addresses that cannot be written); the
program goes on, and everybody else's work stays visible.

What cannot be understood is passed over, whichever mail brings it and in whatever order.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]

KEY = "0123456789abcdef" * 2
PAGES = ("/cases/", "/letters/", "/today/", "/outcomes/", "/agreement/", "/places/", "/journal/")

POISON: list[tuple[str, Any]] = [
    ("case.coded", {"codes": 7, "row": "x"}),
    ("case.coded", {"codes": {"acts": {"deep": 1}}, "row": "x"}),
    ("case.coded", {"codes": {}, "row": ["x"]}),
    ("case.set-aside", {"reason": {}}),
    ("case.lane", {"lane": ["urgent"]}),
    ("case.lane", {}),
    ("case.fact", {"stage": "F99"}),
    ("case.fact", {"stage": "F1_DECISION", "code": "REPORT", "when": "soon", "source": "OWN",
                   "reasons": [], "details": {}}),
    ("case.message", {"envelope": "a/b", "written": "2026-03-14", "sealed_by": "browser"}),
    ("case.file", {"envelope": "../x", "written": "2026-03-14", "sealed_by": "browser"}),
    ("case.answered", {"answer": {}, "text": "", "status": "", "written": "2026-03-14"}),
    ("case.consent", {"purpose": "STAT", "until": "9999-12-31", "said_in": "x"}),
    ("case.kept", {"until": "9999-12-31", "because": "x"}),
    ("case.task", {"kind": "check", "words": "x", "due": "9999-12-31", "desk": ""}),
    ("case.deadline", {"at": "9999-12-31T23:59Z"}),
    ("letter.escalated", {"due": "9999-12-31T23:59Z", "sign": "x", "to": "x", "note": ""}),
    ("letter.proposed", {"id": 7, "language": [], "letter": "", "answer": "", "why": []}),
    ("case.coded-again", {"sample": "x", "codes": 7}),
]  # fmt: skip


def _write(subject: str, kind: str, content: dict[str, Any] | None, **body: Any) -> None:
    from django.db import transaction

    from safelight.casework.projecting import project
    from safelight.journal.chain import append

    with transaction.atomic():
        append(kind, body, subject=subject, content=content)
        project(subject)


@pytest.mark.parametrize("form", ["what-happened", "letter"])
def test_no_entry_hides_a_case_or_a_page(desk: TestDesk, form: str) -> None:
    from safelight.casework.models import Case
    from safelight.casework.projecting import rebuild
    from safelight.casework.team.roles import MAY
    from tests.casework.followup.cases import tables

    known = {kind for kinds in MAY.values() for kind in kinds}
    answers = (
        {"letter": "Мне не с кем поговорить."} if form == "letter" else {"story": "Меня ждали."}
    )
    consent = () if form == "letter" else ("STAT",)
    (case_id,) = desk.take_in(a_report(form=form, answers=answers, consent=consent))
    for kind, content in POISON:
        if kind in known:
            _write(case_id, kind, content)
    _write(case_id, "case.opened", {"purpose": ["x"], "sentence": 1})
    _write("alarm", "alarm.read-in-bulk", None)
    _write("a/b", "case.made", {"report": "{}"})
    _write("place-x", "place.entered", {"helper": "LAWYER"})
    _write("coding-samples", "sample.drawn", {"cases": {"x": "y"}}, sample="a/b", of=1)
    for page in (*PAGES, f"/cases/{case_id}/", f"/cases/{case_id}/follow-up"):
        assert desk.client.get(page).status_code == 200, page
    assert next(iter(answers.values())) in desk.client.get(f"/cases/{case_id}/").text
    found = desk.client.post("/search/", {"query": "ждали"})
    assert found.status_code == 200
    before = (tables(), list(Case.objects.values_list("case_id", "state", "lane", "place")))
    rebuild()
    assert (tables(), list(Case.objects.values_list("case_id", "state", "lane", "place"))) == before


@pytest.mark.parametrize(
    "plain",
    [
        b'{"words":"\\ud800"}',
        b"[" * 60_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a":NaN}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b"\xff\xfe",
        b"[]",
    ],
)
def test_sealed_nonsense_reads_as_nothing(plain: bytes) -> None:
    from safelight.journal.content import (
        ContentKey,
        UnreadableContentError,
        opened_content,
        sealed_content,
    )

    key = ContentKey(KEY, "a1b2c3d4e5f60718", secrets.token_bytes(32))
    fine = sealed_content({"words": "да"}, key, kind="case.told")
    assert opened_content(fine, key, kind="case.told") == {"words": "да"}
    nonce = secrets.token_bytes(12)
    about = b"safelight journal content v1\ncase.told\na1b2c3d4e5f60718"
    sealed = bytes.fromhex(KEY) + nonce + ChaCha20Poly1305(key.secret).encrypt(nonce, plain, about)
    with pytest.raises(UnreadableContentError, match="JSON object"):
        opened_content(sealed, key, kind="case.told")


def test_of_two_reports_for_one_case_the_one_that_can_be_read_stands() -> None:
    from safelight.casework.folding import fold
    from safelight.journal.content import Told
    from tests.casework.followup.test_hostile_entries import entry, made

    genuine = made()
    forged = Told(entry(1, "case.made", "desk-0"), {**(genuine.content or {}), "report": "{}"})
    assert forged.entry.order < genuine.entry.order
    now = fold("a1b2c3d4e5f60718", [forged, genuine])
    assert now is not None
    assert json.loads(now.report)["answers"]


def test_an_order_to_destroy_reaches_cases_only(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.casework import colleagues
    from safelight.journal import content_keys
    from safelight.journal.batch import Batch
    from safelight.journal.chain import append
    from safelight.journal.merging import Taken

    (case_id,) = desk.take_in(a_report())
    with transaction.atomic():
        append("letters.rules", {}, subject="letters-rules", content={"statement": "x"})
        orders = [
            append("case.destroyed", {"why": "retention"}, subject=subject)
            for subject in ("letters-rules", case_id)
        ]
    arrived = Taken(new=tuple(orders))
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(colleagues, "admit", lambda _batch: arrived)
        colleagues.admitted(Batch((), ()))
    assert content_keys.is_destroyed(case_id)
    assert not content_keys.is_destroyed("letters-rules")


def _coded(case_id: str, row: str) -> None:
    _write(case_id, "case.coded", {"codes": {"acts": "FDT"}, "row": row})


@pytest.mark.parametrize("genuine_first", [True, False])
def test_a_row_that_two_cases_claim_belongs_to_the_same_one_everywhere(
    desk: TestDesk, genuine_first: bool
) -> None:
    from safelight.casework.models import Bridge, StatisticalRow
    from safelight.casework.projecting import rebuild

    pair = sorted(desk.take_in(a_report(), a_report(mailbox="1a" * 16)))
    for case_id in pair if genuine_first else reversed(pair):
        _coded(case_id, "ab" * 16)
    assert list(Bridge.objects.values_list("case_id", flat=True)) == pair[:1]
    rebuild()
    assert list(Bridge.objects.values_list("case_id", flat=True)) == pair[:1]
    assert StatisticalRow.objects.count() == 1


def test_a_colleague_who_repeats_the_id_of_an_answer_does_not_keep_it_from_leaving(
    desk: TestDesk,
) -> None:
    from dataclasses import replace

    from safelight.casework.models import Answer
    from safelight.casework.projecting import _project_answers, case_now

    own, theirs = desk.take_in(a_report(), a_report(mailbox="1a" * 16))
    said = {"answer": "ab" * 8, "text": "Да", "status": "", "written": "2026-03-14"}
    _write(own, "case.answered", said)
    now = case_now(own)
    assert now is not None
    forged = replace(now.conversation[0], who="desk-2")
    _project_answers(replace(now, case_id=theirs, conversation=(forged,)))
    row = Answer.objects.get()
    assert (row.case_id, row.desk) == (own, now.conversation[0].who)


def test_a_desk_that_lost_its_role_has_nothing_open(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import opening
    from safelight.casework.team.roles import Role

    (case_id,) = desk.take_in(a_report())
    desk.client.get(f"/cases/{case_id}/")
    assert opening.is_open(case_id)
    assert opening.open_cases() == {case_id}
    monkeypatch.setattr(opening, "own_roles", lambda: frozenset({Role.ANALYST}))
    assert not opening.is_open(case_id)
    assert opening.open_cases() == frozenset()


@pytest.mark.parametrize("ahead", [0, 1, 2**40])
def test_a_clock_at_its_end_silences_nobody(desk: TestDesk, ahead: int) -> None:
    from django.db import transaction

    from safelight.journal.chain import append
    from safelight.journal.entry import LARGEST_CLOCK
    from safelight.journal.models import ChainEnd

    ChainEnd.objects.create(desk="desk-2", seq=1, clock=40, digest="0" * 64)
    with transaction.atomic():
        assert append("desk.simulated", {}).clock > 40, "an honest colleague is counted on from"
    ChainEnd.objects.filter(desk="desk-2").update(clock=LARGEST_CLOCK - ahead)
    with transaction.atomic():
        first = append("desk.simulated", {})
        second = append("desk.simulated", {})
    assert first.clock < second.clock <= LARGEST_CLOCK
