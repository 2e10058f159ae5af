"""Threat: receipt-guess: Guessing a receipt is hopeless, and a slip in typing one opens no other
mailbox and is told by its place only.
"""

from __future__ import annotations

import random

import pytest

from safelight.sealing.receipt import Receipt, ReceiptError
from safelight.sealing.word_list import words

RECEIPT = Receipt(bytes.fromhex("9e885d952ad362caeb4efe34a8e91bd2"))
WORDS = RECEIPT.words("en")


def test_receipts_have_128_random_bits() -> None:
    made = [Receipt.generate().secret for _ in range(2000)]
    assert len(set(made)) == 2000
    # Each bit is set about half of the time: 6.7 sigma either side.
    for bit in range(128):
        share = sum(int.from_bytes(secret, "big") >> bit & 1 for secret in made)
        assert 850 < share < 1150


def test_fifteen_in_sixteen_mistaken_words_are_noticed() -> None:
    listed, chance = words("en"), random.Random(7)
    noticed, tries = 0, 2000
    for _ in range(tries):
        typed = list(WORDS)
        typed[chance.randrange(12)] = chance.choice(listed)
        if tuple(typed) == WORDS:
            continue
        try:
            assert Receipt.parse(" ".join(typed)) != RECEIPT
        except ReceiptError:
            noticed += 1
    assert 0.91 < noticed / tries < 0.96


def test_two_neighbours_that_changed_places_are_mostly_noticed() -> None:
    refused = 0
    for at in range(11):
        typed = list(WORDS)
        typed[at], typed[at + 1] = typed[at + 1], typed[at]
        try:
            Receipt.parse(" ".join(typed))
        except ReceiptError:
            refused += 1
    assert refused >= 9


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ozome", "ozone"), ("drll", "drill"), ("grabb", "grab"), ("fiebr", "fiber")],
    ids=["mistaken", "left out", "added", "swapped"],
)
def test_a_slip_is_told_by_its_place_with_similar_words_beside_it(typed: str, meant: str) -> None:
    at = WORDS.index(meant)
    with pytest.raises(ReceiptError, match=f"number {at + 1} of 12") as refusal:
        Receipt.parse(" ".join([*WORDS[:at], typed, *WORDS[at + 1 :]]))
    assert refusal.value.problem == "word"
    assert list(refusal.value.wrong) == [at + 1]
    assert meant in refusal.value.wrong[at + 1]


def test_no_message_says_a_typed_or_a_listed_word() -> None:
    for typed in (
        " ".join([*WORDS[:3], "ozzone", *WORDS[4:]]),
        " ".join(WORDS[:11]),
        " ".join([*WORDS[:11], "abandon"]),
    ):
        with pytest.raises(ReceiptError) as refusal:
            Receipt.parse(typed)
        said = f"{refusal.value} {refusal.value!r}".lower()
        assert refusal.value.__cause__ is None
        spoken = set(said.replace(",", " ").replace(";", " ").split())
        assert not spoken & {*WORDS, "ozzone", "abandon"}


def test_what_the_server_knows_does_not_reach_the_other_keys() -> None:
    keys = {
        RECEIPT.secret,
        RECEIPT.mailbox_id,
        RECEIPT.auth_key,
        RECEIPT.verifier,
        RECEIPT.reply_seed,
    }
    assert len(keys) == 5
    other = Receipt(bytes(16))
    assert not keys & {other.mailbox_id, other.auth_key, other.verifier, other.reply_seed}


def test_twelve_wrong_words_cost_a_server_little() -> None:
    # One more than is helped with: places, but no words to compare with.
    for count, helped in ((4, True), (5, False), (12, False)):
        with pytest.raises(ReceiptError) as refusal:
            Receipt.parse(" ".join(["abandom"] * count + list(WORDS[count:])))
        assert list(refusal.value.wrong) == list(range(1, count + 1))
        assert ("abandon" in refusal.value.wrong[1]) is helped
