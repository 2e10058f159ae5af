"""Exports of messengers become lines with who, when and what; malformed ones never guess."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.evidence.exhibits.transcript import transcript
from safelight.evidence.sandbox.inside.chats.conversation import Talk
from safelight.evidence.sandbox.inside.chats.recognising import conversation_in
from safelight.evidence.sandbox.opened import Conversation, Message
from safelight.evidence.sandbox.wire import Line

TELEGRAM = {
    "name": "chat",
    "type": "personal_chat",
    "id": 1,
    "messages": [
        {"id": 1, "type": "service", "date": "2024-05-12T14:00:00", "date_unixtime": "1715511600",
         "actor": "First", "actor_id": "user1", "action": "phone_call", "text": ""},
        {"id": 2, "type": "message", "date": "2024-05-12T14:03:11", "date_unixtime": "1715511791",
         "from": "First", "from_id": "user1", "text": "hello"},
        {"id": 3, "type": "message", "date": "2024-05-12T14:04:00", "date_unixtime": "1715511840",
         "from": "First", "from_id": "user2",
         "text": ["see ", {"type": "link", "text": "example.org"}, " and pay"]},
        {"id": 4, "type": "message", "date": "2024-05-12T14:05:00", "from": "First",
         "from_id": "user2", "photo": "photos/1.jpg", "text": "", "forwarded_from": "Third"},
    ],
}  # fmt: skip

TELEGRAM_HTML = """<!DOCTYPE html><html><head><title>Exported Data</title></head><body>
<div class="page_wrap"><div class="history">
<div class="message service" id="message-1"><div class="body details">12 May 2024</div></div>
<div class="message default clearfix" id="message2">
 <div class="pull_left userpic_wrap"><div class="userpic"><div class="initials">F</div></div></div>
 <div class="body">
 <div class="pull_right date details" title="12.05.2024 14:03:11 UTC+03:00">14:03</div>
 <div class="from_name">First</div><div class="text">hello<br>there &amp; back</div></div></div>
<div class="message default clearfix joined" id="message3"><div class="body">
 <div class="pull_right date details" title="12.05.2024 14:04:00 UTC+03:00">14:04</div>
 <div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left" href="photos/1.jpg">
 <img class="photo" src="photos/1_thumb.jpg"></a></div></div></div>
<div class="message default clearfix" id="message4"><div class="body">
 <div class="pull_right date details" title="12.05.2024 14:05:00 UTC+03:00">14:05</div>
 <div class="from_name">Second</div>
 <div class="forwarded body">
 <div class="from_name">Third <span class="date details" title="1.1">x</span></div>
 <div class="text">we know where</div></div></div></div>
