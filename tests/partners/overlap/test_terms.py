"""Terms: what cannot be agreed on, and that a change shows in the code."""

from __future__ import annotations

import base64
import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.problems import MessageError, TermsError
from safelight.partners.overlap.scheme import Scheme
from safelight.partners.overlap.terms import TERMS_TYPE, Terms
from safelight.sealing.statement import sign_statement
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(1, 2), keyed(2, 3))
TWO_KEYS = Scheme("any-key", (("key",), ("day",)))


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"unit": "arrest"}, "unit is one of"),
        ({"first_day": date(2025, 1, 1)}, "ends before"),
        ({"least": 1}, "2 to 2,000,000"),
        ({"least": 3_000}, "least before most"),
        ({"most": 3_000_000}, "2 to 2,000,000"),
        ({"masks": -1}, "masks"),
        ({"epsilon": Fraction(11)}, "epsilon"),
        ({"epsilon": Fraction(1), "scheme": TWO_KEYS}, "noise needs the scheme one-key"),
    ],
)
def test_terms_that_cannot_hold_are_refused(rules: dict[str, Any], reason: str) -> None:
    assert Session(LISTS).terms.unit == "incident"
    with pytest.raises(TermsError, match=reason):
        Session(LISTS, rules=rules)


def test_the_relay_is_none_of_the_organisations() -> None:
    keys, other = SessionKeys.drawn("helpline"), SessionKeys.drawn("centre")
    rules: dict[str, Any] = {
        "unit": "incident", "first_day": date(2024, 1, 1), "last_day": date(2024, 1, 2),
        "scheme": Scheme("one-key", (("key",),)), "least": 2, "most": 9, "masks": 0,
        "epsilon": None,
    }  # fmt: skip
    cards = [keys.card(), other.card()]
    renamed = Card("relay", other.card().signing, other.card().recipient)
    with pytest.raises(TermsError, match="relay must not be one of"):
        Terms.made(keys, cards, renamed, **rules)
    with pytest.raises(TermsError, match="one name"):
        Terms.made(keys, cards, other.card(), **rules)


def test_a_changed_rule_breaks_the_signature_or_changes_the_code() -> None:
    session = Session(LISTS)
    terms = session.terms
    outer = json.loads(terms.statement)
    payload = json.loads(base64.b64decode(outer["payload"]))
    payload["least"] = 3
    changed = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    outer["payload"] = base64.b64encode(changed).decode()
    with pytest.raises(TermsError, match="signature"):
        Terms.parse(json.dumps(outer).encode())
    signed_again = Terms.parse(
        sign_statement(changed, TERMS_TYPE, session.keys["helpline"].signer())
    )
    assert signed_again.least == 3
    assert signed_again.code != terms.code
    assert Terms.parse(terms.statement) == terms


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"\xff", b'{"payload": 5}', b'{"payload": "!!"}', b"[]"]
)
def test_what_are_no_terms_is_refused(junk: bytes) -> None:
    with pytest.raises(TermsError):
        Terms.parse(junk)


def test_only_organisations_open_the_seed() -> None:
    session = Session(LISTS)
    assert len(session.terms.seed(session.keys["centre"])) == 32
    with pytest.raises(TermsError, match="no organisation"):
        session.terms.seed(session.relay_keys)
    with pytest.raises(MessageError, match="does not open"):
        session.relay_keys.open(session.terms.seeds[0], session=bytes.fromhex(session.terms.drawn))


@pytest.mark.parametrize("name", ["", "Helpline", "a b", "../x", "x" * 31, "помощь"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(TermsError, match="small latin letters"):
        SessionKeys.drawn(name)


def test_a_card_reads_back_and_a_classic_one_is_refused() -> None:
    card = SessionKeys.drawn("helpline").card()
    assert Card.read(card.encode()) == card
    facts = card.as_json() | {
        "recipient": "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs7qu2m4"
    }
    with pytest.raises(TermsError):
        Card.parse(facts)
