"""A deposit file comes back as it was made, or is refused with a reason."""

from __future__ import annotations

import pytest

from safelight.sealing.deposit_file import DepositFile, DepositFileError
from tests.support.pocket_forms import deposit_of

DEPOSIT = deposit_of(b"a report", b"a photo")
WHOLE = DEPOSIT.to_bytes()
LINE = WHOLE[: WHOLE.index(b"\n") + 1]
REST = WHOLE[len(LINE) :]


def test_a_deposit_file_reads_as_it_was_written() -> None:
    assert DepositFile.parse(WHOLE) == DEPOSIT
    assert LINE == (
        b"safelight-deposit/1 000102030405060708090a0b0c0d0e0f " + b"00" * 32 + b" 3 32768+32768\n"
    )


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"", "starts with the line"),
        (WHOLE[:-1], "cut off"),
        (WHOLE + b"\n", "cut off"),
        (LINE.replace(b"/1 ", b"/2 ") + REST, "starts with the line"),
        (LINE.replace(b"\n", b"\r\n") + REST, "starts with the line"),
        (LINE.replace(b"32768+", b"32767+") + REST[1:], "envelope 1 of 2"),
        (LINE.replace(b"+32768", b"") + REST[:32768][::-1], "envelope 1 of 1"),
        (LINE.replace(b"32768+32768", b"+".join([b"1"] * 9)) + bytes(9), "at most 8"),
        (LINE.replace(b" 3 ", b" 03 ") + REST, "starts with the line"),
        (b"safelight-deposit/1 " + b"a" * 10_000, "starts with the line"),
        (LINE + bytes(16 * 1024 * 1024), "at most"),
    ],
)
def test_anything_else_is_refused_with_its_reason(untrusted: bytes, reason: str) -> None:
    with pytest.raises(DepositFileError, match=reason):
        DepositFile.parse(untrusted)
