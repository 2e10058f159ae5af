"""From codes that somebody accepted on the campaign page to a published table, and no further."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.campaigns.notices.cases import a_draft, today
from tests.desk.test_numbers import document, published
from tests.support.desk import TestDesk, a_report, codes, desk_in

PLATFORMS = ("TELEGRAM",) * 6 + ("VK",) * 5 + ("PAPER",)
FIELDS = {"exposed": ["WORKPLACE", "NAME"], "takedown": ["REMOVED"]}
OTHERS = 6


def smeared(desk: TestDesk, platforms: tuple[str, ...] = PLATFORMS) -> list[str]:
    """Cases of smear campaigns, coded and with the module accepted on their page."""
    from safelight.casework.coding import code_case

    found = desk.take_in(*[a_report(mailbox=f"{n:032x}") for n in range(len(platforms))])
    for case_id, platform in zip(found, platforms, strict=True):
        code_case(case_id, codes(acts=("SMR",), occurred_period="2026-H1"))
        action = "TALK" if platform == "VK" else "DISMISSED"
        accept(desk, case_id, platform=[platform], employer_action=[action])
    return list(found)


def accept(desk: TestDesk, case_id: str, **given: list[str]) -> None:
    desk.client.get(f"/cases/{case_id}/campaign")
    answer = desk.client.post(f"/cases/{case_id}/campaign/codes", FIELDS | given)
    assert answer.status_code == 302, answer.text


def told_of(desk: TestDesk, case_id: str, outcome: str, template: str = "hoster-dsa-16") -> None:
    """A notice of a case that was sent, and what came of it."""
    from safelight.campaigns.notices import recording

    entry = recording.keep_notice(case_id, a_draft(template))
    agreed = {"agreed": "SPOKEN", "agreed_in": "on the telephone"}
    recording.note_sent(case_id, entry, on=today(), channel="FORM", language="ru", **agreed)
    if outcome:
        recording.note_outcome(case_id, entry, outcome, on=today(), words="", language="ru")
    if outcome == "REMOVED" and template == "image-152-1":
        recording.note_outcome(case_id, entry, "REPOSTED", on=today(), words="", language="ru")


def shown(counts: dict[str, int | None]) -> dict[str, int]:
    return {code: count for code, count in counts.items() if count is not None}


def table(release: Any, rows: str) -> dict[str, int | None]:
    (part,) = release["lists"]
    (found,) = [one for one in part["tables"] if one["rows"]["name"] == rows]
    names = [heading["code"] for heading in found["rows"]["headings"]]
    assert found["row_totals"] == [cell for (cell,) in found["cells"]]
    return dict(zip(names, found["row_totals"], strict=True))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A desk with twelve campaigns and six other cases that published all there is about them."""
    with desk_in(tmp_path_factory.mktemp("campaigns") / "desk") as desk:
        from safelight.casework.coding import code_case

        cases = smeared(desk)
        others = desk.take_in(*[a_report(mailbox=f"{n:032x}") for n in range(100, 100 + OTHERS)])
        for case_id in others:
            code_case(case_id, codes(acts=("THR",), occurred_period="2026-H1"))
        for number, case_id in enumerate(cases):
            told_of(desk, case_id, "REMOVED" if number < 7 else "REFUSED")
        told_of(desk, cases[0], "REFUSED")  # a second of one kind: the case stays one case
        told_of(desk, cases[1], "", template="employer-letter")
        folder = published(desk, about=["smear", "notices"])
        pages = {path.name: path.read_text("utf-8") for path in folder.glob("ru/*.html")}
        return {
            "document": document(folder),
            "pages": pages,
            "csv": (folder / "data" / "numbers.csv").read_text("utf-8"),
        }


def test_codes_accepted_on_the_campaign_page_reach_a_published_table(
    release: dict[str, Any],
) -> None:
    found = shown(table(release["document"], "smear_employer_action"))
    counted = {"NO_SMEAR": OTHERS, "WORK_LOST": 7, "PENALTY": 5}
    assert found.items() <= counted.items()
    assert len(found) == 2, "one of the three covers the zeros that merely happened"
    page = release["pages"]["own-smear-employer-action-by-period.html"]
    assert "потеряли работу" in page
    assert all(f">{count}<" in page for count in found.values())


def test_a_rare_combination_is_hidden_and_what_would_give_it_away(release: dict[str, Any]) -> None:
    found = table(release["document"], "smear_platform")
    assert found["PRESS_AND_POST"] is None, "one campaign on paper is one person"
    assert shown(found).items() <= {"NO_SMEAR": OTHERS, "MESSENGERS": 6, "SOCIAL": 5}.items()
    assert len(shown(found)) > 1, "what is not rare stays, as far as it can"
    hidden = [code for code, count in found.items() if count is None]
    assert len(hidden) > 1, "alone it would be the total less the others"
    assert all(count is None or count >= 5 for count in found.values())


def test_those_without_a_campaign_are_one_number_in_all_tables(release: dict[str, Any]) -> None:
    named = ("smear_platform", "smear_exposed", "smear_employer_action", "smear_takedown")
    assert {table(release["document"], name)["NO_SMEAR"] for name in named} in (
        {OTHERS},
        {None},
    )


def test_what_came_of_notices_counts_each_case_once_and_hides_the_rare(
    release: dict[str, Any],
) -> None:
    found = shown(table(release["document"], "notices_hoster"))
    # The second one, refused, makes no second case.
    assert found.items() <= {"GRANTED": 7, "REFUSED": 5, "NOT_SENT": OTHERS}.items()
    assert len(found) == 2
    assert table(release["document"], "notices_employer")["WAITING"] is None
    assert "стоит в таблице один раз" in release["pages"]["own-notices-hoster-by-period.html"]


