"""For how long a person agrees: whole years from the day of writing, then it ends by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date


def last_day(written: date, years: int) -> date:
    """Return the last day of a consent given on `written` for `years`; 29 February ends on 28."""
    try:
        return written.replace(year=written.year + years)
    except ValueError:
        return written.replace(year=written.year + years, day=28)


def holding(
    consent: Mapping[str, date], *, written: date, received: date, on: date
) -> tuple[str, ...]:
    """Return the purposes that hold on the day `on`, in the form's order.

    A device whose clock runs ahead writes a day that has not come yet. A consent never
    lasts longer than was chosen, counted from the day the report arrived.
    """
    return tuple(
        purpose
        for purpose in consent
        if on <= ends_on(consent, purpose, written=written, received=received)
    )


def ends_on(consent: Mapping[str, date], purpose: str, *, written: date, received: date) -> date:
    """Return the last day on which a desk that got the report on `received` may rely on it."""
    return min(consent[purpose], received + (consent[purpose] - written))