</div></div></body></html>"""

VK = """<!DOCTYPE html><html><head><meta charset="windows-1251"></head><body>
<div class="item"><div class="item__main"><div class="message" data-id="2">
<div class="message__header"><a href="https://vk.com/id1">Первый</a>, 12 мая 2024 в 14:03:11</div>
<div><div class="kludges">привет<br>ещё</div></div></div></div></div>
<div class="item"><div class="item__main"><div class="message" data-id="1">
<div class="message__header">Вы, 3 янв 2023 в 9:05:00</div>
<div>угроза<div class="kludges"><div class="attachment">
<div class="attachment__description">Фотография</div>
<a class="attachment__link" href="https://x.example">x</a></div></div></div></div></div></div>
</body></html>"""


def _talk(text: str) -> Talk:
    talk = conversation_in(text)
    assert talk is not None
    return talk


def test_telegrams_json() -> None:
    talk = _talk(json.dumps(TELEGRAM))
    assert talk.program == "telegram-json"
    # Two people of one name are two.
    assert talk.authors == ["First", "First", "Third"]
    assert [(one.author, one.kind, one.text) for one in talk.lines] == [
        (0, Line.EVENT, "[phone_call]"),
        (0, Line.MESSAGE, "hello"),
        (1, Line.MESSAGE, "see example.org and pay"),
        (1, Line.MEDIA, "[forwarded] [photo]"),
    ]
    assert talk.lines[1].local_time == "2024-05-12T14:03:11"
    assert [one.unix_time for one in talk.lines] == [1715511600, 1715511791, 1715511840, None]


def test_telegrams_html() -> None:
    talk = _talk(TELEGRAM_HTML)
    assert talk.program == "telegram-html"
    assert talk.authors == ["First", "Second", "Third"]
    assert [(one.author, one.kind, one.text) for one in talk.lines] == [
        (None, Line.EVENT, "12 May 2024"),
        (0, Line.MESSAGE, "hello\nthere & back"),
        (0, Line.MEDIA, "[media]"),
        (1, Line.MESSAGE, "[forwarded] we know where"),
    ]
    assert (talk.lines[1].local_time, talk.lines[1].unix_time) == (
        "2024-05-12T14:03:11",
        1715511791,
    )


def test_vks_archive() -> None:
    talk = _talk(VK)
    assert talk.program == "vk"
    assert talk.authors == ["Первый", "Вы"]
    assert [(one.author, one.kind, one.local_time) for one in talk.lines] == [
        (0, Line.MESSAGE, "2024-05-12T14:03:11"),
        (1, Line.MEDIA, "2023-01-03T09:05:00"),
    ]
    assert talk.lines[0].text == "привет\nещё"
    assert talk.lines[1].text.startswith("[media] угроза")


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (
            "12.05.24, 14:03 - First: hello\n12.05.24, 14:04 - Second: a: b\nmore\n",
            ["2024-05-12T14:03:00", "2024-05-12T14:04:00"],
        ),
        (
            "\u200e[12.05.2024, 14:03:11] First: hello\n[13.05.2024, 14:04:12] Second: a: b\nmore",
            ["2024-05-12T14:03:11", "2024-05-13T14:04:12"],
        ),
        (
            "5/12/24, 2:03\u202fPM - First: hello\n5/13/24, 12:04\u202fAM - Second: a: b\nmore",
            ["2024-05-12T14:03:00", "2024-05-13T00:04:00"],
        ),
        (
            "2024-05-12, 14:03 - First: hello\r\n2024-05-12, 14:04 - Second: a: b\r\nmore",
            ["2024-05-12T14:03:00", "2024-05-12T14:04:00"],
        ),
    ],
)
def test_whatsapps_text_in_the_dates_of_several_countries(text: str, times: list[str]) -> None:
    talk = _talk(text)
    assert (talk.program, talk.authors) == ("whatsapp", ["First", "Second"])
    assert [one.text for one in talk.lines] == ["hello", "a: b\nmore"]
    assert [one.local_time for one in talk.lines] == times


def test_whatsapps_notices_and_media() -> None:
    talk = _talk(
        "12.05.24, 14:03 - Messages are end-to-end encrypted.\n"
        "12.05.24, 14:04 - First: <Без медиафайлов>\n"
        "12.05.24, 14:05 - First: IMG-1.jpg (file attached)\n"
    )
    assert [one.kind for one in talk.lines] == [Line.EVENT, Line.MEDIA, Line.MEDIA]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{}", "[]", '{"messages": []}', '{"messages": [1, null]}', "12.05.24, 14:03 - a",
     "<html><p>Exported Data", "a letter\n12.05.24, 14:03 - a: b\n12.05.24, 14:03 - a: b",
     "[" * 100_000, '{"messages": ' * 10_000],
)  # fmt: skip
def test_what_is_no_conversation_is_not_called_one(text: str) -> None:
    assert conversation_in(text) is None


@pytest.mark.parametrize(
    "changed",
    [{"text": 5}, {"text": [1, {"text": 2}, None]}, {"date": 7}, {"date": "soon"}, {"from": {}},
     {"date_unixtime": "9" * 500}, {"date_unixtime": -4}, {"from_id": []}, {"type": 3},
     {"photo": {"a": 1}, "media_type": 4}, {"forwarded_from": ["x"]}],
)  # fmt: skip
def test_one_malformed_message_does_not_take_the_others_along(changed: dict[str, object]) -> None:
    good = TELEGRAM["messages"][1]
    talk = _talk(json.dumps({"messages": [good, {**good, **changed}, good]}))
    assert [one.text for one in talk.lines if one.text == "hello"] >= ["hello", "hello"]
    assert talk.lines[0] == talk.lines[-1]
    assert all(one.unix_time is None or one.unix_time == 1715511791 for one in talk.lines)


@settings(max_examples=60)
@given(st.sampled_from([json.dumps(TELEGRAM), TELEGRAM_HTML, VK]), st.randoms(), st.integers(1, 40))
def test_a_damaged_export_ends_in_lines_or_in_none(
    whole: str, chance: random.Random, cuts: int
) -> None:
    text = whole
    for _ in range(cuts):
        at, more = chance.randrange(len(text) + 1), chance.randrange(12)
        text = (
            text[:at]
            + chance.choice(["", "<div>", "</div>", '"', "{", "\0", "12"])
            + text[at + more :]
        )
    talk = conversation_in(text)
    assert talk is None or all(
        one.author is None or 0 <= one.author < len(talk.authors) for one in talk.lines
    )


def test_a_transcript_has_pseudonyms_in_the_order_of_speaking() -> None:
    talk = _talk(json.dumps(TELEGRAM))
    messages = tuple(
        Message(one.author, one.kind, one.local_time, one.unix_time, one.text)
        for one in reversed(talk.lines)
    )
    lines = transcript(Conversation(talk.program, tuple(talk.authors), messages), language="ru")
    assert [line.text for line in lines] == [
        "Собеседник 1 · 2024-05-12 14:05:00 · [forwarded] [photo]",
        "Собеседник 1 · 2024-05-12 14:04:00 · see example.org and pay",
        "Собеседник 2 · 2024-05-12 14:03:11 · hello",
        "Собеседник 2 · 2024-05-12 14:00:00 · [phone_call]",
    ]
    assert lines[2].text[lines[2].said_from :] == "hello"


def test_a_time_without_a_clock_of_its_own_is_said_in_utc() -> None:
    said = Message(0, Line.MESSAGE, "", 1715511791, "hello")
    impossible = Message(0, Line.MESSAGE, "", 2**61, "hello")
    lines = transcript(Conversation("telegram-json", ("x",), (said, impossible)), language="en")
    assert lines[0].text == "Person 1 · 2024-05-12 11:03:11 UTC · hello"
    assert lines[1].text == "Person 1 · hello"
