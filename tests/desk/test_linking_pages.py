"""Linking on the desk: judged blind, judgements hold, and a lock forgets the run."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.support.desk import TestDesk


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Rows of three simulated lists, as if this desk had coded and imported them."""
    from safelight.demo.list_rows import rows_of
    from safelight.demo.simulation import simulate
    from safelight.desk import linking_pages, linking_run

    rows = [row for kept in simulate(1, "tiny").lists for row in rows_of(kept)]
    # A record that came twice, so that something is sure.
    rows.append(replace(rows[0], stat_id="0" * 32, source_list="PARTNER"))
    monkeypatch.setattr(linking_pages, "rows_of_this_desk", lambda: rows)
    yield rows
    linking_run.forget()


def linked(desk: TestDesk) -> str:
    assert desk.client.post("/linking/run").status_code == 302
    for _ in range(600):
        page: str = desk.client.get("/linking/").text
        if "<progress" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("linking did not end")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(one|other)" value="([^"]+)"', page))


def test_an_empty_desk_says_that_there_is_nothing(desk: TestDesk) -> None:
    assert "Link now" in desk.client.get("/linking/").text
    answer = desk.client.post("/linking/run")
    assert answer.status_code == 422
    assert "nothing to link" in answer.text


def test_pairs_are_judged_blind_and_the_judgement_holds_and_goes(
    desk: TestDesk, lists: Any
) -> None:
    page = linked(desk)
    assert "Judge the next pair" in page
    assert "<svg" in page
    pair = desk.client.get("/linking/pair").text
    # Blind: the sources of the two stand in hidden fields alone.
    shown = re.sub(r"<input[^>]*>", "", pair)
    assert not re.search("HELPLINE|LEGALAID|POLICE|MEDIA|PARTNER", shown)
    assert 'data-key="1"' in pair
    first = hidden(pair)
    assert desk.client.post("/linking/judge", {**first, "answer": "same"}).status_code == 302
    assert hidden(desk.client.get("/linking/pair").text) != first

    from safelight.casework.linking.decisions import judgements

    (standing,) = judgements()
    assert standing.decision.same
    again = linked(desk)
    from safelight.desk import linking_run

    now = linking_run.run.standing()
    assert now is not None
    assert now.result is not None
    assert now.result.decisions == 1
    assert "Judgements (1)" in re.sub(r"\s+", " ", again)
    desk.client.post("/linking/take-back", {"judgement": standing.name})
    assert judgements() == []
    twice = desk.client.post("/linking/take-back", {"judgement": standing.name})
    assert twice.status_code == 422


def test_judgements_that_contradict_each_other_are_named_by_their_numbers(
    desk: TestDesk, lists: Any
) -> None:
    from safelight.casework.linking.decisions import decide, judgements

    a, b, c = ((one.source_list, one.stat_id) for one in lists[:3])
    decide(a, b, same=True)
    decide(b, c, same=True)
    assert "contradict" not in linked(desk)
    decide(a, c, same=False)
    page = linked(desk)
    assert "These judgements contradict each other; take one of them back: 1, 2, 3" in page
    assert re.search(r"3\. different", page)
    desk.client.post("/linking/take-back", {"judgement": judgements()[1].name})
    assert "contradict" not in linked(desk)


def test_a_pair_of_no_run_is_not_judged(desk: TestDesk, lists: Any) -> None:
    linked(desk)
    forged = {"one": "OWN/" + "1" * 32, "other": "OWN/" + "2" * 32, "answer": "same"}
    desk.client.post("/linking/judge", forged)
    desk.client.post("/linking/judge", {"one": "x", "other": "", "answer": "same"})
    from safelight.casework.linking.decisions import judgements

    assert judgements() == []
    # The test can fail: a pair of this run is.
    real = hidden(desk.client.get("/linking/pair").text)
    desk.client.post("/linking/judge", {**real, "answer": "different"})
    assert len(judgements()) == 1


def test_a_random_sample_says_how_good_it_is(desk: TestDesk, lists: Any) -> None:
    linked(desk)
    desk.client.post("/linking/sample")
    from safelight.casework.linking.decisions import decide, latest_sample

    sample = latest_sample()
    assert sample is not None
    for one, other, stratum in sample.pairs:
        decide(one, other, same=stratum == "linked")
    page = desk.client.get("/linking/").text
    assert f"{len(sample.pairs)} / {len(sample.pairs)}" in page
    assert "of the links, right: <strong>100 %" in page
    assert "of the true links, found: <strong>100 %" in page


def test_a_lock_forgets_the_run(desk: TestDesk, lists: Any) -> None:
    from safelight.desk import linking_run

    linked(desk)
    assert linking_run.run.standing() is not None
    desk.client.post("/lock")
    assert linking_run.run.standing() is None


def test_an_accident_in_the_thread_is_said_without_what_it_held(desk: TestDesk) -> None:
    from safelight.desk import linking_run

    def work(tell: Any) -> Any:
        raise RuntimeError("secret")

    linking_run.run.begin(work)
    for _ in range(100):
        now = linking_run.run.standing()
        if now is not None and not now.running:
            break
        time.sleep(0.02)
    page = desk.client.get("/linking/").text
    assert "RuntimeError" in page
    assert "secret" not in page
    linking_run.forget()
