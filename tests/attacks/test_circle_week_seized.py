"""Threat: circle-week-seized: Who takes a server on which rooms lived for days, with its memory,
finds no text, no name, no invitation and nothing by which to tell who invited whom better than by
guessing; and two invitations that were redeemed lead to neither of the requests they came from.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest

from safelight.circles.blind_signature import PublicKey, blind, blind_sign, finalize
from tests.circles.seized_week import Guessed, lived, needles, seized_guesses
from tests.support.circles import batch_key


@pytest.mark.live
def test_nothing_said_and_nobody_named_is_in_any_byte_of_a_server(tmp_path: Path) -> None:
    week = lived(tmp_path, rooms=1, members=4, days=2, seed=3)
    assert [len(room["people"]) for room in week.told["rooms"]] == [4]
    assert min(room["shown"] for room in week.told["rooms"]) > 0
    kinds = set(needles(week.told).values())
    assert kinds == {"texts", "names", "links", "linkKeys", "unused"}
    assert week.found == {}
    guessed = seized_guesses(week)
    # Three came in; beside the first of them nobody else with a landing was inside yet.
    assert {one.how: one.of for one in guessed} == {
        "the newest": 3,
        "the oldest": 3,
        "in turn": 3,
        "next row": 2,
        "next id": 2,
    }
    assert all(one.standard_deviations < 3 for one in guessed)


def test_a_guess_that_is_right_too_often_would_be_seen() -> None:
    assert Guessed("knows", right=40, of=40, by_chance=10.0).standard_deviations > 5
    assert abs(Guessed("guesses", right=10, of=40, by_chance=10.0).standard_deviations) < 1


def test_redeemed_invitations_fit_every_request_that_was_signed() -> None:
    """Blindness (RFC 9474): for each pair of request and invitation there is a blinding factor
    that turns one into the other, so which belongs to which is not in them."""
    private = batch_key(1)
    n = private.public_numbers.n
    key = PublicKey(n)
    batch = hashlib.sha256(key.to_bytes()).digest()[:16]
    issued, redeemed = [], []
    for _ in range(2):
        nonce = secrets.token_bytes(32)
        message = b"safelight invitation v1\0" + batch + nonce
        blinded = blind(key, message)
        answer = blind_sign(private, blinded.message)
        issued.append((int.from_bytes(blinded.message), int.from_bytes(answer)))
        redeemed.append(int.from_bytes(finalize(key, message, answer, blinded.inverse)))
    for asked, answered in issued:
        for signature in redeemed:
            # blinded = m·r^e and answer = s·r, with m = s^e for the signature s that came of it.
            factor = answered * pow(signature, -1, n) % n
            encoded = pow(signature, private.public_numbers.e, n)
            assert encoded * pow(factor, private.public_numbers.e, n) % n == asked


def test_two_requests_of_one_invitation_share_no_byte_with_it_and_differ() -> None:
    """The same nonce blinded twice: the factor is drawn anew, so requests cannot be compared."""
    key = PublicKey(batch_key(1).public_numbers.n)
    batch = hashlib.sha256(key.to_bytes()).digest()[:16]
    message = b"safelight invitation v1\0" + batch + bytes(32)
    first, second = blind(key, message), blind(key, message)
    assert first.message != second.message
    assert first.inverse != second.inverse
