"""When something happened, as exactly as anybody knows: a day, a month, a quarter, a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from safelight.errors import SafelightError

EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 2199
_FORM: Final = re.compile(
    r"(?P<year>[0-9]{4})(-(Q(?P<quarter>[1-4])|H(?P<half>[12])|"
    r"(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?))?"
)


class WhenError(SafelightError):
    """A date that is none, or that ends before it begins."""


@dataclass(frozen=True, slots=True)
class When:
    """Somewhere from `first` to `last`, both included. Exact when they are one day."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise WhenError("expected a span that begins before it ends, got one that does not")
        if self.first.year < EARLIEST_YEAR or self.last.year > LATEST_YEAR:
            raise WhenError(f"expected a year from {EARLIEST_YEAR} to {LATEST_YEAR}, got another")

    @classmethod
    def on(cls, day: date) -> When:
        return cls(day, day)

    @classmethod
    def parse(cls, untrusted: str) -> When:
        """From 2026-05-17, 2026-05, 2026-Q2, 2026-H1 or 2026; `WhenError` otherwise."""
        form = _FORM.fullmatch(untrusted)
        if form is None:
            raise WhenError(
                "expected a date like 2026-05-17, 2026-05, 2026-Q2, 2026-H1 or 2026, or nothing "
                "where it is not known; got something else"
            )
        year = int(form["year"])
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            raise WhenError(f"expected a year from {EARLIEST_YEAR} to {LATEST_YEAR}, got another")
        if form["day"]:
            return cls.on(_day(year, int(form["month"]), int(form["day"])))
        start, months = 1, 12
        if form["month"]:
            start, months = int(form["month"]), 1
        elif form["quarter"]:
            start, months = 3 * int(form["quarter"]) - 2, 3
        elif form["half"]:
            start, months = 6 * int(form["half"]) - 5, 6
        return cls(_day(year, start, 1), _last_day(year, start + months - 1))

    @property
    def exact(self) -> bool:
        return self.first == self.last

    def until(self, day: date) -> When | None:
        """What of it lies up to `day`; None when nothing does."""
        if self.first > day:
            return None
        return self if self.last <= day else When(self.first, day)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise WhenError("expected a day of the calendar, got one that does not exist") from None


def _last_day(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
