"""Threat: mail-of-a-stranger: The server seals a mail to a desk in a colleague's
name; without that colleague's signature nothing in it is believed, and it is named.

Recipients are public, so anybody can seal something to a desk. Entries carry their writers'
signatures; but how far a colleague is, what it asks for, and above all keys of contents stand in
the mail alone. It is believed only with the signature of the desk it says it is from, made for
this addressee.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.casework.team.mail import Mail, MailError, parse_mail, sign_mail
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_bytes
from tests.casework.team.real_team import Team, problems_named, take_in_reports, team_in
from tests.support.desk import a_report


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def a_mail(**changes: Any) -> Mail:
    now = datetime.now(UTC).replace(microsecond=0)
    mail = Mail("desk-2", "desk-1", 1, now, 1, ends={"desk-1": 10_000, "desk-2": 3})
    return replace(mail, **changes)


def leave(team: Team, to: int, content: bytes, sender: str = "desk-2") -> None:
    seat = team.seats[to]
    team.office.put(sender, seat.name, seal_bytes(content, [parse_recipient(seat.recipient)]))


def own_key(team: Team, at: int) -> Ed25519PrivateKey:
    from safelight.journal.chain import desk_key

    team.sit(at)
    return desk_key().private


def believed(team: Team, sender: str = "desk-2") -> dict[str, int]:
    """What desk-1 believes that a colleague holds."""
    from safelight.casework.team.models import Exchange

    team.sit(0)
    found = Exchange.objects.filter(desk=sender).values_list("confirmed", flat=True).first()
    return dict(found or {})


def test_only_the_signed_mail_is_believed_and_every_other_one_is_named(team: Team) -> None:
    attacker, colleague = Ed25519PrivateKey.generate(), own_key(team, 1)
    leave(team, 0, sign_mail(a_mail(), attacker))
    leave(team, 0, sign_mail(a_mail(sender="desk-1"), own_key(team, 0)))
    leave(team, 0, sign_mail(a_mail(addressee="desk-3"), colleague))  # sealed anew by somebody
    leave(team, 0, sign_mail(a_mail(sender="desk-9"), attacker))
    leave(team, 0, b"anything else")
    team.office.put("desk-2", "desk-1", bytes(32 * 1024))
    done = team.exchange(0)
    assert (done.mails, done.refused, done.waits) == (0, 5, 1)
    assert believed(team) == {}
    assert problems_named() == {
        "forged-mail": 2,  # in two names
        "for-another": 1,
        "stranger-mail": 1,
        "unreadable-mail": 1,
        "not-opened": 1,
    }
    assert [one.addressee for one in team.office.held].count("desk-1") == 1, "the stranger's waits"
    leave(team, 0, sign_mail(a_mail(), colleague))
    assert team.exchange(0).mails == 1
    assert believed(team) == {"desk-1": 10_000, "desk-2": 3}


def test_a_batch_that_somebody_puts_under_a_good_signature_is_refused(team: Team) -> None:
    signed = sign_mail(a_mail(batch=b'{"a":1}'), own_key(team, 1))
    assert parse_mail(signed).mail.batch == b'{"a":1}'
    with pytest.raises(MailError, match="another batch"):
        parse_mail(signed.replace(b'{"a":1}', b'{"a":2}'))
    head, _, rest = signed.partition(b"\n")
    for untrusted in (b"", head, head[:-1] + b"\n" + rest, b"\n" * 3, b"[1]\n" + rest, b"\xff"):
        with pytest.raises(MailError):
            parse_mail(untrusted)


def test_a_key_that_does_not_open_its_content_is_not_kept_so_the_true_one_can_come(
    team: Team,
) -> None:
    from safelight.casework.models import Case
    from safelight.journal.batch import Batch
    from safelight.journal.exchange import batch_for
    from safelight.journal.models import StoredKey

    team.sit(0)
    (case,) = take_in_reports(team, a_report())
    batch = batch_for({})
    key = own_key(team, 0)
    wrong = replace(batch, keys=tuple(replace(one, secret=bytes(32)) for one in batch.keys))
    poisoned = a_mail(sender="desk-1", addressee="desk-2", batch=wrong.to_bytes(), ends={})
    leave(team, 1, sign_mail(poisoned, key), sender="desk-1")
    assert team.exchange(1).mails == 1
    assert "wrong-key" in problems_named()
    assert not StoredKey.objects.filter(subject=case).exists()
    assert not Case.objects.exists()
    # The same entries again, with the key that opens them.
    good = replace(poisoned, number=2, batch=Batch.to_bytes(batch))
    leave(team, 1, sign_mail(good, key), sender="desk-1")
    assert team.exchange(1).mails == 1
    assert Case.objects.get().case_id == case
