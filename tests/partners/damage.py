"""How spreadsheets and data frames damage ids, each in its own way, done to honest ids."""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal

Damaging = Callable[[str], str]


def shown_by_excel(honest: str) -> str:
    """General format, twelve digits and more: six significant ones, saved as they are shown."""
    mantissa, exponent = f"{Decimal(honest):.5E}".split("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E+{int(exponent):02d}"


def shown_narrow(honest: str) -> str:
    """A narrow column: 2.02E+14."""
    return f"{Decimal(honest):.2E}"


def shown_then_expanded(honest: str) -> str:
    """Saved as shown, then opened again and formatted as a number without decimals."""
    return str(int(Decimal(shown_by_excel(honest))))


def fifteen_digits(honest: str) -> str:
    """A number cell keeps 15 significant digits; the rest becomes zeros."""
    return honest[:15] + "0" * (len(honest) - 15)


def float_suffix(honest: str) -> str:
    """A data frame with one missing value turns the column into floats."""
    return f"{honest}.0"


def float_and_back(honest: str) -> str:
    """Read as a double, written as an integer: the last digits of 17 and more change."""
    return str(int(float(honest)))


def single_precision(honest: str) -> str:
    return str(int(struct.unpack("f", struct.pack("f", float(honest)))[0]))


def thousands(honest: str) -> str:
    return f"{int(honest):,}"


def russian_thousands(honest: str) -> str:
    return f"{int(honest):,}".replace(",", "\u00a0")


def russian_scientific(honest: str) -> str:
    return shown_by_excel(honest).replace(".", ",")


def quote_prefix(honest: str) -> str:
    return f"'{honest}"


def formula_wrapper(honest: str) -> str:
    return f'="{honest}"'


def too_narrow(honest: str) -> str:
    return "#" * 8
