"""The desk's half of the conversation: messages, files, answers, withdrawals, over a server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import (
    file_of,
    message_of,
    receipt,
    report_with,
    said,
)
from tests.casework.test_mail_server import a_list, answering
from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]


@dataclass
class Pretend:
    """A server in memory: envelopes, withdrawals, and what it was sent."""

    envelopes: dict[str, bytes] = field(default_factory=dict)
    withdrawals: list[tuple[str, str]] = field(default_factory=list)
    mailbox: str = ""
    answered: list[str] = field(default_factory=list)
    status: int = 201
    tamper: Callable[[bytes], bytes] = bytes
    acknowledged: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str) -> tuple[int, bytes]:
        if path.startswith("/collect?"):
            listed = a_list(
                *self.envelopes, sealed=self.envelopes, withdrawals=tuple(self.withdrawals)
            )
            return 200, listed.replace(("0f" * 16).encode(), self.mailbox.encode())
        if path.startswith("/collect/answer/"):
            self.answered.append(path.rsplit("/", 1)[1])
            return self.status, b"{}"
        if method == "POST":
            self.acknowledged += list(self.envelopes)
            return 200, b"{}"
        return 200, self.tamper(self.envelopes[path.rsplit("/", 1)[1].removesuffix("?part=0")])


def named(*sealed: bytes) -> dict[str, bytes]:
    return {f"{number:016x}": one for number, one in enumerate(sealed)}


def test_report_message_and_file_come_as_one_conversation(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.models import Case

    words = receipt()
    photo = b"\xff\xd8" + bytes(range(256)) * 20
    server = Pretend(
        # In the wrong order: the file comes before its report.
        named(
            desk.sealed(file_of(words, "фото.jpg", photo)),
            desk.sealed(report_with(words, answers={"story": "начало"})),
            desk.sealed(message_of(words, "продолжение")),
        ),
        mailbox=words.mailbox_id.hex(),
    )
    with answering(server) as (address, _):
        arrivals = fetch(address)
    assert (arrivals.cases, arrivals.added, len(server.acknowledged)) == (1, 2, 3)
    case = Case.objects.get()
    assert case.has_news
    page = desk.client.get(f"/cases/{case.case_id}/").text
    assert "продолжение" in page
    assert "фото.jpg" in page
    assert "hidden details were removed" in page
    assert "new message" in desk.client.get("/cases/").text
    digest = hashlib.sha256(server.envelopes["0" * 16]).hexdigest()
    saved = desk.client.post(f"/cases/{case.case_id}/files/{digest}")
    assert saved.content == photo
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment; filename*=UTF-8''from-reporter-")
    assert saved["Content-Disposition"].endswith(".jpg.untrusted")
    assert "sandbox" in saved["Content-Security-Policy"]
    assert desk.client.get(f"/cases/{case.case_id}/files/{digest}").status_code == 405
    assert desk.client.post(f"/cases/{case.case_id}/files/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("photo.jpg", "from-reporter-photo.jpg.untrusted"),
        ("run.desktop", "from-reporter-run.desktop.untrusted"),
        ("a\u202egpj.exe", "from-reporter-a_gpj.exe.untrusted"),
        ("x\r\nSet-Cookie: a=b", "from-reporter-x__Set-Cookie_ a_b.untrusted"),
        ("..", "from-reporter-.untrusted"),
        ('"; filename="x.exe', "from-reporter-__ filename__x.exe.untrusted"),
    ],
)
def test_a_saved_file_says_in_its_name_that_it_is_a_strangers(name: str, saved: str) -> None:
    from safelight.casework.conversation_views import saved_name

    assert saved_name(name) == saved


def test_an_answer_waits_can_be_undone_and_leaves_sealed_to_its_reader(desk: TestDesk) -> None:
    from safelight.casework.answers import _prepared
    from safelight.casework.inbox import fetch
    from safelight.casework.models import Answer
    from safelight.sealing.opening import HybridIdentity, open_bytes
    from safelight.vocabulary.messages import DeskAnswer

    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    desk.client.post(f"/cases/{case_id}/answer", {"text": "поспешный ответ", "status": ""})
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "waits to be sent" in page
    undo = page.split('name="entry" value="')[1].split('"')[0]
    desk.client.post(f"/cases/{case_id}/undo", {"entry": undo})
    assert not Answer.objects.exists()
    assert "поспешный ответ" not in desk.client.get(f"/cases/{case_id}/").text
    desk.client.post(f"/cases/{case_id}/answer", {"text": "хороший ответ", "status": "in-work"})
    answer_id = Answer.objects.get().answer_id
    prepared = _prepared(answer_id, case_id)
    assert prepared is not None
    reader = HybridIdentity.from_seed(words.reply_seed)
    read = DeskAnswer.parse(open_bytes(prepared[1], [reader]))
    assert (read.text, read.status, read.desk) == ("хороший ответ", "in-work", "desk-1")
    server = Pretend(mailbox="0f" * 16)
    with answering(server) as (address, _):
        assert fetch(address).sent == 1
        assert fetch(address).sent == 0
    assert server.answered == [words.mailbox_id.hex()]
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "<strong>sent</strong>" in page
    assert "Undo: do not send" not in page


def test_the_same_bytes_are_posted_again_when_the_line_broke(desk: TestDesk) -> None:
    from safelight.casework.answers import _prepared, send_waiting, write_answer
    from safelight.casework.mail_server import MailServerError
    from safelight.casework.models import SealedAnswer

    (case_id,) = desk.take_in(report_with(receipt()))
    answer_id = write_answer(case_id, text="ответ", status="")
    posted: list[bytes] = []

    class Line:
        broken = True

        def post_answer(self, mailbox: str, sealed: bytes) -> str:
            posted.append(sealed)
            if self.broken:
                raise MailServerError("the line broke")
            return "kept"

    line = Line()
    with pytest.raises(MailServerError):
        send_waiting(line)
    line.broken = False
    assert send_waiting(line) == 1
    assert posted[0] == posted[1]
    assert not SealedAnswer.objects.exists()
    assert _prepared(answer_id, case_id) is not None, "the words stay in the case"
    assert send_waiting(line) == 0


@pytest.mark.parametrize(("status", "outcome"), [(404, "refused"), (410, "refused")])
def test_an_answer_that_cannot_be_delivered_is_said_so(
    desk: TestDesk, status: int, outcome: str
) -> None:
    from safelight.casework.answers import write_answer
    from safelight.casework.inbox import fetch
    from safelight.casework.models import Answer

    (case_id,) = desk.take_in(report_with(receipt()))
    write_answer(case_id, text="ответ", status="")
    server = Pretend(mailbox="0f" * 16, status=status)
    with answering(server) as (address, _):
        assert fetch(address).sent == 0
    assert Answer.objects.get().state == outcome
    assert "not delivered" in desk.client.get(f"/cases/{case_id}/").text


def test_what_is_too_long_or_empty_is_given_back_and_not_lost(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(report_with(receipt()))
    long = "ы" * 15_000
    refused = desk.client.post(f"/cases/{case_id}/answer", {"text": long, "status": ""})
    assert refused.status_code == 422
    assert long in refused.text
    assert desk.client.post(f"/cases/{case_id}/answer", {"text": " "}).status_code == 422
    only_status = desk.client.post(f"/cases/{case_id}/answer", {"status": "received"})
    assert only_status.status_code == 302


def test_without_a_receipt_there_is_no_way_back_and_the_page_says_so(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_report(mailbox=None))
    assert "no way to answer" in desk.client.get(f"/cases/{case_id}/").text
    answer = desk.client.post(f"/cases/{case_id}/answer", {"text": "x"})
    assert answer.status_code == 400


def test_a_withdrawal_reaches_the_desk_with_the_next_fetch(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.models import Case

    words = receipt()
    (case_id,) = desk.take_in(report_with(words, answers={"story": "тайна"}))
    one = said(words)
    server = Pretend(withdrawals=[(one.mailbox, one.proof)], mailbox="0f" * 16)
    with answering(server) as (address, asked):
        assert fetch(address).destroyed == 1
        assert fetch(address).destroyed == 0, "said again, nothing is left to destroy"
    assert asked.count("POST /collect/acknowledge") == 2
    assert Case.objects.get().state == "withdrawn"
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "тайна" not in page
    assert "took this report back" in page
    assert "1 case was withdrawn" in desk.client.get("/cases/?found=0&destroyed=1").text


@pytest.mark.parametrize("kind", ["report", "message", "file"])
def test_nothing_is_put_into_another_persons_case(desk: TestDesk, kind: str) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.models import Case, ReceivedEnvelope

    mine, theirs = receipt(), receipt()
    (case_id,) = desk.take_in(report_with(theirs))
    inside: dict[str, Any] = {
        "report": report_with(theirs).to_bytes(),
        "message": message_of(theirs, "подброшено"),
        "file": file_of(theirs, "подброшено", b"x"),
    }
    # Laid into the attacker's own mailbox, naming the other person's inside.
    server = Pretend(named(desk.sealed(inside[kind])), mailbox=mine.mailbox_id.hex())
    with answering(server) as (address, _):
        arrivals = fetch(address)
    assert "подброшено" not in desk.client.get(f"/cases/{case_id}/").text
    if kind == "report":
        new = Case.objects.exclude(case_id=case_id).get()
        assert (arrivals.cases, new.mailbox) == (1, "")
        page = desk.client.get(f"/cases/{new.case_id}/").text
        assert "another mailbox" in page
        assert "no way to answer" in page
    else:
        assert arrivals.set_aside == 1
        assert ReceivedEnvelope.objects.get(state="set-aside").reason == "another-mailbox"


def test_only_the_latest_decision_can_be_undone(desk: TestDesk) -> None:
    from safelight.casework.models import Case

    (case_id,) = desk.take_in(a_report())
    desk.client.post(f"/cases/{case_id}/lane", {"lane": "letters"})
    first = desk.client.get(f"/cases/{case_id}/").text.split('name="entry" value="')[1]
    desk.client.post(f"/cases/{case_id}/set-aside", {"reason": "duplicate"})
    stale = desk.client.post(f"/cases/{case_id}/undo", {"entry": first.split('"')[0]})
    assert stale.status_code == 400
    for state, lane in (("new", "letters"), ("new", "reports")):
        page = desk.client.get(f"/cases/{case_id}/").text
        entry = page.split('name="entry" value="')[1].split('"')[0]
        desk.client.post(f"/cases/{case_id}/undo", {"entry": entry})
        case = Case.objects.get()
        assert (case.state, case.lane) == (state, lane)
    assert 'name="entry"' not in desk.client.get(f"/cases/{case_id}/").text
