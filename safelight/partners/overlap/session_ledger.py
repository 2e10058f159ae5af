"""What the noise of a private overlap costs, and who books it: each organisation in its ledger.

Noise of scale 4/ε protects one record of a list at a loss of ε, once for each session. The
relay draws it when the last list has come, so an organisation books before anything of its
own leaves: before the commitment. Booked and not drawn loses budget, never privacy.

The ledger stands in a room above (`SAFELIGHT_SESSION_LEDGER` names it on a desk); a folder on
the command line gets one from `--data`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from safelight.partners.overlap.problems import PrivateOverlapError
from safelight.partners.overlap.terms import Terms


class NotPaidError(PrivateOverlapError):
    """The ledger has too little left for this session, or cannot count it; nothing was offered."""

    code = "not-paid"


class SessionLedger(Protocol):
    """A desk's privacy ledger, as a private overlap needs it."""

    def pay(self, terms: Terms, name: str, *, only_check: bool) -> None:
        """Book the list of `name` in the session, durably, unless it is; raise `NotPaidError`."""
        ...

    def left(self, terms: Terms) -> str:
        """What is left for the terms' period, as a number in words; "" without a budget."""
        ...


Pay = Callable[[Terms, str, bool], None]


def nothing_to_book(terms: Terms, name: str, only_check: bool) -> None:
    """For an organisation that keeps no ledger, and for terms without noise."""
