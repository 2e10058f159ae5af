"""Threat: one-person-alone-answers: Somebody at a desk, or with its program changed, sends words
to a person who wrote a letter that no second person read, or publishes a letter alone; colleagues'
desks pass it over, and rules that allow more count only with the root key's signature.
"""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.casework.letters.writing import (
    ANSWER,
    ROOT,
    a_letter,
    begin_shift,
    letter_at,
    policy,
    signed_rules,
)
from tests.casework.test_colleagues import exchange, two
from tests.support.desk import TestDesk, desk

__all__ = ["desk", "two"]


def forge(case_id: str, kind: str, content: dict[str, Any]) -> None:
    """What a changed program writes, past every check of ours."""
    from safelight.casework.cases import decide

    decide(case_id, kind, content)


def offered(desk: TestDesk) -> tuple[str, str]:
    from safelight.casework.letters import answering

    (case_id,) = desk.take_in(a_letter())
    begin_shift()
    answering.take(case_id, seen_with="", policy=policy())
    entry = answering.draft(case_id, text=ANSWER, status="")
    answering.offer(case_id, entry=entry, policy=policy())
    return case_id, entry


def test_an_approval_of_ones_own_draft_that_claims_a_second_person_is_passed_over(
    two: Any,
) -> None:
    desk, _, sit = two
    case_id, entry = offered(desk)
    forge(case_id, "letter.approved", {"draft": entry, "alone": False})
    exchange(sit)
    for at in (1, 2):
        sit(at)
        assert letter_at(case_id).state == "to-read"
        assert len(letter_at(case_id).passed_over) == 1
    # One that says what it is counts, and is shown as what it is.
    sit(1)
    forge(case_id, "letter.approved", {"draft": entry, "alone": True})
    exchange(sit)
    sit(2)
    assert [(r.desk, r.alone) for r in letter_at(case_id).remarks] == [("desk-1", True)]


def test_a_colleague_cannot_pass_off_an_approval_as_the_authors_rule(two: Any) -> None:
    desk, _, sit = two
    case_id, entry = offered(desk)
    exchange(sit)
    sit(2)
    forge(case_id, "letter.approved", {"draft": entry, "alone": True})
    assert letter_at(case_id).state == "to-read"


def test_the_page_itself_lets_no_author_read_by_posting(desk: TestDesk) -> None:
    case_id, entry = offered(desk)
    given = {"draft": entry, "decision": "approve"}
    answer = desk.client.post(f"/letters/{case_id}/read", given)
    assert answer.status_code == 409
    assert "cannot be its second reader" in answer.text
    assert desk.client.post(f"/letters/{case_id}/answer", {"draft": entry}).status_code == 409


def test_a_publication_that_one_desk_agreed_to_alone_is_not_published(two: Any) -> None:
    from safelight.casework.letters.publishing import published_letters
    from safelight.casework.letters.redaction import Redacted, digest_of

    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    texts = {"letter": "Письмо.", "answer": "Ответ.", "language": "ru"}
    forge(case_id, "letter.proposed", {"id": "ab" * 16, "why": {}, **texts})
    proposal = letter_at(case_id).proposal
    said = {"proposal": proposal.entry, "digest": digest_of(Redacted(**texts))}
    forge(case_id, "letter.agreed", said)
    assert published_letters() == ()
    exchange(sit)
    sit(2)
    assert published_letters() == ()
    forge(case_id, "letter.agreed", said | {"digest": "00" * 32})
    assert published_letters() == (), "not these texts"
    forge(case_id, "letter.agreed", said)
    assert len(published_letters()) == 1, "a second desk, exactly these texts: it counts"


def test_texts_that_no_page_of_ours_makes_are_passed_over_and_stop_nothing(two: Any) -> None:
    desk, _, sit = two
    (case_id,) = desk.take_in(a_letter())
    good = {"id": "ab" * 16, "why": {}, "letter": "Письмо.", "answer": "Ответ.", "language": "ru"}
    for bad in (
        {"id": "../../x"}, {"language": "xx"}, {"letter": "a\u202eb"}, {"letter": "[[a"},
        {"answer": ""}, {"answer": 7}, {"why": 3}, {"id": None}, {"letter": "я" * 12_001},
    ):  # fmt: skip
        forge(case_id, "letter.proposed", good | bad)
    forge(case_id, "letter.proposed", {"id": "ab" * 16})
    forge(case_id, "letter.handed", {"to": ["x"], "urgent": "?", "note": 3})
    forge(case_id, "letter.escalated", {"sign": "x", "to": "y", "due": "soon", "note": ""})
    assert letter_at(case_id).proposals == ()
    exchange(sit)
    for at in (1, 2):
        sit(at)
        assert desk.client.get("/letters/").status_code == 200
        assert desk.client.get(f"/letters/{case_id}/").status_code == 200
    forge(case_id, "letter.proposed", good)
    assert letter_at(case_id).proposal is not None


def test_rules_that_nobody_signed_loosen_nothing(desk: TestDesk) -> None:
    import base64

    from django.db import transaction

    from safelight.casework.letters.policy import PolicyError
    from safelight.casework.letters.rules_in_force import rules_in_force, take_in_rules
    from safelight.journal.chain import append

    stranger = Ed25519PrivateKey.generate()
    forged = signed_rules(stranger, second_reader="author", version=9)
    with pytest.raises(PolicyError, match="not rules for letters of this root key"):
        take_in_rules(forged, root=ROOT.public_key())
    statement = base64.b64encode(forged).decode()
    for content in ({"statement": statement}, {"statement": "!"}, {}, {"statement": 7}):
        with transaction.atomic():
            append("letters.rules", {"version": 9}, subject="letters-rules", content=content)
    assert not rules_in_force(ROOT.public_key()).is_signed
    take_in_rules(signed_rules(second_reader="author"), root=ROOT.public_key())
    assert rules_in_force(ROOT.public_key()).policy.version == 1
    truncated = signed_rules(version=3)[:-20]
    for untrusted in (b"", truncated, b"{" * 200_000):
        with pytest.raises(PolicyError):
            take_in_rules(untrusted, root=ROOT.public_key())
