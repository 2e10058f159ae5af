"""Visit a page: load it, do the behaviours, hold it still, picture it. A capture and its replay
do exactly the same, so that their pictures can be compared.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from safelight.evidence.capture.behaviours import Behaviour
from safelight.evidence.capture.capture_policy import Limits
from safelight.evidence.capture.capture_record import GapKind
from safelight.evidence.capture.cdp import Params
from safelight.evidence.capture.problems import BrowserGone, CommandFailed
from safelight.evidence.capture.tab import LONGEST_TEXT, Tab

_VERB_SECONDS: Final = 15.0
_STILL_ROUNDS: Final = 2
_BETWEEN: Final = 5.0

OnGap = Callable[[GapKind, str, str], None]


@dataclass
class Visit:
    """What a visit saw. `error`: a name of the browser's for why no page came, or ""."""

    error: str = ""
    final_url: str = ""
    title: str = ""
    text: str | None = None
    picture: bytes | None = None
    done: dict[str, int] = field(default_factory=dict)


async def visit(
    tab: Tab,
    url: str,
    behaviours: Sequence[Behaviour],
    *,
    limits: Limits,
    on_gap: OnGap,
    on_loaded: Callable[[], None],
    on_looking: Callable[[], None],
    seen: Visit,
    until: float,
) -> None:
    """Visit `url` with `tab` and fill `seen` as it goes. Raises `BrowserGone`.

    What does not work is given to `on_gap`. After `until` (`time.monotonic`) no further behaviour
    is begun.
    """
    try:
        seen.error = await tab.navigate(url, seconds=limits.settle_seconds * 2)
    except CommandFailed:
        seen.error = "timed-out"
    if seen.error:
        return
    await _settled(tab, limits, on_gap)
    on_loaded()
    for behaviour in behaviours:
        seen.done[behaviour.name] = await _behave(tab, behaviour, limits, on_gap, until)
    await _everywhere(tab, "top", {})
    await _settled(tab, limits, on_gap)
    await _everywhere(tab, "still", {})
    with contextlib.suppress(CommandFailed):
        history = await tab.cdp.send("Page.getNavigationHistory", session=tab.session, seconds=5)
        entry = history["entries"][history["currentIndex"]]
        seen.final_url, seen.title = entry["url"], entry["title"]
    on_looking()
    await _look(tab, seen, limits, on_gap)
    if tab.slow:
        on_gap(GapKind.NOT_SETTLED, "", "the page kept the browser busy")


async def _look(tab: Tab, seen: Visit, limits: Limits, on_gap: OnGap) -> None:
    try:
        seen.picture, cut = await tab.picture(
            most_height=limits.screenshot_height, seconds=3 * _VERB_SECONDS
        )
        if cut:
            on_gap(GapKind.SCREENSHOT_CUT, "", "")
    except CommandFailed:
        on_gap(GapKind.NO_SCREENSHOT, "", "")
    parts = await _everywhere(tab, "text", {"most": LONGEST_TEXT})
    texts = [str(part.get("text", "")) for part in parts]
    if parts:
        seen.text = "\n\n".join(text for text in texts if text.strip())
    else:
        on_gap(GapKind.NO_TEXT, "", "")


async def _settled(tab: Tab, limits: Limits, on_gap: OnGap) -> None:
    if not await tab.quiet(at_most=limits.settle_seconds) and not tab.cdp.gone.is_set():
        on_gap(GapKind.NOT_SETTLED, "", "")


async def _behave(
    tab: Tab, behaviour: Behaviour, limits: Limits, on_gap: OnGap, until: float
) -> int:
    """Do one behaviour until nothing changes any more; return how often it had an effect."""
    options: Params = {
        "within": behaviour.within,
        "selectors": list(behaviour.selectors),
        "labels": list(behaviour.labels),
    }
    most = min(behaviour.at_most, limits.rounds)
    done, still, height = 0, 0, -1.0
    for _ in range(most):
        if time.monotonic() > until:
            on_gap(GapKind.TIME_LIMIT, "", "")
            return done
        results = await _everywhere(tab, behaviour.verb, options)
        await tab.quiet(at_most=_BETWEEN)
        new = max((float(result.get("height", 0)) for result in results), default=0)
        count = sum(int(result.get("count", 0)) for result in results)
        if behaviour.verb == "scroll":
            still = still + 1 if new <= height else 0
            done += still == 0
            height = max(new, height)
            if still >= _STILL_ROUNDS:
                return done
        else:
            done += count
            if count == 0:
                return done
    if behaviour.more:
        kind = GapKind.SCROLL_LIMIT if behaviour.verb == "scroll" else GapKind.CLICK_LIMIT
        on_gap(kind, "", behaviour.name)
    return done


async def _everywhere(tab: Tab, verb: str, options: Params) -> list[Params]:
    """Do a verb in every frame; a frame that does not answer is left out."""
    results = []
    began = time.monotonic()
    for where in await tab.frames():
        if time.monotonic() - began > 2 * _VERB_SECONDS:
            break
        try:
            seconds = max(tab.patience, _VERB_SECONDS) if verb == "scroll" else tab.patience
            results.append(await tab.verb(where, verb, options, seconds=seconds))
        except CommandFailed:
            if tab.cdp.gone.is_set() or tab.crashed:
                raise BrowserGone("the page crashed; what was recorded is kept") from None
    return results
