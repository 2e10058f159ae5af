"""Threat: damaged-envelope-blocks-others: Somebody sends envelopes that are damaged, foreign, or
full of nonsense; each is kept aside with its reason and none keeps the next one from opening.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.seal import seal_bytes
from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]


def _flipped(sealed: bytes, at: int) -> bytes:
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


def _other_letter(sealed: bytes, at: int) -> bytes:
    """Change one letter of base64 into another; a flipped bit may leave the alphabet."""
    return sealed[:at] + (b"B" if sealed[at : at + 1] == b"A" else b"A") + sealed[at + 1 :]


def bad_envelopes(desk: TestDesk) -> list[tuple[bytes, str]]:
    good = desk.sealed(a_report())
    stranger = HybridIdentity.generate().recipient()
    report = a_report().to_bytes()
    return [
        (good[:-1], "not-an-envelope"),
        (good[: len(good) // 2], "not-an-envelope"),
        (b"age-encryption.org/v1\n" + bytes(32746), "not-an-envelope"),
        (seal_bytes(report, [stranger]), "sealed-to-others"),
        (_flipped(good, len(good) - 5), "damaged"),
        (_other_letter(good, good.index(b"\n---") + 10), "damaged"),
        (desk.sealed(b""), "not-a-report"),
        (desk.sealed(b"{}"), "not-a-report"),
        (desk.sealed(b"\xff\xfe"), "not-a-report"),
        (desk.sealed(b"[" * 15_000), "not-a-report"),
        (desk.sealed(b"x" * 30_000), "too-large"),
        (desk.sealed(report.replace(b'"what-happened"', b'"another-form"')), "unknown-form"),
        (desk.sealed(report.replace(b'"EXT"', b'"XYZ"')), "unknown-form"),
    ]


def test_every_bad_envelope_is_kept_with_its_reason_and_every_good_one_opens(
    desk: TestDesk,
) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.kept_envelopes import kept_file
    from safelight.casework.models import Case, ReceivedEnvelope

    bad = bad_envelopes(desk)
    mixed: list[bytes] = []
    for sealed, _ in bad:
        mixed += [sealed, desk.sealed(a_report())]
    arrivals = take_in(mixed)
    assert (arrivals.cases, arrivals.set_aside) == (len(bad), len(bad))
    assert Case.objects.count() == len(bad)
    aside = ReceivedEnvelope.objects.filter(state="set-aside")
    kept = {kept_file(envelope.digest).read(): envelope.reason for envelope in aside}
    assert kept == dict(bad)


def test_the_reasons_stand_on_the_page_in_words(desk: TestDesk) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.wording import SET_ASIDE

    take_in([sealed for sealed, _ in bad_envelopes(desk)])
    html = desk.client.get("/cases/?lane=set-aside").text
    for reason in {reason for _, reason in bad_envelopes(desk)}:
        assert str(SET_ASIDE[reason]) in html, reason


def test_a_mistake_of_our_own_code_does_not_block_either(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from safelight.casework import inbox
    from safelight.casework.kept_envelopes import digest_of
    from safelight.casework.models import ReceivedEnvelope

    caplog.set_level(logging.INFO, "safelight.casework")
    unlucky = desk.sealed(a_report())
    real = inbox.understood

    def stumbles(envelope: ReceivedEnvelope, opened: Any) -> Any:
        if envelope.digest == digest_of(unlucky):
            raise RecursionError("canary words of a reporter")
        return real(envelope, opened)

    monkeypatch.setattr(inbox, "understood", stumbles)
    arrivals = inbox.take_in([unlucky, desk.sealed(a_report())])
    assert (arrivals.cases, arrivals.set_aside) == (1, 1)
    assert ReceivedEnvelope.objects.get(state="set-aside").reason == "accident"
    assert "set-aside" in caplog.text
    assert "accident" in caplog.text
    assert "canary" not in caplog.text


def test_what_is_no_age_file_is_not_copied_from_a_stick(desk: TestDesk) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.models import ReceivedEnvelope

    photo, good = b"\xff\xd8" + bytes(1000), desk.sealed(a_report())
    assert take_in([photo, good]).passed_over == 1
    assert ReceivedEnvelope.objects.count() == 1
