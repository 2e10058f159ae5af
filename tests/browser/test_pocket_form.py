"""The pocket form, opened from disk in real browsers: what it saves is a report for a desk."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from safelight.casework.drop_folder import Looked, envelopes_in
from safelight.intake.pocket.form import LARGEST_POCKET_FORM, build_pocket_form
from safelight.sealing.deposit_file import DepositFile
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.messages import FileHeader
from safelight.vocabulary.report import Report
from tests.browser.node import BROWSER, run_script
from tests.intake.test_pocket_upload import multipart, opened, send
from tests.support.browsers import playwright_browser
from tests.support.live_server import Keeper, live_server, today
from tests.support.tags import untagged

pytestmark = [pytest.mark.browser, pytest.mark.live]

STORY = "Они написали директору. 🏳️‍🌈\nThen to the parents."
# Saved files, as the page hands them to the browser (playwright sees no downloads of Firefox).
KEEP_SAVED = """
window.saved = []
const make = URL.createObjectURL
URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob) }
window.print = () => {}
"""
READ_SAVED = """() => new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result.split(',')[1])
    reader.readAsDataURL(window.saved.at(-1))
})"""


@pytest.fixture(scope="module")
def keeper() -> Keeper:
    return Keeper.with_desks("desk-1", "desk-2")


@pytest.fixture(scope="module")
def form(keeper: Keeper, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pocket") / "form.html"
    path.write_bytes(build_pocket_form(keeper.signed(), keeper.root.public_key()).content)
    return path


@contextmanager
def opened_form(kind: str, form: Path, *, at: datetime | None = None) -> Iterator[Any]:
    with playwright_browser(kind, size=(390, 844)) as page:
        asked: list[str] = []
        failed: list[str] = []
        page.on("request", lambda request: asked.append(request.url.split(":")[0]))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.add_init_script(KEEP_SAVED)
        if at is not None:
            page.clock.set_fixed_time(at)
        page.goto(form.as_uri())
        page.wait_for_selector("h1")
        yield page
        assert failed == []
        assert set(asked) <= {"file", "blob", "data"}, "the form asked the network for something"


def assert_accessible(page: Any) -> None:
    page.evaluate((BROWSER / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("(runOnly) => axe.run(document, {runOnly})", tags)["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def in_russian(page: Any) -> None:
    if page.get_attribute("html", "lang") != "ru":
        page.click("header button:first-child")


def seal(page: Any) -> Receipt:
    page.click("form#report button[type=submit]")
    page.wait_for_selector("#receipt-words li")
    return Receipt.parse(" ".join(page.locator("#receipt-words li").all_inner_texts()))


def saved(page: Any) -> bytes:
    page.locator("section:nth-of-type(2) button").click()
    return base64.b64decode(page.evaluate(READ_SAVED))


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_report_with_photos_comes_back_equal_through_upload_folder_and_mail(
    kind: str, form: Path, keeper: Keeper, tmp_path: Path
) -> None:
    dirty, clean = (tmp_path / name for name in ("dirty.jpg", "clean.jpg"))
    pictures = json.loads(run_script("dirty-pictures.mjs").stdout)
    dirty.write_bytes(base64.b64decode(pictures["jpeg"]["dirty"]))
    clean.write_bytes(base64.b64decode(pictures["jpeg"]["scrubbed"]))
    (tmp_path / "notes.txt").write_bytes(b"no photo")
    with opened_form(kind, form) as page:
        in_russian(page)
        page.click("button.door >> nth=0")
        page.check('input[name="acts"][value="OUT"]')
        page.fill("#story", STORY)
        page.check('input[name="consent"][value="STAT"]')
        page.set_input_files("#files", [str(dirty), str(tmp_path / "notes.txt")])
        page.wait_for_selector("#files-list li:nth-child(2) input")
        receipt = seal(page)
        assert page.locator("form").count() == 0
        file = saved(page)
        assert page.url == form.as_uri()

    deposit = DepositFile.parse(file)
    assert (deposit.mailbox_id, deposit.verifier) == (receipt.mailbox_id, receipt.verifier)
    assert [len(envelope.sealed) for envelope in deposit.envelopes] == [32768, 32768]
    for desk in keeper.desks:
        contents = [open_bytes(one.sealed, [desk.identity]) for one in deposit.envelopes]
    report = Report.parse(contents[0])
    assert report.answers == {"acts": ("OUT",), "story": STORY}
    assert (report.sealed_by, report.language, report.roster) == ("browser", "ru", 3)
    assert report.written == today()
    assert set(report.consent) == {"STAT"}
    assert report.reply_to == receipt.reply_recipient().encode()
    assert report.withdrawal == receipt.withdrawal_verifier.hex()
    assert report.message_key == receipt.message_key.hex()
    line, _, photo = untagged(contents[1], receipt).partition(b"\n")
    header = FileHeader.parse(line + b"\n")
    assert (header.name, header.type, header.metadata) == ("dirty.jpg", "image/jpeg", "removed")
    assert photo == clean.read_bytes()
    assert b"CANARY" in dirty.read_bytes()

    # Any channel: the same bytes.
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data-10.bin").write_bytes(file)
    mail = EmailMessage()
    mail.set_content("см. вложение")
    mail.add_attachment(file, maintype="application", subtype="octet-stream", filename="data.bin")
    (tmp_path / "in" / "mail.eml").write_bytes(mail.as_bytes())
    sealed = [envelope.sealed for envelope in deposit.envelopes]
    assert list(envelopes_in([tmp_path / "in"], Looked())) == sealed * 2
    with live_server(tmp_path / "server", keeper=keeper) as server:
        assert send(server, multipart(file)).status == 200
        assert sorted(opened(server, receipt)) == sorted(contents)
        assert send(server, multipart(file)).status == 200


def test_screenshots_of_the_pictures_give_the_file_back(
    form: Path, keeper: Keeper, tmp_path: Path
) -> None:
    with opened_form("chromium", form) as page:
        assert_accessible(page)
        page.click("button.door >> nth=2")
        page.fill("#letter", STORY)
        assert_accessible(page)
        seal(page)
        file = saved(page)
        page.locator("section:nth-of-type(3) button").nth(0).click()
        total = int(page.inner_text(".number").split()[-1])
        for number in range(total):
            # Taken from the last to the first, as nobody has to keep an order.
            page.locator(".code").screenshot(path=str(tmp_path / f"{total - number:02}.png"))
            page.locator(".shown button").nth(2).click()
        assert_accessible(page)
        page.locator("section:nth-of-type(3) button").nth(1).click()
        page.emulate_media(media="print")
        assert page.locator(".sheet figure").count() == total
        assert page.locator(".sheet figure").first.is_visible()
        assert not page.locator("#receipt-words").is_visible()
    looked = Looked()
    found = list(envelopes_in([tmp_path], looked))
    assert found == [DepositFile.parse(file).envelopes[0].sealed]
    assert (looked.pictures, looked.unfinished) == (total, ())
    (tmp_path / "07.png").unlink()
    looked = Looked()
    assert list(envelopes_in([tmp_path], looked)) == []
    assert [len(one.missing) for one in looked.unfinished] == [1]


@pytest.mark.parametrize(
    ("at", "sentence", "doors"),
    [
        (timedelta(days=61), "Этой формой можно было пользоваться до", 0),
        (timedelta(days=365), "Этой формой можно было пользоваться до", 0),
        (timedelta(days=-365), "Похоже, дата на этом устройстве неверна", 3),
    ],
    ids=["a day too old", "a year ahead", "a year behind"],
)
def test_a_wrong_clock_or_an_old_form_is_said_before_anything_is_typed(
    at: timedelta, sentence: str, doors: int, form: Path, keeper: Keeper
) -> None:
    with opened_form("chromium", form, at=datetime.now(UTC) + at) as page:
        in_russian(page)
        assert sentence in page.inner_text("main")
        assert page.locator("button.door").count() == doors
        assert page.locator("textarea, input").count() == 0
        if at < timedelta(0):
            page.click("button.door >> nth=2")
            page.fill("#letter", STORY)
            seal(page)
            report = open_bytes(
                DepositFile.parse(saved(page)).envelopes[0].sealed, [keeper.desks[0].identity]
            )
            assert Report.parse(report).written == keeper.roster.issued


def test_leaving_shows_nothing_of_it_and_back_does_not_either(form: Path) -> None:
    with opened_form("chromium", form) as page:
        page.click("button.door >> nth=2")
        page.fill("#letter", STORY)
        length = page.evaluate("history.length")
        for _ in range(3):
            page.keyboard.press("Shift")
        page.wait_for_url("about:blank")
        assert page.evaluate("history.length") == length
        page.go_back()
        assert STORY.split("\n", maxsplit=1)[0] not in page.content()


def test_it_is_one_file_below_the_budget_and_the_same_each_time(form: Path, keeper: Keeper) -> None:
    content = form.read_bytes()
    assert len(content) < LARGEST_POCKET_FORM
    again = build_pocket_form(keeper.signed(), keeper.root.public_key())
    assert again.content == content
    assert b"http://" not in content.partition(b"<!--")[0].replace(b"http-equiv", b"")
    checked = run_script("build-pocket.mjs", "--check")
    assert checked.returncode == 0, checked.stderr
