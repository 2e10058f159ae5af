"""All incidents on the desk, and a release with an estimate: shown, refused, paid once."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.demo.list_rows import csv_bytes
from safelight.demo.simulation import simulate
from tests.release.noisy import with_budget
from tests.support.desk import PASSPHRASE, TestDesk

LISTS = {"list": ["helpline", "media"]}
YEARS = {"from": "2023", "to": "2025", "linkages": "2"}
ESTIMATE = {**LISTS, **YEARS, "estimate_loss": "1/2", "kind": "noise", "table": "act_group-year"}
NOISE = {"loss": "1/10", "measure": "pure", "share": "0"}


@pytest.fixture
def lists(desk: TestDesk, tmp_path: Path) -> Iterator[TestDesk]:
    """A desk with the simulated organisations' lists, and nothing of a run left afterwards."""
    from safelight.demo.desk_work import import_lists
    from safelight.desk import long_run

    files = []
    for kept in simulate(3, "tiny").lists:
        file = tmp_path / f"{kept.organisation}.csv"
        file.write_bytes(csv_bytes(kept))
        files.append(file)
    import_lists(files, today=date(2026, 7, 1))
    yield desk
    long_run.forget_all()


def ended(desk: TestDesk, address: str) -> str:
    for _ in range(900):
        page: str = desk.client.get(address).text
        if "<progress" not in page:
            return html.unescape(page)
        time.sleep(0.1)
    raise AssertionError("the run did not end")


def spent() -> list[tuple[str, str]]:
    from safelight.release.ledger import read_ledger

    return [(one.proposal_id.split("-")[0], str(one.loss)) for one in read_ledger().spends]


def test_a_refusal_is_shown_as_the_answer_and_not_as_a_fault(lists: TestDesk) -> None:
    from safelight.desk import long_run

    empty = lists.client.get("/numbers/all-incidents").text
    assert "Link and estimate" in empty
    asked = lists.client.post("/numbers/all-incidents/look", {**LISTS, **YEARS})
    assert asked.status_code == 302
    page = ended(lists, "/numbers/all-incidents")
    assert "No number: this is the answer" in page
    assert "Too few incidents stand on more than one list to compute from." in page
    assert "A refusal is a finding, not a fault." in page
    assert "no kind of incident was out of reach" in page.lower()
    assert 'role="alert"' not in page
    lists.client.post("/language/ru", {"back": "/"})
    assert "Числа нет: таков ответ" in lists.client.get("/numbers/all-incidents").text
    lists.client.post("/lock")
    from safelight.desk.undercount.run import run

    assert run.standing() is None
    long_run.forget_all()


