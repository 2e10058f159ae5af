"""Hashing to and raising in ristretto255, against published vectors."""

from __future__ import annotations

from pathlib import Path

import pytest
import rbcl

from safelight.partners.overlap.group import (
    HashToGroup,
    inverse,
    product,
    raised,
    raised_one,
    random_point,
    random_scalar,
)
from safelight.partners.overlap.problems import MessageError

# RFC 9497, A.1.1: OPRF(ristretto255, SHA-512), mode OPRF; test vectors 1 and 2.
RFC9497_DST = b"HashToGroup-OPRFV1-\x00-ristretto255-SHA512"
BLIND = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
BLINDED = {
    "00": "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c",
    "5a" * 17: "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
}
IDENTITY = bytes(32)
# RFC 9496, A.3: a non-canonical field element.
NOT_CANONICAL = bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")


@pytest.mark.parametrize("message", sorted(BLINDED))
def test_a_blinded_hash_is_the_one_of_rfc_9497(message: str) -> None:
    point = HashToGroup(RFC9497_DST)(bytes.fromhex(message))
    assert raised_one(point, bytes.fromhex(BLIND)).hex() == BLINDED[message]


def test_who_raised_first_does_not_show_and_can_be_undone() -> None:
    point, one, other = random_point(), random_scalar(), random_scalar()
    both = raised_one(raised_one(point, one), other)
    assert both == raised_one(raised_one(point, other), one)
    assert both == raised_one(point, product(one, other))
    assert raised_one(both, inverse(product(one, other))) == point


@pytest.mark.parametrize("bad", [IDENTITY, NOT_CANONICAL, b"\xff" * 32])
def test_what_is_no_point_is_refused_wherever_it_stands(bad: bytes) -> None:
    good = random_point()
    assert len(raised(good * 3, random_scalar())) == 96
    with pytest.raises(MessageError, match="canonical point") as refusal:
        raised(good + bad + good, random_scalar())
    assert refusal.value.code == "not-a-point"
    with pytest.raises(MessageError, match="multiple of 32"):
        raised(good + b"\x00", random_scalar())


def test_the_library_leaves_no_unpacked_file_behind() -> None:
    assert not Path(rbcl.rbcl._sodium._name).exists()
