"""How soon notices were answered, as one picture: the chart of `outcomes` with our names."""

from __future__ import annotations

from safelight.campaigns.notices.counting import ENDS, NoticeCounts
from safelight.campaigns.notices.reading import shipped, wording
from safelight.outcomes.curves import NotEstimable
from safelight.outcomes.incidence_chart import incidence_svg


def counts_svg(counts: NoticeCounts, *, until: float, language: str) -> str:
    """An SVG of the three ends up to the day `until`; of too few cases it says that there is
    nothing to draw. An end that nobody came to is left out."""
    data = shipped("codes")
    curves = []
    if not isinstance(counts.curves, NotEstimable):
        for place, end in enumerate(ENDS, 1):
            curve = counts.curves.cause(place)
            if curve.share.size and curve.share[-1] > 0:
                name = wording(data["ends"][end], at=f"codes.ends.{end}")
                curves.append((name.in_language(language), curve))
    return incidence_svg(
        curves,
        until=until,
        axis=wording(data["chart_axis"], at="codes.chart_axis").in_language(language),
        language=language,
        title=wording(data["chart"], at="codes.chart").in_language(language),
    )
