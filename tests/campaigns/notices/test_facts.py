"""Facts are read strictly, and a refusal gives every reason at once and repeats nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.campaigns.notices.codes import fields
from safelight.campaigns.notices.facts import KeptCopy, parsed_facts
from safelight.campaigns.notices.problems import NoticeRefusedError
from safelight.campaigns.notices.templates import template
from tests.campaigns.notices.cases import DAY, DIGEST, NAMES, facts_for

HOSTER = template("hoster-dsa-16")
SECRET = "Zebra-17"


def parsed(*, may_show: tuple[str, ...] = (), language: str = "en", **changes: Any) -> Any:
    given = facts_for(HOSTER, **changes)
    return parsed_facts(HOSTER, given, shown=may_show, language=language, today=DAY)


def reasons(**changes: Any) -> str:
    with pytest.raises(NoticeRefusedError) as refused:
        parsed(**changes)
    return "\n".join(refused.value.reasons)


def test_what_fits_becomes_facts() -> None:
    facts = parsed()
    assert facts.values["captures"] == (KeptCopy(DIGEST, date(2026, 3, 12)),)
    assert facts.values["seen_on"] == date(2026, 3, 13)
    assert facts.values["shown"] == ("PHOTO", "PRIVATE_LIFE", "FALSE_CLAIM")
    assert facts.chosen("sender_kind") == "ORGANISATION", "nobody chose, so not the person"


def test_addresses_become_what_a_browser_asks_for() -> None:
    written = [
        "https://Example.ORG/a b".replace(" ", "%20"),
        "http://пример.рф/страница?q=ё#я",
        "https://[2001:db8::1]:8443/x",
    ]
    assert parsed(urls="\n".join(written)).values["urls"] == (
        "https://example.org/a%20b",
        "http://xn--e1afmkfd.xn--p1ai/%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0"
        "?q=%D1%91#%D1%8F",
        "https://[2001:db8::1]:8443/x",
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "example.org/x",
        "https://",
        "https://localhost/x",
        "https://user:Zebra-17@example.org/",
        "https://example.org:99999/",
        "https://example.org/a\u202egpj.exe",
        "https://example.org/a\u200bb",
        "https://example.org/a b",
        "https://exa\x00mple.org/",
        "https://[::zz]/",
        "https://xn--/\n",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_an_address_that_is_none_is_refused_by_its_line(address: str) -> None:
    said = reasons(urls=["https://example.org/good", address])
    assert "line 2" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("sender_email", "no address", "name@example.org"),
        ("sender_email", f"{SECRET}@example.org\nBcc: x@example.org", "one line"),
        ("sender_name", "a" * 201, "longer than 200"),
        ("sender_name", f"{SECRET}\nsecond", "one line"),
        ("sender_name", "", "is needed"),
        ("sender_name", "\u200b\u202e \x07", "is needed"),
        ("sender_name", ["list"], "expected a text"),
        ("harm", "a" * 4001, "longer than 4000"),
        ("harm", "a" * 1_000_000, "longer than 4000"),
        ("seen_on", "yesterday", "expected a day"),
        ("seen_on", "2026-03-15", "not in the future"),
        ("captures", "abc", "64 hex digits"),
        ("captures", f"{DIGEST} 2999-01-01", "64 hex digits"),
        ("captures", [7], "expected a text"),
        ("shown", "ORIENTATION", "one of the choices"),
        ("sender_kind", "NOBODY", "one of the choices"),
        ("urls", "\n".join(f"https://example.org/{n}" for n in range(51)), "more than 50"),
        ("employees", SECRET, "does not have"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(field: str, value: Any, why: str) -> None:
    said = reasons(**{field: value})
    assert why in said
    assert SECRET not in said


def test_all_reasons_come_at_once_and_in_the_language_asked_for() -> None:
    with pytest.raises(NoticeRefusedError) as refused:
        parsed(language="ru", urls="", sender_email="нет", seen_on="вчера")
    assert len(refused.value.reasons) == 3
    assert all("нужно" in one or "нужен" in one for one in refused.value.reasons)


def test_invisible_signs_are_dropped_and_piled_marks_thinned() -> None:
    facts = parsed(harm="до\u202eкрая\u2066 x" + "\u0301" * 40 + "\x00!")
    assert facts.values["harm"] == "докрая x\u0301\u0301\u0301!"


_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=40)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=80)
@given(st.dictionaries(st.sampled_from([*fields(), "other"]), _ANY, max_size=8))
def test_anything_else_is_refused_and_never_a_crash(untrusted: dict[str, Any]) -> None:
    needed = {"sender_name", "sender_email", "recipient_name", "urls", "shown"}
    given = {name: value for name, value in untrusted.items() if name not in needed}
    with pytest.raises(NoticeRefusedError) as refused:
        parsed_facts(HOSTER, given, shown=(), language="ru", today=DAY)
    assert len(refused.value.reasons) >= len(needed)
    with suppress(NoticeRefusedError):
        parsed_facts(HOSTER, untrusted, shown=(), language="ru", today=DAY)


def test_facts_kept_as_json_are_read_back_the_same() -> None:
    facts = parsed(may_show=("person_name",), person_name=NAMES["person_name"])
    kept = json.loads(json.dumps(facts.as_json()))
    again = parsed_facts(HOSTER, kept, shown=("person_name",), language="en", today=DAY)
    assert again == facts
