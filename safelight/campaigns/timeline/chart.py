"""The timeline as a picture: a row for each account, a mark for each posting, lines to copies.

Marks differ in form, not in colour: a disc where the time was captured, a ring where it is
only claimed. The same drawing as the desk's other charts (`outcomes/drawing.py`, ADR 6).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from safelight.campaigns.timeline.telling import Step, Timeline
from safelight.outcomes.drawing import GREY, INK, MARGIN, WIDTH, lines, sheet, text, wrapped
from safelight.vocabulary.schema import vocabulary

_LEFT: Final = 220
_TOP: Final = 84
_ROW: Final = 30
_MOST_ROWS: Final = 40
_WORDS: Final = {
    "en": {
        "title": "The campaign's course", "account": "account", "more": "and {n} more accounts",
        "note": "Disc: time of the capture. Ring: time that the page claims. A line leads to the "
        "earliest posting like it. Earlier postings may exist.",
        "told": "{n} postings by {k} accounts from {first} to {last} (UTC). {rows}",
        "row": "{who}: {n}, first {first}",
    },
    "ru": {
        "title": "Ход кампании", "account": "аккаунт", "more": "и ещё аккаунтов: {n}",
        "note": "Круг: время записи страницы. Кольцо: время, которое указано на самой странице. "
        "Линия ведёт к самой ранней похожей публикации. Могли быть и более ранние.",
        "told": "Публикаций: {n}, аккаунтов: {k}, с {first} по {last} (UTC). {rows}",
        "row": "{who}: {n}, первая {first}",
    },
}  # fmt: skip


def timeline_svg(timeline: Timeline, *, language: Literal["en", "ru"]) -> str:
    """Return one SVG. Accounts are numbers in it; there is no way to draw their names."""
    words = _WORDS[language]
    rows: dict[str, list[Step]] = {}
    for step in timeline.steps:
        rows.setdefault(step.account, []).append(step)
    shown = dict(list(rows.items())[:_MOST_ROWS])
    first = timeline.steps[0].posting.known_since
    last = timeline.steps[-1].posting.known_since
    span = max(1.0, (last - first).total_seconds())

    def across(moment: datetime) -> float:
        return _LEFT + (WIDTH - _LEFT - 3 * MARGIN) * (moment - first).total_seconds() / span

    parts = [text(MARGIN, 28, words["title"], size=17, bold=True)]
    parts.append(
        lines(
            MARGIN,
            46,
            wrapped(words["note"], width=WIDTH - 2 * MARGIN, size=11),
            size=11,
            fill=GREY,
        )
    )
    at: dict[str, tuple[float, float]] = {}
    marks: list[str] = []
    for number, (account, steps) in enumerate(shown.items()):
        y = _TOP + 20 + number * _ROW
        platform = vocabulary().field("platform").code(steps[0].posting.platform)
        who = f"{words['account']} {account.rsplit(' ', 1)[1]} · {platform.label(language)}"
        parts.append(text(MARGIN, y + 4, wrapped(who, width=_LEFT - 2 * MARGIN, size=12)[0]))
        parts.append(f'<path d="M{_LEFT} {y}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        for step in steps:
            x = across(step.posting.known_since)
            at[step.posting.id] = (x, y)
            fill = "#fff" if step.by_claim else INK
            ring = f'fill="{fill}" stroke="{INK}" stroke-width="2"'
            marks.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" {ring}/>')
    for step in timeline.steps:
        if step.copied in at and step.posting.id in at:
            (x1, y1), (x2, y2) = at[step.copied], at[step.posting.id]
            parts.append(f'<path d="M{x1:.1f} {y1}L{x2:.1f} {y2}" stroke="{GREY}" fill="none"/>')
    bottom = _TOP + 20 + len(shown) * _ROW
    if len(rows) > len(shown):
        more = words["more"].format(n=len(rows) - len(shown))
        parts.append(text(MARGIN, bottom + 4, more, fill=GREY))
    parts.append(text(_LEFT, bottom + 24, _day(first), fill=GREY))
    parts.append(text(WIDTH - MARGIN, bottom + 24, _day(last), fill=GREY, anchor="end"))
    told = words["told"].format(
        n=len(timeline.steps), k=len(rows), first=_day(first), last=_day(last),
        rows="; ".join(
            words["row"].format(
                who=f"{words['account']} {account.rsplit(' ', 1)[1]}", n=len(steps),
                first=_day(steps[0].posting.known_since),
            )
            for account, steps in shown.items()
        ),
    )  # fmt: skip
    return sheet(
        [*parts, *marks], height=bottom + 40, title=words["title"], told=told, language=language
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
