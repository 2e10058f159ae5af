"""Which other desks of the team may approve a release today (`release.second_person`)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q

from safelight.casework.team.models import AcceptedStatement, Member, RoleHeld
from safelight.casework.team.roles import Role
from safelight.journal.chain import desk_key


def other_reviewers() -> frozenset[str] | None:
    """Desks but this one with the role reviewer; None without a team, or without a colleague.

    A person is a desk's key here: who is behind it the keeper of the root key vouches for.
    """
    if not AcceptedStatement.objects.exists():
        return None
    own, today = desk_key().desk, datetime.now(UTC).date()
    lasts = Q(until__isnull=True) | Q(until__gte=today)
    if not Member.objects.filter(lasts, since__lte=today).exclude(desk=own).exists():
        return None
    held = RoleHeld.objects.filter(lasts, role=Role.REVIEWER.value, since__lte=today)
    return frozenset(held.exclude(desk=own).values_list("desk", flat=True))
