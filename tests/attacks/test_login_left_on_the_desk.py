"""Threat: login-left-on-the-desk: a caseworker brings the cookies of an account to a capture on the
desk; nothing of them stays after it, in the case, its bundle, the database, files or memory, and no
other site gets them.
"""

from __future__ import annotations

import gc
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.campaigns.case_evidence.test_evidence_of_a_case import alarm, bundled
from tests.support.capture_site import Answer, Site, html, picture, serving
from tests.support.desk import TestDesk, desk
from tests.support.sandbox import need_boxed_browser

__all__ = ["desk"]

BROUGHT, FOREIGN = "s3cr3t-session-0001", "an0ther-site-0002"


def cookies_txt(host: str = "127.0.0.1") -> SimpleUploadedFile:
    lines = [
        f"{host}\tFALSE\t/\tFALSE\t0\tsession\t{BROUGHT}",
        f".bank.example\tTRUE\t/\tTRUE\t0\tsession\t{FOREIGN}",
    ]
    return SimpleUploadedFile("cookies.txt", "\n".join(lines).encode())


def in_memory() -> list[str]:
    """The values of all cookies that any object of the program still holds."""
    from safelight.evidence.capture.login import Cookie

    gc.collect()
    return [one.value for one in gc.get_objects() if isinstance(one, Cookie)]


def every_byte(desk: TestDesk, case_id: str) -> bytes:
    """Everything that the desk keeps, in the clear: tables, contents, files, files within files."""
    from django.db import connection

    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.keeping import pieces_of
    from safelight.campaigns.case_evidence.workplace import PREFIX, _where
    from safelight.journal.chain import told

    found = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                found += b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    found += json.dumps([one.content for one in told(case_id)], default=str).encode()
    for item in standing(case_id)[1].every_item():
        whole = b"".join(pieces_of(item.item))
        found += whole + unpacked(whole)
    for folder in (desk.data, _where()):
        for path in folder.rglob("*"):
            is_ours = folder == desk.data or PREFIX in str(path)
            found += path.read_bytes() if is_ours and path.is_file() else b""
    return bytes(found)


def unpacked(package: bytes) -> bytes:
    """The files of a ZIP, of ZIPs in it, and the records of a WARC."""
    import gzip

    found = b""
    if package[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                found += content + unpacked(content)
    elif package[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(package)) as plain:
            found += plain.read()
    return found


@pytest.mark.browser
def test_a_login_is_used_once_declared_and_nowhere_left(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.keeping import pieces_of

    need_boxed_browser()
    given: list[str] = []

    def page(handler: BaseHTTPRequestHandler) -> Answer:
        given.append(handler.headers.get("Cookie", ""))
        is_in = BROUGHT in given[-1]
        return html(f"<p>{'members only' if is_in else 'log in'}</p><img src=/a.png><i>{BROUGHT}")

    site = Site({"/post": page, "/a.png": picture("red")})
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    with serving(site):
        (desk.data / "evidence.yaml").write_text(f"exit: direct\nloopback_ports: [{site.port}]\n")
        form = {"urls": f"{site.address}/post", "cookies": cookies_txt()}
        answer = desk.client.post(f"/cases/{case_id}/evidence/capture", form)
        assert answer.status_code == 302, answer.text
        assert runs.wait_until_idle(120)
    (one,) = standing(case_id)[1].captures
    assert one.state in {"COMPLETE", "PARTIAL"}, [run.problem for run in runs.runs_of(case_id)]
    assert given[0] == f"session={BROUGHT}"
    text = one.part("text")
    assert text is not None
    assert b"members only" in b"".join(pieces_of(text.item))
    assert one.redacted
    assert "shows-login" in {gap.what for gap in one.gaps}
    html_page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert f"Places of the record it was taken out of: {one.redacted}" in html_page

    record = one.part("record")
    assert record is not None
    declared = json.loads(b"".join(pieces_of(record.item)))
    assert declared["logged_in"] is True
    assert declared["redactions"]

    bundled(desk, case_id, *(part.item for part in one.parts))
    everything = every_byte(desk, case_id)
    assert b"members only" in everything, "the search finds what is there"
    for secret in (BROUGHT, FOREIGN):
        assert secret.encode() not in everything
        assert secret not in in_memory()


def test_only_the_sites_own_cookies_go_along_and_another_sites_login_is_refused(
    desk: TestDesk,
) -> None:
    from safelight.campaigns.case_evidence.capture_work import cookies_for
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.evidence.capture.login import parse_login

    login = parse_login(cookies_txt(".vk.example").read())
    assert [one.value for one in cookies_for("https://m.vk.example/wall", login)] == [BROUGHT]
    assert [one.value for one in cookies_for("https://vk.example/wall", login)] == [BROUGHT]
    assert cookies_for("https://notvk.example/", login) == ()
    of_one_host = parse_login(cookies_txt("vk.example").read())
    assert [one.value for one in cookies_for("https://vk.example/wall", of_one_host)] == [BROUGHT]
    assert cookies_for("https://m.vk.example/wall", of_one_host) == (), "no browser sends it there"
    wide = parse_login(b'[{"name": "a", "value": "hidden-value", "domain": ".example"}]')
    assert cookies_for("https://vk.example/", wide) == (), "no cookie is of everybody"
    del login, wide, of_one_host

    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    address = f"/cases/{case_id}/evidence/capture"
    both = "https://vk.example/1 https://other.example/2"
    refused = desk.client.post(address, {"urls": both, "cookies": cookies_txt(".vk.example")})
    assert refused.status_code == 422
    assert "none of these cookies belongs" in refused.text
    broken = SimpleUploadedFile("cookies.txt", b"\xff" + BROUGHT.encode())
    answer = desk.client.post(address, {"urls": "https://vk.example/1", "cookies": broken})
    assert answer.status_code == 422
    assert "this is no file of cookies" in answer.text
    for page in (refused.text, answer.text):
        assert BROUGHT not in page
    assert standing(case_id)[1].captures == ()
    del refused, answer
    assert BROUGHT not in in_memory()


def test_a_lock_drops_a_login_that_waits_and_stops_the_capture_that_uses_it(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import capture_work, runs
    from safelight.evidence.capture.capturing import Progress
    from safelight.evidence.capture.problems import CaptureError

    began, go, ended = threading.Event(), threading.Event(), threading.Event()
    seen: list[str] = []

    def capture(url: str, *, on_progress: Any, login: Any, **_: Any) -> Any:
        seen.append(login[0].value)
        on_progress(Progress("loading", 0, 0, 0))
        began.set()
        go.wait(20)
        try:
            on_progress(Progress("behaving", 3, 9, 0))
        except CaptureError:
            ended.set()
            raise
        raise AssertionError("it went on after the lock")

    monkeypatch.setattr(capture_work, "capture", capture)
    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    form = {
        "urls": "https://vk.example/1 https://vk.example/2",
        "cookies": cookies_txt("vk.example"),
    }
    assert desk.client.post(f"/cases/{case_id}/evidence/capture", form).status_code == 302
    assert began.wait(20)
    assert BROUGHT in in_memory(), "the search finds what is held"
    worker = next(one for one in threading.enumerate() if one.name == runs.THREAD)
    runs.forget()
    go.set()
    assert ended.wait(20)
    worker.join(20)
    assert seen == [BROUGHT], "the second one never began"
    assert BROUGHT not in in_memory()
