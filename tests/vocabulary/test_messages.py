"""Messages, files and answers: read as the shared vectors say, and nothing is ever repeated."""

from __future__ import annotations

import json
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from safelight.vocabulary.messages import (
    DeskAnswer,
    FileHeader,
    Message,
    MessageError,
    format_of,
)

_FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "messages"
VECTORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.json"))
}
READERS: dict[str, Any] = {
    "safelight-message/1": Message,
    "safelight-file/1": FileHeader,
    "safelight-answer/1": DeskAnswer,
}


@pytest.mark.parametrize("name", VECTORS)
def test_messages_are_read_as_the_vectors_say(name: str) -> None:
    vector = VECTORS[name]
    reader, content = READERS[vector["format"]], vector["content"].encode()
    if vector["expect"] == "ok":
        read = reader.parse(content)
        fields = {key: value for key, value in vector["reads_as"].items() if key != "format"}
        found = {key: getattr(read, key) for key in fields}
        assert {**found, "written": read.written.isoformat()} == fields
        assert read.to_bytes() == vector.get("written_as", vector["content"]).encode()
        assert reader.parse(read.to_bytes()) == read
        assert format_of(content) == vector["format"]
        return
    with pytest.raises(MessageError) as refusal:
        reader.parse(content)
    assert refusal.value.problem == vector["problem"]


def test_an_error_never_repeats_what_was_written() -> None:
    canary = "canaryword"
    good = {
        "format": "safelight-message/1",
        "mailbox": "0" * 32,
        "written": "2026-11-22",
        "language": "ru",
        "sealed_by": "browser",
        "text": "x",
    }
    for key in good:
        content = json.dumps({**good, key: [canary]}, separators=(",", ":")).encode()
        for damaged in (content, content.replace(b'["', b'"').replace(b'"]', b'"'), content[:-3]):
            if key == "text" and b"[" not in damaged and damaged.endswith(b"}"):
                continue  # a text may be any text
            with pytest.raises(MessageError) as refusal:
                Message.parse(damaged)
            assert canary not in "".join(traceback.format_exception(refusal.value))


def test_a_header_fits_into_its_line_whatever_the_name_is() -> None:
    header = FileHeader(
        mailbox="0" * 32,
        written=date(2026, 11, 22),
        sealed_by="server",
        name='"\U0001f600' * 500,
        type="a" * 63 + "/" + "b" * 63,
        metadata="kept",
    )
    assert len(header.name) == 200
    assert len(header.to_bytes()) <= 4096
    assert FileHeader.parse(header.to_bytes()) == header


def test_content_that_is_none_of_the_four_has_no_format() -> None:
    for other in (b"", b"{}", b'{"format":"safelight-message/2"}', b' {"format":'):
        assert format_of(other) is None
    assert format_of(b'{"format":"safelight-report/1","form":') == "safelight-report/1"
