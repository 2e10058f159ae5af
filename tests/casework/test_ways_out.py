"""Pages that a desk alone can do little on say why, and lead on."""

from __future__ import annotations

from tests.support.desk import TestDesk, a_report


def test_a_case_leads_to_opening_it_by_two_and_that_page_leads_on(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_report())
    desk.client.get(f"/cases/{case_id}/")
    assert f'href="/two-people/{case_id}/"' in desk.client.get(f"/cases/{case_id}/follow-up").text
    page = desk.client.get(f"/two-people/{case_id}/").text
    assert "This needs a second desk" in page
    assert f'href="/cases/{case_id}/"' in page
    assert '<a href="/team/">Team</a>' in page


def test_coding_twice_says_that_it_takes_two_desks(desk: TestDesk) -> None:
    assert "Only this desk is known here" in desk.client.get("/agreement/").text