def test_families_and_lists_left_out_stand_on_one_scale(
    lists: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.undercount import pages as undercount_pages
    from safelight.desk.undercount.lists_together import ListsChoice
    from safelight.desk.undercount.run import Looked
    from safelight.undercount.answer import Options
    from safelight.undercount.combine import combine_linkages
    from safelight.undercount.overlap import Overlap
    from safelight.undercount.verdict import judge

    counts = np.array([0, 845, 1131, 177, 306, 181, 217, 228, 936, 106, 123, 19, 42, 31, 32, 18])
    answer = judge(
        Overlap(("A", "B", "C", "D"), counts),
        Options(seed=1, vary_delta=False),
        families=("independence", "loglinear", "chao"),
    )
    looked = Looked(
        ListsChoice(("a", "b", "c", "d"), (2024,), 2),
        ("a", "b", "c", "d"),
        6000,
        answer.observed,
        0,
        combine_linkages([answer, answer], level=0.95),
    )
    monkeypatch.setattr(undercount_pages, "look", lambda choice, tell: looked)
    lists.client.post("/numbers/all-incidents/look", {**LISTS, **YEARS})
    page = ended(lists, "/numbers/all-incidents")
    assert answer.verdict == "lower-bound"
    assert re.search(r"At least [\d,]+ incidents, recorded and not", page)
    for told in ("Independent lists", "Pairs of lists, chosen", "Lower bound (Chao)", "Without a"):
        assert told in page
    # One line for the verdict, the documented number, each family and each list left out.
    assert page.count('<path class="mark"') == 2 + 3 + 4
    assert "<script" not in page
    marks = [int(x) for x in re.findall(r'class="mark" d="M(\d+) ', page)]
    assert all(0 < x < 200 for x in marks)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"list": ["helpline"]}, "choose 2 to 5 lists"),
        ({"list": ["helpline", "../x"]}, "choose 2 to 5 lists"),
        ({"linkages": "1"}, "choose 2 to 10 plausible ways"),
        ({"linkages": "9" * 50}, "choose 2 to 10 plausible ways"),
        ({"from": "2025", "to": "2023"}, "the years run from the earlier"),
        ({"from": "٢٠٢٣"}, "the years run from the earlier"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_its_field(
    lists: TestDesk, change: dict[str, Any], told: str
) -> None:
    answer = lists.client.post("/numbers/all-incidents/look", {**LISTS, **YEARS, **change})
    assert answer.status_code == 422
    assert told in answer.text.lower()


def test_the_cost_stands_there_before_anything_is_spent_and_then_is_spent_once(
    lists: TestDesk,
) -> None:
    from safelight.release.models import Proposal

    with_budget("2")
    shown = lists.client.get("/numbers/estimate", {**ESTIMATE, **NOISE}).text
    assert "What it would cost" in shown
    cells = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="number">([^<]+)</td>', shown))
    tables = "The tables cost, with 3 lists"
    assert (cells["The overlap of lists costs"], cells[tables]) == ("0.5", "0.3")
    assert cells["Left afterwards"] == "1.2"
    assert cells["Patterns of lists, counted in each way to link"] == "3 × 2"
    assert spent() == []
    posted = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown)
    form: dict[str, list[str]] = {}
    for name, value in posted:
        form.setdefault(name, []).append(value)
    assert lists.client.post("/numbers/estimate/propose", form).status_code == 302
    page = ended(lists, "/numbers/estimate")
    assert "Proposed and audited:" in page, page
    proposal = Proposal.objects.get()
    assert proposal.state == "audited"
    assert sorted(spent()) == sorted([("overlap", "ε = 0.5"), (proposal.proposal_id, "ε = 0.1")])
    release = lists.client.get(f"/numbers/{proposal.proposal_id}/").text
    assert "All incidents, recorded or not" in release
    assert "plausible ways to link: 2" in release
    ledger = lists.client.get("/numbers/ledger").text
    assert "an overlap of lists, for an estimate" in ledger
    # What the program says of it in the journal holds no count.
    from safelight.journal.chain import entries

    kinds = [one.kind for one in entries() if one.kind.startswith("release.")]
    assert kinds[-4:] == [
        *("release.budget-spent", "release.budget-spent"),
        *("release.proposed", "release.audited"),
    ]


def test_a_loss_that_is_none_is_refused_in_the_reader_s_language(lists: TestDesk) -> None:
    lists.client.post("/language/ru", {"back": "/"})
    for loss in ("x", "0", "7", "1e-400", "0,5"):
        for page, chosen in (
            ("/numbers/estimate", {"estimate_loss": loss}),
            ("/numbers/noise", {"loss": loss}),
        ):
            asked = lists.client.get(page, {**ESTIMATE, **NOISE, **chosen})
            assert "Потеря приватности — это число" in asked.text, (page, loss)


def test_nothing_is_spent_on_what_can_be_refused_before(lists: TestDesk) -> None:
    no_budget = lists.client.post("/numbers/estimate/propose", {**ESTIMATE, **NOISE})
    assert no_budget.status_code == 400
    assert "No privacy budget is set" in no_budget.text
    with_budget("0.7")
    too_much = lists.client.post("/numbers/estimate/propose", {**ESTIMATE, **NOISE})
    assert too_much.status_code == 400
    assert "Too little is left" in too_much.text
    with_budget("2")
    exact = {**ESTIMATE, "kind": "exact"}
    lists.client.post("/numbers/estimate/propose", exact)
    assert "exact tables of this desk are of" in ended(lists, "/numbers/estimate").lower()
    unknown = {**ESTIMATE, **NOISE, "corrects": "0" * 16, "reason": "late-reports"}
    lists.client.post("/numbers/estimate/propose", unknown)
    assert "there is no such release on this desk" in ended(lists, "/numbers/estimate").lower()
    assert spent() == []


