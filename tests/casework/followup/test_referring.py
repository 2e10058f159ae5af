"""Referral: under which consent, to whom, exactly what, sealed so that only they can open it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.casework.followup.cases import (
    SHARE,
    a_place,
    act,
    days,
    follow_up,
    refer,
    reportable,
    said,
    sent_file,
)
from tests.support.desk import TestDesk

STORY = "Меня заманили на встречу."


def words_of() -> Any:
    from safelight.sealing.receipt import Receipt

    return Receipt.generate()


def identity() -> tuple[str, Any]:
    """A receiver's recipient, and what opens a file for them."""
    from safelight.sealing.opening import HybridIdentity, open_stream
    from safelight.sealing.recipients import HybridRecipient

    seed = b"\x07" * 32

    def opens(sealed: bytes) -> bytes:
        inner = io.BytesIO()
        open_stream(io.BytesIO(sealed), inner, [HybridIdentity(seed)], padded=True)
        return inner.getvalue()

    return HybridRecipient.from_seed(seed).encode(), opens


def test_only_the_named_parts_go_word_for_word(desk: TestDesk) -> None:
    words = words_of()
    (case_id,) = desk.take_in(reportable(words))
    said(desk, words, "Это только вам: лиловый шарф.")
    act(desk, case_id, "contact", codes=["NEVER_CALL"], words="код: синяя лампа")
    entry = refer(case_id, a_place(), "answer:story", note="Срочно до пятницы")
    (referral,) = follow_up(case_id).referrals
    assert referral.entry == entry
    assert STORY in referral.text
    assert "Срочно до пятницы" in referral.text
    assert referral.text.startswith("Передача дела\n")
    assert "никогда не звонить" in referral.text, "how one may write goes along always"
    for kept in ("лиловый шарф", "синяя лампа", "свидание", case_id, words.mailbox_id.hex()):
        assert kept not in referral.text, kept
    page = desk.client.get(f"/cases/{case_id}/referrals/{entry}").text
    assert STORY in page.split("<pre")[1].split("</pre>")[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"consent": "EVIDENCE"}, "no consent that holds"),
        ({"consent": ""}, "no consent that holds"),
        ({"is_named": False}, "must be told who"),
        ({"part_names": ("answer:nothing",)}, "nothing is named"),
        ({"place_id": "place-0000000000000000"}, "not in the directory"),
        ({"note": "x" * 2001}, "got 2001"),
    ],
)
def test_without_consent_name_or_parts_nothing_is_referred(
    desk: TestDesk, changes: dict[str, Any], why: str
) -> None:
    from safelight.casework.followup.rules import FollowUpError

    (case_id,) = desk.take_in(reportable(words_of()))
    place = a_place()
    with pytest.raises(FollowUpError, match=why):
        refer(case_id, changes.pop("place_id", place), **changes)
    assert follow_up(case_id).referrals == ()
    assert refer(case_id, place)


def test_a_sealed_sheet_opens_for_its_receiver_alone(desk: TestDesk) -> None:
    from safelight.sealing.padding import FILE_SIZES

    recipient, opens = identity()
    (case_id,) = desk.take_in(reportable(words_of()))
    entry = refer(case_id, a_place(recipient=recipient))
    page = f"/cases/{case_id}/referrals/{entry}"
    answer = desk.client.post(f"{page}/hand-over", {"how": "sealed"})
    assert answer.headers["Content-Disposition"].endswith("referral.txt.age")
    assert STORY.encode() not in answer.content
    assert len(answer.content) in FILE_SIZES
    (referral,) = follow_up(case_id).referrals
    assert opens(answer.content).decode() == referral.text
    assert referral.handed == ("sealed",)


def test_files_go_along_in_one_sealed_archive_marked_as_a_strangers(desk: TestDesk) -> None:
    recipient, opens = identity()
    words = words_of()
    (case_id,) = desk.take_in(reportable(words))
    sent_file(desk, words, "../снимок.jpg", b"pixels")
    sent_file(desk, words, "other.jpg", b"not this one")
    from safelight.casework.projecting import case_now

    now = case_now(case_id)
    assert now is not None
    first = now.conversation[0].key
    entry = refer(case_id, a_place(recipient=recipient), "answer:story", f"file:{first}")
    answer = desk.client.post(f"/cases/{case_id}/referrals/{entry}/hand-over", {"how": "sealed"})
    with zipfile.ZipFile(io.BytesIO(opens(answer.content))) as archive:
        names = archive.namelist()
        assert names == ["referral.txt", "0-from-reporter-снимок.jpg.untrusted"]
        assert archive.read(names[1]) == b"pixels"


