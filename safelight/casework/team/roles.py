"""Who may write what: one table from role to kinds of entries. A view is opened by a kind, too.

A desk has its roles from the team's statement (`statement.py`), each from one day to another.
Two places hold them: `require` before this desk writes anything (`journal.chain.append` asks it
for every kind), and `judging` for what colleagues wrote: an entry that its desk's roles did not
allow counts for nothing, and is named.

A desk without a statement is an organisation of one person: it has every role.

Roles are kept by honest programs. Every desk of the team holds the same journal; whoever
changes the program can read on that desk what its role does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from safelight.casework.agreement import kinds as sample_kinds
from safelight.casework.letters import kinds as letter_kinds
from safelight.casework.linking import kinds as link_kinds
from safelight.errors import SafelightError


class Role(StrEnum):
    """What a desk is for. One desk may have several."""

    CASEWORKER = "caseworker"
    KEEPER = "keeper"
    ANALYST = "analyst"
    REVIEWER = "reviewer"


class RoleError(SafelightError):
    """This desk's roles do not allow what was asked."""


# What the program writes by itself when something arrives, and what protects people: any desk.
EVERY_DESK: Final = frozenset(
    {
        "alarm.read-in-bulk",
        "backup.key-destroyed",
        "backup.key-made",
        "backup.key-written",
        "backup.made",
        "case.destroyed",
        "case.file",
        "case.locked",
        "case.made",
        "case.message",
        "case.shares",
        "desk.caught-up",
        "desk.continued",
        "desk.enrolled",
        "desk.made",
        "desk.restored",
        "desk.simulated",
        "envelope.received",
        "envelope.set-aside",
        "envelope.tried-again",
        "recall.needed",
        "team.accepted",
        "withdrawal.received",
    }
)

# The second of two people may be a keeper of keys; the one who reads is a caseworker.
SECOND_PERSON: Final = frozenset({"case.unseal-refused", "case.unseal-released"})

# One line a kind; a new kind of entry is added to the roles that may write it.
MAY: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.CASEWORKER: frozenset(
            {
                "answer.refused",
                "answer.sent",
                "campaign.coded",
                "campaign.followed",
                "campaign.judged",
                "campaign.posting",
                "campaign.searched",
                "campaign.struck",
                "case.answered",
                "case.assigned",
                "case.coded",
                "case.consent",
                "case.consent-ended",
                "case.contact",
                "case.deadline",
                "case.deadline-met",
                "case.fact",
                "case.fact-struck",
                "case.handed",
                "case.kept",
                "case.lane",
                "case.opened",
                "case.referral-outcome",
                "case.referral-refused",
                "case.referred",
                "case.set-aside",
                "case.taken-back",
                "case.two-person",
                "case.two-person-ended",
                "case.unseal-asked",
                "case.task",
                "case.task-done",
                "case.task-moved",
                "case.told",
                "case.undone",
                "case.unlocked",
                "counsellor.vouched",
                "evidence.added",
                "evidence.asked",
                "evidence.bundled",
                "evidence.captured",
                "evidence.checked",
                "evidence.exhibit",
                "evidence.exposed",
                "evidence.look-begun",
                "evidence.look-ended",
                "evidence.looks-read",
                "evidence.saved",
                "evidence.schedule-ended",
                "evidence.scheduled",
                "file.opened",
                "notice.made",
                "notice.outcome",
                "notice.sent",
                "notice.struck",
                "place.entered",
                "place.removed",
                "recall.done",
            }
            | SECOND_PERSON
            | letter_kinds.BY_CASEWORKERS
            | sample_kinds.BY_CASEWORKERS
            | link_kinds.BY_CASEWORKERS
        ),
        Role.KEEPER: frozenset({"case.unlocked", letter_kinds.RULES}) | SECOND_PERSON,
        Role.ANALYST: frozenset(
            {
                "exchange.ended",
                "exchange.sent",
                "exchange.taken",
                "list.forgotten",
                "list.imported",
                "overlap.counted",
                "overlap.offered",
                "release.audited",
                "release.budget-proposed",
                "release.budget-spent",
                "release.corrected",
                "release.document",
                "release.proposed",
                "release.published",
                "release.reviewer-enrolled",
                "release.turned-down",
                "release.withdrawn",
            }
            | sample_kinds.BY_ANALYSTS
            | link_kinds.BY_CASEWORKERS
        ),
        # At a desk other than the one that proposed (`release.second_person`).
        Role.REVIEWER: frozenset({"release.approved", "release.budget-set", "release.turned-down"}),
    }
)


def allows(roles: Iterable[Role], kind: str) -> bool:
    """Whether one of these roles may write an entry of this kind."""
    return kind in EVERY_DESK or any(kind in MAY[role] for role in roles)


def roles_for(kind: str) -> tuple[Role, ...]:
    """The roles that may write this kind, in the order of the table."""
    return tuple(role for role in Role if kind in MAY[role])


def own_roles(today: date | None = None) -> frozenset[Role]:
    """The roles of this desk on a day (UTC); all of them without a statement."""
    # Late: the table above is read by the keeper's command, which has no database.
    from safelight.casework.team.models import AcceptedStatement, RoleHeld  # noqa: PLC0415
    from safelight.journal.chain import desk_key  # noqa: PLC0415

    if not AcceptedStatement.objects.exists():
        return frozenset(Role)
    day = today or datetime.now(UTC).date()
    held = RoleHeld.objects.filter(desk=desk_key().desk, since__lte=day)
    return frozenset(Role(row.role) for row in held if row.until is None or day <= row.until)


def require(kind: str) -> None:
    """Raise `RoleError` when this desk's roles do not allow an entry of this kind."""
    if kind in EVERY_DESK:
        return
    roles = own_roles()
    if allows(roles, kind):
        return
    from django.utils.translation import gettext as _  # noqa: PLC0415  # as above

    raise RoleError(
        _(
            "this needs a desk with the role %(expected)s; this one has: %(got)s. Ask a colleague "
            "who has it, or the keeper of the root key for another team statement"
        )
        % {
            "expected": " / ".join(role.value for role in roles_for(kind)) or "?",
            "got": ", ".join(sorted(roles)) or "-",
        }
    )