def test_exact_tables_that_the_audit_would_refuse_cost_nothing(
    lists: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.undercount import estimate_release
    from safelight.release.audit import AuditReport
    from safelight.release.completeness import Finding, Problem

    with_budget("2")
    first, last = re.findall(
        r"are of these years: (\d+)–(\d+)",
        re.sub(r"<[^>]*>", "", lists.client.get("/numbers/estimate").text),
    )[0]
    exact = {**ESTIMATE, "kind": "exact", "from": first, "to": last}
    made = estimate_release.draft_of_this_desk()  # takes seconds: once
    monkeypatch.setattr(estimate_release, "draft_of_this_desk", lambda: made)
    problem = Problem(Finding.CHANGE, "helpline", "a change of fewer than 5 can be read off")
    with monkeypatch.context() as patched:
        refusing = AuditReport((problem,), 0, 0, None)
        patched.setattr(estimate_release, "audit", lambda *_, **__: refusing)
        lists.client.post("/numbers/estimate/propose", exact)
        page = ended(lists, "/numbers/estimate")
    assert "Choose tables with noise" in page
    assert spent() == []
    # Set up to succeed: without the finding the same choice goes through.
    lists.client.post("/numbers/estimate/propose", exact)
    assert "Proposed and audited:" in ended(lists, "/numbers/estimate")
    assert spent() == [("overlap", "ε = 0.5")]


def test_a_lock_ends_what_has_not_been_spent_also_when_the_desk_is_opened_again(
    lists: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from safelight.desk.undercount import estimate_release
    from safelight.desk.unlocking import unlock

    with_budget("2")
    linking, opened, ended_run = threading.Event(), threading.Event(), threading.Event()
    measured: list[str] = []

    def linked(*_: Any, **__: Any) -> None:
        linking.set()
        assert opened.wait(60)

    def measure(*_: Any, **__: Any) -> None:
        measured.append("drawn")
        raise AssertionError("nothing may be drawn")

    propose = estimate_release.propose_with_estimate

    def work(*given: Any, **more: Any) -> Any:
        try:
            return propose(*given, **more)
        finally:
            ended_run.set()

    monkeypatch.setattr("safelight.desk.undercount.estimate_pages.propose_with_estimate", work)
    monkeypatch.setattr(estimate_release, "linked_together", linked)
    monkeypatch.setattr(estimate_release, "plausible_overlaps", lambda *_, **__: ())
    monkeypatch.setattr(estimate_release, "ids_in_order", lambda _: ())
    monkeypatch.setattr(estimate_release, "measure_overlap", measure)
    lists.client.post("/numbers/estimate/propose", {**ESTIMATE, **NOISE})
    assert linking.wait(60)
    lists.client.post("/lock")
    unlock(lists.data, PASSPHRASE)
    opened.set()
    assert ended_run.wait(60)
    assert (measured, spent()) == ([], [])


def test_what_is_taken_back_while_lists_are_linked_is_not_paid_for_nor_published(
    lists: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.undercount import estimate_release
    from safelight.partners.models import ListedIncident
    from safelight.release.models import Proposal

    with_budget("2")
    link = estimate_release.linked_together

    def linked(*given: Any, **more: Any) -> Any:
        found = link(*given, **more)
        ListedIncident.objects.filter(codes__isnull=False, has_bias_ground=True)[0].delete()
        return found

    monkeypatch.setattr(estimate_release, "linked_together", linked)
    lists.client.post("/numbers/estimate/propose", {**ESTIMATE, **NOISE})
    assert "taken back while the lists were linked" in ended(lists, "/numbers/estimate")
    assert spent() == []
    assert not Proposal.objects.exists()


def test_the_same_from_the_command_line(lists: TestDesk, tmp_path: Path) -> None:
    with_budget("2")
    (tmp_path / "own").write_text(PASSPHRASE, encoding="utf-8")
    where = ["--data", str(lists.data), "--passphrase-file", str(tmp_path / "own"), "--json"]
    asked = [
        *(word for one in LISTS["list"] for word in ("--list", one)),
        *("--from", "2023", "--to", "2025", "--linkages", "2"),
    ]
    loss = ["--estimate-loss", "1/2", "--method", "noise", "--table", "act_group-year"]
    loss += ["--measure", "pure", "--loss", "1/10"]

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(safelight, ["release", *arguments, *where])

    looked = run("undercount", *asked)
    assert looked.exit_code == 1
    assert json.loads(looked.stdout)["verdict"] == "refused"
    only = run("estimate", *asked, *loss, "--only-cost")
    assert json.loads(only.stdout) == {
        "overlap": "1/2",
        "tables": "3/10",
        "left": "2",
        "enough": True,
    }
    proposed = run("estimate", *asked, *loss)
    assert proposed.exit_code == 0, (proposed.output, proposed.exception)
    assert json.loads(proposed.stdout)["state"] == "audited"
    ledger = json.loads(run("ledger").stdout)
    assert len(ledger["spends"]) == 2
    wrong = run("estimate", "--list", "nobody", *asked[4:], *loss)
    assert wrong.exit_code == 2
