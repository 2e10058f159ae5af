"""The funnel as a picture one can lay before a judge, in two languages.

Each bar is as long as the cases that came to the step: black got there, striped is not
known yet, white stopped before. The next black bar can be no longer than this one's.
"""

from __future__ import annotations

from typing import Final

from safelight.outcomes.curves import NotEstimable
from safelight.outcomes.drawing import GREY, INK, MARGIN, WIDTH, box, lines, sheet, text, wrapped
from safelight.outcomes.funnel import Funnel, Step
from safelight.outcomes.words import Words

_BAR_X: Final = 246
_BAR: Final = 300
_TALL: Final = 24
_NUMBERS_X: Final = _BAR_X + _BAR + 12
_MOST_REASONS: Final = 3
_STRIPES_ID: Final = "safelight-not-known-yet"
_STRIPES: Final = (
    f'<defs><pattern id="{_STRIPES_ID}" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="#fff"/><path d="M0 6L6 0M-1.5 1.5L1.5 -1.5M4.5 7.5L7.5 4.5" '
    f'stroke="{INK}" stroke-width="1.2"/></pattern></defs>'
)
_NOT_KNOWN: Final = f"url(#{_STRIPES_ID})"


def funnel_svg(found: Funnel | NotEstimable, *, language: str, title: str | None = None) -> str:
    """One SVG document. `title`: the caller's own, in the same language; it is escaped."""
    words = Words(language)
    title = title or words.say("title")
    if isinstance(found, NotEstimable):
        told = f"{words.say('nothing')} {found.reason(language)}"
        parts = [text(MARGIN, 30, title, size=18, bold=True), text(MARGIN, 56, told)]
        return sheet(parts, height=80, title=title, told=told, language=language)
    return _Chart(found, words, title).drawn()


class _Chart:
    def __init__(self, found: Funnel, words: Words, title: str) -> None:
        self.found, self.words, self.title = found, words, title
        self.parts: list[str] = [_STRIPES]
        self.told: list[str] = []
        self.y = 0.0
        longest = max([found.base_cases, *(step.entered for step in found.steps)])
        self.scale = _BAR / longest

    def drawn(self) -> str:
        found, words = self.found, self.words
        self._head()
        self._row(words.stage(found.base), (found.base_cases, 0, 0), [], [])
        for step in found.steps:
            if not step.beside:
                self._step(step)
        beside = [step for step in found.steps if step.beside]
        if beside:
            self.y += 8
            self.parts.append(
                f'<path d="M{MARGIN} {self.y - 14:g}H{WIDTH - MARGIN}" stroke="{GREY}"/>'
            )
            self.parts.append(text(MARGIN, self.y + 6, words.say("beside"), bold=True, fill=GREY))
            self.y += 20
            for step in beside:
                self._step(step)
        notes = [words.say("range")] if any(step.waiting for step in found.steps) else []
        if found.entered_later:
            notes.append(words.say("entered_later", count=words.number(found.entered_later)))
        notes.append(words.say("footer"))
        for note in notes:
            rows = wrapped(note, width=WIDTH - 2 * MARGIN, size=11)
            self.parts.append(lines(MARGIN, self.y + 6, rows, size=11, fill=GREY))
            self.y += 15 * len(rows)
        return sheet(
            self.parts,
            height=self.y + 12,
            title=self.title,
            told=" ".join([*self.told, *notes]),
            language=words.language,
        )

    def _head(self) -> None:
        found, words = self.found, self.words
        as_of = words.say("as_of", day=words.day(found.as_of), cases=words.number(found.cases))
        head = wrapped(self.title, width=WIDTH - 2 * MARGIN, size=18)
        self.parts.append(lines(MARGIN, 30, head, size=18, bold=True))
        self.y = 30 + 23.4 * len(head)
        self.parts.append(text(MARGIN, self.y, as_of))
        self.y += 14
        x = float(MARGIN)
        for fill, name in ((INK, "reached"), (_NOT_KNOWN, "waiting"), ("#fff", "stopped")):
            self.parts.append(box(x, self.y, 22, 14, fill))
            self.parts.append(text(x + 28, self.y + 11, words.say(name)))
            x += 56 + 6.4 * len(words.say(name))
        self.y += 38
        self.told.append(as_of)

    def _step(self, step: Step) -> None:
        words = self.words
        least = words.part(step.bounds.least if step.bounds else None)
        most = words.part(step.bounds.most if step.bounds else None)
        after = words.stage(step.after)
        name = ("of_those_after" if step.beside else "so_far") if least == most else (
            "of_those_after_at_most" if step.beside else "at_most"
        )  # fmt: skip
        shares = []
        if step.entered:
            shares.append(words.say(name, part=least, most=most, after=after))
        if not step.beside:
            shares.append(words.say("of_all", part=words.part(step.of_all.share)))
        notes = []
        if step.stopped:
            notes.append(
                words.say(
                    "why_stopped", count=words.number(step.stopped), reasons=self._reasons(step)
                )
            )
        if step.waiting:
            notes.append(words.say("still_waiting", count=words.number(step.waiting)))
        if step.proved:
            notes.append(words.say("proved", count=words.number(step.proved)))
        self._row(
            words.stage(step.stage), (step.reached, step.waiting, step.stopped), shares, notes
        )

    def _reasons(self, step: Step) -> str:
        """The most frequent reasons, finer ones in place of the code that they explain."""
        words = self.words
        explained = {(r.stage, r.code) for r in step.reasons if r.detail}
        told = [r for r in step.reasons if r.detail or (r.stage, r.code) not in explained]
        told.sort(key=lambda reason: -reason.share.count)
        named = [
            f"{words.code(r.stage, r.code, r.detail)}: {words.number(r.share.count)}"
            for r in told[:_MOST_REASONS]
        ]
        if len(told) > _MOST_REASONS and not explained:
            rest = sum(reason.share.count for reason in told[_MOST_REASONS:])
            named.append(f"{words.say('other_reasons')}: {words.number(rest)}")
        return "; ".join(named)

    def _row(
        self, label: str, counts: tuple[int, int, int], shares: list[str], notes: list[str]
    ) -> None:
        """`counts`: got there, not known yet, stopped."""
        reached = counts[0]
        y, words = self.y, self.words
        head = wrapped(label, width=_BAR_X - 2 * MARGIN, size=13)
        self.parts.append(lines(MARGIN, y + 16, head, size=13, bold=True))
        x = float(_BAR_X)
        for count, fill in zip(counts, (INK, _NOT_KNOWN, "#fff"), strict=True):
            self.parts.append(box(x, y, count * self.scale, _TALL, fill))
            x += count * self.scale
        shown = [
            row
            for share in shares
            for row in wrapped(share, width=WIDTH - _NUMBERS_X - MARGIN, size=12)
        ]
        self.parts.append(text(_NUMBERS_X, y + 12, words.number(reached), size=14, bold=True))
        self.parts.append(lines(_NUMBERS_X, y + 28, shown))
        rows = wrapped(" ".join(notes), width=_BAR - 4, size=11)
        self.parts.append(lines(_BAR_X, y + _TALL + 14, rows, size=11))
        self.y += 14 + max(_TALL + 14.3 * len(rows) + 4, 28 + 15.6 * len(shown) - 6, 17 * len(head))
        self.told.append(
            " ".join(
                [
                    f"{label}: {words.number(reached)}",
                    f"({'; '.join(shares)})." if shares else ".",
                    *notes,
                ]
            )
        )
