"""A report typed in a browser without JavaScript: sealed on arrival, twelve words back."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report
from tests.support.live_server import Answer, LiveServer, today
from tests.support.raw_http import exchange, head

pytestmark = pytest.mark.live
STORY = "Вечером у входа.\r\n«Кавычки» & <b>знаки</b>"


class _Form(HTMLParser):
    """Controls of the report form as a browser would send them, and what is filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: dict[str, list[str]] = {}
        self.chosen: dict[str, list[str]] = {}
        self.texts: dict[str, str] = {}
        self.attributes: dict[str, str | None] = {}
        self.others: dict[str, str] = {}
        self.buttons: list[dict[str, Any]] = []
        self._select = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.attributes = a
        elif tag == "button":
            self.buttons.append(a)
        elif tag == "input" and a["type"] in ("file", "hidden"):
            self.others[a["name"]] = a.get("value", "")
        elif tag == "input":
            self.names.setdefault(a["name"], []).append(a["value"])
            if "checked" in a and a["value"]:
                self.chosen.setdefault(a["name"], []).append(a["value"])
        elif tag == "select":
            self._select = a["name"]
            self.names[self._select] = []
        elif tag == "option":
            self.names[self._select].append(a["value"])
            if "selected" in a:
                self.chosen.setdefault(self._select, []).append(a["value"])
        elif tag == "textarea":
            self._text = a["name"]
            self.names[self._text] = []
            self.texts[self._text] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            # A browser drops the first line end of a textarea (HTML, "textarea").
            self.texts[self._text] += data
            self.texts[self._text] = self.texts[self._text].removeprefix("\n")


def words_on(page: str) -> list[str]:
    (listed,) = re.findall(r'<ol id="receipt-words"[^>]*>(.*?)</ol>', page, re.DOTALL)
    return re.findall(r"<li>([^<]+)</li>", listed)


def opened_report(server: LiveServer, words: list[str]) -> Report:
    mailbox = Receipt.parse(" ".join(words)).mailbox_id.hex()
    desk = server.keeper.desks[0]
    (held,) = [one for one in server.listed(desk) if one["mailbox"] == mailbox]
    assert held["size"] == 32 * 1024
    sealed = server.ask_as(desk, "GET", f"/collect/{held['id']}").body
    return Report.parse(open_bytes(sealed, [desk.identity]))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_form_asks_every_question_and_ticks_nothing_beforehand(
    server: LiveServer, language: str
) -> None:
    form = _Form(server.request("GET", address(language, "report")).text)
    questions = question_set("what-happened")
    assert form.attributes["id"] == "report"
    assert form.attributes["data-form"] == questions.id
    assert form.attributes["data-form-version"] == questions.version
    assert form.attributes["data-language"] == language
    # Only a browser without script gets a button that sends the form as it is; with a
    # late or blocked script nothing leaves (see the other button: hidden and disabled).
    assert form.attributes["method"] == "post"
    assert form.attributes["enctype"] == "multipart/form-data"
    assert form.others == {"files": ""}
    assert "action" not in form.attributes
    buttons = {tuple(sorted(button)) for button in form.buttons}
    assert buttons == {
        ("formaction", "formmethod", "type"),
        ("data-needs-script", "disabled", "hidden", "type"),
    }
    assert [b["formaction"] for b in form.buttons if "formaction" in b] == [
        address(language, "report")
    ]
    assert form.attributes["autocomplete"] == "off"
    assert list(form.names) == [*(question.id for question in questions.questions), "consent_for"]
    for question in questions.questions:
        if question.kind == "text":
            continue
        offered = [code.value for code in question.offered(today(), language)]
        assert [value for value in form.names[question.id] if value] == offered
        if question.kind == "one":
            assert "" in form.names[question.id], "every question can be skipped"
    assert form.chosen == {"consent_for": ["3"]}
    assert set(form.texts.values()) == {""}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_was_typed_arrives_on_the_desk_and_the_words_open_its_mailbox(
    server: LiveServer, language: str
) -> None:
    fields = [
        ("acts", "THR"),
        ("acts", "OUT"),
        ("setting", "STREET"),
        ("age", ""),
        ("story", STORY),
        ("consent", "STAT"),
        ("unknown", "dropped"),
    ]
    answer = server.post_form(address(language, "report"), fields)
    assert answer.status == 200
    words = words_on(answer.text)
    assert len(words) == 12
    receipt = Receipt.parse(" ".join(words))
    report = opened_report(server, words)
    assert report.sealed_by == "server"
    assert report.language == language
    assert report.written == today()
    assert dict(report.answers) == {
        "acts": ("THR", "OUT"),
        "setting": "STREET",
        "story": STORY.replace("\r\n", "\n"),
    }
    assert dict(report.consent) == {"STAT": last_day(today(), 3)}
    assert report.mailbox == receipt.mailbox_id.hex()
    assert report.reply_to == receipt.reply_recipient().encode()


