"""What a colleague's desk held: which cases' keys it was given, or made itself.

For the day somebody leaves. From this desk's own knowledge: what it or others sent (the
colleague said itself that it has it), what was left for it on the server or put on a stick, and
what it wrote. It holds no more than that lists only if nobody else gave it something; and every
report that came while it stood in the roster was sealed to it as well, whether or not it fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safelight.casework.followup.models import FollowedCase
from safelight.casework.team.exchanging import furthest
from safelight.casework.team.models import Exchange, Member
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key, held_about
from safelight.journal.content_keys import is_destroyed

WROTE: Final = "wrote"  # it opened or worked on the case itself
CONFIRMED: Final = "confirmed"  # it said that it holds entries about the case
HANDED: Final = "handed"  # it was sent to it; whether it arrived is not known


class NoSuchDeskError(SafelightError):
    """A name that no desk of the team has."""


@dataclass(frozen=True, slots=True)
class HeldCase:
    """One case. `assigned`: it is that desk's to follow, and to be handed over.

    `destroyed`: on this desk, and by an order the other one was to obey; `order_confirmed`: it
    said that it holds that order.
    """

    case: str
    why: str
    assigned: bool
    destroyed: bool
    order_confirmed: bool


def held_by(desk: str) -> tuple[HeldCase, ...]:
    """Return the cases whose contents a desk of the team held or may hold, by their ids."""
    own = desk_key().desk
    if desk != own and not Member.objects.filter(desk=desk).exists():
        raise NoSuchDeskError("no desk of the team has this name; look at the page Team")
    state = Exchange.objects.filter(desk=desk).first()
    confirmed = state.confirmed if state else {}
    handed = furthest(state.handed, state.sent) if state else {}
    why: dict[str, str] = {}
    orders: dict[str, bool] = {}
    for line in held_about("case."):
        by, seq, kind, case = line
        if desk in {own, by}:
            reason = WROTE
        elif seq <= confirmed.get(by, 0):
            reason = CONFIRMED
        elif seq <= handed.get(by, 0):
            reason = HANDED
        else:
            continue
        if kind == "case.destroyed":
            orders[case] = orders.get(case, False) or reason != HANDED
        known = why.get(case)
        if known is None or _ORDER.index(reason) < _ORDER.index(known):
            why[case] = reason
    assigned = set(FollowedCase.objects.filter(desk=desk).values_list("case_id", flat=True))
    return tuple(
        HeldCase(case, why[case], case in assigned, is_destroyed(case), orders.get(case, False))
        for case in sorted(why)
    )


_ORDER: Final = (WROTE, CONFIRMED, HANDED)
