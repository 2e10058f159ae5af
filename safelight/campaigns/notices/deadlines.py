"""Until when an answer is due: the statute's rule, counted from the day a notice was sent.

Where no law sets a day there is our own: the day on which somebody looks again.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

Unit: TypeAlias = Literal["days", "working-days", "months"]
UNITS: Final[tuple[Unit, ...]] = ("days", "working-days", "months")
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a law says it."""

    number: int
    unit: Unit

    def after(self, day: date) -> date:
        """The last day of the time that begins on `day`; `day` itself is not counted.

        Months end on the same number, or on the last day of a shorter month (Regulation
        1182/71, art. 3). Working days are taken to be Monday to Friday, which makes their day an
        estimate: public holidays, which make the law's day later, and days of rest that a
        government made working days, which make it earlier (Saturday, 2 November 2024 in
        Russia), differ by country and year and are not known here.
        """
        if self.unit == "days":
            return day + timedelta(days=self.number)
        if self.unit == "months":
            months = day.year * 12 + day.month - 1 + self.number
            year, month = divmod(months, 12)
            last = calendar.monthrange(year, month + 1)[1]
            return date(year, month + 1, min(day.day, last))
        left, found = self.number, day
        while left:
            found += timedelta(days=1)
            left -= found.weekday() < _SATURDAY
        return found
