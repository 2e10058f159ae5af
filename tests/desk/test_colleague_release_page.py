"""A colleague's release on the reviewer's desk: all of the document is shown, and decided on."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.casework.team.roles import Role
from tests.casework.team.real_team import Team, team_in
from tests.release.noisy import INCIDENT, ONE
from tests.release.tables import usual_draft


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """An analyst's desk and a reviewer's; the analyst has proposed a release and a limit."""
    with team_in(tmp_path) as made:
        made.given_roles((Role.ANALYST,), (Role.REVIEWER,), (Role.CASEWORKER,))
        from safelight.release import review
        from safelight.release.budget import Budget
        from safelight.release.ledger import propose_budget

        review.propose(usual_draft(), by="desk-1")
        propose_budget(Budget(INCIDENT, ONE))
        made.exchange(0)
        made.exchange(1)
        yield made


def client(team: Team, at: int, language: str = "en") -> Any:
    """A browser at desk number `at`."""
    from safelight.desk.launch import DeskConfig, Launch
    from tests.support.desk import _client

    team.sit(at)
    config = DeskConfig(data=team.seats[at].data, port=4711, language=language)
    launch = Launch(config, pause=lambda _: None)
    made = _client(launch)
    made.get(f"/open/{launch.token}")
    return made


def test_the_reviewer_sees_every_number_of_the_document_and_approves_by_key(team: Team) -> None:
    from safelight.release.second_person import of_colleagues

    browser = client(team, 1)
    (found,) = of_colleagues()
    index = browser.get("/numbers/").text
    address = f"/numbers/colleagues/{found.proposal_id}/"
    assert address in index
    page = html.unescape(browser.get(address).text)
    document = json.loads(found.document)
    for table in document["lists"][0]["tables"]:
        cells = [cell for row in table["cells"] for cell in row]
        numbers = [*cells, *table["row_totals"], *table["column_totals"]]
        for number in numbers:
            assert f'<td class="number">{"hidden" if number is None else number}</td>' in page
    assert document["lists"][0]["coverage"]["en"] in page.replace("<p>P", "<p>p")
    assert document["revisions"][0]["reason"]["en"] in page
    wrong = browser.post(f"{address}decide", {"answer": "approve", "document_sha256": "0" * 64})
    assert wrong.status_code == 400
    right = {"answer": "approve", "document_sha256": found.document_sha256}
    assert browser.post(f"{address}decide", right).status_code == 302
    assert "Approved with the key of" in browser.get(address).text
    assert browser.post(f"{address}decide", right).status_code == 400
    team.exchange(1)
    team.exchange(0)
    first = client(team, 0)
    mine = f"/numbers/{found.proposal_id}/"
    assert f"{mine}publish" in first.get(mine).text
    assert first.post(f"{mine}approve", {"reviewer": "x", "passphrase": "y"}).status_code == 400


@pytest.mark.parametrize("verdict", ["estimate", "refused"])
def test_the_reviewer_sees_what_an_estimate_says_beside_its_verdict(
    team: Team, verdict: str
) -> None:
    from dataclasses import replace

    from safelight.desk.releases.colleague_pages import _shown
    from safelight.release import review
    from tests.release.estimates import estimate
    from tests.release.tables import usual_list

    part = estimate(verdict)
    lists = [
        replace(usual_list(), statement=replace(usual_list().statement, list_id=one))
        for one in part.measured.lists
    ]
    draft = replace(usual_draft(*lists), undercount=part)
    shown = _shown(review.document_of(draft))
    facts = dict(shown["estimate_facts"])
    documented = f"{part.documented.value:,} ({part.documented.low:,}–{part.documented.high:,})"
    assert facts["on at least one list"] == documented
    assert "2 plausible ways to link" in facts["Linkage"]
    assert "ε = 1" in facts["Disclosure rule"]
    assert (shown["estimate"] == "No number can be given") == (verdict == "refused")


def test_the_ledger_asks_the_other_desk_in_both_languages(team: Team) -> None:
    from safelight.release.ledger import read_ledger

    waits = client(team, 0, "ru")
    shown = waits.get("/numbers/ledger").text
    assert "Ждёт второго рабочего места" in shown
    assert "ledger/agree" not in shown
    assert waits.post("/numbers/ledger/agree", {"desk": "desk-1", "seq": "x"}).status_code == 400
    other = client(team, 1)
    form = other.get("/numbers/ledger").text
    seq = form.split('name="seq" value="')[1].split('"')[0]
    assert other.post("/numbers/ledger/agree", {"desk": "desk-1", "seq": "1"}).status_code == 400
    assert read_ledger().budget is None
    assert other.post("/numbers/ledger/agree", {"desk": "desk-1", "seq": seq}).status_code == 302
    assert read_ledger().budget is not None


@pytest.mark.parametrize("document", [b"[]", b"[" * 5000, b"\xff", b'{"format": []}', b"{}"])
def test_a_document_that_is_none_is_refused_in_words(team: Team, document: bytes) -> None:
    import hashlib

    from django.db import transaction

    from safelight.journal import chain
    from safelight.release.second_person import share_document

    team.sit(0)
    subject = hashlib.sha256(document).hexdigest()[:16]
    body = {"document_sha256": hashlib.sha256(document).hexdigest()}
    with transaction.atomic():
        chain.append("release.proposed", body, subject=subject)
        share_document(subject, document)
        chain.append("release.audited", {**body, "passed": True}, subject=subject)
    team.exchange(0)
    team.exchange(1)
    answer = client(team, 1).get(f"/numbers/colleagues/{subject}/")
    assert answer.status_code == 400
    assert "document" in answer.text
    assert "Approve with this desk" not in answer.text


def test_a_limit_is_agreed_to_by_its_measure_and_unit_too(team: Team, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from safelight.command_line import safelight
    from safelight.release.budget import Budget
    from safelight.release.counts import ReleaseError
    from safelight.release.ledger import propose_budget, read_ledger
    from safelight.release.noise.privacy_loss import PrivacyLoss
    from tests.support.desk import PASSPHRASE

    team.sit(0)
    propose_budget(Budget(INCIDENT, PrivacyLoss.parse("zcdp", "1")))
    team.exchange(0)
    team.exchange(1)
    (tmp_path / "words").write_text(PASSPHRASE, encoding="utf-8")

    def agree(measure: str, unit: str) -> Any:
        said = ("--limit", "1", "--measure", measure, "--unit", unit, "--contributions", "1")
        where = ("--data", str(team.seats[1].data), "--passphrase-file", str(tmp_path / "words"))
        done = CliRunner().invoke(safelight, ["release", "agree-budget", *said, *where])
        team.sit(1)
        return done

    for measure, unit in (("pure", "incident"), ("zcdp", "person")):
        assert isinstance(agree(measure, unit).exception, ReleaseError)
        assert read_ledger().budget is None
    agreed = agree("zcdp", "incident")
    assert agreed.exit_code == 0, agreed.exception
    assert read_ledger().budget is not None


def test_a_name_that_no_release_has_closes_nobody_s_page(team: Team) -> None:
    import hashlib

    from django.db import transaction

    from safelight.journal import chain
    from safelight.release.second_person import share_document

    team.sit(0)
    body = {"document_sha256": hashlib.sha256(b"{}").hexdigest()}
    with transaction.atomic():
        for subject in ("a/b", "A" * 16):
            chain.append("release.proposed", body, subject=subject)
            share_document(subject, b"{}")
            chain.append("release.audited", {**body, "passed": True}, subject=subject)
    team.exchange(0)
    team.exchange(1)
    answer = client(team, 1).get("/numbers/")
    assert answer.status_code == 200
    assert answer.text.count("/numbers/colleagues/") == 1


def test_a_release_of_nobody_is_no_page(team: Team) -> None:
    answer = client(team, 1).get(f"/numbers/colleagues/{'0' * 16}/")
    assert answer.status_code == 400
    assert "Exchange with colleagues first" in answer.text
