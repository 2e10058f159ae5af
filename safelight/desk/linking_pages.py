"""The same incident on several lists: link them, judge what is unsure, see how good it is.

Pairs are shown without their lists, in an order by chance, audit pairs among unsure ones.
What a person says is an entry of the journal and holds at every later run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.casework.linking.decisions import (
    LinkingDecisionError,
    Named,
    Sample,
    decide,
    judgements,
    latest_sample,
    take_back,
    write_sample,
)
from safelight.desk import linking_run
from safelight.desk.numbers import rows_of_this_desk
from safelight.linkage.records import LinkageError
from safelight.pipeline import link_rows
from safelight.release.counts import ReleaseError
from safelight.vocabulary.codes import VocabularyError
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import SEPARATOR

if TYPE_CHECKING:
    from safelight.linkage.linking import Linked, Progress

_SAMPLE: Final = 60
_SHOWN: Final = 50
_LEVEL: Final = 0.95
_SAYS: Final[Mapping[str, str | Promise]] = {
    "same": gettext_lazy("agrees"),
    "near": gettext_lazy("agrees in part"),
    "different": gettext_lazy("differs"),
    "nothing": gettext_lazy("not known on one side"),
}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Pairs to judge, by places in the run; `audit`: how many of them belong to the sample."""

    places: tuple[int, ...]
    audit: int


@require_GET
def linking_page(request: HttpRequest) -> HttpResponse:
    """How the last run stands, what waits to be judged, and how good the linking is."""
    return _index(request)


