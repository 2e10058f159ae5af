"""Every page, in both languages: reachable, labelled, without scripts, fully translated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, as_form, codes, desk_in
from tests.support.desk_page import Page, assert_labelled_and_without_script
from tests.support.message_catalogues import (
    ROOT,
    brought_up_to_date,
    catalogue,
    catalogue_file,
    compiled,
    spoken,
)

PACKAGES = ["safelight/desk", "safelight/casework"]


def pages(desk: TestDesk) -> dict[str, str]:
    """Every page of the desk in a state where it has something to show."""
    coded, new, silent = desk.take_in(
        a_report(), a_report(mailbox=None), a_report(consent=(), mailbox="ab" * 16)
    )
    desk.client.post(f"/cases/{coded}/", as_form(codes()))
    desk.client.post(f"/cases/{silent}/set-aside", {"reason": "flood"})
    from safelight.casework.inbox import take_in

    take_in([b"age-encryption.org/v1\n" + bytes(100)])
    return {
        path: desk.client.get(path).text
        for path in (
            "/guide",
            "/cases/",
            "/cases/?lane=coded",
            "/cases/?lane=set-aside",
            "/cases/?found=9&cases=5&known=1&passed_over=2&set_aside=1&left=1",
            f"/cases/{coded}/?saved=1",
            f"/cases/{new}/",
            f"/cases/{silent}/",
            f"/cases/{coded}/follow-up",
            f"/cases/{coded}/referrals",
            "/today/",
            "/search/",
            "/places/",
            "/journal/?verify=1",
            "/backups/",
            f"/two-people/{new}/",
            "/outcomes/",
            "/outcomes/?by=act&as_of=2199-01-01",
            "/lists/",
            "/numbers/",
        )
    } | {"422": desk.client.post(f"/cases/{new}/", {"acts": ["FDT"]}).text}


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_page_answers_labels_its_controls_and_carries_no_script(
    desk: TestDesk, language: str
) -> None:
    desk.client.post(f"/language/{language}")
    for path, html in pages(desk).items():
        page = Page(html)
        assert_labelled_and_without_script(page, language=language, at=path)
        for tag, attributes in page.tags:
            for name in ("href", "src", "action"):
                address = attributes.get(name) or ""
                assert not re.match(r"(?i)[a-z]+:|//", address) or address == "data:,", (path, tag)


def test_every_link_and_form_of_every_page_leads_somewhere(desk: TestDesk) -> None:
    for path, html in pages(desk).items():
        for tag, attributes in Page(html).tags:
            address = attributes.get("href") if tag in ("a", "link") else None
            if address and not address.startswith(("#", "data:")):
                base = path.split("?")[0] if address.startswith("?") else ""
                assert desk.client.get(base + address).status_code in (200, 302), (path, address)


def test_russian_pages_speak_no_english(desk: TestDesk) -> None:
    desk.client.post("/language/ru")
    for path, html in pages(desk).items():
        text = re.sub(r"<(title|code|pre)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{4,}", text))
        # Names, the other language's own name; ids of ours below.
        allowed = {"Safelight", "English", "JavaScript", "onion"}
        assert {w for w in words - allowed if not re.fullmatch(r"[a-f]+|desk", w)} == set(), path


@pytest.mark.parametrize("package", PACKAGES)
def test_the_catalogue_has_exactly_the_sentences_that_are_spoken(package: str) -> None:
    """Else: python -m tests.support.message_catalogues safelight/desk safelight/casework"""
    now = catalogue(ROOT / package)
    said = {m.id if isinstance(m.id, str) else tuple(m.id) for m in now if m.id}
    assert said == spoken(ROOT / package)
    assert [m.id for m in now if m.id and not all(m.string and [m.string, *m.string])] == []
    assert compiled(brought_up_to_date(ROOT / package)) == (
        catalogue_file(ROOT / package).with_suffix(".mo").read_bytes()
    )


def test_the_language_is_kept_for_the_launch_and_leads_back_to_the_page(desk: TestDesk) -> None:
    answer = desk.client.post("/language/ru", {"back": "/cases/?lane=coded"})
    assert answer["Location"] == "/cases/?lane=coded"
    assert "Входящие" in desk.client.get("/cases/").text
    desk.client.post("/language/en")
    assert "Inbox" in desk.client.get("/cases/").text


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org"])
def test_the_language_switch_leads_nowhere_else(desk: TestDesk, elsewhere: str) -> None:
    assert desk.client.post("/language/ru", {"back": elsewhere})["Location"] == "/"


def test_an_empty_desk_explains_itself(desk: TestDesk) -> None:
    html = desk.client.get("/cases/").text
    assert "Nothing here yet" in html
    assert "sealed envelopes" in html


def test_a_guided_desk_begins_with_six_steps_and_marks_what_is_done(tmp_path: Path) -> None:
    with desk_in(tmp_path / "d", guided=True) as desk:
        assert desk.client.get("/")["Location"] == "/guide"
        html = desk.client.get("/guide").text
        assert html.count("<h2>") == 6
        assert "done" not in re.sub(r"<[^>]*>", " ", html).split()
        case_id = desk.take_in(a_report())[0]
        html = desk.client.get("/guide").text
        assert f"/cases/{case_id}/" in html
        assert "done" in re.sub(r"<[^>]*>", " ", html).split()


def test_the_guide_does_not_tick_what_was_done_before_the_visitor_came(tmp_path: Path) -> None:
    with desk_in(tmp_path / "d", guided=True) as desk:
        from safelight.desk.unlocking import lock, unlock_for
        from tests.support.desk import PASSPHRASE

        desk.take_in(a_report())
        lock()
        unlock_for(desk.launch, PASSPHRASE)  # as the program does when it starts
        assert desk.client.get("/guide").text.count('class="done"') == 0
        desk.take_in(a_report())
        assert desk.client.get("/guide").text.count('class="done"') == 1
        lock()
        unlock_for(desk.launch, PASSPHRASE)  # as the visitor does after locking the desk
        assert desk.client.get("/guide").text.count('class="done"') == 1


def test_a_desk_begins_in_the_language_it_was_started_with(tmp_path: Path) -> None:
    with desk_in(tmp_path / "d", language="ru") as desk:  # the browser asks for English
        assert "Входящие" in desk.client.get("/cases/").text
        desk.client.post("/language/en", {"back": "/"})
        assert "Inbox" in desk.client.get("/cases/").text


def test_a_desk_at_work_begins_with_the_inbox(desk: TestDesk) -> None:
    assert desk.client.get("/")["Location"] == "/cases/"
    assert "/guide" not in desk.client.get("/cases/").text


@pytest.mark.parametrize("path", ["/no-such-page", "/cases/ffffffffff/", "/static/desk/none.css"])
def test_an_address_that_is_not_there_gets_a_page_that_says_so(desk: TestDesk, path: str) -> None:
    answer = desk.client.get(path)
    assert answer.status_code == 404
    assert "This was not done" in answer.text


def test_static_files_are_only_those_of_the_pages(desk: TestDesk) -> None:
    assert desk.client.get("/static/desk/desk.css")["Content-Type"].startswith("text/css")
    for path in ("/static/desk/../settings.py", "/static/settings.py", "/static//etc/passwd.css"):
        assert desk.client.get(path).status_code == 404, path


def test_an_accident_shows_a_page_and_logs_its_place_but_not_its_words(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import logging

    from safelight.casework import views

    def accident(*_: Any, **__: Any) -> None:
        raise ValueError("canary: a sentence of the reporter")

    monkeypatch.setattr(views, "summary_shown", accident)
    desk.take_in(a_report())
    logger = logging.getLogger("safelight.desk")
    logger.addHandler(caplog.handler)
    try:
        answer = desk.client.get("/cases/")
    finally:
        logger.removeHandler(caplog.handler)
    assert answer.status_code == 500
    assert "Go back" in answer.text
    assert "ValueError" in caplog.text
    assert "test_pages.py" in caplog.text
    assert "canary" not in caplog.text + answer.text


def test_the_roster_is_checked_and_a_desk_that_is_not_in_it_is_told(tmp_path: Path) -> None:
    from tests.support.live_server import Keeper

    keeper = Keeper.with_desks("desk-1")  # another desk of the same name: other keys
    roster = tmp_path / "roster.json"
    roster.write_bytes(keeper.signed())
    with desk_in(tmp_path / "d", roster=roster, root=keeper.root_hex) as desk:
        assert "is not among the usable desks" in desk.client.get("/cases/").text
    with desk_in(tmp_path / "e", roster=roster, root="00" * 32) as desk:
        assert "Roster:" in desk.client.get("/cases/").text
    with desk_in(tmp_path / "f") as desk:
        assert "Roster:" not in desk.client.get("/cases/").text
