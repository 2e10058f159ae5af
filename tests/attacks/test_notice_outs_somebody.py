"""Threat: notice-outs-somebody: A notice in haste tells neither who the person is nor whom they
love: no template does by itself, and a name or a telling word goes only where somebody chose it
after seeing who will learn it.
"""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

import pytest

from safelight.campaigns.notices.as_text import as_text
from safelight.campaigns.notices.codes import fields, telling_words
from safelight.campaigns.notices.facts import AS_PERSON, TELLING
from safelight.campaigns.notices.problems import NoticeRefusedError
from safelight.campaigns.notices.templates import templates
from tests.campaigns.notices.cases import a_draft

IDS = [one.id for one in templates()]
NAME = "Имя Примерное"


def draft_of(template_id: str, language: str, **changes: Any) -> Any:
    if template_id.startswith(("complaint", "authority-rkn")):
        changes = {"events": "Пришли с камерой."} | changes
    return a_draft(template_id, language, **changes)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("template_id", IDS)
def test_no_template_names_an_orientation_or_a_person_by_itself(
    template_id: str, language: str
) -> None:
    draft = draft_of(template_id, language)
    text = as_text(draft.document).casefold()
    assert telling_words().search(text) is None
    assert telling_words().search(f"{text} об ориентации") is not None
    assert not draft.names_the_person
    assert not {"person_name", "person_contact", "telling"} & {d.name for d in draft.disclosures}


@pytest.mark.parametrize("template_id", IDS)
def test_a_name_goes_only_where_somebody_chose_it(template_id: str) -> None:
    with pytest.raises(NoticeRefusedError, match="nobody said that it may be shown"):
        draft_of(template_id, "en", person_name=NAME)
    draft = draft_of(template_id, "en", person_name=NAME, may_show=("person_name",))
    assert NAME in as_text(draft.document), "chosen, so it stands there"
    (told,) = [one for one in draft.disclosures if one.name == "person_name"]
    assert any(one.who == "RECIPIENT" for one in told.learned_by)
    assert draft.names_the_person


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("harm", "его назвали ГЕЕМ"),
        ("statements", "что она лесбиянка"),
        ("account", "Против ЛГБТ"),
        ("sender_name", "LGBT Support Group"),
        ("law", "discrimination because of sexual orientation"),
        ("previous", "о трансгендерном переходе"),
        ("harm", "его назвали г\u3164еем"),
        ("harm", "ＬＧＢＴ"),
    ],
)
def test_a_telling_word_is_asked_about_and_listed_with_who_learns_it(
    field: str, words: str
) -> None:
    with pytest.raises(NoticeRefusedError) as refused:
        a_draft("hoster-dsa-16", "en", **{field: words})
    assert fields()[field].words.en in str(refused.value)
    assert words not in str(refused.value)
    draft = a_draft("hoster-dsa-16", "en", may_show=(TELLING,), **{field: words})
    (told,) = [one for one in draft.disclosures if one.name == "telling"]
    assert told.learned_by
    assert draft.names_the_person


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/anti_LGBT/1",
        "https://example.org/%D0%9B%D0%93%D0%91%D0%A2",
        "https://лгбт.example/",
        "https://ГЕЙ.рф/",
        "https://xn--90adx4a.example/",
        "https://против-геев.example/",
        "https://example.org/мой_гей_сосед",
        "https://example.org/" + quote(quote(quote("лгбт"))),
        "https://example.org/?to=" + quote("https://xn--90adx4a.example/", safe=""),
        "https://example.org/" + quote("л\u00adг\u3164бт"),
        "https://example.org/" + quote(unicodedata.normalize("NFD", "гей")),
    ],
)
def test_an_address_that_tells_is_pointed_at(address: str) -> None:
    listed = {one.name: one for one in a_draft(urls=address).disclosures}
    assert listed["telling_address"].learned_by == listed["urls"].learned_by
    assert "telling_address" not in {one.name for one in a_draft().disclosures}


@pytest.mark.parametrize(
    "address",
    [
        "https://гейзер.рф/геймер",
        "https://xn--99999999.example/xn--",
        "https://example.org/xn--" + "9" * 900,
        "https://example.org/%25%25%ZZ%",
    ],
)
def test_an_address_that_tells_nothing_is_not_pointed_at(address: str) -> None:
    assert "telling_address" not in {one.name for one in a_draft(urls=address).disclosures}


def test_a_power_of_attorney_that_goes_along_names_the_person() -> None:
    attached = a_draft(mandate="ATTACHED")
    assert attached.names_the_person
    (told,) = [one for one in attached.disclosures if one.name == "mandate"]
    assert any(one.who == "RECIPIENT" for one in told.learned_by)
    assert not a_draft(mandate="ON_REQUEST").names_the_person


def test_words_that_tell_nothing_are_not_asked_about() -> None:
    draft = a_draft(harm="агейство, геймер-клуб закрыли", law="закон о гендиректорах")
    assert not draft.names_the_person


def test_the_person_is_no_sender_unless_somebody_chose_that() -> None:
    assert a_draft().facts.chosen("sender_kind") == "ORGANISATION"
    with pytest.raises(NoticeRefusedError, match="their name would be shown"):
        a_draft("hoster-dsa-16", "en", sender_kind="PERSON")
    draft = a_draft(sender_kind="PERSON", may_show=(AS_PERSON,))
    assert draft.names_the_person


@pytest.mark.parametrize("template_id", IDS)
def test_whatever_stands_in_a_notice_of_somebody_is_in_the_table(template_id: str) -> None:
    """Fill in everything with marks; each mark in the text must be named as learned by someone."""
    one = next(found for found in templates() if found.id == template_id)
    marks = {
        name: f"Mark{number}"
        for number, name in enumerate(one.field_names)
        if fields()[name].kind in {"line", "short", "words"}
    }
    marks |= {"sender_email": "mark@example.org"} if "sender_email" in one.field_names else {}
    chosen = [name for name in one.field_names if fields()[name].chosen]
    draft = draft_of(template_id, "en", **marks, may_show=chosen)
    text = as_text(draft.document)
    listed = {disclosure.name for disclosure in draft.disclosures}
    for name, mark in marks.items():
        if mark in text and fields()[name].about:
            assert name in listed, name
    for disclosure in draft.disclosures:
        assert "RECIPIENT" in {learns.who for learns in disclosure.learned_by}
