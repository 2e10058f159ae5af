"""`safelight undercount`: estimate and check. `--json` is described in
docs/how-to/estimate-an-undercount.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from safelight.undercount.answer import FAMILIES, Options
from safelight.undercount.as_text import answer_as_text, check_as_text, combined_as_text
from safelight.undercount.combine import (
    combined_as_json,
    estimate_with_recall,
    over_linkages,
)
from safelight.undercount.existence import IN_WORDS, existence_of_all
from safelight.undercount.model_terms import (
    MOST_LISTS_ALL_ORDERS,
    MOST_LISTS_PAIRWISE,
    Model,
    hierarchical_models,
    model_name,
    pairs,
    pairwise_models,
    parse_model,
)
from safelight.undercount.overlap import Overlap
from safelight.undercount.plots import pictures
from safelight.undercount.strata import estimate_strata, strata_from_csv
from safelight.undercount.table_file import table_text
from safelight.undercount.verdict import estimate

_TABLE = click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_PLOTTED = ("all", "decomposable", "latent-class")
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("undercount")
def undercount() -> None:
    """How many incidents no list saw: an estimate, a lower bound, or a refusal with its reason.

    TABLE is a CSV with one 0/1 column for each list and a last column 'count'.
    """


class _Share:
    """The share done, on one line of standard error, if somebody is watching."""

    def __init__(self) -> None:
        self.shown = -1

    def __call__(self, share: float) -> None:
        percent = int(100 * share)
        if sys.stderr.isatty() and percent != self.shown:
            self.shown = percent
            click.echo(f"\r{percent:3d} %", nl=False, err=True)

    def finish(self) -> None:
        if self.shown >= 0:
            click.echo("\r     \r", nl=False, err=True)


@undercount.command("estimate")
@_TABLE
@click.option(
    "--method",
    type=click.Choice([*FAMILIES, "all"]),
    default="all",
    show_default=True,
    help="One family of methods, or all of them and a verdict.",
)
@click.option(
    "--order",
    type=click.Choice(["pairs", "all"]),
    default="pairs",
    show_default=True,
    help="loglinear: models of pairs, or also of higher order (up to four lists).",
)
@click.option(
    "--saturated", is_flag=True, help="decomposable: put the complete graph back (not advised)."
)
@click.option(
    "--prior",
    type=click.Choice(["1/N", "flat"]),
    default="1/N",
    show_default=True,
    help="decomposable: prior on the total.",
)
@click.option(
    "--delta",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    help="decomposable: pseudo-incidents for each pattern; 2^-K unless given.",
)
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=0.999),
    default=0.95,
    show_default=True,
    help="Of the interval.",
)
@click.option(
    "--resamples",
    type=click.IntRange(min=100, max=100_000),
    default=1000,
    show_default=True,
    help="stepwise: of the bootstrap.",
)
@click.option(
    "--match-recall",
    "recall",
    type=click.FloatRange(min=0.5, max=1),
    nargs=2,
    metavar="LOW HIGH",
    help="Share of true matches between lists that were found, as measured on a sample.",
)
@click.option(
    "--strata",
    metavar="COLUMN",
    help="A column that names a year or region: answered one by one and added up.",
)
@click.option(
    "--noise-scale",
    type=click.FloatRange(min=0, max=100_000),
    default=0.0,
    help="Of the discrete Laplace noise in every count, if partners added some; 0 for none.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for pictures (SVG): families, leave-one-out, posteriors.",
)
@_AS_JSON
def estimate_command(
    *,
    table: Path,
    method: str,
    seed: int,
    plots: Path | None,
    noise_scale: float,
    strata: str | None,
    recall: tuple[float, float] | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Estimate all incidents from a table of inclusion patterns.

    Exit code 0 for an estimate or a lower bound, 1 for a refusal, which has its reason.
    """
    if plots is not None and method not in _PLOTTED:
        raise click.UsageError(f"--plots goes with --method {', '.join(_PLOTTED)}")
    progress = _Share()
    options = Options(seed=seed, on_progress=progress, **chosen)
    if strata is not None:
        if recall is not None or noise_scale:
            raise click.UsageError("--strata goes without --match-recall and --noise-scale")
        parts = strata_from_csv(table_text(table), column=strata)
        answer = estimate_strata(parts, method=method, options=options)
    elif recall is not None:
        overlap = Overlap.from_csv(table_text(table), noise_scale=noise_scale)
        answer = estimate_with_recall(overlap, recall=recall, method=method, options=options)
    else:
        overlap = Overlap.from_csv(table_text(table), noise_scale=noise_scale)
        answer = estimate(overlap, method=method, options=options)
    progress.finish()
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures(answer).items():
            (plots / f"{name}.svg").write_text(picture, encoding="utf-8")
    click.echo(
        json.dumps(answer.as_json(), ensure_ascii=False, allow_nan=False)
        if as_json
        else answer_as_text(answer)
    )
    if answer.verdict == "refused":
        if as_json:
            click.echo(f"refused: {answer.reason}", err=True)
        sys.exit(1)


@undercount.command("linkages")
@click.argument(
    "tables",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--method",
    type=click.Choice([*FAMILIES, "all"]),
    default="all",
    show_default=True,
    help="Asked of each table.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@_AS_JSON
def linkages(tables: tuple[Path, ...], method: str, seed: int, as_json: bool) -> None:
    """Combine the answers to several plausible linkages of the same lists (Rubin's rules).

    Each of the TABLES comes from another plausible way to match the records. Says which
    share of the variance is linkage. Exit codes as for estimate.
    """
    found = over_linkages(
        [Overlap.from_csv(table_text(table)) for table in tables],
        method=method,
        options=Options(seed=seed),
    )
    click.echo(
        json.dumps(combined_as_json(found), ensure_ascii=False, allow_nan=False)
        if as_json
        else combined_as_text(found)
    )
    if found.verdict == "refused":
        sys.exit(1)


def _models(lists: int) -> tuple[Model, ...]:
    if lists <= MOST_LISTS_ALL_ORDERS:
        return hierarchical_models(lists)
    if lists <= MOST_LISTS_PAIRWISE:
        return pairwise_models(lists)
    return (frozenset(), *(frozenset({pair}) for pair in pairs(lists)))


@undercount.command("check")
@_TABLE
@click.option("--terms", metavar="A,B,C,A:B", help="One model; otherwise every one listed.")
@_AS_JSON
def check(table: Path, terms: str | None, as_json: bool) -> None:
    """Say which log-linear models have an estimate on this table, before any fit.

    Codes: 0 fine; 1 no estimate exists; 2 not identifiable; 3 both. Exit code 1 if the one
    model asked for, or every model, has a code above 0.
    """
    overlap = Overlap.from_csv(table_text(table))
    models = (
        (parse_model(terms, overlap.lists),) if terms is not None else _models(len(overlap.lists))
    )
    facts: dict[str, Any] = {
        "lists": list(overlap.lists),
        "observed": overlap.observed,
        "models": [
            {
                "model": model_name(model, overlap.lists),
                "code": int(code),
                "in_words": IN_WORDS[code],
            }
            for model, code in zip(models, existence_of_all(overlap, models), strict=True)
        ],
    }
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else check_as_text(facts))
    if all(one["code"] for one in facts["models"]):
        sys.exit(1)
