"""Bech32 without its length limit, against BIP 173's own strings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.sealing import bech32

# BIP 173, "Test vectors": those that are whole bytes, and what is wrong with the others.
VALID = ["A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"]
INVALID = [
    "\x201nwldj5",
    "\x7f1axkwrx",
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "de1lg7wt\xff",
    "A1G7SGD8",
    "10a06t8",
    "1qzzfhee",
    "A12UEL5l",
]


@pytest.mark.parametrize("text", VALID)
def test_valid_strings_are_read_and_written_back(text: str) -> None:
    prefix, data = bech32.decode(text)
    assert bech32.encode(prefix, data) == text.lower()


@pytest.mark.parametrize("text", INVALID)
def test_invalid_strings_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"Bech32|checksum|case|left-over") as refusal:
        bech32.decode(text)
    assert text not in str(refusal.value)


@settings(max_examples=60)
@given(data=st.binary(max_size=200), prefix=st.sampled_from(["age", "age1pq", "age-secret-key-"]))
def test_any_bytes_come_back_in_either_case(data: bytes, prefix: str) -> None:
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == bech32.decode(text.upper()) == (prefix, data)


@settings(max_examples=60)
@given(data=st.binary(min_size=1, max_size=64), draw=st.data())
def test_one_changed_character_is_always_noticed(data: bytes, draw: st.DataObject) -> None:
    text = bech32.encode("age", data)
    at = draw.draw(st.integers(4, len(text) - 1))
    other = draw.draw(st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l").filter(text[at].__ne__))
    with pytest.raises(ValueError, match="checksum"):
        bech32.decode(text[:at] + other + text[at + 1 :])


def with_values(values: list[int]) -> str:
    """A string with a good checksum over any five-bit values."""
    expanded = bech32._expanded("age") + values
    check = bech32._polymod([*expanded, *[0] * 6]) ^ 1
    whole = values + [check >> 5 * (5 - place) & 31 for place in range(6)]
    return "age1" + "".join(bech32._ALPHABET[value] for value in whole)


@pytest.mark.parametrize(
    ("values", "accepted"),
    [
        ([0, 0], True),
        ([31, 28], True),
        ([0, 1], False),
        ([0, 2], False),
        ([0], False),
        ([0] * 3, False),
    ],
)
def test_bits_left_over_are_fewer_than_five_and_zero(values: list[int], accepted: bool) -> None:
    # Otherwise one key has several spellings, and a roster's two desks may be one.
    if accepted:
        assert bech32.encode(*bech32.decode(with_values(values))) == with_values(values)
    else:
        with pytest.raises(ValueError, match="left-over bits"):
            bech32.decode(with_values(values))


def test_overlong_text_is_refused_before_any_work() -> None:
    with pytest.raises(ValueError, match="at most 4096"):
        bech32.decode("age1" + "q" * 10_000_000)
