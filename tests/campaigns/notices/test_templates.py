"""Templates are data that says what the law asks, who learns what, and what can go wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path

import pytest

from safelight.campaigns.notices import reading
from safelight.campaigns.notices.codes import codes, fields
from safelight.campaigns.notices.problems import NoticeError, TemplateError
from safelight.campaigns.notices.templates import (
    Template,
    read_templates,
    template,
    templates,
)
from safelight.vocabulary.schema import vocabulary

ALL = templates()
DIGESTS = Path(__file__).parent / "template_digests.json"
SHIPPED = (reading.data_folder() / "templates" / "hoster-dsa-16.1.yaml").read_text("utf-8")


def each(test: object) -> object:
    return pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)(test)


def digest(one: Template) -> str:
    whole = json.dumps(dataclasses.asdict(one), sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def test_the_kinds_that_a_smear_needs_are_all_there() -> None:
    assert {one.kind for one in ALL} == set(codes("kinds"))
    platforms = ["vk", "telegram", "youtube", "meta", "x", "tiktok", "ok", "other"]
    assert {f"platform-{name}" for name in platforms} <= {one.id for one in ALL}


@each
def test_nobody_pretends_that_a_lawyer_has_checked(one: Template) -> None:
    assert one.to_be_checked


@each
def test_a_basis_names_where_it_was_read_or_says_from_memory(one: Template) -> None:
    assert one.bases
    for basis in one.bases:
        assert bool(basis.source) == (basis.status == "verified")
        assert re.match(r"https?://[^ ]+\.[^ ]+/", basis.source) or not basis.source


@each
def test_every_template_says_its_dangers_and_what_is_safer(one: Template) -> None:
    assert one.dangers
    assert one.safer
    assert one.refused
    assert fields()["sender_kind"].default == "ORGANISATION"
    assert "sender_kind" in one.required
    assert not set(one.required) & {n for n, f in fields().items() if f.chosen}


def test_what_goes_to_employers_and_to_the_state_is_marked_as_severe() -> None:
    severe = {one.id for one in ALL if one.severe}
    assert {"employer-letter", "complaint-police", "complaint-prosecutor", "authority-rkn",
            "platform-vk", "platform-ok", "honour-152", "data-152-fz"} == severe  # fmt: skip


def test_article_16_asks_for_its_four_points_and_excepts_the_sender_where_it_does() -> None:
    one = template("hoster-dsa-16")
    points = [rule.basis for rule in one.checklist if not rule.optional]
    assert points == [f"art. 16(2)({letter})" for letter in "abcd"]
    (basis,) = [basis for basis in one.bases if basis.law.endswith("art. 16(2)")]
    assert "2011/93/EU" in basis.words.en
    assert "2011/93/ЕС" in basis.words.ru


@pytest.mark.parametrize(
    ("template_id", "who", "says"),
    [
        ("image-152-1", "POSTER", "forward the demand to the poster with everything"),
        ("authority-gdpr-77", "POSTER", "may learn who complained"),
        ("data-152-fz", "PUBLIC", "the demand itself may be published"),
        ("honour-152", "PUBLIC", "may be printed"),
        ("hoster-dsa-16", "PUBLIC", "hand notices to a public database"),
        ("hoster-dsa-16", "AUTHORITY", "reach authorities that may ask"),
        ("platform-x", "PUBLIC", "handed to the public database"),
        ("platform-vk", "AUTHORITY", "What is written here can reach Russian authorities"),
        ("platform-ok", "AUTHORITY", "What is written here can reach Russian authorities"),
    ],
)
def test_who_may_get_the_whole_notice_is_said_to_learn_all(
    template_id: str, who: str, says: str
) -> None:
    one = template(template_id)
    said = [*one.dangers, *(reader.words for reader in one.readers if reader.who == who)]
    assert any(says in words.en for words in said)
    learned = {name for reader in one.readers if reader.who == who for name in one.field_names
               if reader.learns_of(name)}  # fmt: skip
    assert learned == set(one.field_names)


def test_who_posted_is_said_to_learn_what_a_hosting_provider_must_tell() -> None:
    (poster,) = [one for one in template("hoster-dsa-16").readers if one.who == "POSTER"]
    assert "who sent the notice" in poster.words.en
    assert set(poster.learns) == {"urls", "shown", "law", "reasons", "sender_name"}


def test_a_version_that_was_committed_stays_as_it_is() -> None:
    """A notice names its version. Changed the words? Raise the version in a new file; while a
    version was never released: REWRITE=1 python -m pytest this file."""
    now = {one.name: digest(one) for one in ALL}
    import os

    if os.environ.get("REWRITE"):
        DIGESTS.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    assert json.loads(DIGESTS.read_text("utf-8")) == now


def test_outcomes_say_what_the_smear_module_calls_them() -> None:
    known = vocabulary().field("takedown")
    said = {one.value: one.takedown for one in codes("outcomes").values() if one.takedown}
    assert all(known.has(value) for value in said.values())
    assert set(said.values()) == {code.value for code in known.codes} - {"NOT_ASKED"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("version: 1", "version: one"), "whole version"),
        (("kind: HOSTER", "kind: HOST"), "kind: expected one of"),
        (("how:", "howto:"), "missing"),
        (("sender_email, recipient_name", "sender_mail, recipient_name"), "stand in no fields"),
        (("learns: all", "learns: [urls]"), "the recipient learns everything"),
        (("status: verified", "status: surely"), "verified needs a source"),
        (("  - if: law\n", "  - unless: law\n"), "needs the condition"),
        (('"Это нарушает: {law}."', '"Это нарушает закон."'), "name different fields"),
        (("unit: days", "unit: fortnights"), "expected a number of"),
        (("severe: x", "severe: x"), ""),
    ],
)
def test_a_template_with_a_fault_is_refused(change: tuple[str, str], why: str) -> None:
    if not why:
        assert list(read_templates(SHIPPED, "as it is"))
        return
    assert change[0] in SHIPPED
    with pytest.raises(TemplateError, match=why):
        list(read_templates(SHIPPED.replace(*change), "changed"))


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(TemplateError, match="each key once"):
        list(read_templates(SHIPPED + "\nid: another\n", "twice"))


def test_a_code_or_template_that_nobody_knows_is_refused_without_being_repeated() -> None:
    with pytest.raises(TemplateError) as unknown:
        template("xq-unheard-of")
    assert "xq-unheard-of" not in str(unknown.value)
    with pytest.raises(TemplateError):
        template("hoster-dsa-16", 99)
    from safelight.campaigns.notices.codes import code

    with pytest.raises(NoticeError) as no_code:
        code("outcomes", "XQ")
    assert "XQ" not in str(no_code.value)


def test_only_what_asks_for_removal_is_covered_by_a_tick_in_the_alarm() -> None:
    from safelight.vocabulary.questions import question_set

    (question,) = [q for q in question_set("smear-alarm").questions if q.id == "may_do"]
    covered = {one.value: one.report for one in codes("kinds").values() if one.report}
    assert covered == dict.fromkeys(("PLATFORM", "HOSTER", "IMAGE"), "ASK_REMOVAL")
    assert "ASK_REMOVAL" in {choice.value for choice in question.codes}
