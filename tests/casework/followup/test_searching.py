"""Search finds words in the cases that are open to this desk, and says where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.casework.followup.cases import act, an_alarm, reportable, said
from tests.support.desk import TestDesk, a_report


def found(desk: TestDesk, query: str, **more: str) -> Any:
    return desk.client.post("/search/", {"query": query, **more}).text


def test_words_are_found_wherever_they_stand_in_an_open_case(desk: TestDesk) -> None:
    from safelight.casework.answers import write_answer
    from safelight.sealing.receipt import Receipt

    words = Receipt.generate()
    (case_id,) = desk.take_in(reportable(words, answers={"story": "Ёлка у метро «Речной»"}))
    desk.client.get(f"/cases/{case_id}/")
    said(desk, words, "Номер машины помню: три семёрки")
    write_answer(case_id, text="Обратитесь в травмпункт", status="")
    act(desk, case_id, "told", what="видел охранник", whom="")
    act(desk, case_id, "task", kind="other", words="взять справку")
    for query in ("елка", "СЕМЕРКИ машины", "травмпункт", "охранник", "справку", "речной"):
        page = found(desk, query)
        assert case_id in page, query
        assert "<mark>" in page
    for query in ("ёлкаx", "семёрки дождь", "VICTIM", "x", ""):
        assert "<mark>" not in found(desk, query), query


def test_what_was_undone_is_not_found(desk: TestDesk) -> None:
    from safelight.casework.cases import undo, undoable
    from safelight.casework.folding import entry_name

    (case_id,) = desk.take_in(a_report())
    desk.client.get(f"/cases/{case_id}/")
    act(desk, case_id, "told", what="ошибочная запись", whom="")
    assert "<mark>" in found(desk, "ошибочная")
    latest = undoable(case_id)
    assert latest is not None
    undo(case_id, entry_name(latest.entry))
    assert "<mark>" not in found(desk, "ошибочная")


@pytest.mark.parametrize("text", ["İstanbul ёлка", "straße ЁЛКА", "a" * 300 + " ёлка"])
def test_the_marked_word_is_the_one_that_was_found(desk: TestDesk, text: str) -> None:
    (case_id,) = desk.take_in(a_report(answers={"story": text}))
    desk.client.get(f"/cases/{case_id}/")
    page = found(desk, "елка")
    assert page.split("<mark>")[1].split("</mark>")[0].lower() == "ёлка"


def test_what_was_looked_for_stands_in_no_address_and_in_no_table(desk: TestDesk) -> None:
    from safelight.desk.sqlcipher.held_key import held_key
    from tests.support.every_page import decrypted

    (case_id,) = desk.take_in(an_alarm())
    desk.client.get(f"/cases/{case_id}/")
    form = desk.client.get("/search/").text.split('id="query"')[0]
    assert form.rsplit("<form", 1)[1].startswith(' method="post"')
    assert "<mark>" not in desk.client.get("/search/?query=педсовет").text
    found(desk, "canary-78 педсовет")
    from django.db import connections

    connections.close_all()
    everything = decrypted(desk.data, bytes(held_key().key))
    assert b"canary-78" not in everything
    assert "Педсовет".encode() not in everything, "no index in the clear"
