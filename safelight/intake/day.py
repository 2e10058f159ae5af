"""The only clock of the intake. It knows the day, so nothing finer can be stored."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Return the current day in UTC."""
    return datetime.now(UTC).date()
