"""The numbers pages of the desk, in both languages."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.release.tables import usual_draft, usual_list
from tests.support.desk import TestDesk
from tests.support.message_catalogues import (
    brought_up_to_date,
    catalogue,
    catalogue_file,
    compiled,
)

PACKAGE = Path(__file__).resolve().parents[2] / "safelight" / "release"
WORDS = "four words in a row"


def _proposed() -> str:
    from safelight.release import review

    return str(review.propose(usual_draft(usual_list(), simulated=True), by="desk-1").proposal_id)


def test_a_release_is_shown_as_it_would_be_published_and_says_why_cells_are_hidden(
    desk: TestDesk,
) -> None:
    page = desk.client.get(f"/numbers/{_proposed()}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "hidden: small" in text
    assert "hidden: protects another" in text
    assert re.search(r'<span class="id">0–\d+</span>', text)
    assert "<svg" in text
    assert "Simulated country" in text


def test_a_hidden_count_is_not_on_the_page(desk: TestDesk) -> None:
    part = usual_list(((41, 38, 52), (30, 33, 39), (17, 21, 3)))
    from safelight.release import review

    proposal = review.propose(usual_draft(part), by="desk-1")
    text = desk.client.get(f"/numbers/{proposal.proposal_id}/").content.decode()
    assert ">41<" in text
    assert ">3<" not in text


def test_the_pages_speak_russian(desk: TestDesk) -> None:
    page = desk.client.get(f"/numbers/{_proposed()}/", HTTP_ACCEPT_LANGUAGE="ru").content.decode()
    assert "скрыто: мало" in page
    assert "насилие, лишение свободы, унижение" in page
    assert "Опубликовано чисел" in page


def test_approve_and_publish_by_the_buttons(desk: TestDesk) -> None:
    proposal_id = _proposed()
    page = f"/numbers/{proposal_id}/"
    assert f"{page}publish" not in desk.client.get(page).content.decode()
    assert desk.client.get(f"{page}release.json").status_code == 400
    desk.client.post("/numbers/reviewers", {"name": "second-eyes", "passphrase": WORDS})
    digest = re.findall(r'"document_sha256" value="([0-9a-f]{64})"', desk.client.get(page).text)[0]
    answer = {"reviewer": "second-eyes", "document_sha256": digest}
    refused = desk.client.post(f"{page}approve", {**answer, "passphrase": "not these words"})
    assert refused.status_code == 400
    assert "do not belong together" in refused.text
    assert 'name="passphrase"' in refused.text  # to try again where one is
    assert desk.client.post(f"{page}approve", {**answer, "passphrase": WORDS}).status_code == 302
    approved = desk.client.get(page).text
    assert f"{page}publish" in approved
    document = desk.client.get(f"{page}release.json")
    assert document.status_code == 200
    assert document.headers["Content-Disposition"].startswith("attachment")


def test_a_wrong_passphrase_is_refused_in_the_language_of_the_page(desk: TestDesk) -> None:
    page = f"/numbers/{_proposed()}/"
    digest = re.findall(r'"document_sha256" value="([0-9a-f]{64})"', desk.client.get(page).text)
    desk.client.post("/numbers/reviewers", {"name": "second-eyes", "passphrase": WORDS})
    answer = {"reviewer": "second-eyes", "passphrase": "not these words"}
    refused = desk.client.post(
        f"{page}approve", answer | {"document_sha256": digest}, HTTP_ACCEPT_LANGUAGE="ru"
    )
    assert "не подходят друг к другу" in refused.text
    assert "do not belong" not in refused.text


@pytest.mark.parametrize("path", ["/numbers/0000000000000000/", "/numbers/x/release.json"])
def test_a_release_that_is_not_there_is_refused_with_a_next_step(desk: TestDesk, path: str) -> None:
    refused = desk.client.get(path)
    assert refused.status_code == 400
    assert "go back to the list" in refused.text


@pytest.mark.parametrize("path", ["/numbers/propose", "/numbers/reviewers"])
def test_nothing_changes_by_following_a_link(desk: TestDesk, path: str) -> None:
    assert desk.client.get(path).status_code == 405


def test_the_russian_catalogue_is_complete_and_compiled() -> None:
    source = catalogue(PACKAGE)
    assert [m.id for m in source if m.id and not m.string] == []
    assert {m.id for m in source} == {m.id for m in brought_up_to_date(PACKAGE)}
    assert catalogue_file(PACKAGE).with_suffix(".mo").read_bytes() == compiled(source)


def test_the_migration_is_what_the_models_say(desk: TestDesk) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "release", check=True, dry_run=True, verbosity=0)


def test_a_second_exact_release_is_refused_with_a_way_that_works_from_there(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.release import review
    from tests.release import noisy
    from tests.release.tables import USUAL

    noisy.with_budget()
    noisy.published(review.propose(usual_draft(usual_list()), by="desk-1"))
    one_less = [list(row) for row in USUAL]
    one_less[0][0] -= 1
    refused = review.propose(
        replace(usual_draft(usual_list(one_less)), as_of=date(2025, 9, 1)), by="desk-1"
    )
    assert refused.state == "proposed"
    page = desk.client.get(f"/numbers/{refused.proposal_id}/").text
    assert "This release cannot be approved." in page
    assert "What you can do" in page
    assert "5 incidents or more, or none" in page
    desk.client.post("/language/ru", {"back": "/"})
    russian = desk.client.get(f"/numbers/{refused.proposal_id}/").text
    assert "Опубликуйте с шумом." in russian
    desk.client.post("/language/en", {"back": "/"})

    way = html.unescape(re.findall(r'class="go" href="(/numbers/noise[^"]*)"', page)[0])
    monkeypatch.setattr("safelight.desk.numbers.countable_of_this_desk", noisy.countable)
    form = desk.client.get(way).text
    first, last = re.findall(r'id="(?:from|to)" name="(?:from|to)" value="(\d+)"', form)
    assert (int(first), int(last)) == (usual_draft().years[0], usual_draft().years[-1])
    chosen = {"table": "act_group-year", "from": first, "to": last, "loss": "0.5"}
    answer = desk.client.post("/numbers/noise/propose", {**chosen, "measure": "pure", "share": "0"})
    assert answer.status_code == 302, answer.text
    assert "waits for a second person" in desk.client.get(answer.headers["Location"]).text
