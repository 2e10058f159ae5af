"""A release with noise on its way: proposed, audited, approved, published, corrected, withdrawn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from safelight.release.budget import Budget, Ledger, Spend
from safelight.release.completeness import Finding
from safelight.release.counts import ReleaseError
from safelight.release.noise.audit import audit_noisy
from safelight.release.noise.document import noisy_document
from safelight.release.noise.noisy_table import NoisyDraft
from safelight.release.noise.store import noisy_from_bytes, noisy_to_bytes
from safelight.vocabulary.wording import Wording
from tests.release.noisy import (
    INCIDENT,
    WORDS,
    choice,
    counted,
    proposed,
    published,
    with_budget,
)
from tests.release.tables import AS_OF, usual_draft
from tests.support.desk import TestDesk


def _draft(loss: str = "1/2") -> NoisyDraft:
    """A draft as `propose_noisy` makes it, without a desk."""
    from safelight.release.code_digest import RELEASE, code_sha256
    from safelight.release.noise.noisy_table import measure_list
    from tests.release.noisy import quiet_draw

    plan = choice(loss).plan(INCIDENT)
    part = measure_list(counted(), plan, as_of=AS_OF, years=choice().years, draw=quiet_draw)
    return NoisyDraft(
        as_of=AS_OF,
        years=choice().years,
        plan=plan,
        revisions=usual_draft().revisions,
        simulated=True,
        code_version="0.1.0",
        code_sha256=code_sha256(*RELEASE),
        corrects="",
        lists=(part,),
    )


LEDGER = Ledger(
    Budget(INCIDENT, choice("1").loss), (Spend("p1", choice().loss, 1, choice().years),)
)

OTHER_YEARS = replace(LEDGER.spends[0], years=(2022,))


def _found(draft: NoisyDraft, ledger: Ledger = LEDGER, **earlier: Any) -> set[Finding]:
    report = audit_noisy(draft, proposal_id="p1", ledger=ledger, earlier=earlier.get("earlier", ()))
    return {problem.finding for problem in report.problems}


def test_a_paid_draft_of_its_own_noise_passes() -> None:
    assert _found(_draft()) == set()


def _shown_changed(draft: NoisyDraft, **by: float) -> NoisyDraft:
    part = draft.lists[0]
    margin = ("act_group", "year")
    shown = part.shown[margin]
    moved = replace(shown, **{name: getattr(shown, name) + step for name, step in by.items()})
    return replace(draft, lists=(replace(part, shown={**part.shown, margin: moved}),))


@pytest.mark.parametrize(
    ("ledger", "changed", "finding"),
    [
        (Ledger(LEDGER.budget, ()), None, Finding.NOT_PAID_FOR),
        (Ledger(None, LEDGER.spends), None, Finding.NOT_PAID_FOR),
        (
            Ledger(LEDGER.budget, (replace(LEDGER.spends[0], years=(2022,)),)),
            None,
            Finding.NOT_PAID_FOR,
        ),
        (Ledger(LEDGER.budget, (replace(LEDGER.spends[0], lists=0),)), None, Finding.NOT_PAID_FOR),
        (LEDGER, {"values": 1.0, "highs": 1.0}, Finding.NOT_OF_ITS_NOISE),
        (LEDGER, {"lows": 1000.0}, Finding.NO_INTERVAL),
        (LEDGER, {"highs": -1000.0}, Finding.NO_INTERVAL),
    ],
)
def test_what_was_not_paid_or_not_drawn_fails_the_audit(
    ledger: Ledger, changed: dict[str, float] | None, finding: Finding
) -> None:
    draft = _draft() if changed is None else _shown_changed(_draft(), **changed)
    assert finding in _found(draft, ledger)


def test_measurements_of_another_shape_fail_the_audit() -> None:
    draft = _draft()
    part = replace(draft.lists[0], measured={("act_group", "year"): np.zeros((2, 2), np.int64)})
    assert Finding.NOT_OF_ITS_NOISE in _found(replace(draft, lists=(part,)))


def test_so_little_noise_that_cells_can_be_named_fails_the_audit() -> None:
    # At twelve times the loss, and again and again: together the noise averages out.
    draft, loud = _draft("6"), _draft()
    assert Finding.NAMED in _found(draft, earlier=[draft] * 20)
    assert Finding.NAMED not in _found(loud, earlier=[loud])


@pytest.mark.parametrize("missing", ["name", "coverage", "list_id"])
def test_a_draft_that_says_too_little_fails_the_audit(missing: str) -> None:
    draft = _draft()
    said = replace(
        draft.lists[0].statement,
        **{missing: "" if missing == "list_id" else Wording(" ", " ")},  # type: ignore[arg-type]
    )
    found = _found(replace(draft, lists=(replace(draft.lists[0], statement=said),)))
    assert found & {Finding.NO_NAME, Finding.NO_COVERAGE}


def test_a_draft_comes_back_from_the_database_as_it_was() -> None:
    draft = _draft()
    again = noisy_from_bytes(noisy_to_bytes(draft))
    assert noisy_document(again) == noisy_document(draft)
    assert noisy_to_bytes(again) == noisy_to_bytes(draft)


def test_the_desk_can_show_which_rows_were_counted_and_nobody_else_can_compare() -> None:
    from safelight.release.noise.noisy_table import commitment

    one = counted()
    salts = bytes(32), b"\x01" * 32
    assert commitment(one.rows, salts[0]) == commitment(tuple(reversed(one.rows)), salts[0])
    assert commitment(one.rows, salts[0]) != commitment(one.rows[1:], salts[0])
    assert commitment(one.rows, salts[0]) != commitment(one.rows, salts[1])
    part = _draft().lists[0]
    assert len(bytes.fromhex(part.salt)) == 32
    assert part.salt not in noisy_document(_draft()).decode()


def test_the_stored_draft_holds_no_true_count() -> None:
    # The act group VIOLENCE of 2024 has 52 incidents in truth; noise of scale 6 moved it here.
    draft = _draft()
    stored = json.loads(noisy_to_bytes(draft))
    assert set(stored["lists"][0]) == {
        "statement",
        "measured",
        "values",
        "lows",
        "highs",
        "errors",
        "salt",
    }
    measured = draft.lists[0].measured["act_group", "year"]
    assert (measured < 0).any()  # counts with noise, as no true count can be


def test_the_whole_way_with_its_journal(desk: TestDesk) -> None:
    from safelight.journal import chain
    from safelight.release import review

    with_budget()
    proposal = proposed()
    assert proposal.state == "audited"
    document = published(proposal)
    assert json.loads(document)["rule"]["measure"] == "pure"
    kinds = [e.kind for e in chain.entries() if e.kind.startswith("release.")]
    assert kinds == [
        "release.reviewer-enrolled",
        "release.budget-set",
        "release.budget-spent",
        "release.proposed",
        "release.audited",
        "release.approved",
        "release.published",
    ]
    assert review.open_proposal(proposal.proposal_id).document == document


def test_a_correction_replaces_what_it_corrects_when_it_is_published(desk: TestDesk) -> None:
    from safelight.release import review
    from safelight.release.models import Proposal

    with_budget()
    first = proposed()
    published(first)
    second = proposed(corrects=first.proposal_id, reason="coding-corrected")
    assert Proposal.objects.get(proposal_id=first.proposal_id).state == "published"
    said = json.loads(published(second))
    assert said["corrects"] == first.document_sha256
    assert [r["reason"]["en"] for r in said["revisions"]] == [
        "first release",
        "correction: coding was corrected",
    ]
    old = Proposal.objects.get(proposal_id=first.proposal_id)
    assert (old.state, old.ended_because) == ("corrected", "coding-corrected")
    with pytest.raises(ReleaseError, match="last state"):
        review.withdraw(first.proposal_id, by="desk-1", reason="numbers-wrong")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda r, i: r.withdraw(i, by="desk-1", reason="because I say so"), "needs a reason"),
        (lambda r, i: r.withdraw(i, by="desk-1", reason=""), "needs a reason"),
        (lambda r, i: r.turn_down(i, by="desk-1", reason="not-needed"), "cannot become"),
        (lambda _, i: proposed(corrects=i, reason="danger-to-somebody"), "needs a reason"),
        (lambda _, __: proposed(corrects="0" * 16, reason="late-reports"), "no such release"),
    ],
)
def test_endings_need_their_reason_and_their_state(desk: TestDesk, act: Any, message: str) -> None:
    from safelight.release import review

    with_budget()
    first = proposed()
    published(first)
    with pytest.raises(ReleaseError, match=message) as refused:
        act(review, first.proposal_id)
    assert "I say so" not in str(refused.value)
    review.withdraw(first.proposal_id, by="desk-1", reason="danger-to-somebody")


def test_a_withdrawn_release_stands_in_the_log_of_the_next(desk: TestDesk) -> None:
    from safelight.release import review

    with_budget()
    first = proposed()
    published(first)
    review.withdraw(first.proposal_id, by="desk-1", reason="danger-to-somebody")
    reasons = [r["reason"]["en"] for r in json.loads(published(proposed()))["revisions"]]
    assert reasons == ["first release; withdrawn later", "new numbers"]


def test_the_pages_show_the_effect_before_and_the_intervals_after(desk: TestDesk) -> None:
    from django.test import override_settings

    with_budget()
    page = {"from": "2022", "to": "2024", "loss": "0.5", "measure": "pure", "share": "0"}
    with override_settings(SAFELIGHT_COUNTABLE="tests.release.noisy.countable"):
        asked = desk.client.get("/numbers/noise", {**page, "table": ["act_group-year"]})
        assert "usual error" in asked.text
        assert "would cost 0.5 of 1" in asked.text
        spent = desk.client.post("/numbers/noise/propose", {**page, "table": ["act_group-year"]})
        assert spent.status_code == 302
        shown = desk.client.get(spent["Location"]).text
        assert "Below each number stands its interval" in shown
        ledger = desk.client.get("/numbers/ledger", HTTP_ACCEPT_LANGUAGE="ru").text
        assert "Книга приватности" in ledger
        assert ">0.5<" in ledger
        again = {**page, "table": ["act_group-year"], "loss": "0.75"}
        assert "Too little is left" in desk.client.get("/numbers/noise", again).text
        refused = desk.client.post("/numbers/noise/propose", again)
        assert refused.status_code == 400
        assert "the budget is spent" in refused.text.lower()


def test_the_budget_is_set_on_the_page_by_a_second_persons_words(desk: TestDesk) -> None:
    desk.client.post("/numbers/reviewers", {"name": "second-eyes", "passphrase": WORDS})
    given = {"limit": "1", "measure": "pure", "unit": "incident", "contributions": "1"}
    who = {"reviewer": "second-eyes", "passphrase": WORDS}
    wrong = desk.client.post("/numbers/ledger/budget", {**given, **who, "passphrase": "not these"})
    assert wrong.status_code == 400
    assert desk.client.post("/numbers/ledger/budget", {**given, **who}).status_code == 302
    assert "ε = 1" in desk.client.get("/numbers/ledger").text
