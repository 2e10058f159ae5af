"""The page that no real country has: what was true beside what was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from safelight.demo.country import Country
from safelight.demo.facts import ALL_LISTS, OWN
from safelight.demo.funnel import accepted_by_police, bias_recorded
from safelight.demo.progress import sentence
from safelight.demo.truth import YearOfTruth
from safelight.demo.truth_chart import Group, truth_chart
from safelight.vocabulary.schema import vocabulary

# list → year → the published number, None where the disclosure rule hid it.
Published = Mapping[str, Mapping[int, int | None]]

_STYLE: Final = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:54rem;margin:0 auto;padding:1rem;color:#1d2327;
background:#fff}h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.2rem;margin:2rem 0 .5rem}
figure{margin:1rem 0}figure svg{min-width:34rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.25rem .4rem;border-bottom:1px solid #c9ced3;text-align:right}
th:first-child{text-align:left}caption{text-align:left}.scroll{overflow-x:auto}
svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg .truth{fill:#d9dee3;stroke:#7d868f}
svg .grid{stroke:#dfe3e6}svg .axis{text-anchor:end}svg .count{text-anchor:middle;font-weight:600}
svg .small{text-anchor:middle;font-size:8px}a{color:#00558c}tfoot td,tfoot th{font-weight:600}
"""


@dataclass(frozen=True)
class TruthPage:
    """Everything the page shows; `site` and `file` are links relative to it."""

    country: Country
    years: Sequence[YearOfTruth]
    published: Published
    growth_per_year: float
    weeks_of_campaign: int
    site: str
    file: str


def truth_page(page: TruthPage, language: str, *, other: str) -> str:
    """The page in `language`; `other` is the address of the same page in the other one."""

    def say(key: str, **values: object) -> str:
        return escape(sentence(key, language, **values), quote=False)

    body = (
        f"<p><a href='{escape(page.site)}'>{say('page_site')}</a> · "
        f"<a href='{escape(other)}' hreflang='{'en' if language == 'ru' else 'ru'}'>"
        f"{say('page_other')}</a></p><h1>{say('page_title')}</h1><p>{say('page_intro')}</p>"
        f"<h2>{say('page_years')}</h2><figure>"
        f'<div class="scroll" tabindex="0">{_chart(page, language)}</div>'
        f"<figcaption>{say('page_chart')}</figcaption></figure>{_table(page, language)}"
        f"<p>{say('page_note_published')}</p>"
        f"<h2>{say('page_lessons')}</h2><ul>{_lessons(page, language)}</ul>"
        f"<h2>{say('page_campaign')}</h2><p>{say('campaign_text', **_campaign(page))}</p>"
        f"<h2>{say('page_silence')}</h2>{_silence(page, language)}"
        f"<h2>{say('page_funnel')}</h2><p>{say('funnel_text', **_funnel(page.country))}</p>"
        f"<p>{say('page_file', file='§', seed=page.country.seed, size=page.country.size)}</p>"
    ).replace("§", f"<a href='{escape(page.file)}'>{escape(page.file)}</a>")
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{say('page_title')}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _label(page: TruthPage, year: YearOfTruth) -> str:
    half = year.year == page.country.as_of.year and page.country.as_of.month <= 6
    return f"{year.year}-H1" if half else str(year.year)


def _chart(page: TruthPage, language: str) -> str:
    groups = [
        Group(
            label=_label(page, year),
            truth=year.happened,
            published={name: page.published[name].get(year.year) for name in ALL_LISTS},
        )
        for year in page.years
    ]
    names = {name: sentence(f"list_{name}", language) for name in ALL_LISTS}
    told = "; ".join(
        f"{group.label}: {group.truth}"
        + "".join(
            f", {names[name]} {count if count is not None else sentence('hidden', language)}"
            for name, count in group.published.items()
        )
        for group in groups
    )
    return truth_chart(groups, names, title=sentence("page_title", language), description=told)


