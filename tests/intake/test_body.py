"""Bodies are bounded before memory is used, and are whole or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.intake.body import Allowance, announced_body, announced_length, read_announced
from safelight.intake.refusal import RefusedError


def trickling(content: bytes, at_once: list[int]) -> Callable[[int], bytes]:
    """A `wsgi.input.read` that returns less than asked for, as a slow line does."""
    left, pace = bytearray(content), list(at_once)

    def read(size: int) -> bytes:
        amount = min(size, pace.pop() if pace else size)
        taken = bytes(left[:amount])
        del left[:amount]
        return taken

    return read


@given(st.binary(max_size=3000), st.lists(st.integers(1, 700), max_size=20))
def test_what_arrives_in_any_pieces_is_returned_whole(content: bytes, pieces: list[int]) -> None:
    allowance = Allowance(10_000)
    read = trickling(content + b"the next request", pieces)
    assert read_announced(read, len(content), allowance=allowance) == content
    assert allowance.held == 0


@given(st.binary(max_size=2000), st.integers(1, 1000))
def test_a_body_that_ends_early_is_refused_and_its_memory_given_back(
    content: bytes, missing: int
) -> None:
    allowance = Allowance(10_000)
    with pytest.raises(RefusedError, match=f"got {len(content)} bytes") as refused:
        read_announced(trickling(content, []), len(content) + missing, allowance=allowance)
    assert (refused.value.status, refused.value.code) == (400, "cut-short")
    assert allowance.held == 0


def test_bodies_beyond_the_allowance_are_refused_and_the_others_go_on() -> None:
    allowance = Allowance(100)
    allowance.take(60)
    with pytest.raises(RefusedError, match="more uploads at once") as refused:
        read_announced(trickling(b"x" * 41, []), 41, allowance=allowance)
    assert (refused.value.status, allowance.held) == (503, 60)
    assert read_announced(trickling(b"x" * 40, []), 40, allowance=allowance) == b"x" * 40


def test_a_body_that_waits_for_the_disk_still_counts() -> None:
    allowance = Allowance(100)
    with announced_body(trickling(b"x" * 60, []), 60, allowance=allowance) as whole:
        assert (whole, allowance.held) == (b"x" * 60, 60)
        with pytest.raises(RefusedError, match="more uploads at once"):
            read_announced(trickling(b"x" * 41, []), 41, allowance=allowance)
    assert allowance.held == 0


def test_an_announcement_alone_holds_no_memory() -> None:
    allowance = Allowance(100)
    with pytest.raises(RefusedError, match="got 0 bytes"):
        read_announced(trickling(b"", []), 10**9, allowance=allowance)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 411),
        ("", 411),
        ("-1", 411),
        ("1e3", 411),
        ("٣٢", 411),  # digits of another script are digits to str.isdigit
        ("33", 400),
        ("129", 413),
        ("10000000000", 413),
        ("9" * 5000, 413),
        ("32", None),
        ("0128", None),
    ],
)
def test_announced_lengths(header: str | None, status: int | None) -> None:
    if status is None:
        assert announced_length(header, most=128, sizes=(32, 128)) in {32, 128}
        return
    with pytest.raises(RefusedError) as refused:
        announced_length(header, most=128, sizes=(32, 128))
    assert refused.value.status == status
    if header and len(header) > 3:
        assert header not in str(refused.value)
