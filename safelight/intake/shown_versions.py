"""The highest version of each signed file that this server ever showed, across restarts.

A database in trouble takes no page away: what cannot be read counts as never shown, and what
cannot be written is logged. Browsers refuse an older file themselves.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Final

from safelight.intake.models import HighestSeen
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable

_LOG: Final = logging.getLogger("safelight.intake")


def last_shown(file: str) -> int | None:
    """Return the highest version of `file` shown so far, if that is known."""
    try:
        with readable():
            found = HighestSeen.objects.filter(name=file).first()
    except RefusedError:
        return None
    return None if found is None else found.value


def note_shown(file: str, version: int) -> None:
    """Keep `version` as the one of `file` below which nothing may be shown from now on."""
    try:
        with durable_write():
            HighestSeen.objects.update_or_create(name=file, defaults={"value": version})
    except RefusedError:
        _log_once(file)


@lru_cache(maxsize=8)
def _log_once(file: str) -> None:
    _LOG.error("shown-version.not-stored file=%s", file)