def _index(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = linking_run.run.standing()
    standing = judgements()
    context: dict[str, Any] = {
        "run": now,
        "problem": problem or (now.problem if now else ""),
        "judgements": list(reversed(list(enumerate(standing, 1))))[:_SHOWN],
        "judged": len(standing),
        "sample": _SAMPLE,
    }
    if now is not None and now.result is not None:
        context |= _found(now.result)
    return render(request, "desk/linking.html", context, status=status)


def _found(linked: Linked) -> dict[str, Any]:
    from safelight.linkage.as_json import linked_as_json  # noqa: PLC0415  loads Splink
    from safelight.linkage.weights_chart import weights_svg  # noqa: PLC0415

    told = linked_as_json(linked, seed=1)
    waiting = _waiting(linked)
    chart = weights_svg(
        told, title=_("What agreement weighs, in bits for and against the same"), say=_titled
    )
    return {
        "told": told,
        "chart": chart,
        "waiting": len(waiting.places),
        "quality": _quality(latest_sample()),
    }


@require_POST
def run_linking(request: HttpRequest) -> HttpResponse:
    """Link what this desk may count, with every judgement that stands."""
    from safelight.linkage.contradictions import ContradictionError  # noqa: PLC0415
    from safelight.linkage.linking import Options  # noqa: PLC0415  loads Splink

    try:
        rows = rows_of_this_desk()
    except ReleaseError as refusal:
        return _index(request, problem=str(refusal), status=422)
    if not rows:
        return _index(request, problem=_("There is nothing to link yet."), status=422)
    decided = [one.decision for one in judgements()]

    def work(tell: Progress) -> Linked:
        try:
            return link_rows(rows, decisions=decided, options=Options(seed=1, on_progress=tell))
        except ContradictionError as refusal:
            contradiction = _("These judgements contradict each other; take one of them back:")
            numbers = ", ".join(map(str, refusal.numbers))
            raise LinkageError(f"{contradiction} {numbers}") from None

    linking_run.run.begin(work)
    return redirect("linking")


@require_GET
def pair_page(request: HttpRequest) -> HttpResponse:
    """The next pair to judge: side by side, and without their lists."""
    linked = _linked()
    if linked is None:
        return redirect("linking")
    waiting = _waiting(linked)
    if not waiting.places:
        return redirect("linking")
    from safelight.linkage.side_by_side import side_by_side  # noqa: PLC0415  loads Splink

    place = waiting.places[0]
    one, other = _names(linked, place)
    context = {
        "lines": [
            {
                "field": _titled(line.field),
                "left": _in_words(line.field, line.left),
                "right": _in_words(line.field, line.right),
                "agreement": line.agreement,
                "says": _SAYS[line.agreement],
            }
            for line in side_by_side(linked, place)
        ],
        "one": "/".join(one),
        "other": "/".join(other),
        "left": len(waiting.places),
    }
    return render(request, "desk/linking_pair.html", context)


@require_POST
def judge_pair(request: HttpRequest) -> HttpResponse:
    """Write down a judgement, and show the next pair."""
    linked = _linked()
    answer = request.POST.get("answer", "")
    one, other = (tuple(request.POST.get(side, "").split("/")) for side in ("one", "other"))
    if linked is None or answer not in ("same", "different", "later"):
        return redirect("linking")
    waiting = {_names(linked, place) for place in _waiting(linked).places}
    if (one, other) not in waiting:
        # Judged meanwhile in another window, or not a pair of this run.
        return redirect("linking-pair")
    if answer == "later":
        linking_run.put_off((one, other))
    else:
        decide(_named(one), _named(other), same=answer == "same")
    return redirect("linking-pair")


@require_POST
def take_judgement_back(request: HttpRequest) -> HttpResponse:
    """Take a judgement back."""
    try:
        take_back(request.POST.get("judgement", ""))
    except LinkingDecisionError:
        return _index(request, problem=_("This judgement does not stand any more."), status=422)
    return redirect("linking")


@require_POST
def draw_audit(request: HttpRequest) -> HttpResponse:
    """Draw a random sample of pairs, to measure how good the linking is."""
    linked = _linked()
    if linked is None:
        return redirect("linking")
    import numpy as np  # noqa: PLC0415

    from safelight.linkage.audit import draw_sample  # noqa: PLC0415  loads Splink

    drawn = draw_sample(linked, size=_SAMPLE, generator=np.random.default_rng())
    pairs = [(*_names(linked, place), stratum) for place, stratum in drawn.pairs]
    write_sample(pairs, drawn.sizes)
    return redirect("linking")


def _titled(field: str) -> str:
    """A column as the vocabulary calls it, in the page's language."""
    try:
        return vocabulary().field(field).label(_language())
    except VocabularyError:
        return field.replace("_", " ")


def _in_words(field: str, cell: str | None) -> str | None:
    """The codes of a cell in words; what is no code stays as it is."""
    if cell is None:
        return None
    try:
        column = vocabulary().field(field)
        return ", ".join(column.code(one).label(_language()) for one in cell.split(SEPARATOR))
    except VocabularyError:
        return cell


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


def _linked() -> Linked | None:
    now = linking_run.run.standing()
    return None if now is None else now.result


def _names(linked: Linked, place: int) -> tuple[Named, Named]:
    one = linked.record(int(linked.pairs.a[place]))
    other = linked.record(int(linked.pairs.b[place]))
    return (one, other) if one < other else (other, one)


def _named(parts: tuple[str, ...]) -> Named:
    return parts[0], parts[1]


def _waiting(linked: Linked) -> _Waiting:
    """Unsure pairs and those of the sample, mixed; without what is judged or put off."""
    from safelight.linkage.side_by_side import unsure_places  # noqa: PLC0415  loads Splink

    judged = {(one.decision.one, one.decision.other) for one in judgements()}
    done = {*judged, *linking_run.put_off_pairs()}
    sample = latest_sample()
    wanted = {(one, other) for one, other, _stratum in sample.pairs} if sample else set()
    drawn = [
        place
        for place in (range(len(linked.pairs)) if wanted else ())
        if _names(linked, place) in wanted
    ]
    unsure = unsure_places(linked)
    # One of the sample after each unsure one: nobody can tell which is which.
    mixed = [place for two in _zipped(unsure, drawn) for place in two]
    places = [place for place in dict.fromkeys(mixed) if _names(linked, place) not in done]
    return _Waiting(tuple(places), sum(place in set(drawn) for place in places))


def _zipped(one: list[int], other: list[int]) -> list[list[int]]:
    longest = max(len(one), len(other))
    return [[*one[n : n + 1], *other[n : n + 1]] for n in range(longest)]


def _quality(sample: Sample | None) -> dict[str, Any] | None:
    if sample is None:
        return None
    from safelight.linkage.audit import judged  # noqa: PLC0415  loads Splink

    said = {(one.decision.one, one.decision.other): one.decision.same for one in judgements()}
    answers: dict[str, tuple[int, int]] = {}
    for one, other, stratum in sample.pairs:
        if (one, other) in said:
            same, different = answers.get(stratum, (0, 0))
            is_same = said[(one, other)]
            answers[stratum] = (same + is_same, different + (not is_same))
    found = judged(sample.sizes, answers, level=_LEVEL, seed=1)
    return {
        "judged": found.judged,
        "of": len(sample.pairs),
        "precision": _percent(found.precision),
        "recall": _percent(found.recall),
    }


def _percent(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return ""
    point, low, high = found
    return f"{100 * point:.0f} % ({100 * low:.0f}–{100 * high:.0f} %)"