def _table(page: TruthPage, language: str) -> str:
    def say(key: str) -> str:
        return escape(sentence(key, language))

    heads = "".join(
        f"<th scope='col'>{say(f'list_{name}')}<br><small>{say('col_pair')}</small></th>"
        for name in ALL_LISTS
    )
    rows = "".join(
        f"<tr><th scope='row'>{_label(page, year)}</th>"
        f"<td>{year.happened}</td><td>{year.on_no_list}</td>"
        + "".join(
            f"<td>{_shown(page.published[name].get(year.year))} · {year.on_list[name]}</td>"
            for name in ALL_LISTS
        )
        + "</tr>"
        for year in page.years
    )
    totals = "".join(
        f"<td>{_shown(_published_sum(page, name))} · "
        f"{sum(year.on_list[name] for year in page.years)}</td>"
        for name in ALL_LISTS
    )
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{say('page_years')}'>"
        f"<table><thead><tr><th scope='col'>{say('col_year')}</th>"
        f"<th scope='col'>{say('col_true')}</th><th scope='col'>{say('col_none')}</th>{heads}</tr>"
        f"</thead><tbody>{rows}</tbody><tfoot><tr><th scope='row'>{say('row_all')}</th>"
        f"<td>{sum(year.happened for year in page.years)}</td>"
        f"<td>{sum(year.on_no_list for year in page.years)}</td>{totals}</tr></tfoot></table></div>"
    )


def _published_sum(page: TruthPage, name: str) -> int | None:
    counts = [page.published[name].get(year.year) for year in page.years]
    shown = [count for count in counts if count is not None]
    # With one year hidden there is no sum to show, whatever the other years are.
    return sum(shown) if len(shown) == len(counts) else None


def _shown(count: int | None) -> str:
    return "–" if count is None else str(count)


def _lessons(page: TruthPage, language: str) -> str:
    incidents = page.country.incidents
    on_lists = Counter(len(incident.on_lists) for incident in incidents)
    longest = max(sum(year.on_list[name] for year in page.years) for name in ALL_LISTS)
    own = [incident for incident in incidents if OWN in incident.on_lists]
    police = [incident for incident in incidents if "police" in incident.on_lists]
    hidden = {
        incident.number
        for incident in incidents
        if page.country.people[incident.people[0]].hardly_ever_reports
    }
    lessons = (
        sentence(
            "lesson_bound",
            language,
            largest=longest,
            happened=len(incidents),
            on_no_list=on_lists[0],
        ),
        sentence(
            "lesson_sum",
            language,
            records=sum(sum(year.records.values()) for year in page.years),
            union=len(incidents) - on_lists[0],
            twice=sum(count for lists, count in on_lists.items() if lists > 1),
        ),
        sentence(
            "lesson_hidden_class",
            language,
            share=_percent(len(hidden), len(incidents)),
            listed_share=_percent(sum(i.number in hidden for i in own), len(own)),
        ),
        sentence(
            "lesson_police",
            language,
            accepted=len(police),
            recorded=sum(bias_recorded(i.known_funnel(page.country.as_of)) for i in police),
        ),
        sentence("lesson_trend", language, growth=round(100 * (page.growth_per_year - 1))),
    )
    return "".join(f"<li>{escape(lesson, quote=False)}</li>" for lesson in lessons)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _campaign(page: TruthPage) -> dict[str, int]:
    campaign = page.country.campaign
    return {
        "teachers": len(campaign.incidents),
        "weeks": page.weeks_of_campaign,
        "claimed": campaign.claimed_dismissals,
        "dismissed": campaign.true_dismissals,
        "resigned": campaign.true_forced_resignations,
        "own": sum(OWN in page.country.incidents[n].on_lists for n in campaign.incidents),
    }


def _silence(page: TruthPage, language: str) -> str:
    incidents = page.country.incidents
    told = sum(incident.police.tells for incident in incidents)
    reasons = Counter(i.police.reason_not for i in incidents if i.police.reason_not)
    labels = vocabulary().stage("F1_DECISION").details[0]
    items = "".join(
        f"<li>{escape(labels.code(reason).label(language))}: {count}</li>"
        for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    )
    text = sentence("silence_text", language, told=told, happened=len(incidents))
    return f"<p>{escape(text)}</p><ul>{items}</ul>"


def _funnel(country: Country) -> dict[str, int]:
    known = [i.known_funnel(country.as_of) for i in country.incidents if i.police.tells]
    reached = Counter((step.stage, step.code) for steps in known for step in steps)
    recognised = sum(
        step.details.get("bias_recognised") == "YES" for steps in known for step in steps
    )
    return {
        "told": len(known),
        "accepted": sum(accepted_by_police(steps) is not None for steps in known),
        "opened": reached["F3_CASE", "OPENED_CRIMINAL"],
        "convicted": reached["F9_VERDICT", "CONVICTED"],
        "recognised": recognised,
        "pending": sum(
            len(i.known_funnel(country.as_of)) < len(i.funnel)
            for i in country.incidents
            if i.police.tells
        ),
    }
