from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from safelight.errors import SafelightError
from safelight.sealing.root_signing import WrittenDocument


class ExampleError(SafelightError):
    pass


RULES: Final = WrittenDocument(
    ExampleError, name="rules", keys="version and the rest", example="docs/how-to/example.md"
)


def written(folder: Path, content: bytes) -> Path:
    file = folder / "rules.yaml"
    file.write_bytes(content)
    return file


def test_what_a_keeper_wrote_stays_the_text_it_was(tmp_path: Path) -> None:
    file = written(tmp_path, b"telephone: 0101\ncode: NO\nday: 2026-01-01\nlist: [1, true]\n")
    assert RULES.read(file) == {
        "telephone": "0101",
        "code": "NO",
        "day": "2026-01-01",
        "list": ["1", "true"],
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        # The keeper reads the first of two, and would have signed the second.
        (b"version: 1\nhelp:\n  do: call\n  do: wait\n", "line 3: expected each key once"),
        (b"version: [", "not YAML; see the example in docs/how-to/example.md"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"[" * 100_000, "not YAML"),
        (b"- version\n", "a mapping with version and the rest"),
        (b"", "a mapping with version"),
        (b"a" * (256 * 1024 + 1), "262145 bytes; rules have at most 262144"),
    ],
)
def test_a_document_that_reads_in_two_ways_or_none_is_never_signed(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert RULES.read(written(tmp_path, b"version: 1\n")) == {"version": "1"}
    with pytest.raises(ExampleError, match=reason) as refused:
        RULES.read(written(tmp_path, content))
    assert "call" not in str(refused.value)
