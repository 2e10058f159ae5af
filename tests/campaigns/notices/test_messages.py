"""What notices refuse is said in Russian too, and the compiled catalogue is the source's."""

from __future__ import annotations

from tests.support.message_catalogues import ROOT, brought_up_to_date, catalogue_file, compiled

PACKAGE = ROOT / "safelight" / "campaigns" / "notices"


def test_every_sentence_is_translated_and_compiled() -> None:
    """Else: python -m tests.support.message_catalogues safelight/campaigns/notices"""
    now = brought_up_to_date(PACKAGE)
    assert [message.id for message in now if message.id and not message.string] == []
    assert catalogue_file(PACKAGE).with_suffix(".mo").read_bytes() == compiled(now)