def test_what_came_of_it_is_noted_and_undone(desk: TestDesk) -> None:
    from safelight.casework.cases import undo, undoable
    from safelight.casework.folding import entry_name

    (case_id,) = desk.take_in(reportable(words_of()))
    entry = refer(case_id, a_place())
    page = f"/cases/{case_id}/referrals/{entry}"
    desk.client.post(f"{page}/hand-over", {"how": "printed"})
    wrong = desk.client.post(f"{page}/outcome", {"outcome": "NOT_HANDED"})
    assert wrong.status_code == 422
    assert "handed over already" in wrong.text
    desk.client.post(f"{page}/outcome", {"outcome": "DECLINED", "words": "нет мест"})
    desk.client.post(f"{page}/outcome", {"outcome": "HELPED", "words": ""})
    assert follow_up(case_id).referrals[0].outcome == "HELPED"
    latest = undoable(case_id)
    assert latest is not None
    undo(case_id, entry_name(latest.entry))
    assert follow_up(case_id).referrals[0].outcome == "DECLINED"
    assert "нет мест" in desk.client.get(page).text


def test_a_referral_that_was_not_handed_over_can_be_taken_back(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(reportable(words_of()))
    entry = refer(case_id, a_place())
    page = f"/cases/{case_id}/referrals/{entry}"
    desk.client.post(f"{page}/outcome", {"outcome": "NOT_HANDED"})
    assert desk.client.post(f"{page}/hand-over", {"how": "printed"}).status_code == 422
    assert follow_up(case_id).referrals[0].handed == ()


def test_that_nothing_was_referred_is_noted_with_its_reason(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(reportable(words_of(), consent=()))
    given = {"helper": "SHELTER", "why": "NO_CONSENT", "words": "не хочет уезжать"}
    desk.client.post(f"/cases/{case_id}/referrals/refused", given)
    page = desk.client.get(f"/cases/{case_id}/referrals").text
    assert "shelter: the person did not agree. не хочет уезжать" in page


def test_a_consent_said_in_a_message_covers_a_referral(desk: TestDesk) -> None:
    from safelight.casework.projecting import case_now

    words = words_of()
    (case_id,) = desk.take_in(reportable(words, consent=("STAT",)))
    place = a_place()
    page = f"/cases/{case_id}/referrals?place={place}"
    assert "No consent that holds today" in desk.client.get(page).text
    said(desk, words, "Да, передайте юристу.")
    now = case_now(case_id)
    assert now is not None
    act(desk, case_id, "consent", purpose=SHARE, years="1", said_in=now.conversation[0].key)
    assert 'name="parts"' in desk.client.get(page).text
    assert refer(case_id, place)


def test_the_form_shows_again_what_was_ticked_when_it_is_refused(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(reportable(words_of()))
    given = {"place": a_place(), "consent": SHARE, "parts": ["answer:story"], "note": "слово"}
    answer = desk.client.post(f"/cases/{case_id}/referrals", given)
    assert answer.status_code == 422
    assert 'value="answer:story" checked' in answer.text
    assert "слово</textarea>" in answer.text
    assert (
        desk.client.post(f"/cases/{case_id}/referrals", given | {"named": "on"}).status_code == 302
    )


def test_the_directory_is_kept_changed_and_put_back(desk: TestDesk) -> None:
    from safelight.casework.followup.places import one_place, places

    recipient, _ = identity()
    place = a_place(recipient=f"{recipient[:900]}\n{recipient[900:]}")
    assert one_place(place).recipient == recipient, "as it comes out of a mail"
    form = {"place_id": place, "helper": "SHELTER", "name": "Дом", "what": "", "how": ""}
    assert desk.client.post("/places/", form | {"recipient": "age1nonsense"}).status_code == 422
    desk.client.post("/places/", form | {"recipient": ""})
    assert [(one.name, one.helper) for one in places()] == [("Дом", "SHELTER")]
    desk.client.post(f"/places/{place}", {"change": "remove"})
    assert places() == []
    assert "Put back" in desk.client.get("/places/").text
    desk.client.post(f"/places/{place}", {"change": "put-back"})
    assert [one.name for one in places()] == ["Дом"]


def test_a_list_of_helpers_is_taken_over_once(desk: TestDesk) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from safelight.casework.followup.places import places

    text = f"""
version: 1
issued: {days(-1)}
expires: {days(30)}
regions:
  - name: {{ru: Везде, en: Everywhere}}
    helpers:
      - name: {{ru: Линия помощи, en: A line}}
        what: {{ru: Слушают, en: They listen}}
        how: {{ru: По телефону, en: By telephone}}
"""
    for _ in range(2):
        file = SimpleUploadedFile("help.yaml", text.encode())
        given = {"helpers": file, "helper": "PSYCHOLOGIST"}
        assert desk.client.post("/places/from-list", given).status_code == 302
    assert [(one.name, one.what, one.helper) for one in places()] == [
        ("A line", "They listen", "PSYCHOLOGIST")
    ]
    for broken in (b"", b"- 1", b"\xff", b"payload: '!'", b"a: " + b"[" * 3000):
        file = SimpleUploadedFile("help.yaml", broken)
        given = {"helpers": file, "helper": "PSYCHOLOGIST"}
        assert desk.client.post("/places/from-list", given).status_code == 400