def test_every_number_of_these_tables_stands_once_in_the_numbers(release: dict[str, Any]) -> None:
    lines = [line for line in release["csv"].splitlines() if "smear_employer_action=" in line]
    assert len(lines) == len(table(release["document"], "smear_employer_action"))
    assert not [line for line in lines if "period=" in line]


def test_nothing_of_campaigns_goes_out_that_nobody_chose(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk import numbers
    from safelight.release.counts import ReleaseError
    from safelight.release.document import release_document

    smeared(desk, ("VK",) * 6)
    plain = json.loads(release_document(numbers.draft_of_this_desk()))
    chosen = json.loads(release_document(numbers.draft_of_this_desk(about=["smear"])))
    assert "smear_" not in json.dumps(plain["lists"])
    assert "smear_" in json.dumps(chosen["lists"])
    with pytest.raises(ReleaseError, match="choices of the page"):
        numbers.draft_of_this_desk(about=["everything"])

    found = numbers.release_rows

    def without_ours(*given: Any, **more: Any) -> Any:
        return replace(found(*given, **more), left_out={"own": "no cover"})

    monkeypatch.setattr(numbers, "release_rows", without_ours)
    numbers.draft_of_this_desk()
    with pytest.raises(ReleaseError, match="your own list cannot go out: no cover"):
        numbers.draft_of_this_desk(about=["smear"])


# --- the row -----------------------------------------------------------------


def row_of(case_id: str) -> Any:
    from safelight.casework.coding import coded_row
    from safelight.casework.models import Case

    return coded_row(Case.objects.get(case_id=case_id))


def test_a_row_has_the_codes_in_whatever_order_they_were_given(desk: TestDesk) -> None:
    from safelight.casework.coding import code_case
    from safelight.casework.projecting import rebuild

    (case_id,) = desk.take_in(a_report())
    accept(desk, case_id, platform=["VK", "TELEGRAM"], accusation=["SICK"])
    assert row_of(case_id) is None, "nothing is counted before the case is coded"
    code_case(case_id, codes(acts=("THR",)))
    assert row_of(case_id).smear_platform == (), "the act that is coded is no campaign"
    code_case(case_id, codes(acts=("SMR",)))
    row = row_of(case_id)
    assert (row.smear_platform, row.smear_takedown) == (("VK", "TELEGRAM"), "REMOVED")
    assert "SICK" not in row.to_mapping().values(), "no table needs what the attackers say"
    accept(desk, case_id, platform=["OK"], takedown=[], employer_action=[])
    assert row_of(case_id).smear_platform == ("OK",)
    assert row_of(case_id).smear_takedown is None
    rebuild()
    assert row_of(case_id).smear_platform == ("OK",)


def test_codes_accepted_by_mistake_are_taken_back_out_of_the_row(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.casework.projecting import rebuild

    (case_id,) = smeared(desk, ("VK",))
    address = f"/cases/{case_id}/campaign"
    assert "With nothing chosen" in desk.client.get(address).text
    assert row_of(case_id).smear_platform == ("VK",)
    assert desk.client.post(f"{address}/codes", {}).status_code == 302
    row = row_of(case_id).to_mapping()
    assert not [name for name in row if name.startswith("smear_") and row[name]]
    assert standing(case_id)[2].coded is None, "the page proposes again"
    rebuild()
    assert row_of(case_id).to_mapping() == row
    assert desk.client.post(f"{address}/codes", {}).status_code == 422, "nothing is left to take"


def test_a_row_of_the_first_version_stays_readable_and_gets_what_was_accepted(
    desk: TestDesk,
) -> None:
    from safelight.casework.models import StatisticalRow
    from safelight.casework.projecting import catch_up
    from safelight.casework.rows import stat_rows

    (case_id,) = smeared(desk, ("VK",))
    stored = StatisticalRow.objects.get()
    new = {"smear_platform", "smear_exposed", "smear_employer_action", "smear_takedown"}
    stored.codes = {k: v for k, v in stored.codes.items() if k not in new}
    stored.codes["schema_version"] = "1.0"
    stored.save()
    (row,) = stat_rows()
    assert (row.schema_version, row.smear_platform) == ("1.1", ()), "read, and nothing made up"
    assert catch_up() == 1
    assert row_of(case_id).smear_platform == ("VK",)
    assert catch_up() == 0


def test_an_entry_of_the_first_version_is_coded_as_it_was(desk: TestDesk) -> None:
    from safelight.casework.cases import decide
    from safelight.vocabulary.stat_row import new_random128

    (case_id,) = smeared(desk, ("VK",))
    old = {k: v for k, v in row_of(case_id).to_mapping().items() if not k.startswith("smear_")}
    del old["stat_id"]
    content = {"row": new_random128(), "codes": old | {"schema_version": "1.0", "setting": "WORK"}}
    decide(case_id, "case.coded", content)
    row = row_of(case_id)
    assert (row.setting, row.smear_platform, row.schema_version) == ("WORK", ("VK",), "1.1")


def test_a_row_that_a_partner_gets_says_nothing_of_the_campaign(desk: TestDesk) -> None:
    from safelight.partners.exchange.desk_exchange import _for_partner

    (case_id,) = smeared(desk, ("VK",))
    theirs = _for_partner(row_of(case_id), b"s" * 32).to_mapping()
    assert theirs["acts"] == "SMR"
    assert [name for name in theirs if name.startswith("smear_") and theirs[name]] == []
