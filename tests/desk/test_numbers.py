"""From coded cases to a signed publication, by the pages alone."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, codes, desk_in

REVIEWER = {"name": "second-eyes", "passphrase": "a few words in a row"}
ACTS = (("THR",), ("EXT", "FDT"), ("ASS",))


def coded(desk: TestDesk, count: int) -> None:
    from safelight.casework.coding import code_case

    for number, case_id in enumerate(desk.take_in(*[a_report() for _ in range(count)])):
        half = ("2025-H2", "2026-H1")[number % 2]
        code_case(case_id, codes(occurred_period=half, acts=ACTS[number // 2 % 3], region="77"))


def published(desk: TestDesk, **chosen: Any) -> Path:
    """Propose, approve as a second person, publish; return the folder."""
    from safelight.desk.numbers import publications

    proposal = desk.client.post("/numbers/propose", chosen)["Location"]
    desk.client.post("/numbers/reviewers", REVIEWER)
    html = desk.client.get(proposal).text
    digest = re.findall(r'name="document_sha256" value="([0-9a-f]{64})"', html)[0]
    approval = {"reviewer": REVIEWER["name"], "passphrase": REVIEWER["passphrase"]}
    desk.client.post(f"{proposal}approve", approval | {"document_sha256": digest})
    assert desk.client.post(f"{proposal}publish").status_code == 302
    folder = publications()[-1]
    assert str(folder) in desk.client.get(proposal).text  # whoever published must find it
    return folder


def document(folder: Path) -> Any:
    return json.loads((folder / "data" / "release.json").read_bytes())


@pytest.fixture(scope="module")
def two_publications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A demo's desk that published twice; what the tests below look at."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from safelight.sealing.signed_folder import read_manifest, verify_folder

    with desk_in(tmp_path_factory.mktemp("numbers") / "desk", guided=True) as desk:
        from safelight.desk.simulated import note_simulated
        from safelight.journal.verifying import verify

        note_simulated()
        note_simulated()
        coded(desk, 24)
        first = published(desk)
        second = published(desk)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(desk.verify_key))
        return {
            "first": document(first),
            "second": document(second),
            "verified": [
                verify_folder(f, key=key, last_seen=None).version for f in (first, second)
            ],
            "previous": read_manifest(second, key=key).previous,
            "first_digest": read_manifest(first, key=key).digest,
            "guide": desk.client.get("/guide").text,
            "journal": desk.client.get("/journal/").text,
            "entries": verify().entries,
            "file": str(second / "index.html"),
        }


def test_a_publication_verifies_with_the_desks_own_key(two_publications: dict[str, Any]) -> None:
    assert two_publications["verified"] == [1, 2]


def test_the_next_publication_names_the_one_before(two_publications: dict[str, Any]) -> None:
    assert two_publications["previous"] == two_publications["first_digest"]
    assert [r["number"] for r in two_publications["second"]["revisions"]] == [1, 2]


def test_a_demos_numbers_say_that_they_are_invented(two_publications: dict[str, Any]) -> None:
    assert two_publications["first"]["simulated"] is True


def test_the_guide_and_the_journal_see_what_was_done(two_publications: dict[str, Any]) -> None:
    assert two_publications["guide"].count('class="done"') == 4
    assert two_publications["file"] in two_publications["guide"]
    assert two_publications["journal"].count("a release was published") == 2
    assert two_publications["journal"].count("invented: it ran as a demo") == 1


def test_a_real_desks_numbers_do_not_say_so(desk: TestDesk) -> None:
    from safelight.desk.numbers import draft_of_this_desk

    coded(desk, 12)
    assert draft_of_this_desk().simulated is False


def test_once_a_demo_always_a_demo(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.support.desk import PASSPHRASE

    with desk_in(tmp_path / "desk", guided=True) as desk:
        from safelight.desk.simulated import is_simulated
        from safelight.desk.unlocking import lock, unlock_for

        lock()
        plain = type(desk.launch)(replace(desk.launch.config, guided=False))
        unlock_for(plain, PASSPHRASE)
        assert not is_simulated()
        lock()
        unlock_for(desk.launch, PASSPHRASE)
        assert is_simulated()
        lock()
        unlock_for(plain, PASSPHRASE)
        assert is_simulated()


def test_nothing_coded_is_said_in_words(desk: TestDesk) -> None:
    answer = desk.client.post("/numbers/propose")
    assert answer.status_code == 400
    assert "nothing can be counted yet" in answer.text


def test_too_few_cases_are_refused_with_the_reason(desk: TestDesk) -> None:
    coded(desk, 3)
    answer = desk.client.post("/numbers/propose")
    assert answer.status_code == 400
    assert "cannot go out" in answer.text
    from safelight.desk.numbers import publications

    assert publications() == []


def _imported(list_id: str, source: str) -> None:
    from datetime import date

    from safelight.partners.models import ImportedList, ListedIncident
    from safelight.vocabulary.stat_row import StatRow, new_random128

    words = {"en": "in words", "ru": "словами"}
    imported = ImportedList.objects.create(
        list_id=list_id, profile="own-csv", profile_version="1", profile_sha256="0" * 64,
        profile_text="", file_sha256=list_id * 4, imported_on=date(2026, 1, 1),
        row_unit="incident", counted_unit="incident", rows_in_file=1, incidents=1,
        with_bias_ground=1, rows_of_ours=1, provenance={"title": words, "coverage": words},
    )  # fmt: skip
    fields: dict[str, Any] = codes() | {"source_list": source, "received_period": "2026-Q1"}
    for ground in (("GAY",), ()):
        row = StatRow(stat_id=new_random128(), **(fields | {"bias_ground": ground}))
        ListedIncident.objects.create(
            imported=imported, source_key=f"{list_id}{ground}", first_row=1,
            has_bias_ground=bool(ground), stat_id=row.stat_id, codes=row.to_mapping(),
        )  # fmt: skip


def test_two_lists_of_one_kind_are_never_added(desk: TestDesk) -> None:
    from safelight.desk.numbers import draft_of_this_desk
    from safelight.partners.models import ImportedList
    from safelight.release.counts import ReleaseError

    coded(desk, 12)
    _imported("a" * 16, "HELPLINE")
    _imported("b" * 16, "HELPLINE")
    with pytest.raises(ReleaseError, match="lists are never added"):
        draft_of_this_desk()
    ImportedList.objects.filter(list_id="b" * 16).update(forgotten_on="2026-02-01")
    assert [part.statement.list_id for part in draft_of_this_desk().lists] == ["own"]


def test_of_an_outside_list_only_what_has_a_ground_of_bias_is_counted(desk: TestDesk) -> None:
    from safelight.desk.numbers import _imported_by_source, _rows_from_outside

    _imported("a" * 16, "HELPLINE")
    assert [row.bias_ground for row in _rows_from_outside(_imported_by_source())] == [("GAY",)]


def test_a_power_cut_after_the_site_was_written_publishes_it_once(
    desk: TestDesk,
) -> None:
    from django.db import transaction

    from safelight.desk.numbers import publications, publish_document
    from safelight.release import review
    from safelight.release.models import Proposal

    coded(desk, 12)

    class PowerCutError(Exception):
        pass

    def cut(document: bytes) -> None:
        publish_document(document)
        raise PowerCutError

    proposal = desk.client.post("/numbers/propose")["Location"]
    desk.client.post("/numbers/reviewers", REVIEWER)
    proposal_id = proposal.strip("/").split("/")[-1]
    digest = Proposal.objects.get().document_sha256
    approval = {"reviewer": REVIEWER["name"], "passphrase": REVIEWER["passphrase"]}
    review.approve(proposal_id, **approval, document_sha256=digest)
    with pytest.raises(PowerCutError), transaction.atomic():
        review.publish(proposal_id, by="desk-1", hand_over=cut)
    assert Proposal.objects.get().state == "approved"
    (written,) = publications()
    review.publish(proposal_id, by="desk-1", hand_over=publish_document)
    assert publications() == [written]
    assert Proposal.objects.get().state == "published"


def test_what_may_be_counted_with_noise_has_the_furthest_stage_of_own_cases(
    desk: TestDesk,
) -> None:
    from safelight.desk.numbers import countable_of_this_desk
    from safelight.release.noise.noisy_table import counts_of, declared_workload

    coded(desk, 5)
    (own,) = countable_of_this_desk().lists
    assert (own.list_id, len(own.rows)) == ("own", 5)
    assert own.furthest == dict.fromkeys((row.stat_id for row in own.rows), "F0_RECORDED")
    workload = declared_workload([("furthest", "year"), ("smear_harm", "year")], years=(2025, 2026))
    counts = counts_of(own, workload, as_of=date(2026, 11, 1), years=(2025, 2026))
    assert counts["furthest", "year"][0].sum() == 5
    assert counts[("verification",)].sum() == 5
