"""Who is of the team, as this desk knows it: the statement it accepted last.

The root key is pinned by the first statement, which a person takes in. Later ones may come on
any way, also with a colleague's mail: they say themselves who signed them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.models import OpeningKey
from safelight.casework.projecting import project_all
from safelight.casework.team.judging import judge_all
from safelight.casework.team.models import AcceptedStatement, Exchange, Member, RoleHeld
from safelight.casework.team.statement import (
    ForgedStatementError,
    NotNamedError,
    TeamDesk,
    TeamStatement,
    TeamStatementError,
    signed_team,
    statement_digest,
    verified_team,
)
from safelight.errors import SafelightError
from safelight.journal.chain import append, desk_key
from safelight.journal.exchange import enrol


class NoTeamError(SafelightError):
    """There is no statement here yet, or it does not let this desk exchange."""


def today() -> date:
    return datetime.now(UTC).date()


def newest() -> AcceptedStatement | None:
    """The statement that counts here, as stored; None on a desk of its own."""
    return AcceptedStatement.objects.order_by("-version").first()


def current_team() -> TeamStatement | None:
    """The statement that counts here; None on a desk of its own."""
    row = newest()
    return None if row is None else _stored(row)


def team_to_exchange_with(day: date) -> TeamStatement:
    """Return the team, or raise: no statement, expired, or this desk has left."""
    team = current_team()
    if team is None:
        raise NoTeamError(
            _(
                "this desk knows no team yet: expected a team statement. Get the file from the "
                "keeper of the root key and take it in, on the page Team or with `safelight desk "
                "team accept`"
            )
        )
    own = team.desk(desk_key().desk)
    if own is None or not own.is_of_the_team(day):
        raise NoTeamError(
            _(
                "this desk is not of the team by statement %(version)d; colleagues send it "
                "nothing and take nothing of today from it. Ask the keeper of the root key"
            )
            % {"version": team.version}
        )
    team.check_day(day)
    return team


def colleagues(team: TeamStatement, day: date) -> tuple[TeamDesk, ...]:
    """The other desks that new entries are sealed to on `day`."""
    own = desk_key().desk
    return tuple(desk for desk in team.desks if desk.name != own and desk.is_sent_to(day))


def accept(untrusted: bytes, *, root: Ed25519PublicKey | None = None) -> TeamStatement:
    """Take a statement in, enrol its desks, and judge all entries by it; raise by name.

    `root` is needed for the first one. The same statement again does nothing.
    """
    row = newest()
    pinned = _pinned(row, root)
    before = None if row is None else _stored(row)
    found = verified_team(
        untrusted,
        root=pinned,
        today=today(),
        before=before,
        before_digest="" if row is None else row.digest,
    )
    digest = statement_digest(untrusted)
    if row is not None and row.digest == digest:
        return found
    _check_names_this_desk(found)
    with transaction.atomic():
        for desk in found.desks:
            if desk.name != desk_key().desk:
                enrol(desk.name, desk.verify_key_hex)
        AcceptedStatement.objects.create(
            version=found.version,
            digest=digest,
            root=pinned.public_bytes_raw().hex(),
            signed=untrusted,
            accepted_on=today(),
            expires=found.expires,
        )
        append("team.accepted", {"version": found.version, "digest": digest}, subject="team")
        if before is None or before.desk(desk_key().desk) is None:
            # A new desk, or one that was restored under a new name: nobody has heard from it.
            Exchange.objects.all().delete()
        _write_members(found)
        project_all(judge_all())
    return found


def _pinned(row: AcceptedStatement | None, given: Ed25519PublicKey | None) -> Ed25519PublicKey:
    if row is None:
        if given is None:
            raise TeamStatementError(
                "the first team statement needs the root's public key, compared with the keeper "
                "by voice or on paper; give it with --root"
            )
        return given
    known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.root))
    if given is not None and given.public_bytes_raw() != known.public_bytes_raw():
        raise ForgedStatementError(
            "this desk goes by another root key since its first team statement; a team with a new "
            "root key is a new team: make new desks for it, or go on with the old key"
        )
    return known


def _stored(row: AcceptedStatement) -> TeamStatement:
    # Verified again each time: it costs less than a millisecond, and a changed row is found.
    root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.root))
    return signed_team(bytes(row.signed), root=root)


def _check_names_this_desk(found: TeamStatement) -> None:
    key = desk_key()
    named = found.desk(key.desk)
    wrong = f"team statement {found.version} "
    hint = "Give this desk's public file to the keeper of the root key and take in the next one"
    if named is None:
        raise NotNamedError(wrong + f"does not name this desk, {key.desk}. {hint}")
    if named.verify_key_hex != key.private.public_key().public_bytes_raw().hex():
        raise NotNamedError(wrong + f"names {key.desk} with another verify key. {hint}")
    if not OpeningKey.objects.filter(recipient=named.recipient).exists():
        raise NotNamedError(wrong + f"names {key.desk} with a recipient of others. {hint}")


def _write_members(found: TeamStatement) -> None:
    Member.objects.all().delete()
    RoleHeld.objects.all().delete()
    for desk in found.desks:
        Member.objects.create(
            desk=desk.name,
            verify_key=desk.verify_key_hex,
            recipient=desk.recipient,
            since=desk.since,
            until=desk.until,
            last_entry=desk.last_entry,
        )
        for span in desk.spans:
            RoleHeld.objects.create(
                desk=desk.name, role=span.role.value, since=span.since, until=span.until
            )
