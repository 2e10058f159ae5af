"""Threat: login-left-in-a-capture: a capture made with a caseworker's login hands that login to
whoever gets the evidence; no file of it holds a cookie's value, wherever the site repeats it, and
the record says what was taken out.
"""

from __future__ import annotations

import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from safelight.evidence.capture.capture_record import GapKind
from safelight.evidence.capture.login import Cookie, read_login
from safelight.evidence.capture.problems import CaptureError
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
