"""Row exchange by the desk's pages: cards compared, editions by file, what is taken back."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from safelight.partners.exchange.edition import SharedRow, opened_edition
from safelight.partners.overlap.keys import Card, SessionKeys
from tests.partners.exchange.test_desk_exchange import LATER, THEIRS, coded, from_them, today
from tests.partners.exchange.test_edition import stat_row
from tests.support.desk import TestDesk

FIRST = "/lists/exchange/"


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("file", content)


class Page:
    """One partner on the desk."""

    def __init__(self, desk: TestDesk) -> None:
        self.client: Any = desk.client
        self.url = self.client.post(f"{FIRST}begin", {"name": "helpline"}).headers["Location"]

    @property
    def text(self) -> str:
        return html.unescape(self.client.get(self.url).text)

    @property
    def one(self) -> Any:
        from safelight.partners.exchange.desk_exchange import partner

        return partner(self.url.split("/")[-2])

    def post(self, what: str, **fields: Any) -> Any:
        return self.client.post(f"{self.url}{what}", fields)

    def compared(self, keys: SessionKeys = THEIRS) -> None:
        shown = self.post("compare", card=upload(keys.card().encode())).text
        card_text = re.findall(r'name="card_text" value="([^"]+)"', shown)[0]
        assert self.post("believe", card_text=card_text, compared="yes").status_code == 302

    def sent(self, days: str = "30") -> Any:
        answer = self.post("send", fresh_days=days)
        assert answer.status_code == 200, answer.text
        mine = Card.read(self.client.get(f"{self.url}card").content)
        last = self.one.sent_edition - 1
        return opened_edition(answer.content, THEIRS, mine, last=last, today=today())


def test_nothing_leaves_before_a_person_said_that_the_code_is_the_same(desk: TestDesk) -> None:
    from safelight.partners.exchange.desk_exchange import code_with

    page = Page(desk)
    early = page.post("send", fresh_days="30")
    assert early.status_code == 400
    assert "compare the code by voice" in early.text
    shown = page.post("compare", card=upload(THEIRS.card().encode())).text
    assert code_with(page.one, THEIRS.card()) in shown
    assert not page.one.card  # shown is not believed
    card_text = re.findall(r'name="card_text" value="([^"]+)"', shown)[0]
    assert page.post("believe", card_text=card_text).status_code == 400
    assert page.post("believe", card_text="!", compared="yes").status_code == 400
    assert page.post("compare", card=upload(b"no card")).status_code == 400
    assert not page.one.card
    assert page.post("believe", card_text=card_text, compared="yes").status_code == 302
    assert "Make the next edition" in page.text


def test_only_those_who_agreed_leave_and_who_takes_it_back_disappears_with_the_next_edition(
    desk: TestDesk,
) -> None:
    from safelight.casework.models import Case

    agreed = coded(desk, "0a", STAT=LATER, SHARE_PARTNER=LATER)
    coded(desk, "0b", STAT=LATER)
    coded(desk, "0c", STAT=LATER, SHARE_PARTNER=timedelta(days=-1))
    page = Page(desk)
    page.compared()
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(?:<strong>)?(\d+)", page.text))
    assert facts["Agreed to sharing, today"] == "1"
    assert len(page.sent().rows) == 1
    # Taken back: its case is locked, and the page says that the partner still has the row.
    Case.objects.filter(case_id=agreed).update(state="locked")
    text = page.text
    assert "Send the next edition: only then do these rows disappear there." in text
    assert "to take back: 1" in re.sub(r"<[^>]+>", "", desk.client.get(FIRST).text)
    assert page.sent().rows == ()
    text = page.text
    assert "only then do these rows disappear" not in text
    history = re.findall(r'<td class="number">(\d+)</td>', text)
    assert history == ["2", "0", "1", "1", "1", "0"]  # edition, rows, gone; the newest first


def test_what_comes_stands_with_its_lineage_and_goes_with_the_next_edition(desk: TestDesk) -> None:
    page = Page(desk)
    page.compared()
    one, other = stat_row(), replace(stat_row(), stat_id="2" * 32)
    rows = [SharedRow(row, today() + timedelta(days=9), {}) for row in (one, other)]
    first = from_them(*rows, one=page.one)
    taken = page.post("take", edition=upload(first))
    assert "Taken in: edition 1, rows: 2" in re.sub(r"\s+", " ", taken.text)
    import hashlib

    assert hashlib.sha256(first).hexdigest() in taken.text
    second = page.post("take", edition=upload(from_them(rows[0], number=2, one=page.one)))
    assert "no longer in it: 1" in re.sub(r"\s+", " ", second.text)
    replayed = page.post("take", edition=upload(first))
    assert replayed.status_code == 400
    assert "An older one brings back withdrawn rows." in replayed.text
    for junk in (b"", b"nonsense", first[:-1]):
        assert page.post("take", edition=upload(junk)).status_code == 400
    assert page.post("take").status_code == 400
    from safelight.partners.models import ReceivedRow

    assert ReceivedRow.objects.count() == 1
    assert page.post("end").status_code == 302
    assert ReceivedRow.objects.count() == 0
    assert desk.client.get(page.url).status_code == 404


def test_days_that_cannot_be_and_the_russian_page(desk: TestDesk) -> None:
    page = Page(desk)
    page.compared()
    for days in ("0", "401", "-1", "", "1e2", "٣"):
        assert page.post("send", fresh_days=days).status_code == 400, days
    assert page.one.sent_edition == 0
    assert desk.client.post(f"{FIRST}begin", {"name": "Not a name!"}).status_code == 400
    desk.client.post("/language/ru", {"back": "/"})
    assert "Сделать следующий выпуск" in page.text
    assert "Обмен строками" in desk.client.get("/lists/").text
