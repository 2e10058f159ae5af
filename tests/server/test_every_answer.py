"""What every answer carries, whatever was asked."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from safelight.intake import addresses
from safelight.intake.addresses import address
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.live
PAGES = [
    ("GET", "/"),
    ("GET", "/ru/"),
    ("GET", "/en/"),
    ("GET", address("en", "receipt")),
    ("GET", address("ru", "report")),
    ("GET", address("en", "smear")),
    ("GET", address("en", "help")),
    ("GET", "/static/a.js"),
    ("GET", "/roster/0"),
    ("GET", "/roster/999"),
    ("GET", "/roster"),
    ("GET", "/0"),
    ("GET", "/nowhere"),
    ("GET", "/mailbox/nowhere"),
    ("POST", address("en", "report")),
    ("GET", "/collect"),
    ("DELETE", "/en/"),
]
HASH = "'sha256-[A-Za-z0-9+/]{43}='"


def hashed(text: str) -> str:
    """What a policy calls a style or a script that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


CSP = re.compile(
    f"default-src 'none'; script-src 'self' {HASH}; style-src {HASH}; img-src data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_every_answer_is_locked_down_and_leaves_nothing(
    server: LiveServer, method: str, path: str
) -> None:
    headers = server.request(method, path).headers
    assert CSP.fullmatch(headers["content-security-policy"])
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["connection"] == "close"
    assert "camera=()" in headers["permissions-policy"]
    assert "set-cookie" not in headers
    # granian writes its name where there is none; an empty line is all that remains.
    assert headers.get("server", "") == ""
    assert not {"etag", "last-modified", "x-powered-by"} & set(headers)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_pages_have_only_what_the_policy_names_inside_and_nothing_from_elsewhere(
    server: LiveServer, language: str
) -> None:
    pages = [address(language, page) for page in addresses.PAGES if page != "words"]
    for path in (*pages, f"/{language}/nowhere"):
        answer = server.request("GET", path)
        page, policy = answer.text, answer.headers["content-security-policy"]
        assert " style=" not in page
        assert not re.search(r"\son[a-z]+=", page)
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        assert f"script-src 'self' {hashed(script)};" in policy
        assert f"style-src {hashed(style)};" in policy
        loaded = re.findall(r'(?:src|href|action)="([^"]+)"', page)
        assert loaded
        # The icon is empty: without it a browser asks for one, on a connection of its own.
        assert all(re.match(r"/(?!/)|#|data:,$", address) for address in loaded), loaded


def test_the_title_says_nothing_about_what_the_form_is_for(server: LiveServer) -> None:
    for language, title in (("ru", "Анкета"), ("en", "Form")):
        page = server.request("GET", f"/{language}/").text
        assert f"<title>{title}</title>" in page


def test_leaving_goes_to_a_neutral_page_and_clears_what_the_browser_kept(
    server: LiveServer,
) -> None:
    answer = server.request("GET", "/0")
    assert answer.status == 303
    assert answer.headers["location"] == "https://www.wikipedia.org/"
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9,ru;q=0.5", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.1,ru;q=0.9", "ru"),
        ("de-DE,de;q=0.9,en;q=0.3", "en"),
        ("kk-KZ", "ru"),
        ("", "ru"),
        ("q" * 600, "ru"),
    ],
)
def test_the_first_page_speaks_the_browsers_language(
    server: LiveServer, accepted: str, language: str
) -> None:
    page = server.request("GET", "/", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}">' in page


def test_problems_are_told_in_the_language_of_the_page(server: LiveServer) -> None:
    russian = server.request("GET", "/ru/nowhere").text
    assert "Такой страницы здесь нет" in russian
    assert "There is no such page" in server.request("GET", "/en/nowhere").text
