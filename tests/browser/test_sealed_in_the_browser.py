"""What the form's script seals, a desk opens; the other way stands in vectors/envelopes."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.envelope import Envelope
from safelight.sealing.opening import HybridIdentity, NoMatchError, open_bytes
from safelight.sealing.receipt import Receipt
from safelight.sealing.roster import Roster, RosterDesk, sign_roster
from safelight.vocabulary.report import Report
from tests.browser.node import run_script

TODAY = date(2026, 11, 22)
FILLED = {
    "form": {"id": "what-happened", "version": "1"},
    "language": "ru",
    "answers": {"acts": ["THR", "OUT"], "region": "UNK", "story": "Они написали директору.\n🏳️‍🌈"},
    "consent": {"STAT": "2029-11-22"},
}


def _desk(name: str, identity: HybridIdentity, until: date) -> RosterDesk:
    return RosterDesk(
        name=name,
        recipient=identity.recipient().encode(),
        verify_key_hex=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
        valid_from=date(2026, 1, 1),
        valid_until=until,
    )


def _sealed_in_the_browser(
    desks: tuple[RosterDesk, ...], receipt: Receipt, *, expires: date = TODAY
) -> dict[str, Any]:
    root = Ed25519PrivateKey.generate()
    roster = Roster(version=1, issued=date(2026, 1, 1), expires=expires, desks=desks)
    request = {
        "roster": sign_roster(roster, root).decode(),
        "root": root.public_key().public_bytes_raw().hex(),
        "today": TODAY.isoformat(),
        "receipt": receipt.secret.hex(),
        "filled": FILLED,
    }
    done = run_script("seal-for-python.mjs", stdin=json.dumps(request))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_usable_desk_opens_a_report_sealed_in_the_browser_and_no_other() -> None:
    first, second, left = (HybridIdentity.generate() for _ in range(3))
    receipt = Receipt.generate()
    desks = (
        _desk("desk-1", first, TODAY),
        _desk("desk-2", second, TODAY),
        _desk("desk-3", left, TODAY - timedelta(days=1)),
    )
    answer = _sealed_in_the_browser(desks, receipt)
    envelope = Envelope.parse(base64.b64decode(answer["envelope"]))
    assert envelope.recipients == 2
    assert len(envelope.sealed) == 32 * 1024

    content = open_bytes(envelope.sealed, [first])
    assert content == open_bytes(envelope.sealed, [second])
    with pytest.raises(NoMatchError):
        open_bytes(envelope.sealed, [left])

    report = Report.parse(content)
    assert report == Report(
        form="what-happened",
        form_version="1",
        language="ru",
        written=TODAY,
        sealed_by="browser",
        answers={"acts": ("THR", "OUT"), "region": "UNK", "story": FILLED["answers"]["story"]},
        consent={"STAT": date(2029, 11, 22)},
        reply_to=receipt.reply_recipient().encode(),
        mailbox=receipt.mailbox_id.hex(),
        withdrawal=receipt.withdrawal_verifier.hex(),
        message_key=receipt.message_key.hex(),
        roster=1,
    )
    # Byte for byte, so that neither side needs to know which one wrote a report.
    assert content == report.to_bytes()


def test_both_sides_derive_the_same_receipt() -> None:
    receipt = Receipt.generate()
    desk = _desk("desk-1", HybridIdentity.generate(), TODAY)
    answer = _sealed_in_the_browser((desk,), receipt)
    assert answer["mailbox"] == receipt.mailbox_id.hex()
    assert answer["verifier"] == receipt.verifier.hex()
    assert tuple(answer["words"]) == receipt.words("en")


def test_the_browser_refuses_a_roster_that_python_signed_for_other_days() -> None:
    desk = _desk("desk-1", HybridIdentity.generate(), TODAY)
    yesterday = TODAY - timedelta(days=1)
    receipt = Receipt.generate()
    assert _sealed_in_the_browser((desk,), receipt, expires=yesterday) == {"problem": "expired"}
    assert _sealed_in_the_browser((), receipt) == {"problem": "no-usable-desk"}
    assert "envelope" in _sealed_in_the_browser((desk,), receipt)