def test_nothing_typed_at_all_comes_back_with_a_sentence_and_stores_nothing(
    server: LiveServer,
) -> None:
    before = len(server.listed(server.keeper.desks[0]))
    answer = server.post_form(address("en", "report"), [("story", "  \n "), ("age", "")])
    assert answer.status == 422
    assert "Any one answer is enough" in answer.text
    assert len(server.listed(server.keeper.desks[0])) == before


def test_a_text_that_is_too_long_comes_back_whole_with_everything_else(
    server: LiveServer,
) -> None:
    before = len(server.listed(server.keeper.desks[0]))
    story = "Ж" * 6001
    fields = [
        ("acts", "THR"),
        ("acts", "OUT"),
        ("setting", "STREET"),
        ("role", "VICTIM"),
        ("story", story),
        ("contact", STORY),
        ("consent", "EVIDENCE"),
        ("consent_for", "10"),
    ]
    answer = server.post_form(address("en", "report"), fields)
    assert answer.status == 422
    assert "This text is 1 character too long (at most 6000)." in answer.text
    assert '<a href="#story">' in answer.text
    form = _Form(answer.text)
    assert form.texts["story"] == story
    assert form.texts["contact"] == STORY.replace("\r\n", "\r\n")
    assert form.chosen == {
        "acts": ["THR", "OUT"],
        "setting": ["STREET"],
        "role": ["VICTIM"],
        "consent": ["EVIDENCE"],
        "consent_for": ["10"],
    }
    assert len(server.listed(server.keeper.desks[0])) == before
    shorter = [(name, value[:6000]) for name, value in fields]
    assert server.post_form(address("en", "report"), shorter).status == 200


def test_russian_counts_its_plurals(server: LiveServer) -> None:
    for over, ending in ((1, "знак "), (3, "знака "), (5, "знаков ")):
        answer = server.post_form(address("ru", "report"), [("story", "я" * (6000 + over))])
        assert f"длиннее на {over} {ending}" in answer.text


def test_the_longest_texts_in_russian_fit_and_wider_ones_are_told_to_shorten(
    server: LiveServer,
) -> None:
    answer = server.post_form(
        address("ru", "report"), [("story", "\u4e16" * 6000), ("contact", "я" * 300)]
    )
    assert answer.status == 422
    assert "Все ответы вместе слишком длинные" in answer.text
    answer = server.post_form(
        address("ru", "report"), [("story", "я" * 6000), ("contact", "я" * 300)]
    )
    assert answer.status == 200
    assert len(opened_report(server, words_on(answer.text)).answers["story"]) == 6000


@pytest.mark.parametrize(
    "field", [("setting", "<i onload=x>"), ("acts", "NOPE"), ("when", "2199-H9")]
)
def test_a_choice_that_the_form_does_not_have_is_refused_without_repeating_it(
    server: LiveServer, field: tuple[str, str]
) -> None:
    answer = server.post_form(address("en", "report"), [field, ("story", "kept")])
    assert answer.status == 422
    assert "One of the choices is not among those of this form" in answer.text
    assert field[1] not in answer.text
    assert _Form(answer.text).texts["story"] == "kept"


def test_typed_markup_comes_back_as_text(server: LiveServer) -> None:
    typed = "</textarea><script>alert(1)</script>" + "x" * 6000
    page = server.post_form(address("en", "report"), [("story", typed)]).text
    assert "<script>alert" not in page
    assert _Form(page).texts["story"] == typed


