"""Whether this desk's cases are invented, which every number made of them must say.

Once a desk has run as a demo its journal says so, and nothing takes it back: started
again without `--demo` it would otherwise publish an invented country as a real one.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from safelight.journal.chain import append
from safelight.journal.models import JournalEntry

_KIND: Final = "desk.simulated"


def is_simulated() -> bool:
    """Whether this desk has ever run as a demo."""
    return JournalEntry.objects.filter(kind=_KIND).exists()


def note_simulated() -> None:
    """Write down, once, that this desk's cases are invented."""
    with transaction.atomic():
        if not is_simulated():
            append(_KIND, {})
