"""The desk's pages of a private overlap: a session from the first button to the table."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import safelight.partners.overlap as overlap_package
from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.organisation import Organisation, count, join, offer
from safelight.partners.overlap.relay import Relay, carry, relay
from safelight.partners.overlap.terms import Terms
from tests.partners.overlap.session import keyed
from tests.support.desk import TestDesk

FIRST = "/lists/overlap/"
TERMS = {
    "unit": "incident", "from": "2024-01-01", "until": "2024-12-31", "how": "equal",
    "columns": "key", "least": "5", "most": "100", "masks": "3", "epsilon": "",
}  # fmt: skip


def upload(content: bytes, name: str = "file") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class Page:
    """One session on the desk, and the two others who take part in it."""

    def __init__(self, desk: TestDesk) -> None:
        self.client: Any = desk.client
        self.url = self.client.post(f"{FIRST}begin", {"name": "helpline"}).headers["Location"]
        self.other, self.relay_keys = SessionKeys.drawn("centre"), SessionKeys.drawn("relay")
        self.part: Organisation | None = None
        self.relay: Relay | None = None

    @property
    def text(self) -> str:
        text: str = self.client.get(self.url).text
        return text

    def post(self, what: str, **fields: Any) -> Any:
        return self.client.post(f"{self.url}{what}", fields)

    def file(self, name: str) -> bytes:
        answer = self.client.get(f"{self.url}file/{name}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        content: bytes = answer.content
        return content

    def to_send(self) -> bytes:
        (name,) = re.findall(r'/file/([^"]+\.overlap)"', self.text)
        return self.file(name)

    def worked(self) -> str:
        """The page once the step beside it is done."""
        for _ in range(1_200):
            text = self.text
            if 'http-equiv="refresh"' not in text:
                return text
            time.sleep(0.05)
        raise AssertionError("the step never ended")

    def agree(self, **changed: str) -> Terms:
        answer = self.post(
            "write",
            cards=upload(self.other.card().encode()),
            relay=upload(self.relay_keys.card().encode()),
            **(TERMS | changed),
        )
        assert answer.status_code == 302, answer.text
        terms = Terms.parse(self.file("terms.json"))
        assert terms.code in self.text
        return terms

    def offer(self, terms: Terms, rows: int = 20) -> str:
        text = "key\n" + "".join(f"{number}\n" for number in range(rows))
        fields = {"code": terms.code, "unit": "incident", "list": upload(text.encode())}
        assert self.post("offer", **fields).status_code == 302
        return self.worked()


@pytest.fixture
def page(desk: TestDesk) -> Page:
    return Page(desk)


def test_a_session_on_the_desk_ends_with_the_table(page: Page) -> None:
    terms = page.agree()
    assert "Send this to the relay" in page.offer(terms)
    part, commitment = offer(keyed(*range(10, 40)), terms, page.other, unit="incident")
    state, _ = carry(relay(page.relay_keys, terms), page.to_send())
    state, messages = carry(state, commitment.encode())
    for _ in terms.names:
        for message in messages:
            if message.header.reader == "helpline":
                page.post("message", message=upload(message.encode()))
                page.worked()
                state, more = carry(state, page.to_send())
            else:
                part, answer = join(part, message.encode())
                state, more = carry(state, answer.encode())
        messages = more
    (mine,) = [one for one in messages if one.header.reader == "helpline"]
    (theirs,) = [one for one in messages if one.header.reader == "centre"]
    assert "Take in the result" in page.text
    answer = page.post("message", message=upload(mine.encode()))
    assert answer.status_code == 302, answer.text
    shown = page.worked()
    assert re.findall(r'<td class="number">(-?\d+)</td>', shown) == ["10", "20", "10"]
    _, found = count(part, theirs.encode())
    assert page.file("overlap.csv").decode() == found.to_csv()
    from safelight.journal.chain import entries

    kinds = [entry.kind for entry in entries() if entry.kind.startswith("overlap.")]
    assert kinds == ["overlap.offered", "overlap.counted"]


def test_only_the_convener_is_shown_the_code_and_an_offer_needs_it(page: Page) -> None:
    others = SessionKeys.drawn("archive")
    mine = Card.read(page.file("helpline.card.json"))
    terms = _terms_of(others, mine, page)
    page.post("terms", terms=upload(terms.statement))
    text = page.text
    assert "archive" in text
    assert terms.code not in text
    text = "key\n" + "".join(f"{number}\n" for number in range(9))
    refused = page.post("offer", code="0", unit="incident", list=upload(text.encode()))
    assert refused.status_code == 400
    assert "not the terms whose code you were told" in refused.text
    assert "Send this to the relay" in page.offer(terms)


def _terms_of(convener: SessionKeys, other: Card, page: Page) -> Terms:
    from datetime import date

    from tests.partners.overlap.session import ONE_KEY

    return Terms.made(
        convener, [convener.card(), other], page.relay_keys.card(), unit="incident",
        first_day=date(2024, 1, 1), last_day=date(2024, 1, 2), scheme=ONE_KEY, least=5, most=99,
        masks=0, epsilon=None,
    )  # fmt: skip


def test_a_refused_list_and_a_damaged_message_are_said_and_change_nothing(page: Page) -> None:
    terms = page.agree()
    shown = page.offer(terms, rows=2)
    assert "at least 5 records" in shown
    assert "Offer your list" in shown
    page.offer(terms)
    sent = page.to_send()
    page.post("message", message=upload(sent))
    assert "this message is for relay" in page.worked()
    page.post("message", message=upload(b"nonsense"))
    assert "begins with SLO1" in page.worked()
    assert page.to_send() == sent


def test_no_key_of_the_list_stands_in_the_database_and_ending_deletes_it(page: Page) -> None:
    from safelight.partners.models import OverlapSession

    terms = page.agree()
    text = "key\n" + "".join(f"canary {number}\n" for number in range(20))
    page.post("offer", code=terms.code, unit="incident", list=upload(text.encode()))
    page.worked()
    (row,) = OverlapSession.objects.all()
    assert row.state
    assert b"canary" not in bytes(row.state) + bytes(row.terms) + bytes(row.keys)
    assert page.post("end").status_code == 302
    assert not OverlapSession.objects.exists()
    assert page.client.get(page.url).status_code == 404


@pytest.mark.parametrize("path", ["message", "offer", "terms", "write"])
def test_a_form_without_its_file_is_refused(page: Page, path: str) -> None:
    answer = page.post(path)
    assert answer.status_code == 400
    assert page.text


def test_every_refusal_has_a_sentence_for_the_page() -> None:
    from safelight.partners.overlap.wording import REFUSALS

    rooms = Path(overlap_package.__file__ or "").parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(rooms.glob("*.py")))
    raised = set(re.findall(r'(?:Message|OwnList)Error\(\s*"([a-z-]+)"', text))
    raised |= set(re.findall(r'^    code = "([a-z-]+)"', text, re.MULTILINE))
    assert len(raised) > 15
    assert raised <= set(REFUSALS)


def test_a_refusal_is_said_in_russian_too(page: Page) -> None:
    page.client.post("/language/ru")
    answer = page.post("terms", terms=upload(b"{}"))
    assert answer.status_code == 400
    assert "Условия или карточку принять нельзя" in answer.text


def test_what_is_not_there_is_not_found(page: Page) -> None:
    assert page.client.get(f"{FIRST}0000/").status_code == 404
    assert page.client.get(f"{page.url}file/keys").status_code == 404
    assert page.client.post(f"{FIRST}begin", {"name": "../x"}).status_code == 400
    assert page.client.get(f"{page.url}end").status_code == 405
    assert Path(page.url).name in page.client.get(FIRST).text
