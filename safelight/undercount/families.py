"""Each family of methods, from an overlap to an `Answer`. A failure is an answer too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from safelight.undercount.answer import Answer, Family, Options, answered, refused
from safelight.undercount.decomposable import Posterior, average_graphs
from safelight.undercount.decomposable_graphs import GraphError, graph_name
from safelight.undercount.latent_class import ChainsDisagree, flat_prior_median, latent_class
from safelight.undercount.loglinear import Interval, fit, profile_interval
from safelight.undercount.loglinear_search import averaged_interval, search
from safelight.undercount.lower_bounds import TooFewSharedError, chao, chapman
from safelight.undercount.model_terms import ModelError, model_name
from safelight.undercount.modes import Mode, modes
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.poisson_fit import FitError
from safelight.undercount.rules import shipped_rules
from safelight.undercount.stepwise import stepwise, stepwise_interval

_MODELS_SHOWN: Final = 5
_SENSITIVITY_UP_TO: Final = 5  # lists; beyond, an average takes seconds
_DELTA_FACTORS: Final = (0.25, 4.0)
_QUANTILES: Final = tuple((place + 0.5) / 200 for place in range(200))


def run_family(overlap: Overlap, family: Family, options: Options) -> Answer:
    """One family's answer. With two lists only Chapman's and Chao's formulas are left."""
    if len(overlap.lists) == 2 and family not in ("chapman", "chao"):
        return refused(
            overlap,
            family,
            level=options.level,
            reason="Two lists allow Chapman's estimate only; ask for the method chapman.",
        )
    try:
        return _RUN[family](overlap, options)
    except (FitError, ModelError, GraphError, TooFewSharedError, OverlapError) as error:
        text = str(error)
        return refused(
            overlap, family, level=options.level, reason=text[0].upper() + text[1:] + "."
        )


def _independence(overlap: Overlap, options: Options) -> Answer:
    fitted = fit(overlap, frozenset())
    return answered(
        overlap,
        "independence",
        estimate=fitted.estimate,
        interval=profile_interval(overlap, fitted, level=options.level),
        model=model_name(fitted.model, overlap.lists),
        reason="The model of independent lists was fitted; nothing was chosen.",
        diagnostics={
            "interval_kind": "profile likelihood",
            "loglik": fitted.loglik,
            "bic": fitted.bic,
            "aic": fitted.aic,
        },
    )


def _loglinear(overlap: Overlap, options: Options) -> Answer:
    found = search(overlap, order=options.order)
    profile = profile_interval(overlap, found.best, level=options.level)
    how = "of all" if found.exhaustive else "reached by adding and dropping pairs, of"
    return answered(
        overlap,
        "loglinear",
        assumption="loglinear-all" if options.order == "all" else "loglinear",
        estimate=found.best.estimate,
        interval=averaged_interval(overlap, found, level=options.level),
        model=model_name(found.best.model, overlap.lists),
        reason=f"The model with the lowest BIC {how} {len(found.fits)} that have an estimate.",
        diagnostics={
            "interval_kind": "averaged over models by their BIC weight",
            "interval_if_the_model_were_known": [profile.low, profile.high],
            "order": options.order,
            "exhaustive": found.exhaustive,
            "models": len(found.fits),
            "best": [
                {
                    "model": model_name(one.model, overlap.lists),
                    "estimate": one.estimate,
                    "bic": one.bic,
                    "aic": one.aic,
                }
                for one in found.fits[:_MODELS_SHOWN]
            ],
        },
    )


def _stepwise(overlap: Overlap, options: Options) -> Answer:
    threshold = shipped_rules().stepwise_threshold
    chosen = stepwise(overlap, threshold=threshold)
    bootstrap = stepwise_interval(
        overlap,
        threshold=threshold,
        level=options.level,
        resamples=options.resamples,
        rng=np.random.default_rng(options.seed),
        on_progress=options.on_progress,
    )
    return answered(
        overlap,
        "stepwise",
        estimate=chosen.fitted.estimate,
        interval=bootstrap.interval,
        model=model_name(chosen.fitted.model, overlap.lists),
        reason=f"Pairs whose overlap had p < {threshold:g} were added, the least plausible first.",
        diagnostics={
            "interval_kind": "BCa bootstrap that repeats the choice, and chance in how many were "
            "seen",
            "interval_of_the_paper": [bootstrap.of_the_paper.low, bootstrap.of_the_paper.high],
            "resamples": options.resamples,
            "seed": options.seed,
            "threshold": threshold,
            "added": [
                {"pair": [overlap.lists[k] for k in _members(pair)], "p": p}
                for pair, p in chosen.added
            ],
            "bias": bootstrap.bias,
            "acceleration": bootstrap.acceleration,
            "resamples_without_estimate": int(np.isinf(bootstrap.draws).sum()),
        },
    )


def _members(mask: int) -> list[int]:
    return [k for k in range(mask.bit_length()) if mask >> k & 1]


def average(overlap: Overlap, options: Options) -> Posterior:
    """Averaging with the options' delta, 2^-K unless given."""
    delta = 2.0 ** -len(overlap.lists) if options.delta is None else options.delta
    return average_graphs(
        overlap,
        delta=delta,
        prior=options.prior,
        saturated=options.saturated,
        level=options.level,
    )


