"""`safelight outcomes`: how far cases got. `--json` is described in docs/methods/outcomes.md."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from safelight.outcomes.as_json import funnel_as_json, ratio_as_json, strata_as_json
from safelight.outcomes.as_text import funnel_as_text, ratio_as_text, strata_as_text
from safelight.outcomes.curves import USUAL_RULES, NotEstimable, Rules
from safelight.outcomes.facts_file import MOST_BYTES, FactsFileError, read_facts
from safelight.outcomes.funnel import ALL_STAGES, by_stratum, funnel
from safelight.outcomes.funnel_chart import funnel_svg
from safelight.outcomes.incidence_chart import from_start_svg
from safelight.outcomes.path import PathError
from safelight.outcomes.reporting import reporting_ratio
from safelight.outcomes.when import When, WhenError

_SVG = click.Path(dir_okay=False, path_type=Path)


class _Day(click.ParamType[date]):
    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            when = When.parse(value)
        except WhenError:
            when = None
        if when is None or not when.exact:
            self.fail("expected a day like 2026-05-17", param, ctx)
        return when.first


@click.command("outcomes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", required=True, type=_Day(), help="What was known on this day.")
@click.option("--by", metavar="COLUMN", help="A funnel for each value of this column, too.")
@click.option(
    "--stages",
    metavar="all|recorded|F2_REPORT,…",
    default="recorded",
    show_default=True,
    help="all: a stage no case has a fact of shows as reached by nobody.",
)
@click.option(
    "--level", type=click.FloatRange(min=0.5, max=0.999), show_default=True,
    default=USUAL_RULES.level, help="Of all intervals.",
)  # fmt: skip
@click.option(
    "--least-cases", type=click.IntRange(min=1), default=USUAL_RULES.least_cases, show_default=True,
    help="No curve over time of fewer cases at a step.",
)  # fmt: skip
@click.option(
    "--most-undated", type=click.FloatRange(min=0, max=1), show_default=True,
    default=USUAL_RULES.most_undated,
    help="No curve if more than this share lacks a date or has dates in the wrong order.",
)  # fmt: skip
@click.option(
    "--most-proved", type=click.FloatRange(min=0, max=1), show_default=True,
    default=USUAL_RULES.most_proved,
    help="No curve if more than this share is known to have been there only from later facts.",
)  # fmt: skip
@click.option(
    "--horizons", default=",".join(map(str, USUAL_RULES.horizons)), show_default=True,
    help="Days at which curves are read.",
)  # fmt: skip
@click.option("--chart", type=_SVG, help="Write the funnel as SVG.")
@click.option("--curves", type=_SVG, help="Write the curves over time since the incident as SVG.")
@click.option(
    "--language", type=click.Choice(["en", "ru"]), default="en", show_default=True,
    help="Of the charts.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def outcomes(file: Path, as_of: date, by: str | None, as_json: bool, **asked: Any) -> None:
    """How far cases got, where they stopped and why, and how long each step took.

    FILE is a CSV with one row for each fact about a case: columns case, stage, code, date
    (docs/methods/outcomes.md). What is not known yet is censored, never a "no".
    """
    if as_of > date.today():  # noqa: DTZ011  # a calendar day where the person sits
        raise FactsFileError("--as-of: expected a day that has come, got one in the future")
    rules = Rules(
        level=asked["level"],
        least_cases=asked["least_cases"],
        most_undated=asked["most_undated"],
        most_proved=asked["most_proved"],
        horizons=_days(asked["horizons"]),
    )
    if file.stat().st_size > MOST_BYTES:
        raise FactsFileError(f"expected a file of at most {MOST_BYTES:,} bytes, got a larger one")
    read = read_facts(file.read_bytes())
    if by is not None and by not in read.strata:
        raise click.UsageError("--by: the file has no such column beside those of the facts")
    chosen = _stages(asked["stages"])
    try:
        found = funnel(read.cases, as_of=as_of, rules=rules, stages=chosen)
    except PathError as wrong:
        raise click.UsageError(f"--stages: {wrong}") from None
    ratio = reporting_ratio(read.cases, as_of=as_of, rules=rules)
    parts = by and by_stratum(read.cases, by, as_of=as_of, rules=rules, stages=chosen)
    for name, draw in (("chart", funnel_svg), ("curves", from_start_svg)):
        if asked[name] is not None:
            asked[name].write_text(draw(found, language=asked["language"]), encoding="utf-8")
    if as_json:
        answer = {
            "funnel": funnel_as_json(found),
            "reporting": ratio_as_json(ratio),
            "by": strata_as_json(by, parts) if by and parts else None,
        }
        click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(funnel_as_text(found))
        click.echo(ratio_as_text(ratio))
        if by and parts:
            click.echo("\n" + strata_as_text(by, parts))
    if isinstance(found, NotEstimable):
        if as_json:
            click.echo(f"refused: {found.reason()}", err=True)
        sys.exit(1)


def _stages(text: str) -> tuple[str, ...] | None:
    if text == "recorded":
        return None
    return ALL_STAGES if text == "all" else tuple(text.split(","))


def _days(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError("--horizons: expected whole numbers of days with commas") from None
