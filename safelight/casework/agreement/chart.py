"""α of each field as a dot with its interval, over what may be built on it. Our own SVG (ADR 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from safelight.casework.agreement.alpha import RELIABLE, TENTATIVE, Alpha, NoAlpha
from safelight.outcomes.drawing import GREY, INK, MARGIN, WIDTH, lines, sheet, text, wrapped

_LEFT: Final = 280
_RIGHT: Final = WIDTH - MARGIN - 64
_LEAST: Final = -0.2
_ROW: Final = 30


@dataclass(frozen=True, slots=True)
class Words:
    """What the chart says, in the language of the page."""

    title: str
    no_number: str
    told: str
    language: str


def agreement_svg(found: Sequence[tuple[str, Alpha | NoAlpha]], *, words: Words) -> str:
    """One SVG document; `found`: the field's label and its α, in the order of the rows."""
    head = wrapped(words.title, width=WIDTH - 2 * MARGIN, size=16)
    top = 30 + 21 * len(head) + 18
    bottom = top + _ROW * len(found)
    parts = [lines(MARGIN, 30, head, size=16, bold=True), _scale(top, bottom, words.language)]
    told = [words.told]
    for number, (label, alpha) in enumerate(found):
        y = top + _ROW * number + _ROW / 2
        rows = wrapped(label, width=_LEFT - 40, size=12)[:2]
        parts.append(lines(MARGIN, y + 4 - 7.8 * (len(rows) - 1), rows))
        if isinstance(alpha, NoAlpha):
            parts.append(text(_LEFT, y + 4, words.no_number, size=11, fill=GREY))
            told.append(f"{label}: {words.no_number}.")
            continue
        parts.append(_dot(alpha, y))
        value = number_said(alpha.value, words.language)
        parts.append(text(WIDTH - MARGIN, y + 4, value, anchor="end", bold=True))
        span = f" ({span_said(alpha, words.language)})" if alpha.low is not None else ""
        told.append(f"{label}: {value}{span}.")
    return sheet(
        parts,
        height=bottom + 44,
        title=words.title,
        told=" ".join(told),
        language=words.language,
    )


def number_said(value: float, language: str, *, digits: int = 2) -> str:
    """A number as it is written in a language: 0.81, −0,03."""
    said = f"{value:.{digits}f}".replace("-", "−")
    return said.replace(".", ",") if language == "ru" else said


def span_said(found: Alpha, language: str) -> str:
    """The interval, or nothing where there is none."""
    if found.low is None or found.high is None:
        return ""
    return f"{number_said(found.low, language)} – {number_said(found.high, language)}"


def _x(value: float) -> float:
    share = (min(1.0, max(_LEAST, value)) - _LEAST) / (1 - _LEAST)
    return _LEFT + share * (_RIGHT - _LEFT)


def _scale(top: float, bottom: float, language: str) -> str:
    parts = []
    for value in (0.0, TENTATIVE, RELIABLE, 1.0):
        x, dashed = _x(value), ' stroke-dasharray="3 3"' if value in {TENTATIVE, RELIABLE} else ""
        parts.append(
            f'<path d="M{x:.1f} {top - 6:g}V{bottom + 4:g}" stroke="{GREY}" fill="none"{dashed}/>'
        )
        name = f"{value:g}" if value in {0.0, 1.0} else number_said(value, language, digits=3)
        # 0.667 and 0.800 stand close together: one below the other.
        parts.append(
            text(x, bottom + (34 if value == RELIABLE else 20), name, size=11, anchor="middle")
        )
    return "".join(parts)


def _dot(alpha: Alpha, y: float) -> str:
    parts = []
    if alpha.low is not None and alpha.high is not None:
        low, high = _x(alpha.low), _x(alpha.high)
        parts.append(
            f'<path d="M{low:.1f} {y:g}H{high:.1f}M{low:.1f} {y - 4:g}v8M{high:.1f} {y - 4:g}v8" '
            f'stroke="{INK}" stroke-width="1.5" fill="none"/>'
        )
    parts.append(f'<circle cx="{_x(alpha.value):.1f}" cy="{y:g}" r="5" fill="{INK}"/>')
    return "".join(parts)