def _decomposable(overlap: Overlap, options: Options) -> Answer:
    found = average(overlap, options)
    other = replace(options, prior="flat" if options.prior == "1/N" else "1/N")
    varied = {f"prior {other.prior}": other}
    if options.on_progress is not None:
        options.on_progress(0.3)
    if options.vary_delta and len(overlap.lists) <= _SENSITIVITY_UP_TO:
        for factor in _DELTA_FACTORS:
            delta = found.delta * factor
            varied[f"delta {delta:g}"] = replace(options, delta=delta)
    sensitivity = {}
    for number, (name, changed) in enumerate(varied.items(), start=1):
        sensitivity[name] = _short(average(overlap, changed))
        if options.on_progress is not None:
            options.on_progress(0.3 + 0.7 * number / len(varied))
    return answered(
        overlap,
        "decomposable",
        assumption="decomposable-saturated" if options.saturated else "decomposable",
        estimate=found.median,
        interval=found.interval,
        model="; ".join(
            f"{graph_name(graph, overlap.lists)} {weight:.2f}"
            for graph, weight in found.top[:3]
            if weight >= 0.005
        ),
        reason="Averaged over every decomposable graph of dependence, by how well it predicts "
        "the table.",
        diagnostics={
            "interval_kind": "posterior quantiles",
            "mean": found.mean,
            "median": found.median,
            "delta": found.delta,
            "prior": found.prior,
            "saturated": found.saturated,
            "tail_cut": found.tail_cut,
            "graphs": [
                {"graph": graph_name(graph, overlap.lists), "weight": weight}
                for graph, weight in found.top
            ],
            "modes": as_modes(modes(found.totals, found.weights, observed=overlap.observed)),
            "quantiles": [found.quantile(level) for level in _QUANTILES],
            "sensitivity": sensitivity,
        },
    )


def _short(found: Posterior) -> dict[str, Any]:
    return {"estimate": found.median, "interval": [found.interval.low, found.interval.high]}


def as_modes(found: Sequence[Mode]) -> list[dict[str, float]]:
    return [{"total": round(mode.total), "share": round(mode.share, 3)} for mode in found]


def _latent_class(overlap: Overlap, options: Options) -> Answer:
    rules = shipped_rules()
    run = rules.chains
    for attempt in range(rules.attempts):
        found = latent_class(
            overlap,
            run=run,
            level=options.level,
            rng=np.random.default_rng([options.seed, attempt]),
            on_progress=options.on_progress,
        )
        if not isinstance(found, ChainsDisagree):
            break
        run = replace(run, warm_up=run.warm_up * 2, draws=run.draws * 3)
    diagnostics: dict[str, Any] = {
        "chains": run.chains,
        "attempts": attempt + 1,
        "seed": options.seed,
        "rhat": found.convergence.rhat,
        "bulk_ess": found.convergence.bulk_ess,
        "tail_ess": found.convergence.tail_ess,
        "modes": as_modes(found.modes),
    }
    if isinstance(found, ChainsDisagree):
        diagnostics["chain_medians"] = [float(one) for one in found.chain_medians]
        return refused(
            overlap,
            "latent-class",
            level=options.level,
            reason=found.reason[0].upper() + found.reason[1:] + ".",
            diagnostics=diagnostics,
        )
    return answered(
        overlap,
        "latent-class",
        estimate=found.median,
        interval=found.interval,
        model="up to 10 classes of incidents",
        reason=f"{run.chains} chains that began far apart agree.",
        diagnostics={
            "interval_kind": "posterior quantiles",
            "mean": float(found.totals.mean()),
            "median": found.median,
            "quantiles": [float(one) for one in np.quantile(found.totals, _QUANTILES)],
            "sensitivity": {"prior flat": {"estimate": flat_prior_median(found.totals)}},
            **diagnostics,
        },
    )


def _chao(overlap: Overlap, options: Options) -> Answer:
    bound = chao(overlap, level=options.level)
    return answered(
        overlap,
        "chao",
        verdict="lower-bound",
        estimate=bound.value,
        interval=Interval(bound.interval.low, float("inf"), options.level),
        model="n + (K - 1)/(2K) f1^2/f2",
        reason="A bound from below, never an estimate.",
        diagnostics=_bound_diagnostics(bound.interval),
    )


def _chapman(overlap: Overlap, options: Options) -> Answer:
    bound = chapman(overlap, min_shared=shipped_rules().chapman_min_shared, level=options.level)
    return answered(
        overlap,
        "chapman",
        verdict="lower-bound",
        estimate=bound.value,
        interval=Interval(bound.interval.low, float("inf"), options.level),
        model=model_name(frozenset(), overlap.lists),
        reason=shipped_rules().ask("two-lists", 2).reason,
        diagnostics=_bound_diagnostics(bound.interval),
    )


def _bound_diagnostics(interval: Interval) -> dict[str, Any]:
    return {
        "interval_kind": "log-normal; open above, for this is a bound",
        "interval_if_the_assumption_holds": [interval.low, interval.high],
    }


_RUN: Final[Mapping[Family, Callable[[Overlap, Options], Answer]]] = {
    "independence": _independence,
    "loglinear": _loglinear,
    "stepwise": _stepwise,
    "decomposable": _decomposable,
    "latent-class": _latent_class,
    "chao": _chao,
    "chapman": _chapman,
}
