"""A look at all incidents as the page shows it: verdict, numbers on one scale, what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safelight.desk.undercount.lists_together import lists_to_choose
from safelight.desk.undercount.run import LEVEL, Looked
from safelight.desk.undercount.words import FAMILIES
from safelight.publication.wording import Texts, texts
from safelight.release.estimate import ASSUMPTIONS, Estimate
from safelight.undercount.answer import Answer
from safelight.undercount.verdict import WORST_FIRST
from safelight.vocabulary.codes import Language
from safelight.vocabulary.wording import Wording

_WIDE: Final = 200
_AGREED: Final = "families-agree"


@dataclass(frozen=True)
class Line:
    """One number on the scale. `line` and `mark` are SVG paths, "" where there is no number."""

    name: str | Promise
    number: str
    note: str | Promise = ""
    line: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Shown:
    """`lines` are the verdict and the families; `left_out` the totals without each list."""

    verdict: str
    said: str
    reason: str
    assumption: str
    also: tuple[str, ...]
    lines: tuple[Line, ...]
    left_out: tuple[Line, ...]
    missed: tuple[tuple[str, str], ...]
    lists: tuple[str, ...]
    linkage_share: int | None


def shown(found: Looked) -> Shown:
    """Everything in the reader's language; the families are those of the deciding linkage."""
    words, combined = texts(_language()), found.combined
    decides = min(combined.parts, key=lambda one: WORST_FIRST.index(one.verdict))
    told = decides.diagnostics
    applied = [one["rule"] for one in told.get("findings", ()) if one["applies"]]
    rule = told.get("decided_by")
    reason = _AGREED if combined.verdict == "estimate" else rule or "no-estimate"
    ends = _ends(combined.interval.low, combined.interval.high) if combined.interval else None
    rows = [
        (_("all families together"), combined.estimate, ends, ""),
        (_("on one list or more"), float(decides.observed), (decides.observed,) * 2, ""),
        *_families(told.get("families", {})),
    ]
    names = _names(found)
    return Shown(
        verdict=combined.verdict,
        said=_said(combined.verdict, combined.estimate, ends, words),
        reason=words.say(f"reason_{reason}"),
        assumption=words.say(f"assumption_{ASSUMPTIONS[combined.verdict]}"),
        also=tuple(
            words.say(f"reason_{name}") for name in dict.fromkeys(applied) if name != reason
        ),
        lines=_drawn(rows, words),
        left_out=_left_out(decides, names, words),
        missed=tuple(
            (f"{100 * (1 - one['recall']):.0f} %", words.number(round(one["estimate"])))
            for one in told.get("if_matches_were_missed", ())
            if one["estimate"] is not None
        ),
        lists=tuple(names.values()),
        linkage_share=None
        if combined.linkage_share is None
        else round(100 * combined.linkage_share),
    )


def estimate_words(part: Estimate) -> tuple[str, str]:
    """Why a release's estimate is what it is, and what it rests on (SAFELIGHT_ESTIMATE_WORDS)."""
    words = texts(_language())
    return words.say(f"reason_{part.reason}"), words.say(f"assumption_{part.assumption}")


def level_percent() -> int:
    return round(100 * LEVEL)


def name_of(words: Wording) -> str:
    """What a list is called, in the reader's language."""
    return words.ru if _language() == "ru" else words.en


_Ends = tuple[float, float | None]
_Row = tuple[str | Promise, float | None, _Ends | None, str | Promise]


def _language() -> Language:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


def _names(found: Looked) -> dict[str, str]:
    """By the code under which linkage knows a list: what it is called."""
    known = {one.list_id: one for one in lists_to_choose()}
    lists = found.combined.parts[0].lists
    return {
        source: name_of(known[list_id].name) if list_id in known else list_id
        for source, list_id in zip(lists, found.list_ids, strict=True)
    }


def _ends(low: float, high: float) -> _Ends:
    return low, None if math.isinf(high) else high


def _said(verdict: str, value: float | None, ends: _Ends | None, words: Texts) -> str:
    if value is None or ends is None:
        return words.say("undercount_refused")
    low, high = ends
    number = words.number(round(low)) if high is None else _number(value, ends, words)
    return words.say(f"undercount_{verdict}", number=number)


def _number(value: float | None, ends: _Ends | None, words: Texts) -> str:
    if value is None or ends is None:
        return words.say("undercount_none")
    low, high = ends
    if high is None:
        return words.say("undercount_or_more", number=words.number(round(low)))
    if high == low:
        return words.number(round(value))
    return f"{words.number(round(value))} ({words.number(round(low))}–{words.number(round(high))})"


def _families(families: Mapping[str, Mapping[str, Any]]) -> list[_Row]:
    rows: list[_Row] = []
    for method, one in families.items():
        name, rests_on = FAMILIES[method]
        if one["estimate"] is None:
            rows.append((name, None, None, _("gives no number for this table")))
        else:
            low, high = one["interval"]
            rows.append((name, one["estimate"], (low, high), rests_on))
    return rows


def _left_out(answer: Answer, names: Mapping[str, str], words: Texts) -> tuple[Line, ...]:
    found = answer.diagnostics.get("leave_one_out", ())
    rows: list[_Row] = [
        (
            _("without %(list)s") % {"list": names[one["without"]]},
            one["estimate"],
            None if one["estimate"] is None else (one["estimate"],) * 2,
            "",
        )
        for one in found
    ]
    return _drawn(rows, words)


def _drawn(rows: Sequence[_Row], words: Texts) -> tuple[Line, ...]:
    """All on one scale from zero; an end that is open runs to the edge."""
    ends = [end for _, _, both, _ in rows if both for end in both if end is not None]
    most = 1.05 * max([value for _, value, _, _ in rows if value is not None] + ends + [1.0])

    def at(value: float) -> int:
        return round((_WIDE - 4) * value / most) + 2

    lines = []
    for name, value, both, note in rows:
        line = mark = ""
        if value is not None and both is not None:
            low, high = both
            line = (
                f"M{at(low)} 6H{_WIDE - 2}m-5 -4l5 4l-5 4"
                if high is None
                else (f"M{at(low)} 6H{at(high)}")
            )
            mark = f"M{at(low if high is None else value)} 1v10"
        lines.append(Line(name, _number(value, both, words), note, line, mark))
    return tuple(lines)
