"""The tree over a log, held against a readable twin and numbers that others published."""

from __future__ import annotations

import hashlib

import pytest

from safelight.evidence.bundles.tree import inclusion_path, root_by_path, root_of


def _plainly(lines: list[bytes]) -> bytes:
    """Level by level: pairs are joined, one left over moves up as it is (RFC 9162 §2.1)."""
    level = [hashlib.sha256(b"\x00" + line).digest() for line in lines]
    while len(level) > 1:
        above = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = above + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def test_the_root_is_the_one_of_the_certificate_transparency_reference_tree() -> None:
    # Leaves and roots of the test data that Certificate Transparency implementations share.
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243")]
    leaves += [bytes.fromhex("5051525354555657"), bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
    assert root_of(leaves[:1]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert root_of(leaves).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@pytest.mark.parametrize("size", range(1, 34))
def test_each_line_is_proved_and_no_other_in_its_place(size: int) -> None:
    lines = [b"line %d" % number for number in range(size)]
    root = root_of(lines)
    assert root == _plainly(lines)
    for index, line in enumerate(lines):
        path = inclusion_path(lines, index)
        assert root_by_path(line, index=index, size=size, path=path) == root
        assert root_by_path(b"other", index=index, size=size, path=path) != root
        for wrong in {(index + 1) % size, (index - 1) % size} - {index}:
            assert root_by_path(line, index=wrong, size=size, path=path) != root
        assert root_by_path(line, index=index, size=size, path=[*path, b"\0" * 32]) is None
    assert root_by_path(lines[0], index=size, size=size, path=[]) is None
