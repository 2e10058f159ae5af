"""A letter is answered by one person, read by a second, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.casework.letters.writing import (
    ANSWER,
    a_letter,
    answered,
    answered_alone,
    begin_shift,
    letter_at,
    policy,
    sent,
)
from tests.casework.test_colleagues import exchange, send
from tests.support.desk import TestDesk, a_report


def lines() -> list[dict[str, Any]]:
    from safelight.casework.letters.models import AgreedLetter, LetterLine

    return [
        *LetterLine.objects.order_by("case_id").values(),
        *AgreedLetter.objects.order_by("case_id").values(),
    ]


def test_letters_wait_in_the_queue_whatever_lane_and_reports_do_not(desk: TestDesk) -> None:
    calm, urgent, _report = desk.take_in(
        a_letter(),
        a_letter(answers={"letter": "x", "danger": "NOW"}),
        a_report(),
    )
    page = desk.client.get("/letters/").text
    found = page.split('id="waiting"')[1]
    assert found.index(urgent) < found.index(calm)
    assert len(lines()) == 2


def test_an_answer_goes_out_after_a_second_person_agreed(two: Any) -> None:
    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    exchange(sit)
    sit(1)

    def read() -> None:
        exchange(sit)
        sit(2)

    def write() -> None:
        exchange(sit)
        sit(1)

    answered(case_id, reads=read, writes=write)
    letter = letter_at(case_id)
    assert letter.state == "answered"
    assert [remark.desk for remark in letter.remarks] == ["desk-2"]
    assert sent() == 1
    exchange(sit)
    seen = []
    for at in (1, 2):
        sit(at)
        seen.append((lines(), letter_at(case_id)))
        from safelight.casework.projecting import case_now

        now = case_now(case_id)
        assert now is not None
        assert [(turn.text, turn.state) for turn in now.conversation] == [(ANSWER, "sent")]
    assert seen[0] == seen[1]


def test_nobody_reads_their_own_draft_unless_it_is_signed(desk: TestDesk) -> None:
    from safelight.casework.letters import answering

    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    entry = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=entry, policy=policy())
    with pytest.raises(answering.SecondReaderError, match="cannot be its second reader"):
        answering.approve(case_id, entry=entry, policy=policy())
    expired = {"issued": "2026-01-01", "expires": "2026-01-02"}
    with pytest.raises(answering.SecondReaderError):
        answering.approve(case_id, entry=entry, policy=policy(second_reader="author", **expired))
    answering.approve(case_id, entry=entry, policy=policy(second_reader="author"))
    letter = letter_at(case_id)
    assert letter.state == "approved"
    assert [(r.desk, r.alone) for r in letter.remarks] == [("desk-1", True)]


def test_words_to_a_letter_do_not_go_round_the_second_reader(desk: TestDesk) -> None:
    from safelight.casework.answers import LetterError, write_answer

    letter, report = desk.take_in(a_letter(), a_letter(form="what-happened", answers={"story": "x"},
                                                       consent=("STAT",)))  # fmt: skip
    with pytest.raises(LetterError, match="second person"):
        write_answer(letter, text="quick", status="")
    answer = desk.client.post(f"/cases/{letter}/answer", {"text": "quick"})
    assert answer.status_code == 400
    assert (
        "<textarea" not in desk.client.get(f"/cases/{letter}/").text.split('id="conversation"')[1]
    )
    write_answer(letter, text="", status="received")
    assert letter_at(letter).state == "waiting", "a status alone answers nothing"
    write_answer(report, text="quick", status="")


def test_of_two_who_take_one_letter_the_same_gets_it_everywhere_and_no_draft_is_lost(
    two: Any,
) -> None:
    from safelight.casework.letters import answering

    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    exchange(sit)
    for at in (1, 2):
        sit(at)
        begin_shift()
        answering.take(case_id, seen_with="", policy=policy())
        answering.draft(case_id, text=f"{ANSWER} {at}", status="")
    exchange(sit)
    seen = []
    for at in (1, 2):
        sit(at)
        letter = letter_at(case_id)
        seen.append((letter, lines()))
        assert {draft.text for draft in letter.drafts} == {f"{ANSWER} 1", f"{ANSWER} 2"}
        assert len(letter.passed_over) == 1
    assert seen[0] == seen[1]
    loser = 2 if seen[0][0].holder == "desk-1" else 1
    sit(loser)
    with pytest.raises(answering.LetterStateError, match="not with you"):
        answering.offer(case_id, entry=letter.drafts[-1].entry, policy=policy())
    assert "passed over" in desk.client.get(f"/letters/{case_id}/").text


def test_only_the_very_draft_that_was_read_goes_out(two: Any) -> None:
    from safelight.casework.letters import answering

    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    first = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=first, policy=policy())
    exchange(sit)
    sit(1)
    newer = answering.draft(case_id, text="нечто другое", status="")
    sit(2)
    begin_shift()
    answering.approve(case_id, entry=first, policy=policy())  # has not heard of the newer one
    exchange(sit)
    for at in (1, 2):
        sit(at)
        assert letter_at(case_id).approved == ""
    sit(1)
    with pytest.raises(answering.LetterStateError, match="not approved"):
        answering.put_on_its_way(case_id, entry=newer)
    with pytest.raises(answering.LetterStateError, match="not approved"):
        answering.put_on_its_way(case_id, entry=first)


def test_a_draft_comes_back_with_remarks_and_goes_again(two: Any) -> None:
    from safelight.casework.letters import answering

    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    entry = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=entry, policy=policy())
    exchange(sit)
    sit(2)
    begin_shift()
    with pytest.raises(answering.LetterStateError, match="note of 1"):
        answering.give_back(case_id, entry=entry, remarks=" ", policy=policy())
    answering.give_back(case_id, entry=entry, remarks="Мягче.", policy=policy())
    exchange(sit)
    sit(1)
    letter = letter_at(case_id)
    assert (letter.state, [r.text for r in letter.remarks]) == ("in-work", ["Мягче."])
    page = desk.client.get(f"/letters/{case_id}/").text
    assert "Мягче." in page
    assert ANSWER in page
    with pytest.raises(answering.LetterStateError, match="reload"):
        answering.approve(case_id, entry=entry, policy=policy(second_reader="author"))


def test_a_letter_handed_over_as_urgent_stands_first_with_its_drafts(two: Any) -> None:
    from safelight.casework.letters import answering

    desk, _, sit = two
    first, second = desk.take_in(a_letter(answers={"letter": "x", "danger": "NOW"}), a_letter())
    begin_shift()
    answering.take(second, seen_with="", policy=policy())
    answering.draft(second, text=ANSWER, status="")
    with pytest.raises(answering.LetterStateError, match="one of the desks"):
        answering.hand_over(second, to="desk-9", urgent=True, note="")
    answering.hand_over(second, to="", urgent=True, note="ждёт ответа сегодня")
    exchange(sit)
    sit(2)
    page = desk.client.get("/letters/").text.split('id="waiting"')[1]
    assert page.index(second) < page.index(first)
    begin_shift()
    desk.client.post(f"/letters/{second}/take", {"from": ""})
    page = desk.client.get(f"/letters/{second}/").text
    assert "ждёт ответа сегодня" in page
    assert "Begins with the draft of desk-1" in " ".join(page.split())
    assert ANSWER in page.split('id="text"')[1]


def test_a_letter_can_be_taken_over_only_from_whoever_the_page_showed(two: Any) -> None:
    from safelight.casework.letters import answering

    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    exchange(sit)
    sit(2)
    begin_shift()
    with pytest.raises(answering.LetterStateError, match="meanwhile"):
        answering.take(case_id, seen_with="", policy=policy())
    answering.take(case_id, seen_with="desk-1", policy=policy())
    assert letter_at(case_id).holder == "desk-2"
    send(sit, 2, 1)
    sit(1)
    assert letter_at(case_id).holder == "desk-2"


def test_each_decision_can_be_undone_until_the_answer_has_left(desk: TestDesk) -> None:
    from safelight.casework.letters import answering

    alone = policy(second_reader="author")
    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=alone)
    entry = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=entry, policy=alone)
    answering.approve(case_id, entry=entry, policy=alone)
    answering.put_on_its_way(case_id, entry=entry)
    states = [letter_at(case_id).state]
    for _step in range(5):
        page = desk.client.get(f"/letters/{case_id}/").text
        name = page.split('name="entry" value="')[1].split('"')[0]
        assert desk.client.post(f"/letters/{case_id}/undo", {"entry": name}).status_code == 302
        states.append(letter_at(case_id).state)
    assert states == ["answered", "approved", "to-read", "in-work", "in-work", "waiting"]
    stale = desk.client.post(f"/letters/{case_id}/undo", {"entry": name})
    assert stale.status_code == 409


def test_a_new_message_asks_for_an_answer_again(desk: TestDesk) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.letters.models import LetterLine
    from safelight.sealing.receipt import Receipt
    from tests.attacks.test_bytes_left_after_withdrawal import message_of

    words = Receipt.generate()
    (case_id,) = desk.take_in(a_letter(words))
    answered_alone(case_id)
    assert LetterLine.objects.get().state == "answered"
    take_in([desk.sealed(message_of(words, "спасибо, но"))])
    line = LetterLine.objects.get()
    assert (line.state, line.has_news) == ("in-work", True)
    assert letter_at(case_id).latest is None, "the draft that left is not offered again"


def test_a_draft_that_is_too_long_or_refused_comes_back_as_typed(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    desk.client.post(f"/letters/{case_id}/take", {"from": ""})
    long = "слово " * 40_000
    answer = desk.client.post(f"/letters/{case_id}/draft", {"text": long})
    assert answer.status_code == 422
    assert answer.text.count("слово") > 39_000
    assert desk.client.post(f"/letters/{case_id}/draft", {"text": " "}).status_code == 422
    assert letter_at(case_id).drafts == ()


def test_the_tables_of_letters_are_made_anew_and_are_the_same(desk: TestDesk) -> None:
    from safelight.casework.letters import answering
    from safelight.casework.letters.models import LetterLine
    from safelight.casework.projecting import rebuild

    first, _second = desk.take_in(a_letter(), a_letter())
    begin_shift()
    answering.take(first, seen_with="", policy=policy())
    before = lines()
    LetterLine.objects.update(holder="somebody")
    assert lines() != before
    rebuild()
    assert lines() == before
