"""The Russian catalogue says every sentence the pages speak, and is compiled as committed."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from tests.support.message_catalogues import (
    ROOT,
    brought_up_to_date,
    catalogue,
    catalogue_file,
    compiled,
    spoken,
)

PACKAGE = ROOT / "safelight" / "intake"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
RENEW = "run `python -m tests.support.message_catalogues safelight/intake`"


def sentences() -> list[Message]:
    return [message for message in catalogue(PACKAGE) if message.id]


def test_every_spoken_sentence_and_no_other_is_in_the_catalogue() -> None:
    listed = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in sentences()}
    assert listed == spoken(PACKAGE), RENEW
    assert len(listed) > 50


def test_every_sentence_is_translated_and_none_is_a_guess() -> None:
    assert [m.id for m in sentences() if m.fuzzy] == []
    for message in sentences():
        parts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(part and re.search("[а-яё]", part, re.IGNORECASE) for part in parts), message.id


def test_placeholders_survive_translation() -> None:
    for message in sentences():
        source = message.id if isinstance(message.id, str) else message.id[0]
        parts = message.string if isinstance(message.string, tuple) else (message.string,)
        for part in parts:
            assert sorted(PLACEHOLDER.findall(part)) == sorted(PLACEHOLDER.findall(source))


def test_the_committed_compiled_catalogue_is_the_sources() -> None:
    committed = catalogue_file(PACKAGE).with_suffix(".mo").read_bytes()
    assert compiled(brought_up_to_date(PACKAGE)) == committed, RENEW
    changed = brought_up_to_date(PACKAGE)
    next(m for m in changed if m.id).string = "другое"
    assert compiled(changed) != committed


@pytest.mark.parametrize("word", ["JavaScript", "Russian"])
def test_the_extraction_reads_templates_and_code(word: str) -> None:
    assert any(word in str(one) for one in spoken(PACKAGE))
    assert "Сообщение" not in "".join(map(str, spoken(PACKAGE)))
