"""Tags behind later messages: made and checked as the shared vectors say, in any pieces."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from safelight.sealing.message_tag import TAG_SIZE, Tagging, Untagging, is_by, tagged

_FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "tags"
VECTORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.json"))
}
PIECES = (1, 31, 32, 33, 100_000)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", VECTORS)
def test_a_tag_is_read_as_the_vectors_say_in_pieces_of_any_size(name: str, piece: int) -> None:
    vector = VECTORS[name]
    sealed, key = bytes.fromhex(vector["sealed"]), bytes.fromhex(vector["message_key"])
    passed_on = io.BytesIO()
    untagging = Untagging(passed_on)
    for at in range(0, len(sealed), piece):
        untagging.write(sealed[at : at + piece])
    fits = is_by(key, digest=untagging.digest, untrusted_tag=untagging.tag)
    assert fits == (vector["expect"] == "ok")
    if fits:
        assert passed_on.getvalue().hex() == vector["content"]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", [n for n, v in VECTORS.items() if v["expect"] == "ok"])
def test_a_tag_is_written_as_the_vectors_say_in_pieces_of_any_size(name: str, piece: int) -> None:
    vector = VECTORS[name]
    content, key = bytes.fromhex(vector["content"]), bytes.fromhex(vector["message_key"])
    sink = io.BytesIO()
    tagging = Tagging(sink, key)
    for at in range(0, len(content), piece):
        tagging.write(content[at : at + piece])
    tagging.finish()
    assert sink.getvalue().hex() == vector["sealed"]
    assert tagged(content, key) == sink.getvalue()
    assert len(sink.getvalue()) == len(content) + TAG_SIZE
