"""How a report is laid out on a terminal: wrapped lines, aligned tables, numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from safelight.partners.profile import Profile

MOST_LINES: Final = 20
_WIDTH: Final = 96


def joined(blocks: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block)


def wrapped(text: str, *, indent: str = "", bullet: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=bullet or indent,
        subsequent_indent=" " * len(bullet) or indent,
        break_long_words=False,
    )


def aligned(
    header: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, left: int = 0
) -> list[str]:
    """Return aligned lines; the first `left` columns are text, the others numbers."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    return [
        "  "
        + "  ".join(
            f"{cell:<{width}}" if i < left else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    ]


def listed(rows: Sequence[int]) -> str:
    return ", ".join(str(row) for row in rows) if rows else "none"


def more(total: int, what: str) -> list[str]:
    return [f"  … {total - MOST_LINES:,} more {what}"] if total > MOST_LINES else []


def number(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def plain(number: int | None) -> str:
    return "–" if number is None else str(number).replace("-", "−")


def signed(number: int | None) -> str:
    return "–" if number is None else f"{number:+,}".replace("-", "−") if number else "0"


def known_facts(profile: Profile) -> list[str]:
    lines = ["Coverage:", *wrapped(profile.coverage.text.en, indent="  ")]
    if profile.coverage.declared:
        lines.append("Known of the whole programme, not from this file:")
        lines += [f"  {name}: {text}" for name, text in profile.coverage.declared.items()]
    for title, texts in (
        ("Known traps:", profile.traps),
        ("What our vocabulary cannot express:", profile.cannot_express),
    ):
        if texts:
            lines.append(title)
            for text in texts:
                lines += wrapped(text.en, bullet="  • ")
    lines += wrapped(f"Licence: {profile.licence}")
    return lines
