"""The receipt's page with its script: the words stay, the answers are opened in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.messages import DeskAnswer, Message
from safelight.vocabulary.report import Report
from tests.support.browsers import PHONE, playwright_browser
from tests.support.live_server import LiveServer, live_server, today
from tests.support.tags import untagged

pytestmark = [pytest.mark.browser, pytest.mark.live]

QUESTION = "Спасибо. В каком городе это было?\n<script>alert(1)</script>"
NO_WEB_CRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("conversation")) as running:
        yield running


def _reported(page: Any, server: LiveServer) -> Receipt:
    page.goto(f"{server.url}{address('ru', 'report')}")
    page.fill('textarea[name="story"]', "Это случилось вечером.")
    page.click("form#report button[data-needs-script]")
    page.wait_for_selector("#receipt-words li", state="visible")
    return Receipt.parse(" ".join(page.locator("#receipt-words li").all_inner_texts()))


def _opened(server: LiveServer, receipt: Receipt, *, first: bool) -> bytes:
    desk = server.keeper.desks[0]
    (held,) = (
        e
        for e in server.listed(desk)
        if e["mailbox"] == receipt.mailbox_id.hex() and e["first"] is first
    )
    sealed = server.ask_as(desk, "GET", f"/collect/{held['id']}").body
    return open_bytes(sealed, [desk.identity])


def _answered(server: LiveServer, receipt: Receipt) -> None:
    """As a desk does: to the recipient that stands in the report."""
    report = Report.parse(_opened(server, receipt, first=True))
    assert report.reply_to is not None
    answer = DeskAnswer(
        mailbox=receipt.mailbox_id.hex(),
        written=today(),
        desk="desk-1",
        status="question",
        text=QUESTION,
    )
    sealed = seal_bytes(answer.to_bytes(), [parse_recipient(report.reply_to)])
    address = f"/collect/answer/{receipt.mailbox_id.hex()}"
    assert server.ask_as(server.keeper.desks[0], "POST", address, sealed).status == 201


def _look_up(page: Any, server: LiveServer, words: str) -> None:
    page.goto(f"{server.url}{address('ru', 'receipt')}")
    page.wait_for_selector("form#ask button[data-needs-script]", state="visible")
    page.fill("#words", words)
    page.click("form#ask button[data-needs-script]")


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_conversation_from_the_first_word_to_the_last(server: LiveServer, kind: str) -> None:
    with playwright_browser(kind, size=PHONE) as page:
        page.add_init_script(NO_WEB_CRYPTO)
        sent: list[str] = []
        receipt = _reported(page, server)
        page.on("request", lambda r: sent.append(f"{r.url} {r.headers} {r.post_data_buffer!r}"))
        _answered(server, receipt)

        words = list(receipt.words("ru"))
        slip = "ы" if words[4][3:4] == "ъ" else "ъ"
        typed = [*words[:4], words[4][:3] + slip + words[4][4:], *words[5:]]
        _look_up(page, server, " ".join(typed))
        page.click(f'#likely button:text-is("{words[4]}")')
        page.click("form#ask button[data-needs-script]")
        page.wait_for_selector("#answers li p >> text=В каком городе")
        assert "<script>alert(1)</script>" in page.inner_text("#answers")
        assert page.input_value("#words") == ""
        secrets = [receipt.secret, receipt.withdrawal_proof, *(w.encode() for w in words)]
        for secret in secrets:
            assert secret.hex() not in "".join(sent)
        assert not any(f" {word} " in line for line in sent for word in words)

        page.fill("#text", "В Твери.")
        page.click("form#write button[type=submit]")
        page.wait_for_selector("#status >> text=Дошло")
        said = untagged(_opened(server, receipt, first=False), receipt)
        assert Message.parse(said).text == "В Твери."

        page.click("form#withdraw button[type=submit]")
        assert "поставьте отметку" in page.inner_text("#problem")
        page.check("#sure")
        page.click("form#withdraw button[type=submit]")
        page.wait_for_selector("#answer >> text=отозвано")
        assert not page.is_visible("#conversation")
        assert server.listed(server.keeper.desks[0]) == []
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert page.evaluate("document.cookie") == ""


def test_two_tabs_with_one_receipt(server: LiveServer) -> None:
    with playwright_browser("chromium") as page:
        receipt = _reported(page, server)
        words = " ".join(receipt.words("ru"))
        other = page.context.new_page()
        for tab in (page, other):
            _look_up(tab, server, words)
            tab.wait_for_selector("#conversation", state="visible")
        other.check("#sure")
        other.click("form#withdraw button[type=submit]")
        other.wait_for_selector("#answer >> text=отозвано")
        page.fill("#text", "Ещё одно.")
        page.click("form#write button[type=submit]")
        page.wait_for_selector("#problem >> text=Ничего не отправлено")
        page.wait_for_selector("#answer >> text=отозвано")


def test_a_receipt_of_nothing_is_told_so_and_the_words_stay_to_compare(server: LiveServer) -> None:
    with playwright_browser("chromium") as page:
        words = " ".join(Receipt.generate().words("en"))
        _look_up(page, server, words)
        page.wait_for_selector("#answer >> text=По этим словам ничего не найдено")
        assert page.input_value("#words") == words
        assert not page.is_visible("#conversation")
