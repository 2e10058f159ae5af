"""Hundreds of looks at one address: the page of a case shows them in pages, and loses none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from tests.support.desk import TestDesk
from tests.support.looks import LINK, alarm_with_consent

LOOKS = 500
EDITED_EACH = 4
BEGAN = datetime(2026, 5, 1, tzinfo=UTC)


def name_of(look: int) -> str:
    return f"{look:016x}"


def looks() -> tuple[Any, ...]:
    """One capture by hand and the looks after it; of every fourth the text is another one."""
    from safelight.campaigns.case_evidence.standing import Capture, Item

    made = []
    for number in range(LOOKS + 1):
        at = BEGAN + timedelta(hours=number)
        digest = f"{number // EDITED_EACH:064x}"
        text = Item(f"{number:x}t", "text", "page.txt", "text/plain", 9, digest, at, "desk-1")
        schedule = "5f" * 8 if number else ""
        made.append(
            Capture(
                name_of(number),
                LINK,
                at,
                "desk-1",
                state="COMPLETE",
                at=at,
                final_url=LINK,
                parts=(text,),
                http_status=200,
                schedule=schedule,
                is_read=True,
            )
        )
    return tuple(made)


@pytest.fixture
def page(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the page of a case with all these looks."""
    from safelight.campaigns.case_evidence import shown

    [case_id] = desk.take_in(alarm_with_consent())
    now, evidence = shown.standing(case_id)
    many = replace(evidence, captures=looks())
    monkeypatch.setattr(shown, "standing", lambda _case: (now, many))
    return f"/cases/{case_id}/evidence"


def shown_in(text: str) -> list[str]:
    return re.findall(r'<li id="capture-([0-9a-f]{16})"', text)


def link(text: str, rel: str, *, part: str) -> str:
    found = re.findall(rf'rel="{rel}" href="([^"]*#{part})"', text)
    assert len(found) <= 1
    return unescape(found[0]) if found else ""


LOUD = [name_of(n) for n in range(LOOKS, -1, -1) if n % EDITED_EACH == 0]
SAME = [name_of(n) for n in range(LOOKS, -1, -1) if n % EDITED_EACH]


@pytest.mark.parametrize(("part", "expected"), [("captures", LOUD), ("looks-same", SAME)])
def test_the_links_from_page_to_page_lead_past_every_capture_once_and_back(
    desk: TestDesk, page: str, part: str, expected: list[str]
) -> None:
    others = frozenset(SAME if part == "captures" else LOUD)
    seen, way, address = [], [], page
    while address:
        text = desk.client.get(address).text
        seen += [name for name in shown_in(text) if name not in others]
        way.append(text)
        address = link(text, "next", part=part)
        assert address.partition("?")[0] in (page, "")
    assert seen == expected
    back = desk.client.get(link(way[-1], "prev", part=part)).text
    assert shown_in(back) == shown_in(way[-2])
    assert link(way[0], "prev", part=part) == ""


def test_a_page_of_one_list_keeps_the_place_in_the_other(desk: TestDesk, page: str) -> None:
    text = desk.client.get(f"{page}?page=2&same=3").text
    assert '<details id="looks-same" open>' in text
    assert link(text, "next", part="captures") == f"{page}?page=3&same=3#captures"
    assert link(text, "next", part="looks-same") == f"{page}?page=2&same=4#looks-same"
    # What is folded stays folded while one goes through the list above it.
    assert '<details id="looks-same">' in (text := desk.client.get(page).text)
    assert link(text, "next", part="captures") == f"{page}?page=2#captures"


def test_five_hundred_looks_are_a_page_of_bounded_size_and_all_can_be_counted(
    desk: TestDesk, page: str
) -> None:
    text = desk.client.get(page, headers={"accept-language": "ru"}).text
    assert len(shown_in(text)) == 100
    assert f'<span class="count">{LOOKS + 1}</span>' in text
    assert f"({len(SAME)})" in text
    assert "Более ранние</a>" in text
    assert len(text) < 200_000
    assert shown_in(desk.client.get(f"{page}?page={'9' * 5000}&same=x").text) == shown_in(text)
    beyond = shown_in(desk.client.get(f"{page}?page=4000&same=-7&capture=none").text)
    assert beyond == LOUD[100:] + SAME[350:]


@pytest.mark.parametrize("name", [LOUD[77], SAME[222]])
def test_a_link_to_a_capture_leads_to_the_page_on_which_it_stands(
    desk: TestDesk, page: str, name: str
) -> None:
    text = desk.client.get(f"{page}?page=1&same=1&capture={name}").text
    assert name in shown_in(text)
    assert ('<details id="looks-same" open>' in text) or name in LOUD


def test_who_says_what_a_capture_shows_comes_back_to_it(
    desk: TestDesk, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import deciding, shown

    monkeypatch.setattr(deciding, "standing", shown.standing)
    name = LOUD[77]
    desk.client.get(page)
    answer = desk.client.post(f"{page}/captures/{name}/seen", {"seen": "SHOWS"})
    assert answer.headers["location"] == f"{page}?capture={name}#capture-{name}"
