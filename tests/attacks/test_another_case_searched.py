"""Threat: another-case-searched: a forged form makes the search for copies open files of another
case, or a poisoned picture gets at the desk while it is compared.

A person may open one case and not the other; and what was captured is the attackers' own file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.case_campaign.test_campaign_of_a_case import (
    PASSAGE,
    act,
    captured,
    png,
    posting,
    searched,
)
from tests.campaigns.case_evidence.test_evidence_of_a_case import added, alarm
from tests.support.desk import TestDesk, desk
from tests.support.generated_photos import scene
from tests.support.hostile_files import huge_png
from tests.support.sandbox import needs_sandbox

__all__ = ["desk"]


@needs_sandbox
def test_files_of_another_case_are_no_seed_no_source_and_no_picture(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence import runs

    mine, other = desk.take_in(alarm(), alarm(story="Другая история."))
    photo = png(scene(1))
    theirs = added(desk, other, photo, "фото.png")
    source = captured(other, "https://one.example/1", text=PASSAGE, picture=photo)
    own = added(desk, mine, photo, "фото.png")

    assert act(desk, mine, "photo", {"seed": theirs.item}).status_code == 422
    assert act(desk, mine, "posting", posting(source)).status_code == 422
    assert act(desk, mine, "posting", posting(theirs.item)).status_code == 422
    assert desk.client.get(f"/cases/{mine}/campaign/seed/{theirs.item}").status_code == 404
    assert runs.runs_of(mine) == []

    assert searched(desk, mine, "photo", {"seed": own.item}).finds == ()
    assert searched(desk, mine, "text", {"passage": PASSAGE}).finds == ()
    [find] = searched(desk, other, "photo", {"seed": theirs.item}).finds
    assert (find.source, find.bits) == (source, 0)
    assert act(desk, mine, "judge", {"find": find.find, "verdict": "CONFIRMED"}).status_code == 422
    assert desk.client.get(f"/cases/{mine}/campaign/found/{find.find}").status_code == 404
    assert desk.client.get(f"/cases/{other}/campaign/found/{find.find}").status_code == 200
    assert standing(other)[2].finds[0].verdict == ""


@needs_sandbox
def test_a_poisoned_picture_is_opened_by_nothing_but_the_sandbox(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2
    from PIL import Image

    from safelight.campaigns.photos import opened_pictures

    [case_id] = desk.take_in(alarm())
    seed = added(desk, case_id, png(scene(1)), "фото.png")
    copy = captured(case_id, "https://one.example/1", picture=png(scene(1)))
    captured(case_id, "https://two.example/2", picture=huge_png(50_000))
    captured(case_id, "https://three.example/3", picture=b"\x89PNG\r\n\x1a\n" + b"\xff" * 5000)
    opened: list[Path] = []
    in_the_sandbox = opened_pictures.open_hostile

    def watched(file: Path, **asked: int) -> object:
        opened.append(file)
        return in_the_sandbox(file, **asked)

    def decoded_here(*_given: object, **_named: object) -> None:
        raise AssertionError("a stranger's bytes were decoded outside the sandbox")

    monkeypatch.setattr(opened_pictures, "open_hostile", watched)
    for decoder in ("imread", "imdecode", "VideoCapture"):
        monkeypatch.setattr(cv2, decoder, decoded_here)
    monkeypatch.setattr(Image, "open", decoded_here)
    now = searched(desk, case_id, "photo", {"seed": seed.item})
    [search] = now.searches
    assert [one.source for one in now.finds] == [copy]
    assert (search.looked_at, search.skipped) == (3, 2)
    assert len(opened) == 4
    assert not any(file.exists() for file in opened), "nothing is left in the clear"


def test_a_search_of_a_case_that_was_withdrawn_meanwhile_writes_nothing(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign import searching
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence import runs
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case

    [case_id, other] = desk.take_in(alarm(), alarm(story="Другая история."))
    captured(case_id, "https://one.example/1", text=PASSAGE)
    captured(other, "https://one.example/1", text=PASSAGE)
    withdrawn: list[str] = []

    def withdraw() -> None:
        destroy_case(case_id, why=WITHDRAWN, proof="")
        withdrawn.append(case_id)

    runs.begin(case_id, "test", "", withdraw)  # stands before the search in the queue
    searching.begin_text_search(case_id, PASSAGE)
    searching.begin_text_search(other, PASSAGE)
    assert runs.wait_until_idle(60)
    states = [(one.kind, one.state) for one in runs.runs_of(case_id)]
    assert withdrawn == [case_id]
    assert ("campaign", "refused") in states
    assert standing(case_id)[2].searches == ()
    assert len(standing(other)[2].searches) == 1
    assert searching.progress_of(case_id) is None


def test_the_campaign_of_a_case_for_two_people_does_not_open_to_one(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.campaigns.case_campaign import searching
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence import runs
    from safelight.casework.cases import CaseNotFoundError
    from safelight.journal.apart import MARKED
    from safelight.journal.chain import append
    from safelight.journal.content_keys import keys_of, set_apart
    from safelight.journal.held_open import close, hold_open

    [case_id] = desk.take_in(alarm())
    captured(case_id, "https://one.example/1", text=PASSAGE)
    assert len(searched(desk, case_id, "text", {"passage": PASSAGE}).finds) == 1
    keys = keys_of([case_id])
    with transaction.atomic():
        append(MARKED, {"first": ["desk-1"], "second": ["desk-2"]}, subject=case_id)
        set_apart([case_id])
    with pytest.raises(CaseNotFoundError):
        standing(case_id)
    assert "one.example" not in desk.client.get(f"/cases/{case_id}/campaign").text

    hold_open(case_id, keys, seconds=60)
    assert len(standing(case_id)[2].finds) == 1
    searching.begin_text_search(case_id, PASSAGE)
    assert runs.wait_until_idle(60)
    searches = len(standing(case_id)[2].searches)
    close(case_id)
    with pytest.raises(CaseNotFoundError):
        standing(case_id)
    assert searches == 2
