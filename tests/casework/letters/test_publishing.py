"""A redacted letter and its answer are published after two people agreed, and come out again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.casework.letters.writing import (
    ANSWER,
    WORDS,
    a_letter,
    answered_alone,
    letter_at,
)
from tests.casework.test_colleagues import exchange
from tests.support.desk import PASSPHRASE, TestDesk

REDACTED = "Здравствуйте. Живу в [[Самаре]]. Родители нашли мою переписку."
ANSWERED = "Спасибо, что ты пишешь. Тебя не накажут за чувства."


def an_answered_letter(desk: TestDesk, **changes: Any) -> str:
    (case_id,) = desk.take_in(a_letter(**changes))
    answered_alone(case_id)
    return case_id


def propose(case_id: str, letter: str = REDACTED, answer: str = ANSWERED, **why: str) -> Any:
    from safelight.casework.letters.publishing import propose as do

    return do(case_id, letter=letter, answer=answer, why=why)


def agree(case_id: str) -> None:
    from safelight.casework.letters.publishing import agree as do
    from safelight.casework.letters.redaction import digest_of

    proposal = letter_at(case_id).proposal
    do(case_id, proposal=proposal.entry, digest=digest_of(proposal.redacted))


def published() -> Any:
    from safelight.casework.letters.publishing import published_letters

    return published_letters()


def published_by_two(two: Any) -> str:
    desk, _, sit = two
    case_id = an_answered_letter(desk)
    assert propose(case_id) == ()
    exchange(sit)
    sit(2)
    agree(case_id)
    exchange(sit)
    sit(1)
    return case_id


def test_two_people_agree_and_only_what_is_left_is_published(two: Any) -> None:
    _, _, sit = two
    case_id = published_by_two(two)
    seen = []
    for at in (1, 2):
        sit(at)
        seen.append(published())
    assert seen[0] == seen[1]
    (one,) = seen[0]
    assert one.letter == "Здравствуйте. Живу в […]. Родители нашли мою переписку."
    assert (one.answer, one.language) == (ANSWERED, "ru")
    assert one.day == datetime.now(UTC).date().replace(day=1)
    assert case_id not in one.id
    assert len(one.id) == 32
    assert "Самар" not in repr(one)


def test_nobody_is_their_own_second_person_even_alone(desk: TestDesk) -> None:
    from safelight.casework.letters.answering import SecondReaderError

    case_id = an_answered_letter(desk)
    propose(case_id)
    with pytest.raises(SecondReaderError, match="second person"):
        agree(case_id)
    assert published() == ()
    assert "Where there is only one person" in desk.client.get(f"/letters/{case_id}/publish").text


TELLING = [
    ("Мне 16 лет.", "number"),
    ("Звоните ＋７ ９９９ 123", "number"),
    ("пишите kot@example.org", "address"),
    ("мой ник @lisenok", "address"),
    ("vk.com/lis и всё", "address"),
    ("я lis2009", "address"),
    ("Зовут меня Лисёнок.", "name"),
    ("спросите Лисёнка", "name"),
    ("привет от лисенка", "name"),
]


def test_what_points_to_somebody_goes_or_has_a_reason(desk: TestDesk) -> None:
    case_id = an_answered_letter(desk)
    for letter, kind in TELLING:
        stopping = propose(case_id, letter)
        assert {one.kind for one in stopping} == {kind}, letter
    assert letter_at(case_id).proposal is None
    for letter, _kind in TELLING:
        why = {one.words: "так можно" for one in propose(case_id, letter)}
        assert propose(case_id, letter, **why) == ()
        assert letter_at(case_id).proposal.why == why


def test_suggestions_are_never_ticked_and_capitals_only_suggest(desk: TestDesk) -> None:
    case_id = an_answered_letter(desk)
    page = desk.client.get(f"/letters/{case_id}/publish").text
    listed = page.split('id="telltales"')[1]
    for words in ("16", "Самаре", "Лисёнок"):
        assert f'value="{words}"' in listed
    assert "checked" not in listed
    assert propose(case_id, "Живу в Самаре.") == (), "a place is for people to see"


def test_ticking_marks_everywhere_and_shows_what_is_left(desk: TestDesk) -> None:
    case_id = an_answered_letter(desk)
    given = {"letter": WORDS, "answer": ANSWER, "out": ["Лисёнок", "16", "Самаре"], "then": "look"}
    page = desk.client.post(f"/letters/{case_id}/publish", given)
    assert page.status_code == 200
    assert "[[Лисёнок]]" in page.text.split('id="letter"')[1].split("</textarea>")[0]
    assert "[[Лисёнок]]" in page.text.split('id="answer"')[1].split("</textarea>")[0]
    assert "Мне […], живу в […], зовут […]." in page.text.split('id="preview"')[1]
    assert letter_at(case_id).proposal is None


def test_texts_come_back_with_the_reason_and_are_not_lost(desk: TestDesk) -> None:
    case_id = an_answered_letter(desk)
    for letter, why in (("a [[b", "needs one ]]"), ("[[всё]]", "must be left"), ("", "must be")):
        given = {"letter": letter, "answer": ANSWERED, "then": "propose"}
        answer = desk.client.post(f"/letters/{case_id}/publish", given)
        assert answer.status_code == 422
        assert why in answer.text
        assert ANSWERED in answer.text.split('id="answer"')[1]
    given = {"letter": "Мне 16.", "answer": ANSWERED, "then": "propose"}
    answer = desk.client.post(f"/letters/{case_id}/publish", given)
    assert answer.status_code == 422
    assert "must go, or have a reason" in answer.text


def test_without_consent_or_an_answer_there_is_nothing_to_publish(desk: TestDesk) -> None:
    from safelight.casework.letters.publishing import NotPublishableError, publishable

    unanswered, silent = desk.take_in(a_letter(), a_letter(consent=()))
    assert publishable(unanswered).obstacle == "no-answer"
    assert publishable(silent).obstacle == "no-consent"
    for case_id in (unanswered, silent):
        with pytest.raises(NotPublishableError):
            propose(case_id)
    last = datetime.now(UTC).date()
    ended = an_answered_letter(
        desk, written=last - timedelta(days=500),
        consent={"PUBLISH_LETTER": last - timedelta(days=135)},
    )  # fmt: skip
    assert publishable(ended).obstacle == "no-consent"


def test_a_consent_that_ends_or_a_case_that_is_destroyed_takes_it_out(two: Any) -> None:
    from safelight.casework.cases import decide
    from safelight.casework.letters.models import AgreedLetter, LetterLine
    from safelight.casework.withdrawals import destroy_case

    _, _, sit = two
    case_id = published_by_two(two)
    assert len(published()) == 1
    decide(case_id, "case.consent-ended", {"purpose": "PUBLISH_LETTER"})
    assert published() == ()
    exchange(sit)
    sit(2)
    assert published() == ()
    destroy_case(case_id, why="withdrawn", proof="")
    assert not AgreedLetter.objects.exists()
    assert not LetterLine.objects.exists()


def test_anybody_takes_a_letter_out_and_the_undoing_puts_it_back(two: Any) -> None:
    from safelight.casework.letters.publishing import take_out
    from safelight.casework.letters.views import undo_latest
    from safelight.casework.projecting import rebuild

    case_id = published_by_two(two)
    before = published()
    take_out(case_id, why="передумали")
    assert published() == ()
    rebuild()
    assert published() == ()
    from safelight.casework.cases import undoable
    from safelight.casework.folding import entry_name

    latest = undoable(case_id)
    assert latest is not None
    undo_latest(case_id, entry_name(latest.entry))
    assert published() == before
    rebuild()
    assert published() == before


def test_texts_that_are_sent_back_can_be_proposed_again_and_the_published_ones_stay(
    two: Any,
) -> None:
    from safelight.casework.letters.publishing import send_back

    _, _, sit = two
    case_id = published_by_two(two)
    propose(case_id, "Другой текст.")
    assert published()[0].letter != "Другой текст."
    exchange(sit)
    sit(2)
    send_back(case_id, proposal=letter_at(case_id).proposal.entry, remarks="слишком мало")
    exchange(sit)
    sit(1)
    assert letter_at(case_id).proposal is None
    assert published()[0].letter.startswith("Здравствуйте")
    assert "слишком мало" in two[0].client.get(f"/letters/{case_id}/publish").text


def test_a_published_letter_stays_when_its_case_is_put_away(two: Any) -> None:
    from safelight.casework.cases import set_aside
    from safelight.casework.letters.models import LetterLine

    case_id = published_by_two(two)
    set_aside(case_id, "read-not-counted")
    assert not LetterLine.objects.exists()
    assert len(published()) == 1


def test_the_desk_writes_what_the_publication_reads(two: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from safelight.desk.letters_command import letters
    from safelight.publication.letters import read_letters

    desk, _, _ = two
    case_id = published_by_two(two)
    (expected,) = published()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    out = tmp_path / "letters.json"
    arguments = ["--data", str(desk.data), "--out", str(out), "--json"]
    done = CliRunner().invoke(letters, [*arguments, "--passphrase-file", str(passphrase)])
    assert done.exit_code == 0, done.output
    (one,) = read_letters(out.read_bytes())
    assert (one.id, one.letter, one.answer) == (expected.id, expected.letter, expected.answer)
    assert one.month == f"{expected.day:%Y-%m}"
    assert case_id.encode() not in out.read_bytes()
    assert "Самаре".encode() not in out.read_bytes()
