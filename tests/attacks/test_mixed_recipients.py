"""Threat: mixed-recipients: One classic recipient beside post-quantum ones lets whoever stores the
file read it later, so they never mix.
"""

from __future__ import annotations

import base64
import io
import json
from itertools import permutations

import pytest

from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.header import header_bytes
from safelight.sealing.opening import HybridIdentity, X25519Identity
from safelight.sealing.seal import SealError, seal_bytes, seal_stream
from tests.sealing.write_vectors import VECTORS

STRONG = HybridIdentity(bytes(32)).recipient()
OTHER = HybridIdentity(bytes(31) + b"\1").recipient()
CLASSIC = X25519Identity(bytes(range(32))).recipient()


@pytest.mark.parametrize("recipients", list(permutations([STRONG, OTHER, CLASSIC])))
def test_sealing_refuses_the_mix_in_any_order(recipients: tuple[HybridIdentity, ...]) -> None:
    for padded in (True, False):
        with pytest.raises(SealError, match="2 post-quantum recipients mixed with 1 classic"):
            seal_stream(io.BytesIO(b"x"), io.BytesIO(), recipients, padded=padded)
    assert Envelope.parse(seal_bytes(b"x", [STRONG, OTHER])).recipients == 2


def test_an_envelope_is_never_sealed_to_classic_recipients_only() -> None:
    with pytest.raises(SealError, match="post-quantum recipients"):
        seal_bytes(b"x", [CLASSIC])


@pytest.mark.parametrize("name", ["mixed-recipients", "classic-recipient"])
def test_a_server_refuses_envelopes_with_a_classic_recipient(name: str) -> None:
    vector = json.loads((VECTORS / "envelopes" / f"{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(EnvelopeError, match="names another kind"):
        Envelope.parse(base64.b64decode(vector["envelope"]))


def test_a_server_refuses_an_envelope_with_a_stanza_it_does_not_know() -> None:
    from safelight.sealing.header import Stanza

    file_key = bytes(16)
    known = STRONG.wrap(file_key)
    for stanzas, fine in (([known], True), ([known, Stanza(("grease",), b"x")], False)):
        header = header_bytes(file_key, stanzas)
        envelope = header + bytes(32 * 1024 - len(header))
        if fine:
            assert Envelope.parse(envelope).recipients == 1
        else:
            with pytest.raises(EnvelopeError, match="names another kind"):
                Envelope.parse(envelope)
