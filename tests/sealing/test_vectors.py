"""The shared vectors in vectors/: what they say comes true here as it must in the browser."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.sealing.desk_request import DeskRequestError, SeenRequests, verified_desk
from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.header import SealedFileError
from safelight.sealing.opening import (
    HeaderMacError,
    NoMatchError,
    PaddingError,
    PayloadError,
    open_bytes,
    parse_identity,
)
from safelight.sealing.receipt import Receipt, ReceiptError
from safelight.sealing.roster import RosterError, fingerprint, verified_roster
from safelight.sealing.statement import StatementError, verified_payload
from tests.sealing.write_vectors import VECTORS, as_text, deterministic


def read(folder: str) -> dict[str, dict[str, Any]]:
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((VECTORS / folder).glob("*.json"))
    }
    assert found, f"no vectors in {folder}"
    return found


ROSTERS, STATEMENTS = read("rosters"), read("statements")
ENVELOPES, DESK_REQUESTS = read("envelopes"), read("desk-requests")
RECEIPTS = read("receipts")


def public_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def test_the_files_are_what_the_writer_writes() -> None:
    stale = [
        path
        for path, vector in deterministic().items()
        if (VECTORS / path).read_text(encoding="utf-8") != as_text(vector)
    ]
    assert stale == [], "run: python -m tests.sealing.write_vectors"


@pytest.mark.parametrize("entry", RECEIPTS["good"]["receipts"], ids=lambda e: e["secret"][:8])
def test_receipts_derive_what_the_vectors_say(entry: dict[str, Any]) -> None:
    receipt = Receipt(bytes.fromhex(entry["secret"]))
    assert receipt.mailbox_id.hex() == entry["mailbox_id"]
    assert receipt.auth_key.hex() == entry["auth_key"]
    assert receipt.verifier.hex() == entry["verifier"]
    assert receipt.reply_seed.hex() == entry["reply_seed"]
    assert receipt.withdrawal_proof.hex() == entry["withdrawal_proof"]
    assert receipt.withdrawal_verifier.hex() == entry["withdrawal_verifier"]
    assert receipt.message_key.hex() == entry["message_key"]
    assert receipt.reply_recipient().encode() == entry["reply_recipient"]
    for language, listed in entry["words"].items():
        assert list(receipt.words(language)) == listed
        assert Receipt.parse(" ".join(listed)) == receipt


@pytest.mark.parametrize("entry", RECEIPTS["good-however-typed"]["typings"], ids=lambda e: e["how"])
def test_receipts_are_read_however_they_are_typed(entry: dict[str, Any]) -> None:
    assert Receipt.parse(entry["typed"]).secret.hex() == entry["secret"]


@pytest.mark.parametrize("entry", RECEIPTS["refused"]["typings"], ids=lambda e: e["problem"])
def test_what_is_no_receipt_is_refused_for_its_own_reason(entry: dict[str, Any]) -> None:
    with pytest.raises(ReceiptError) as refusal:
        Receipt.parse(entry["typed"])
    assert refusal.value.problem == entry["problem"]
    assert list(refusal.value.wrong) == entry.get("wrong", [])


ROSTER_REASONS = {
    "signature": "bad signature|carries 1 to",
    "type": "this is of another",
    "expired": "expired on",
    "rolled-back": "is older than",
    "no-usable-desk": "no usable desk",
    "recipient": "post-quantum",
    "duplicate": "share one",
    "malformed": "version: |not a signed statement",
}


@pytest.mark.parametrize("name", ROSTERS)
def test_rosters(name: str) -> None:
    vector = ROSTERS[name]
    root, today = public_key(vector["root"]), date.fromisoformat(vector["today"])
    assert fingerprint(root) == vector["fingerprint"]

    def verify() -> Any:
        return verified_roster(
            vector["roster"].encode(),
            root=root,
            today=today,
            last_seen_version=vector["last_seen_version"],
        )

    if vector["expect"] == "ok":
        roster = verify()
        assert roster.version == vector["version"]
        assert [desk.name for desk in roster.usable_desks(today)] == vector["usable"]
        assert len(roster.recipients(today)) == len(vector["usable"])
    else:
        with pytest.raises(RosterError, match=ROSTER_REASONS[vector["problem"]]):
            verify()


STATEMENT_REASONS = {
    "signature": "bad signature",
    "type": "this is of another",
    "malformed": "canonical base64|signatures",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements(name: str) -> None:
    vector = STATEMENTS[name]
    arguments = (
        vector["statement"].encode(),
        vector["payload_type"],
        public_key(vector["key"]),
    )
    if vector["expect"] == "ok":
        assert verified_payload(*arguments) == base64.b64decode(vector["payload"])
    else:
        with pytest.raises(StatementError, match=STATEMENT_REASONS[vector["problem"]]):
            verified_payload(*arguments)


DESK_REQUEST_REASONS = {
    "signature": "not signed by a desk",
    "time": "from the server's",
    "malformed": "expected the header",
}


@pytest.mark.parametrize("name", DESK_REQUESTS)
def test_desk_requests(name: str) -> None:
    vector = DESK_REQUESTS[name]
    now = datetime.fromisoformat(vector["now"])
    signed = ROSTERS[vector["roster"].removesuffix(".json")]
    roster = verified_roster(
        signed["roster"].encode(),
        root=public_key(signed["root"]),
        today=now.date(),
        last_seen_version=None,
    )

    def verify() -> Any:
        return verified_desk(
            vector["header"],
            vector["method"],
            vector["path"],
            hashlib.sha256(base64.b64decode(vector["body"])).hexdigest(),
            roster,
            now=now,
            max_skew=timedelta(seconds=vector["max_skew_seconds"]),
            seen=SeenRequests(),
        )

    if vector["expect"] == "ok":
        assert verify().name == vector["desk"]
    else:
        with pytest.raises(DeskRequestError, match=DESK_REQUEST_REASONS[vector["problem"]]):
            verify()


PARSE_REASONS = {
    "size": "an envelope is exactly one of",
    "header": "not an envelope: (not an age v1|a recipient line|a stanza's body|expected a)",
    "nobody": "sealed to nobody",
    "recipient": "every recipient of an envelope is post-quantum",
}
OPENING_REASONS: dict[str, type[SealedFileError]] = {
    "payload": PayloadError,
    "header-mac": HeaderMacError,
    "no-match": NoMatchError,
    "padding": PaddingError,
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelopes(name: str) -> None:
    vector = ENVELOPES[name]
    sealed = base64.b64decode(vector["envelope"])
    if vector["expect"] == "refused":
        with pytest.raises(EnvelopeError, match=PARSE_REASONS[vector["problem"]]):
            Envelope.parse(sealed)
        return
    envelope = Envelope.parse(sealed)
    assert envelope.digest == hashlib.sha256(sealed).hexdigest()
    identities = [parse_identity(vector["identity"])]
    if vector["expect"] == "ok":
        assert envelope.recipients == vector["recipients"]
        assert open_bytes(envelope.sealed, identities) == base64.b64decode(vector["content"])
    else:
        with pytest.raises(OPENING_REASONS[vector["problem"]]):
            open_bytes(envelope.sealed, identities)
