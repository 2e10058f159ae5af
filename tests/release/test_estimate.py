"""An estimate is paid for before it is drawn, follows from its noise alone, and says no more."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from safelight.release.audit import NOTHING_EARLIER, audit
from safelight.release.budget import Budget, Ledger, Spend
from safelight.release.completeness import Finding
from safelight.release.counts import ReleaseError
from safelight.release.document import canonical, release_document
from safelight.release.draft import Draft, ListRelease, draft_from_bytes, draft_to_bytes
from safelight.release.estimate import Estimate, Number
from safelight.release.estimating import computed, estimate_of
from safelight.release.figures import figures
from safelight.release.noise.document import noisy_document
from safelight.release.noise.overlap import (
    CHANGES_PER_ROW,
    MeasuredOverlap,
    checked_tables,
    draw_overlap,
    overlap_scale,
)
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.store import noisy_from_bytes, noisy_to_bytes
from tests.release.estimates import (
    LARGE,
    LEVEL,
    SMALL,
    THREE,
    estimate,
    independent,
    measured,
    repeatable,
)
from tests.release.noisy import INCIDENT, ONE, with_budget
from tests.release.tables import YEARS, usual_draft, usual_list
from tests.release.test_noisy_release import _draft
from tests.support.desk import TestDesk

VERDICTS = ("estimate", "lower-bound", "refused")


def _paid(part: Estimate, **changed: Any) -> Ledger:
    spend = Spend(part.measured.paid_as, part.measured.loss, 1, part.measured.years)
    return Ledger(Budget(INCIDENT, ONE), (replace(spend, **changed),))


@cache
def _lists() -> tuple[ListRelease, ...]:
    theirs: dict[str, Any] = {"consent": (), "consent_given_at": None}
    return (
        usual_list(),
        usual_list(list_id="helpline", source_list="HELPLINE", **theirs),
        usual_list(list_id="media", source_list="MEDIA", **theirs),
    )


def _draft_with(part: Estimate) -> Draft:
    return replace(usual_draft(*_lists()), undercount=part)


# --- paying and drawing -------------------------------------------------------


def _measure(draw: Any = repeatable, **changed: Any) -> MeasuredOverlap:
    from safelight.release.noise.overlap_spend import measure_overlap

    how: dict[str, Any] = {"lists": THREE, "years": YEARS, "loss": ONE} | changed
    return measure_overlap(how.pop("tables", (LARGE, LARGE)), draw=draw, **how)


def test_the_overlap_is_paid_for_before_noise_is_drawn_and_once_for_all_lists(
    desk: TestDesk,
) -> None:
    from safelight.release.ledger import read_ledger

    with_budget("2")

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _measure(power_cut)
    assert read_ledger().left(YEARS) == 1  # lost, and nobody saw noise
    found = _measure()
    assert read_ledger().left(YEARS) == 0
    assert not list(audit(_draft_with(_of(found)), earlier=NOTHING_EARLIER, ledger=read_ledger())
                    .problems)  # fmt: skip


def _of(found: MeasuredOverlap) -> Estimate:
    return estimate_of(found, level=LEVEL, data_digest="a" * 64)


def test_a_spent_ledger_draws_nothing_and_neither_does_one_without_a_budget(
    desk: TestDesk,
) -> None:
    from safelight.release.budget import BudgetSpentError

    drawn: list[object] = []

    def seen(flat: Any, scale: float) -> Any:
        drawn.append(scale)
        return flat

    with pytest.raises(ReleaseError, match="no privacy budget"):
        _measure(seen)
    with_budget("1")
    _measure(seen)
    with pytest.raises(BudgetSpentError):
        _measure(seen)
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tables": (LARGE,)}, "2 to 10 plausible linkages"),
        ({"lists": ("own",)}, "2 to 5 lists"),
        ({"lists": ("own", "own", "media")}, "each once"),
        ({"lists": ("own", "media")}, "each inclusion pattern"),
        ({"tables": (LARGE, LARGE + (np.arange(8) == 0))}, "none for incidents on no list"),
        ({"loss": PrivacyLoss(Measure.ZCDP, Fraction(1, 2))}, "pure"),
    ],
)
def test_what_cannot_be_measured_is_refused(changed: dict[str, Any], message: str) -> None:
    how: dict[str, Any] = {"tables": (LARGE, LARGE), "lists": THREE, "loss": ONE}
    checked_tables(how["tables"], how["lists"], how["loss"])
    how |= changed
    with pytest.raises(ReleaseError, match=message):
        checked_tables(how["tables"], how["lists"], how["loss"])


def test_the_noise_is_wide_enough_for_what_a_row_changes_in_all_tables() -> None:
    """Tables that differ by one row, in both linkages: the likelihood ratio is within e^ε."""
    assert CHANGES_PER_ROW == 2
    scale = overlap_scale(ONE, INCIDENT, linkages=2)
    other = LARGE + np.array([0, -1, 0, 1, 0, 0, 0, 0])
    apart = 2 * int(np.abs(LARGE - other).sum())
    assert apart / scale <= float(ONE.amount)
    assert overlap_scale(ONE, PrivacyUnit("person", 3), linkages=2) == pytest.approx(3 * scale)


def test_the_noise_is_opendps_and_of_the_scale_that_was_paid_for() -> None:
    scale = overlap_scale(ONE, INCIDENT, linkages=2)
    noise = draw_overlap(np.zeros(4000, dtype=np.int64), scale)
    # Mean absolute value of discrete Laplace noise; 4,000 draws stay within 8 % of it.
    ratio = np.exp(-1 / scale)
    assert np.abs(noise).mean() == pytest.approx(2 * ratio / (1 - ratio**2), rel=0.08)


# --- from noise to a number ------------------------------------------------------


def test_large_lists_that_take_no_notice_of_each_other_give_an_estimate_that_holds() -> None:
    part = estimate("estimate")
    assert part.estimate is not None
    assert part.estimate.high is not None
    assert part.estimate.low <= 12_000 <= part.estimate.high
    assert part.documented.low <= int(LARGE.sum()) <= (part.documented.high or 0)
    assert part.linkage_share is not None


def test_a_refusal_has_a_reason_and_no_number() -> None:
    part = estimate("refused")
    assert (part.estimate, part.linkage_share) == (None, None)
    assert part.reason == "too-few-shared"


def test_a_list_that_noise_has_swallowed_is_a_refusal_and_no_crash() -> None:
    gone = measured(SMALL)
    nothing = tuple(-abs(cell) for cell in gone.tables[0])
    found = computed(replace(gone, tables=(nothing, nothing)), LEVEL)
    assert (found.verdict, found.reason, found.estimate) == ("refused", "list-lost-in-noise", None)
    assert found.documented.low == 0


@pytest.mark.parametrize("verdict", VERDICTS)
def test_numbers_are_rounded_as_their_precision_allows(verdict: str) -> None:
    part = estimate(verdict)
    for number in (part.documented, part.estimate):
        if number is None:
            continue
        high = number.high or number.value
        assert number.low <= number.value <= high
        reach = max((high - number.low) / 2, 1)
        # Nobody says 12,034 of a number that is known to a few hundred.
        digits = len(str(number.value).rstrip("0"))
        assert digits <= len(str(number.value)) - len(str(int(reach / 5))) + 1


def test_the_same_noise_gives_the_same_answer_and_true_counts_play_no_part() -> None:
    one = measured(LARGE)
    computed.cache_clear()
    assert computed(one, LEVEL) == computed(replace(one, paid_as="overlap-2"), LEVEL)


# --- audit ----------------------------------------------------------------------


@pytest.mark.parametrize("verdict", VERDICTS)
def test_an_estimate_that_was_paid_for_passes(verdict: str) -> None:
    part = estimate(verdict)
    draft = _draft_with(part)
    assert audit(draft, earlier=NOTHING_EARLIER, ledger=_paid(part)).passed


_ENDS = Number(12_000, 11_990, 12_010)


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"estimate": _ENDS}, Finding.NOT_OF_ITS_NOISE),
        ({"verdict": "lower-bound"}, Finding.NOT_OF_ITS_NOISE),
        ({"documented": Number(5, 4, 6)}, Finding.NOT_OF_ITS_NOISE),
        ({"estimate": None}, Finding.NO_INTERVAL),
        ({"data_sha256": ""}, Finding.NO_DATA_HASH),
        ({"measured": replace(measured(LARGE), years=(2023,))}, Finding.NO_PERIOD),
        (
            {"measured": measured(LARGE, lists=("own", "helpline", "police"))},
            Finding.NO_COVERAGE,
        ),
    ],
)
def test_an_estimate_that_says_other_than_its_noise_is_found(
    changed: dict[str, Any], finding: Finding
) -> None:
    part = replace(estimate("estimate"), **changed)
    report = audit(_draft_with(part), earlier=NOTHING_EARLIER, ledger=_paid(part))
    assert finding in {problem.finding for problem in report.problems}
    assert {problem.list_id for problem in report.problems} == {"undercount"}


@pytest.mark.parametrize(
    "changed",
    [{"proposal_id": "overlap-2"}, {"loss": PrivacyLoss(Measure.PURE, Fraction(1, 2))},
     {"years": (2023,)}],
)  # fmt: skip
def test_an_estimate_nobody_paid_for_is_refused(changed: dict[str, Any]) -> None:
    part = estimate("estimate")
    draft = _draft_with(part)
    for ledger in (None, Ledger(None, ()), _paid(part, **changed)):
        report = audit(draft, earlier=NOTHING_EARLIER, ledger=ledger)
        assert [problem.finding for problem in report.problems] == [Finding.NOT_PAID_FOR]


# --- what goes out ----------------------------------------------------------------


@pytest.mark.parametrize("verdict", VERDICTS)
def test_drafts_of_both_kinds_keep_their_estimate_and_their_bytes(verdict: str) -> None:
    part = estimate(verdict)
    draft = _draft_with(part)
    assert draft_from_bytes(draft_to_bytes(draft)).undercount == part
    noisy = replace(_draft(), undercount=part)
    again = noisy_from_bytes(noisy_to_bytes(noisy))
    assert again.undercount == part
    assert noisy_document(again) == noisy_document(noisy)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_line_of_an_estimate_carries_all_that_it_must(verdict: str) -> None:
    document = release_document(_draft_with(estimate(verdict)))
    lines = [line for line in figures(document) if line.table == "undercount"]
    assert [line.cell for line in lines] == ["documented", "estimate"]
    said = lines[1]
    assert said.reading.startswith(f"{verdict}: ")
    assert (said.value == "") == (verdict == "refused")
    assert (said.high == "") == (verdict != "estimate")
    assert "linkages=2" in said.linkage
    for line in lines:
        assert (line.level, line.unit) == ("19/20", "incident")
        assert line.coverage_en
        assert line.assumption


def test_the_salt_and_true_counts_stay_on_the_desk() -> None:
    part = estimate("estimate")
    document = release_document(_draft_with(part))
    assert part.salt.encode() not in document
    assert part.measured.paid_as.encode() not in document
    assert json.dumps(LARGE[1:].tolist()).replace(" ", "").encode() not in document
    assert canonical(json.loads(document)) == document


def test_lists_that_lead_to_each_other_are_never_given_as_a_sure_number() -> None:
    """Two lists cannot show it, whatever their size: a bound, open above."""
    part = estimate("lower-bound")
    assert part.reason == "two-lists"
    assert part.estimate is not None
    assert part.estimate.high is None
    assert part.estimate.low <= independent(total=2_000, chances=(0.5, 0.4)).sum() / 0.7


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_second_person_sees_the_estimate_before_approving(desk: TestDesk, verdict: str) -> None:
    from django.urls import reverse

    from safelight.release.models import Proposal
    from safelight.release.review import propose

    part = estimate(verdict)
    propose(_draft_with(part), by="desk-1")
    proposal = Proposal.objects.get()
    assert proposal.state == "proposed"  # nobody paid: the audit against the ledger holds here too
    assert proposal.audit is not None
    assert proposal.audit["problems"] == [{"finding": "not-paid-for", "list": "undercount"}]
    page = desk.client.get(reverse("release:proposal", args=[proposal.proposal_id])).text
    from safelight.publication.wording import texts

    words = texts("en")
    for sentence in (f"reason_{part.reason}", f"assumption_{part.assumption}"):
        assert words.say(sentence) in html.unescape(page)
    assert f"<strong>{part.documented.value}</strong>" in page
    assert ("Refused" in page) == (verdict == "refused")
