"""Threat: rolled-back-team: Somebody gives a desk an old team statement, or one of their
own; only a newer one of the root key that names everybody is taken.

By an old one a desk that has left would get everything again, and a role that was taken away
would count again. The statement may come as a file or with any colleague's mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.casework.team.mail import sign_mail
from safelight.casework.team.roles import Role
from safelight.casework.team.statement import (
    ExpiredStatementError,
    ForgedStatementError,
    ForgottenDeskError,
    NotNamedError,
    RolledBackError,
    TeamStatementError,
    sign_team,
)
from tests.attacks.test_mail_of_a_stranger import a_mail, leave, own_key
from tests.casework.team.real_team import Team, problems_named, team_in
from tests.support.live_server import today


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as made:
        yield made


def test_only_a_newer_statement_of_the_root_key_that_names_everybody_is_taken(team: Team) -> None:
    from safelight.casework.team.standing import accept, newest

    first = team.signed()
    second = team.signed(team.member(0), team.member(1), team.member(2), version=2)
    two, three = team.member(1), team.member(2)
    refused: list[tuple[bytes, type[TeamStatementError]]] = [
        (first, RolledBackError),
        (team.signed(team.member(0, Role.ANALYST), two, three, version=2), RolledBackError),
        (team.signed(version=3, expires=today() - timedelta(days=1)), ExpiredStatementError),
        (team.signed(team.member(0), two, version=3), ForgottenDeskError),
        (
            team.signed(team.member(0), two, replace(three, verify_key_hex="ab" * 32), version=3),
            ForgottenDeskError,
        ),
    ]
    assert team.statement is not None
    other_root = Ed25519PrivateKey.generate()
    refused.append(
        (sign_team(replace(team.statement, version=9), other_root), ForgedStatementError)
    )
    accept(second)
    assert newest().version == 2  # type: ignore[union-attr]
    for signed, wrong in refused:
        with pytest.raises(wrong):
            accept(signed)
    with pytest.raises(ForgedStatementError):
        accept(second, root=other_root.public_key())
    assert newest().version == 2  # type: ignore[union-attr]
    accept(second)  # again: nothing
    accept(team.signed(version=3))
    assert newest().version == 3  # type: ignore[union-attr]


def test_a_first_statement_without_this_desk_or_with_keys_of_others_is_refused(
    tmp_path: Path,
) -> None:
    from safelight.casework.team.standing import accept, newest

    with team_in(tmp_path, accepted=False) as team:
        root = team.root.public_key()
        team.sit(0)
        one, two, three = (team.member(at) for at in range(3))
        for members in (
            (two, three),
            (replace(one, verify_key_hex="ab" * 32), two, three),
            (replace(one, recipient=two.recipient), replace(two, recipient=one.recipient), three),
        ):
            with pytest.raises(NotNamedError):
                accept(team.signed(*members), root=root)
        with pytest.raises(TeamStatementError, match="root's public key"):
            accept(team.signed())
        assert newest() is None
        accept(team.signed(), root=root)


def test_an_old_statement_in_a_colleagues_mail_is_not_taken_and_a_forged_one_is_named(
    team: Team,
) -> None:
    from safelight.casework.team.standing import newest

    first = team.signed()
    team.accept_everywhere(team.signed(version=2))
    assert team.statement is not None
    forged = sign_team(replace(team.statement, version=7), Ed25519PrivateKey.generate())
    colleague = own_key(team, 1)
    leave(team, 0, sign_mail(a_mail(statement=7, team=forged), colleague))
    leave(team, 0, sign_mail(a_mail(statement=9, number=2, team=first), colleague))
    team.exchange(0)
    assert newest().version == 2  # type: ignore[union-attr]
    assert problems_named() == {"statement-forged": 1, "statement-rolled-back": 1}


def test_by_an_expired_statement_nothing_is_sealed_to_anybody_until_a_new_one_comes(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.team import standing

    later = today() + timedelta(days=91)
    with monkeypatch.context() as patched:
        patched.setattr(standing, "today", lambda: later)
        with pytest.raises(ExpiredStatementError):
            team.exchange(0)
        assert team.office.ever == []
        # A colleague has the new one already; it comes with a mail.
        new = team.signed(version=2, expires=later + timedelta(days=30))
        leave(team, 0, sign_mail(a_mail(statement=2, team=new), own_key(team, 1)))
        assert team.exchange(0).sent == 2
