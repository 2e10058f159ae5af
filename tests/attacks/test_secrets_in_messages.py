"""Threat: secrets-in-messages: A secret that stands in a traceback, a log line or a repr outlives
the care with which it was kept.
"""

from __future__ import annotations

import traceback

import pytest

from safelight.errors import SafelightError
from safelight.sealing.opening import (
    HybridIdentity,
    PassphraseIdentity,
    X25519Identity,
    open_bytes,
    parse_identity,
)
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_bytes
from safelight.sealing.strict_json import parse_object

SECRET = bytes(range(100, 132))


@pytest.mark.parametrize(
    "holder",
    [
        HybridIdentity(SECRET),
        X25519Identity(SECRET),
        PassphraseIdentity(SECRET),
        Receipt(SECRET[:16]),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_a_repr_shows_no_secret(holder: object) -> None:
    shown = f"{holder!r} {holder}"
    assert repr(SECRET[:4])[2:-1] not in shown
    assert SECRET.hex()[:8] not in shown


def test_a_mistyped_identity_is_not_repeated() -> None:
    text = HybridIdentity(SECRET).encode()
    assert parse_identity(text) == HybridIdentity(SECRET)
    for damaged in (text[:-1], text[:-1] + "Q", text.lower(), text.replace("PQ-1", "XX-1"), "é"):
        with pytest.raises(SafelightError) as refusal:
            parse_identity(damaged)
        shown = "".join(traceback.format_exception(refusal.value, chain=True))
        said = "\n".join(line for line in shown.splitlines() if not line.startswith("    "))
        assert text[20:30] not in said.upper()


def test_what_a_person_wrote_is_in_no_error() -> None:
    canary = b"canary-7391"
    envelope = seal_bytes(canary, [HybridIdentity(SECRET).recipient()])
    assert open_bytes(envelope, [HybridIdentity(SECRET)]) == canary
    for act in (
        lambda: open_bytes(canary, [HybridIdentity(SECRET)]),
        lambda: open_bytes(envelope[:-1] + b"\0\0", [HybridIdentity(SECRET)]),
        lambda: parse_recipient(canary.decode()),
        lambda: parse_object(b'{"a": ' + canary, largest=100),
        lambda: Receipt.parse(canary.decode()),
    ):
        with pytest.raises((SafelightError, ValueError)) as refusal:
            act()
        error: BaseException | None = refusal.value
        while error is not None:
            assert "7391" not in str(error)
            assert not hasattr(error, "doc"), "a JSON error carries the document"
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
