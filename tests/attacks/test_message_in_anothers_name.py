"""Threat: message-in-anothers-name: A server that was taken over, or whoever carries a file, seals
a message or photo to the desks for somebody's mailbox; without the tag that only the twelve words
give it is never shown as the reporter's, and theirs are neither doubled nor moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.attacks.test_bytes_left_after_withdrawal import (
    everything,
    file_of,
    message_of,
    receipt,
    report_with,
    withdraw,
)
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]

FORGED = "приходите завтра к шести"
TRUE = "это написано мной"
TAG = 32


def take_in(desk: TestDesk, *contents: bytes) -> Any:
    from safelight.casework.inbox import take_in

    return take_in([desk.sealed(content) for content in contents])


def page_of(desk: TestDesk, case_id: str) -> str:
    return str(desk.client.get(f"/cases/{case_id}/").text)


def unproven() -> list[Any]:
    from safelight.casework.models import ReceivedEnvelope

    return list(ReceivedEnvelope.objects.filter(reason="not-proven", state="set-aside"))


def said_in(case_id: str) -> list[tuple[str, str]]:
    from safelight.casework.cases import open_case, standing_of

    turns = standing_of(open_case(case_id)).conversation
    return [(turn.kind, turn.text or turn.name) for turn in turns]


def without_tag(content: bytes) -> bytes:
    return content[:-TAG]


def tag_of_another(content: bytes) -> bytes:
    from safelight.sealing.message_tag import tagged

    return tagged(without_tag(content), receipt().message_key)


def key_that_the_server_knows(words: Any) -> Callable[[bytes], bytes]:
    from safelight.sealing.message_tag import tagged

    # All that a server is ever shown of a receipt, used as if it were the key.
    known = (words.auth_key, words.verifier, words.withdrawal_proof, words.mailbox_id)
    assert words.message_key not in known
    return lambda content: tagged(without_tag(content), words.auth_key)


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "made by the server": without_tag,
    "with a tag of zeros": lambda content: without_tag(content) + bytes(TAG),
    "with the tag of another receipt": tag_of_another,
    "altered, under the old tag": lambda content: content.replace(b"2026-03-20", b"2026-03-21"),
    "cut off": lambda content: content[:-1],
    "lengthened": lambda content: content + content[-TAG:],
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", ["message", "file"])
def test_what_the_reporter_did_not_make_is_kept_apart_and_never_in_the_conversation(
    desk: TestDesk, attack: str, kind: str
) -> None:
    from safelight.casework.models import Case
    from safelight.journal.chain import entries

    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    content = message_of(words, FORGED) if kind == "message" else file_of(words, FORGED, b"x" * 99)
    attacked = ATTACKS[attack](content)
    arrivals = take_in(desk, attacked)
    # A message with bytes too many or too few is not even one; a file may be any bytes.
    broken = kind == "message" and attack in {"cut off", "lengthened"}
    assert (arrivals.added, arrivals.unproven, arrivals.set_aside) == (0, not broken, broken)
    assert said_in(case_id) == []
    assert [e.kind for e in entries(subject=case_id)] == ["case.made"], "nor in any journal"
    assert not Case.objects.get().has_news
    page = page_of(desk, case_id)
    assert FORGED not in page
    assert ("Not proven to be from the reporter (1)" in page) == (not broken)
    # The true one beside it is shown, once, as what it is.
    assert take_in(desk, content).added == 1
    assert said_in(case_id) == [(kind, FORGED)]


def test_nothing_the_server_is_shown_of_a_receipt_makes_a_tag(desk: TestDesk) -> None:
    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    forged = key_that_the_server_knows(words)(message_of(words, FORGED))
    assert take_in(desk, forged).unproven == 1
    assert said_in(case_id) == []


def test_it_can_be_looked_at_apart_with_a_warning_and_saved_as_what_it_is(desk: TestDesk) -> None:
    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    photo = b"\xff\xd8" + bytes(range(256))
    take_in(
        desk, without_tag(message_of(words, FORGED)), tag_of_another(file_of(words, "f", photo))
    )
    shown = {}
    for envelope in unproven():
        assert f"/cases/{case_id}/unproven/{envelope.digest}" in page_of(desk, case_id)
        page = desk.client.get(f"/cases/{case_id}/unproven/{envelope.digest}").text
        assert "This may come from somebody else" in page
        shown[FORGED in page] = envelope.digest
    assert set(shown) == {True, False}
    saved = desk.client.post(f"/cases/{case_id}/unproven/{shown[False]}")
    assert saved.content[: len(photo)] == photo
    assert "unproven-f.untrusted" in saved["Content-Disposition"]
    # By no other case's address, and not by the way of the reporter's own files.
    (other,) = desk.take_in(report_with(receipt()))
    assert desk.client.get(f"/cases/{other}/unproven/{shown[True]}").status_code == 404
    assert desk.client.post(f"/cases/{case_id}/files/{shown[False]}").status_code == 404


def test_what_comes_before_its_report_waits_and_only_the_true_one_is_shown(desk: TestDesk) -> None:
    from safelight.casework.models import Case

    words = receipt()
    true, forged = message_of(words, TRUE), without_tag(message_of(words, FORGED))
    assert take_in(desk, forged, true).cases == 0
    arrivals = take_in(desk, report_with(words).to_bytes())
    assert (arrivals.cases, arrivals.added, arrivals.unproven) == (1, 1, 1)
    assert said_in(Case.objects.get().case_id) == [("message", TRUE)]


def test_a_forged_report_of_the_same_mailbox_catches_no_message(desk: TestDesk) -> None:
    from safelight.casework.models import Case

    words, server = receipt(), receipt()
    # The server holds the true report back and makes one of its own, with its own key in it.
    own = report_with(
        words, message_key=server.message_key.hex(), reply_to=server.reply_recipient().encode()
    )
    (forged_case,) = desk.take_in(own)
    assert take_in(desk, message_of(words, TRUE)).unproven == 1
    assert said_in(forged_case) == []
    # When the true report comes, what waited is proven after all.
    arrivals = take_in(desk, report_with(words).to_bytes())
    assert (arrivals.cases, arrivals.added) == (1, 1)
    true_case = Case.objects.exclude(case_id=forged_case).get().case_id
    assert said_in(true_case) == [("message", TRUE)]
    assert said_in(forged_case) == []
    assert unproven() == []


def test_the_same_content_in_a_new_envelope_is_not_said_twice(desk: TestDesk) -> None:
    from safelight.casework.models import Case
    from safelight.journal.chain import entries

    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    said = message_of(words, TRUE)
    # Who once saw the content (a server that sealed it without a script) seals it again.
    added = [take_in(desk, said).added for _ in range(4)]
    assert added == [1, 0, 0, 0]
    assert said_in(case_id) == [("message", TRUE)]
    assert [e.kind for e in entries(subject=case_id)].count("case.message") == 1
    # A desk that decided since then is not woken by an echo.
    desk.client.post(f"/cases/{case_id}/set-aside", {"reason": "test"})
    take_in(desk, said)
    assert not Case.objects.get().has_news


def test_an_envelope_listed_again_under_another_mailbox_or_id_changes_nothing(
    desk: TestDesk,
) -> None:
    from safelight.casework.inbox import fetch
    from tests.casework.test_conversation import Pretend, named
    from tests.casework.test_mail_server import answering

    words, other = receipt(), receipt()
    mine, theirs = desk.take_in(report_with(words), report_with(other))
    sealed = desk.sealed(message_of(words, TRUE))
    for mailbox, count in ((words, 1), (words, 3), (other, 2)):
        server = Pretend(named(*[sealed] * count), mailbox=mailbox.mailbox_id.hex())
        with answering(server) as (address, _):
            fetch(address)
    assert said_in(mine) == [("message", TRUE)]
    assert said_in(theirs) == []


def test_a_tag_is_good_for_its_own_mailbox_only(desk: TestDesk) -> None:
    from safelight.sealing.message_tag import tagged
    from safelight.vocabulary.messages import Message

    words, other = receipt(), receipt()
    _, theirs = desk.take_in(report_with(words), report_with(other))
    message = Message(
        mailbox=other.mailbox_id.hex(),
        written=date(2026, 3, 20),
        language="ru",
        sealed_by="browser",
        text=FORGED,
    )
    # Somebody with a receipt of their own writes into another person's case.
    assert take_in(desk, tagged(message.to_bytes(), words.message_key)).unproven == 1
    assert said_in(theirs) == []


def test_after_a_report_without_a_key_nobody_can_prove_anything(desk: TestDesk) -> None:
    words = receipt()
    (case_id,) = desk.take_in(report_with(words, message_key=None))
    assert take_in(desk, message_of(words, TRUE)).unproven == 1
    empty = hashlib.sha256(without_tag(message_of(words, FORGED))).digest()
    from safelight.sealing.message_tag import tag_of

    forged = without_tag(message_of(words, FORGED)) + tag_of(b"", empty)
    assert take_in(desk, forged).unproven == 1, "no key is not the empty key"
    assert said_in(case_id) == []


def test_a_withdrawal_destroys_also_what_was_kept_apart(desk: TestDesk) -> None:
    from safelight.casework.models import ReceivedEnvelope

    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    take_in(desk, without_tag(message_of(words, FORGED)))
    (kept,) = unproven()
    withdraw(words)
    assert ReceivedEnvelope.objects.get(digest=kept.digest).state == "destroyed"
    assert desk.client.get(f"/cases/{case_id}/unproven/{kept.digest}").status_code == 404
    assert FORGED.encode() not in everything(desk)


def test_thousands_of_forged_messages_do_not_make_a_page_of_thousands(desk: TestDesk) -> None:
    words = receipt()
    (case_id,) = desk.take_in(report_with(words))
    take_in(desk, *[without_tag(message_of(words, f"{FORGED} {n}")) for n in range(25)])
    page = page_of(desk, case_id)
    assert "Not proven to be from the reporter (25)" in page
    assert page.count("Look at it apart") == 20
    assert "Only the newest are listed here." in page
