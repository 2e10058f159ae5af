"""“Обо мне пишут”: from an alarm to a bundle and three notices, within ten minutes of work.

A real desk in Russian, a page served on this machine (the desk's file allows that port, which is
there for trying things out), two timestamp authorities. What a caseworker needs for each action is
summed from `SECONDS`, and the time in which nothing could be done but wait is added. Screenshots go
to $SAFELIGHT_SCREENSHOTS if that is set.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from safelight.evidence.bundles.bundling import published_script
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_bytes
from tests.support.browsers import playwright_browser
from tests.support.desk import a_report
from tests.support.live_desk import made_desk, running_desk
from tests.support.sandbox import need_boxed_browser
from tests.support.timestamp_authority import LocalAuthority

pytestmark = [pytest.mark.browser, pytest.mark.live]

_SCREENSHOTS = os.environ.get("SAFELIGHT_SCREENSHOTS")
TEN_MINUTES = 600.0
# What one action takes a person who does this for the second time: to find it and press it, to
# read a part of a page, to type a sign (40 words a minute), to look at a picture.
SECONDS = {"press": 4.0, "tick": 2.0, "read": 15.0, "look": 20.0, "sign": 0.3}

POST = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Канал</title>
<h1>Посмотрите, кто учит наших детей</h1>
<p>Вот его фото, вот школа. Пишите директору. Публикация {number}.</p>
<img src="/photo.svg" width="320" height="240" alt="фото"></html>"""
PHOTO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 24">
<rect width="32" height="24" fill="#888"/><circle cx="16" cy="10" r="5" fill="#ddd"/></svg>"""
TYPED = {
    "sender_name": "Организация помощи",
    "sender_email": "help@example.org",
    "recipient_name": "Получателю",
    "recipient_address": "abuse@example.net",
    "account": "Канал",
    "statements": "Утверждение о преступлении ложно.",
    "reasons": "Публикация раскрывает сведения о частной жизни без согласия.",
    "harm": "Назначен разговор с руководством.",
    "law": "ст. 152.1 ГК РФ",
}


class _Posts(BaseHTTPRequestHandler):
    """Two posts of a channel, until they are taken away."""

    gone: threading.Event

    def do_GET(self) -> None:
        is_post = self.path.startswith("/post/") and not self.gone.is_set()
        if self.path == "/photo.svg":
            kind, body = "image/svg+xml", PHOTO
        else:
            kind, body = "text/html; charset=utf-8", POST.format(number=self.path[-1])
        content = body.encode() if is_post or self.path == "/photo.svg" else b"gone"
        self.send_response(200 if is_post or self.path == "/photo.svg" else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def posts() -> Iterator[tuple[str, threading.Event]]:
    gone = threading.Event()
    handler = type("Posts", (_Posts,), {"gone": gone})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serve = functools.partial(server.serve_forever, poll_interval=0.05)
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", gone
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def times_slower() -> float:
    """How many times longer than its own computing a computation takes here now; 1: alone."""
    began, own = time.monotonic(), time.thread_time()
    while time.thread_time() - own < 0.2:
        sha256(bytes(1_000_000)).digest()
    return max(1.0, (time.monotonic() - began) / (time.thread_time() - own))


@dataclass
class Caseworker:
    """Works in a browser and counts the seconds that a person would need."""

    page: Any
    spent: float = 0.0
    said: dict[str, float] = field(default_factory=dict)

    def _count(self, what: str, times: float = 1.0) -> None:
        self.spent += SECONDS[what] * times
        self.said[what] = self.said.get(what, 0.0) + SECONDS[what] * times

    def read(self, parts: int = 1) -> None:
        self._count("read", parts)

    def look(self) -> None:
        self._count("look")

    def press(self, selector: str) -> None:
        self._count("press")
        self.page.click(selector)
        self.page.wait_for_load_state("load")

    def tick(self, selector: str) -> None:
        self._count("tick")
        self.page.check(selector)

    def type(self, selector: str, text: str) -> None:
        self._count("sign", len(text))
        self.page.fill(selector, text)

    def wait_until(self, selector: str, address: str) -> None:
        """Reload a page, as a person does who has nothing else to do; the clock runs on.

        A desk is one person's machine. Where others compute beside this test, the wait counts as
        what it would have been without them.
        """
        began, slower = time.monotonic(), times_slower()
        for _ in range(120):
            self.page.goto(address)
            if self.page.query_selector(selector):
                break
            self.page.wait_for_timeout(1000)
        else:
            raise AssertionError(f"{selector} did not come: {self.page.inner_text('main')}")
        alone = (time.monotonic() - began) / min(slower, times_slower())
        self.spent += alone
        self.said["wait"] = self.said.get("wait", 0.0) + alone

    def picture(self, name: str) -> None:
        if _SCREENSHOTS:
            self.page.screenshot(path=str(Path(_SCREENSHOTS) / f"{name}.png"), full_page=True)


def alarm(place: str) -> bytes:
    """The alarm as a reporter sends it."""
    told = {
        "danger": "NO",
        "deadline": "TOMORROW",
        "deadline_what": "Разговор с руководством в девять утра.",
        "who_sees": ("EMPLOYER", "PARENTS"),
        "where": ("TELEGRAM",),
        "links": f"{place}/post/1\n{place}/post/2",
        "employer_knows": "YES",
        "may_do": ("KEEP_COPIES", "ASK_REMOVAL", "LETTER_EMPLOYER"),
        "exposed": ("NAME", "PHOTO", "WORKPLACE"),
        "story": "Выложили моё фото и место работы.",
    }
    written = datetime.now(UTC).date()
    report = a_report(form="smear-alarm", answers=told, written=written, consent=("EVIDENCE",))
    return bytes(report.to_bytes())


def write_notices(worker: Caseworker, case: str) -> int:
    """Write the suggested notices; each is seen with who learns what before it is kept."""
    count = len(worker.page.query_selector_all("#notices ~ .cases a.go, .step a.go[href*=write]"))
    for number in range(count):
        worker.page.goto(f"{case}/emergency#notices")
        links = worker.page.query_selector_all(".step a.go[href*=write]")
        worker._count("press")
        links[number].click()
        worker.page.wait_for_selector("#write")
        worker.read(2)
        for name, text in TYPED.items():
            selector = f'#write [name="f-{name}"]'
            found = worker.page.query_selector(selector)
            if found is not None and not found.input_value():
                worker.type(selector, text)
        worker.press("#write button.main")
        problem = worker.page.query_selector("#write .problem[role=alert]")
        assert problem is None, problem.inner_text()
        worker.picture(f"notice-{number}")
        assert worker.page.query_selector("#write table tbody tr"), "who learns what is not shown"
        worker.read(2)
        worker.press('#write button[name="keep"]')
    return count


@pytest.mark.parametrize("size", [(1200, 900)])
def test_from_an_alarm_to_a_bundle_and_three_notices_in_ten_minutes(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    need_boxed_browser()
    authorities = [LocalAuthority.made(tmp_path / name, name) for name in ("first", "second")]
    data, passphrase, listed = made_desk(tmp_path / "caseworker")
    with contextlib.ExitStack() as stack:
        place, gone = stack.enter_context(posts())
        asked = [stack.enter_context(one.listening()) for one in authorities]
        lines = [
            f"exit: direct\nloopback_ports: [{place.rsplit(':', 1)[1]}]\nauthorities:",
            *(
                f"  - {{name: {o.name}, address: '{o.address}', roots: {o.name}.pem}}"
                for o in asked
            ),
        ]
        (data / "evidence.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for one in authorities:
            (data / f"{one.name}.pem").write_bytes(one.roots)
        sealed = tmp_path / "alarm.age"
        sealed.write_bytes(seal_bytes(alarm(place), [parse_recipient(listed.recipient)]))
        desk = stack.enter_context(running_desk(data, passphrase, ["--language", "ru"]))
        page = stack.enter_context(playwright_browser("chromium", scripts=False, size=size))

        page.goto(desk.url)
        page.set_input_files("#envelopes", str(sealed))
        page.click('form[action$="take-in"] button')
        case = page.url.split("/cases/")[0] + "/cases/" + _only_case(page)
        worker = Caseworker(page)

        # The alarm is read, and opened for a purpose.
        page.goto(f"{case}/")
        worker.press('.purposes button, button[name="purpose"]')
        worker.read(3)
        worker.press(".urgent-box a.go")
        worker.read(2)
        worker.picture("1-alarm")

        # 1: capture, with the links of the alarm already there. Meanwhile: 3.
        assert f"{place}/post/1" in page.input_value("#urls")
        worker.press('form[action$="evidence/capture"] button.main')
        worker.read(1)
        worker.press('form[action$="emergency/exposed"] button')
        worker.picture("2-capturing")

        # 2: look at what was caught.
        worker.wait_until("button[name=seen] >> nth=3", f"{case}/emergency")
        worker.picture("3-caught")
        for number in range(2):
            form = page.query_selector_all("form:has(button[name=seen])")[number]
            worker.look()
            worker._count("press")
            form.query_selector("button[value=SHOWS]").click()
            page.wait_for_load_state("load")
            page.goto(f"{case}/emergency")

        # 4: three notices.
        assert write_notices(worker, case) == 3
        page.goto(f"{case}/emergency")
        assert len(page.query_selector_all("#made > li")) == 3

        # 5: the bundle. 6: tasks with days.
        worker.read(1)
        worker.press('form[action$="emergency/seal"] button.main')
        worker.press('form[action$="emergency/tasks"] button.main')
        worker.wait_until('.step form[action*="/evidence/save/"]', f"{case}/emergency")
        worker.picture("4-done")
        left = [one.inner_text() for one in page.query_selector_all(".missing")]
        assert left == ["человек ещё не получил ответа"]

        # The posts are taken away: what can be proved stays.
        gone.set()
        with page.expect_download() as waiting:
            page.click('.step form[action*="/evidence/save/"] button')
        worker._count("press")
        waiting.value.save_as(tmp_path / "bundle.zip")
        page.goto(f"{case}/evidence")
        fingerprint = page.query_selector_all(".hint .id")[-1].inner_text()
        worker.picture("5-evidence")

    print(f"{worker.spent:.0f} s: " + ", ".join(f"{k} {v:.0f}" for k, v in worker.said.items()))
    assert worker.spent < TEN_MINUTES
    _verify(tmp_path, fingerprint, b"".join(one.roots for one in authorities))


def _only_case(page: Any) -> str:
    page.goto(page.url.split("/cases/")[0] + "/cases/?lane=urgent")
    [link] = {
        one.get_attribute("href")
        for one in page.query_selector_all('main a[href^="/cases/"]')
        if len(one.get_attribute("href").strip("/").split("/")) == 2
    }
    return str(link.strip("/").split("/")[1])


def _verify(tmp_path: Path, fingerprint: str, roots: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path / "expert")
    (tmp_path / "verify.sh").write_bytes(published_script())
    (tmp_path / "roots.pem").write_bytes(roots)
    verified = subprocess.run(
        [
            *("bash", tmp_path / "verify.sh", "--desk-key", fingerprint),
            *("--tsa-roots", tmp_path / "roots.pem", tmp_path / "expert" / "evidence"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for name in ("first", "second"):
        assert name in verified.stdout
    kept = list((tmp_path / "expert" / "evidence" / "data" / "originals").glob("*.wacz"))
    assert len(kept) == 2