def multipart(fields: list[tuple[str, str]], files: list[tuple[str, bytes]]) -> bytes:
    """What a browser sends for a form with files."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    parts += [
        f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    return b"".join(parts) + b"--b--\r\n"


def post_multipart(
    server: LiveServer,
    path: str,
    fields: list[tuple[str, str]],
    files: list[tuple[str, bytes]],
) -> Answer:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return server.request("POST", path, multipart(fields, files), headers)


def test_a_form_with_files_arrives_sealed_and_no_file_is_made(server: LiveServer) -> None:
    photo = b"\xff\xd8" + b"canary" * 40_000
    answer = post_multipart(
        server,
        address("ru", "smear"),
        [("where", "VK"), ("consent_for", "1")],
        [("photo.jpg", photo)],
    )
    assert answer.status == 200
    mailbox = Receipt.parse(" ".join(words_on(answer.text))).mailbox_id.hex()
    desk = server.keeper.desks[0]
    held = [one for one in server.listed(desk) if one["mailbox"] == mailbox]
    opened = [
        open_bytes(server.ask_as(desk, "GET", f"/collect/{one['id']}").body, [desk.identity])
        for one in held
    ]
    assert len(opened) == 2
    (report,) = [Report.parse(one) for one in opened if b"safelight-report/1" in one[:40]]
    assert (report.form, dict(report.answers)) == ("smear-alarm", {"where": ("VK",)})
    (file,) = [one for one in opened if photo in one]
    assert b'"name":"photo.jpg"' in file[: file.index(photo)]
    assert list(server.temporary.iterdir()) == []


def test_a_form_that_comes_back_asks_for_its_files_again(server: LiveServer) -> None:
    before = len(server.listed(server.keeper.desks[0]))
    answer = post_multipart(
        server, address("en", "report"), [("story", "x" * 6001)], [("photo.jpg", b"bytes")]
    )
    assert answer.status == 422
    assert "Please choose the files again." in answer.text
    assert _Form(answer.text).texts["story"] == "x" * 6001
    assert len(server.listed(server.keeper.desks[0])) == before


def test_a_form_without_an_end_is_refused_and_nothing_of_it_is_kept(server: LiveServer) -> None:
    before = len(server.listed(server.keeper.desks[0]))
    whole = multipart([("story", "x")], [("photo.jpg", b"bytes")])
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert server.request("POST", address("en", "report"), whole[:-9], headers).status == 400
    assert len(server.listed(server.keeper.desks[0])) == before
    assert server.request("POST", address("en", "report"), whole, headers).status == 200


def test_an_answer_to_a_question_that_is_not_asked_any_more_is_not_taken(
    server: LiveServer,
) -> None:
    fields = [("deadline", "NO"), ("deadline_what", "typed, then hidden"), ("danger", "NO")]
    answer = server.post_form(address("en", "smear"), fields)
    assert answer.status == 200
    report = opened_report(server, words_on(answer.text))
    assert dict(report.answers) == {"danger": "NO", "deadline": "NO"}


def test_two_tabs_send_two_reports_and_each_gets_its_own_words(server: LiveServer) -> None:
    one = words_on(server.post_form(address("en", "letter"), [("letter", "one")]).text)
    two = words_on(server.post_form(address("ru", "letter"), [("letter", "two")]).text)
    assert opened_report(server, one).answers["letter"] == "one"
    assert opened_report(server, two).answers["letter"] == "two"


def test_a_form_beyond_any_report_is_refused_before_it_is_read(server: LiveServer) -> None:
    status, body = exchange(
        server,
        head(
            server,
            "POST",
            address("en", "report"),
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 300000",
        ),
    )
    assert status == 413
    assert "too long" in body.decode()


def test_a_form_of_thousands_of_fields_is_refused(server: LiveServer) -> None:
    answer = server.post_form(address("en", "report"), [("acts", "THR")] * 2000)
    assert answer.status == 413
    assert server.post_form(address("en", "report"), [("acts", "THR")]).status == 200


def test_what_happens_to_the_report_stands_before_the_first_question(server: LiveServer) -> None:
    for language, title, crisis in (
        ("ru", "Что будет с моим сообщением", "Это не линия экстренной помощи"),
        ("en", "What happens to my report", "This is not a crisis line"),
    ):
        page = server.request("GET", address(language, "report")).text
        assert page.index(crisis) < page.index(title) < page.index("<form")
        said = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)[0]
        assert ("не хранится" if language == "ru" else "not stored readable") in said


def test_the_page_gives_the_script_its_sentences_its_roster_and_its_root(
    server: LiveServer,
) -> None:
    page = server.request("GET", address("ru", "report")).text
    for key in (
        *("sealing", "sending", "sent"),
        *("problem-network", "problem-roster", "problem-too-long", "problem-refused"),
    ):
        (sentence,) = re.findall(rf'<template id="say-{key}">([^<]+)</template>', page)
        assert re.search("[а-я]", sentence)
    (parts,) = re.findall(r'<meta name="safelight-roster-parts" content="([0-9]+)">', page)
    roster = [server.request("GET", f"/roster/{number}").body for number in range(int(parts))]
    assert b"".join(roster) == server.request("GET", "/roster").body
    assert f'<meta name="safelight-root" content="{server.keeper.root_hex}">' in page
    for needed in ('id="receipt" class="receipt" hidden', 'id="receipt-words"', 'id="status"'):
        assert needed in page
