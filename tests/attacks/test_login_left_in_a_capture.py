"""Threat: login-left-in-a-capture: a capture made with a caseworker's login hands that login to
whoever gets the evidence; no file of it holds a cookie's value, wherever the site repeats it, and
the record says what was taken out.
"""

from __future__ import annotations

import asyncio
import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import pytest
from warcio.archiveiterator import ArchiveIterator

from safelight.evidence.capture.capture_record import GapKind
from safelight.evidence.capture.cdp import Cdp
from safelight.evidence.capture.login import Cookie, log_in, parse_login, read_login
from safelight.evidence.capture.problems import CaptureError, CommandFailed
from safelight.evidence.capture.redaction import Redactor
from tests.support.capture_site import Answer, Site, captured, html, serving
from tests.support.sandbox import need_boxed_browser

BROUGHT, RENEWED, TOKEN = "s3cr3t-session-0001", "r3n3w3d-session-0002", "t0k3n-of-the-form-3"


@pytest.mark.browser
def test_no_file_of_a_capture_holds_the_login(tmp_path: Path) -> None:
    need_boxed_browser()
    seen: list[str] = []

    def page(handler: BaseHTTPRequestHandler) -> Answer:
        seen.append(handler.headers.get("Cookie", ""))
        status, headers, body = html(
            f"""<p>members only</p><p>{BROUGHT}</p><a href="/out?sid={BROUGHT}">out</a>
            <script>const token = "{TOKEN[:5]}" + "{TOKEN[5:]}";
            fetch("/data?sid={BROUGHT}", {{method: "POST", body: "{BROUGHT}",
            headers: {{Authorization: "Bearer " + token, "X-CSRF-Token": token}}}})
            .then(r => r.text()).then(t => document.body.append(t))</script>"""
        )
        renewed = {"Set-Cookie": f"session={RENEWED}; Path=/"}
        return status, headers | renewed, body

    def data(_: BaseHTTPRequestHandler) -> Answer:
        return 200, {"Content-Type": "text/plain"}, f"renewed {RENEWED}".encode()

    cookies = tmp_path / "cookies.txt"
    cookies.write_text(f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t{BROUGHT}\n")
    site = Site({"/": page, "/data": data})
    with serving(site):
        record = captured(tmp_path / "capture", site, behaviours=(), login=read_login(cookies))
    assert seen == [f"session={BROUGHT}"]
    assert any(BROUGHT in line for line in site.asked)
    assert record.logged_in
    taken = {(one.what, one.place) for one in record.redactions}
    assert {
        ("set-cookie", "answer"),
        ("authorization", "question"),
        ("login-value", "answer"),
        ("login-value", "question"),
        ("login-value", "address"),
        ("login-value", "text"),
    } <= taken
    everything = b""
    for file in sorted((tmp_path / "capture").iterdir()):
        # The screenshot and the PDF show what the page showed; the record says so.
        if file.name == "page.wacz":
            with zipfile.ZipFile(file) as package:
                for name in package.namelist():
                    content = package.read(name)
                    everything += content
                    if name.endswith(".warc.gz"):
                        with package.open(name) as warc:
                            for one in ArchiveIterator(warc):
                                everything += one.rec_headers.to_bytes()
                                everything += (
                                    one.http_headers.to_bytes() if one.http_headers else b""
                                )
                                everything += one.content_stream().read()
        elif file.name not in {"screenshot.png", "page.pdf"}:
            everything += file.read_bytes()
    assert b"members only" in everything
    for secret in (BROUGHT, RENEWED, TOKEN):
        assert secret.encode() not in everything, secret
    assert any(gap.kind is GapKind.SHOWS_LOGIN for gap in record.gaps)


@pytest.mark.parametrize(
    "untrusted", [b"", b"{}", b"[1]", b"a\tb", b"\xff\xfe", b"[" * 5000, b'{"cookies": {}}']
)
def test_a_file_of_cookies_that_is_none_is_refused_without_its_words(
    untrusted: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "cookies"
    file.write_bytes(b'[{"name": "a", "value": "hidden-value", "domain": "example.org"}]')
    (cookie,) = read_login(file)
    assert "hidden-value" not in repr(cookie)
    assert isinstance(cookie, Cookie)
    file.write_bytes(untrusted)
    with pytest.raises(CaptureError, match="cookies"):
        read_login(file)


@pytest.mark.parametrize(
    "written",
    [
        "a%2Fb+c%3D%26%22dEf==",
        'a/b+c=&"dEf==',
        "a%2Fb%2Bc%3D%26%22dEf%3D%3D",
        "a/b+c=&amp;&quot;dEf==",
        r"a\/b+c=&\"dEf==",
        r'a\/b+c=&"dEf==',
        "a%252Fb%2Bc%253D%2526%2522dEf%3D%3D",
        "a%252Fb%2bc%253D%2526%2522dEf%3d%3d",
        "a%2fb+c%3d%26%22dEf==",
        "a/b+c=&amp;&#34;dEf==",
        r"a/b+c=\u0026\"dEf==",
    ],
)
@pytest.mark.parametrize("learnt", [False, True])
def test_a_login_is_found_however_a_page_spells_it(written: str, learnt: bool) -> None:
    value = "a%2Fb+c%3D%26%22dEf=="
    redactor = Redactor(["something-else"] if learnt else [value])
    if learnt:
        assert redactor.text(f"<{written}>", place="answer") == f"<{written}>"
        redactor.learn([value])
    assert set(redactor.text(f"<{written}>", place="answer")) <= set("<x>")
    assert redactor.text("another word", place="answer") == "another word"


def test_of_two_values_one_within_the_other_no_rest_is_left() -> None:
    redactor = Redactor(["abcdefgh"])
    redactor.learn(["abcdefgh-and-more"])
    assert redactor.text("abcdefgh-and-more", place="answer") == "x" * 17


def test_what_a_site_sets_in_answer_to_short_values_only_is_taken_out_too() -> None:
    redactor = Redactor(["short-1", "on"])
    redactor.learn([RENEWED])
    assert redactor.text(f"<{RENEWED}>", place="answer") == f"<{'x' * len(RENEWED)}>"
    assert redactor.headers([("Cookie", "a=short-1"), ("Set-Cookie", "b=2")], place="question") == (
        ("Cookie", "redacted"),
        ("Set-Cookie", "redacted"),
    ), "headers that carry a login go whole, however short it is"
    stranger = Redactor([])
    stranger.learn([RENEWED])
    assert stranger.text(RENEWED, place="answer") == RENEWED, "without a login nothing is one"


def test_one_cookie_that_no_browser_takes_does_not_end_the_login() -> None:
    given: list[str] = []

    class Browser:
        async def send(self, _method: str, told: Any) -> None:
            (one,) = told["cookies"]
            if len(one["value"]) > 4096:
                raise CommandFailed("the browser refused a command")
            given.append(one["value"])

    def cookie(value: str) -> Cookie:
        return Cookie("session", value, "vk.example", "/", secure=True, http_only=True)

    browser = cast(Cdp, Browser())
    asyncio.run(log_in(browser, [cookie("y" * 5000), cookie(BROUGHT)]))
    assert given == [BROUGHT]
    with pytest.raises(CaptureError, match="refused those cookies"):
        asyncio.run(log_in(browser, [cookie("y" * 5000)]))


def test_a_file_of_cookies_is_read_as_editors_and_browsers_tools_write_it() -> None:
    lines = "a.example\tFALSE\t/\tTRUE\t0\ts\tv\nb.example\tTRUE\t/\tTRUE\t0\ts\tv\n"
    marked = parse_login(b"\xef\xbb\xbf" + lines.encode())
    assert [one.domain for one in marked] == ["a.example", ".b.example"]
    told = '[{"name": "s", "value": "v", "domain": "%s", "hostOnly": %s}]'
    for domain, one_host, expected in (
        (".a.example", "false", ".a.example"),
        ("a.example", "false", ".a.example"),
        ("a.example", "true", "a.example"),
    ):
        (one,) = parse_login((told % (domain, one_host)).encode())
        assert one.domain == expected
    with pytest.raises(CaptureError, match="cannot be read"):
        parse_login(rb'[{"name": "s", "value": "half \ud800", "domain": "a.example"}]')
