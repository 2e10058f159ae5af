"""Dates as other people's lists write them, and the coarse periods we keep of them.

Own parsing instead of strptime: month names must not follow the machine's locale, and
a day that cannot be is "not readable", never moved to another day.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final


class DateForm(StrEnum):
    """The forms a profile may name."""

    US = "MM/DD/YYYY"
    EUROPEAN = "DD.MM.YYYY"
    ISO = "YYYY-MM-DD"
    SHORT_ENGLISH = "DD-Mon-YY"


_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_FORMS: Final = {
    DateForm.US: re.compile(r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4})"),
    DateForm.EUROPEAN: re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})"),
    DateForm.ISO: re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    DateForm.SHORT_ENGLISH: re.compile(r"(?P<d>[0-9]{1,2})-(?P<m>[A-Za-z]{3})-(?P<y>[0-9]{2})"),
}
_YEAR: Final = re.compile(r"(?:19|20|21)[0-9]{2}")
_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]")


def read_date(untrusted: str, form: DateForm, *, year_cell: str | None = None) -> date | None:
    """Return the day, or `None` where the cell is no day of this form.

    A two-digit year needs `year_cell`, the row's own four-digit year, and must agree
    with it: a guessed century would move a crime by a hundred years.
    """
    found = _FORMS[form].fullmatch(untrusted)
    if found is None:
        return None
    year_text, month_text = found["y"], found["m"].lower()
    if len(year_text) == 2:
        if year_cell is None or not _YEAR.fullmatch(year_cell) or year_cell[2:] != year_text:
            return None
        year_text = year_cell
    elif not _YEAR.fullmatch(year_text):
        return None
    if month_text in _MONTHS:
        month = _MONTHS.index(month_text) + 1
    elif month_text.isdigit():
        month = int(month_text)
    else:
        return None
    try:
        return date(int(year_text), month, int(found["d"]))
    except ValueError:
        return None


def read_month(untrusted_year: str, untrusted_month: str | None) -> tuple[int, int | None] | None:
    """Return year and month; the month is `None` where it is blank. `None`: not readable."""
    if not _YEAR.fullmatch(untrusted_year):
        return None
    if untrusted_month is None or untrusted_month == "":
        return int(untrusted_year), None
    if not _MONTH.fullmatch(untrusted_month):
        return None
    return int(untrusted_year), int(untrusted_month)


def half_year(year: int, month: int) -> str:
    return f"{year}-H{1 if month <= 6 else 2}"


def quarter(year: int, month: int) -> str:
    return f"{year}-Q{(month + 2) // 3}"
