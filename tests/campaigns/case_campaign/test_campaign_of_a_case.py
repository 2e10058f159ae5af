"""A case's campaign on the desk: copies found and judged, postings, course, export, codes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import pytest

from tests.campaigns.case_evidence.test_evidence_of_a_case import added, alarm
from tests.support.desk import TestDesk
from tests.support.generated_photos import Pixels, scene
from tests.support.sandbox import needs_sandbox

PASSAGE = (
    "Смотрите, кто учит ваших детей в школе номер два: вот его фотография, адрес и место работы, "
    "пишите директору и требуйте увольнения этого учителя уже сегодня."
)
DISGUISED = PASSAGE.replace("а", "a").replace("школе", "шк0ле").upper()
WORKPLACE = "школа номер два"


def png(picture: Pixels) -> bytes:
    done, data = cv2.imencode(".png", picture)
    assert done
    return bytes(data.tobytes())


def captured(case_id: str, url: str, *, text: str = "", picture: bytes = b"") -> str:
    """Note a capture as the queue does when one ended; return its id."""
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture

    parts: list[tuple[str, str, str, Any]] = [
        ("wacz", "page.wacz", "application/wacz", io.BytesIO(b"a page " + url.encode()))
    ]
    if picture:
        parts.append(("screenshot", "screenshot.png", "image/png", io.BytesIO(picture)))
    if text:
        parts.append(("text", "text.txt", "text/plain", io.BytesIO(text.encode())))
    name = ask_capture(case_id, url)
    note_capture(case_id, name, state="COMPLETE", final_url=url, gaps=[], parts=parts)
    return name


def act(desk: TestDesk, case_id: str, action: str, given: Mapping[str, Any]) -> Any:
    return desk.client.post(f"/cases/{case_id}/campaign/{action}", given)


def searched(desk: TestDesk, case_id: str, action: str, given: Mapping[str, Any]) -> Any:
    """Search, wait for the end, return what the case knows of its campaign."""
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence import runs

    desk.client.get(f"/cases/{case_id}/campaign")
    answer = act(desk, case_id, action, given)
    assert answer.status_code == 302, answer.text
    assert runs.wait_until_idle(60)
    assert [one.problem for one in runs.runs_of(case_id) if one.problem] == []
    return standing(case_id)[2]


def posting(source: str, **changes: Any) -> dict[str, Any]:
    return {
        "source": source,
        "platform": "TELEGRAM",
        "account": "account 1",
        "day": "2026-11-01",
        "time": "10:00",
        "exposed": ["NAME", "WORKPLACE"],
    } | changes


@needs_sandbox
def test_a_photo_is_found_in_the_captures_and_a_person_says_whether_it_is_one(
    desk: TestDesk,
) -> None:
    from PIL import Image

    [case_id] = desk.take_in(alarm())
    photo = scene(1)
    seed = added(desk, case_id, png(photo), "фото.png")
    copy = captured(case_id, "https://one.example/1", picture=png(photo[60:540, ::-1]))
    captured(case_id, "https://two.example/2", picture=png(scene(2)))
    captured(case_id, "https://three.example/3", picture=b"no picture at all")
    now = searched(desk, case_id, "photo", {"seed": seed.item})

    [find] = now.finds
    [search] = now.searches
    assert (find.source, find.verdict) == (copy, "")
    assert (search.looked_at, search.skipped, search.found) == (3, 1, 1)
    for place in (f"seed/{seed.item}", f"found/{find.find}"):
        shown = desk.client.get(f"/cases/{case_id}/campaign/{place}")
        assert shown.headers["Content-Type"] == "image/png"
        assert max(Image.open(io.BytesIO(shown.content)).size) <= 480

    answer = act(desk, case_id, "judge", {"find": find.find, "verdict": "CONFIRMED"})
    assert answer.status_code == 302
    again = searched(desk, case_id, "photo", {"seed": seed.item})
    assert [one.verdict for one in again.finds] == ["CONFIRMED"], "a search repeated keeps it"
    assert act(desk, case_id, "judge", {"find": find.find, "verdict": "SURE"}).status_code == 422
    assert act(desk, case_id, "judge", {"find": "0" * 32, "verdict": "REJECTED"}).status_code == 422


@needs_sandbox
def test_a_photo_of_one_colour_is_refused_and_the_page_says_why(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence import runs

    [case_id] = desk.take_in(alarm())
    flat = added(desk, case_id, png(np.full((300, 300, 3), 90, np.uint8)), "серое.png")
    assert act(desk, case_id, "photo", {"seed": flat.item}).status_code == 302
    assert runs.wait_until_idle(60)
    assert "nothing is in it to find it by" in desk.client.get(f"/cases/{case_id}/campaign").text
    assert standing(case_id)[2].searches == ()
    act(desk, case_id, "dismiss", {})
    assert "to find it by" not in desk.client.get(f"/cases/{case_id}/campaign").text


def test_a_disguised_passage_is_found_in_the_texts_of_captures(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    copy = captured(case_id, "https://one.example/1", text=f"Шапка канала\n{DISGUISED}\n12 часов")
    captured(case_id, "https://two.example/2", text="Погода на завтра: дождь и ветер. " * 20)
    now = searched(desk, case_id, "text", {"passage": PASSAGE})
    assert [(one.kind, one.source) for one in now.finds] == [("text", copy)]

    refused = act(desk, case_id, "text", {"passage": "слишком коротко"})
    assert refused.status_code == 422
    assert "at least 60 letters" in refused.text


def test_the_course_tells_claims_from_captures_and_who_seems_to_have_been_first(
    desk: TestDesk,
) -> None:
    [case_id] = desk.take_in(alarm())
    first = captured(case_id, "https://one.example/1", text=PASSAGE)
    second = captured(case_id, "https://two.example/2", text=DISGUISED)
    now = searched(desk, case_id, "text", {"passage": PASSAGE})
    empty = desk.client.get(f"/cases/{case_id}/campaign").text
    assert "It is drawn from the first posting on." in empty

    late = posting(second, platform="VK", day="2026-11-03", time="", account=WORKPLACE)
    assert act(desk, case_id, "posting", late).status_code == 302
    assert act(desk, case_id, "posting", posting(first)).status_code == 302
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    assert "2026-11-01 10:00" in page
    assert "Seems copied from" in page
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:2]
    assert [row.split("<td>")[-1].split("</td>")[0] for row in rows] == ["—", "—"], "not judged yet"

    for find in now.finds:
        act(desk, case_id, "judge", {"find": find.find, "verdict": "CONFIRMED"})
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:2]
    assert [row.split("<td>")[-1].split("</td>")[0] for row in rows] == ["—", "Account 1"]

    act(desk, case_id, "strike", {"what": second})
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    assert page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>") == 1


def test_only_what_is_verified_is_proposed_and_nothing_is_coded_before_somebody_accepts(
    desk: TestDesk,
) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.casework.coding import coded_row
    from safelight.casework.models import Case

    [case_id] = desk.take_in(alarm())
    source = captured(case_id, "https://one.example/1", text=PASSAGE)
    act(desk, case_id, "posting", posting(source, exposed=["NAME", "HIV_HEALTH"]))
    now, evidence, _campaign = standing(case_id)
    proof = evidence.captures[0].parts[0].digest

    def dismissed(**changes: Any) -> Any:
        given = {"action": "DISMISSED", "on": "2026-11-05", "standing": "claim"}
        return act(desk, case_id, "followed", given | {"rests_on": now.envelope} | changes)

    assert dismissed().status_code == 302
    assert dismissed(rests_on="0" * 64).status_code == 422
    assert dismissed(standing="sure").status_code == 422
    field = desk.client.get(f"/cases/{case_id}/campaign").text.split('id="m-employer_action"')[1]
    assert 'value="UNK" selected' in field.split("</select>")[0], "a claim is no fact"
    assert dismissed(standing="verified", rests_on=proof).status_code == 302
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    field = page.split('id="m-employer_action"')[1].split("</select>")[0]
    assert 'value="DISMISSED" selected' in field
    assert 'id="m-exposed-HIV_HEALTH"' not in page, "it stays with the case"
    assert standing(case_id)[2].coded is None

    codes = {"platform": ["TELEGRAM"], "exposed": ["NAME"], "employer_action": "DISMISSED"}
    assert act(desk, case_id, "codes", codes | {"exposed": ["HIV_HEALTH"]}).status_code == 422
    assert act(desk, case_id, "codes", codes).status_code == 302
    coded = standing(case_id)[2].coded
    assert coded is not None
    assert (coded["employer_action"], coded["exposed"]) == (("DISMISSED",), ("NAME",))
    assert coded_row(Case.objects.get(case_id=case_id)) is None


def test_the_course_goes_beside_the_case_without_account_names(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_evidence.bundling import choose
    from safelight.campaigns.case_evidence.keeping import read_whole

    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/campaign")
    assert act(desk, case_id, "export", {}).status_code == 422
    source = captured(case_id, "https://one.example/1", text=PASSAGE)
    act(desk, case_id, "posting", posting(source, account=WORKPLACE))
    assert act(desk, case_id, "export", {}).status_code == 302
    now, evidence, _campaign = standing(case_id)
    written = {one.name: read_whole(one.item, at_most=10**6) for one in evidence.files}
    assert set(written) == {"campaign.json", "campaign.csv", "campaign.svg"}
    told = json.loads(written["campaign.json"])
    assert told["postings"][0]["capture_sha256"] == evidence.captures[0].parts[0].digest
    assert not any(WORKPLACE.encode() in content for content in written.values())
    assert "campaign.json" not in desk.client.get(f"/cases/{case_id}/campaign").text
    chosen = choose(now, evidence, [one.item for one in evidence.files])
    assert len(chosen.items) == 3, "ready for the next bundle"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"platform": ""}, "choose where it was posted"),
        ({"day": "yesterday"}, "expected the day that the page shows"),
        ({"day": "2999-01-01"}, "expected the day that the page shows"),
        ({"day": "", "time": "10:00"}, "expected the day that the page shows"),
        ({"exposed": ["SHOE_SIZE"]}, "expected choices of the page"),
        ({"source": "another"}, "expected choices of the page"),
    ],
)
def test_a_posting_that_does_not_fit_is_refused_and_shown_again(
    desk: TestDesk, changes: dict[str, Any], says: str
) -> None:
    from safelight.campaigns.case_campaign.deciding import standing

    [case_id] = desk.take_in(alarm())
    source = captured(case_id, "https://one.example/1", text=PASSAGE)
    desk.client.get(f"/cases/{case_id}/campaign")
    answer = act(desk, case_id, "posting", posting(source, account="с третьего раза") | changes)
    assert answer.status_code == 422
    assert says in answer.text
    assert ("с третьего раза" in answer.text) == ("source" not in changes)
    assert standing(case_id)[2].postings == ()


def test_entries_of_another_version_change_nothing(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign import kinds
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.casework.cases import decide

    [case_id] = desk.take_in(alarm())
    found = {"source": "a", "item": "b", "page": 0, "bits": 3, "points": 0}
    found |= {"share": 0, "letters": 0, "how": "hash", "box": [0, 0, 9, 9]}
    search = {"search": "s", "kind": "photo", "seed": "p", "words": "", "looked_at": 1}
    search |= {"skipped": 0, "left_out": 0, "found": [found]}
    decide(case_id, kinds.SEARCHED, search)
    good = standing(case_id)[2]
    assert len(good.finds) == 1
    for kind, content in (
        (kinds.SEARCHED, search | {"found": [found | {"item": "../../etc"}]}),
        (kinds.SEARCHED, search | {"found": [found | {"box": [0, 0, 10**9, 9]}]}),
        (kinds.SEARCHED, search | {"found": [found | {"page": -1}]}),
        (kinds.SEARCHED, search | {"kind": "voice"}),
        (kinds.JUDGED, {"find": good.finds[0].find, "verdict": "SURE"}),
        (kinds.POSTING, posting("a", platform="SOMETHING", claimed="")),
        (kinds.POSTING, posting("a", claimed="2026-11-01T10:00:00")),
        (kinds.FOLLOWED, {"followed": "f", "action": "DISMISSED", "on": "2026-11-01"}),
        (kinds.CODED, {"codes": []}),
        (kinds.STRUCK, {}),
    ):
        decide(case_id, kind, content)
        assert standing(case_id)[2] == good, kind


def test_a_withdrawal_takes_the_campaign_along(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing
    from safelight.campaigns.case_campaign.standing import CampaignNow
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case

    [case_id] = desk.take_in(alarm())
    source = captured(case_id, "https://one.example/1", text=PASSAGE)
    searched(desk, case_id, "text", {"passage": PASSAGE})
    assert act(desk, case_id, "posting", posting(source)).status_code == 302
    destroy_case(case_id, why=WITHDRAWN, proof="")
    assert standing(case_id)[2] == CampaignNow(case_id)
    assert desk.client.get(f"/cases/{case_id}/campaign").status_code == 302
    assert act(desk, case_id, "posting", posting(source)).status_code in (302, 400, 409, 422)
    assert standing(case_id)[2] == CampaignNow(case_id)


def test_nothing_of_a_campaign_is_shown_before_the_case_was_opened(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    desk.client.opens = False
    for path in ("", "/wait", "/seed/x", "/found/x"):
        assert 'class="purposes"' in desk.client.get(f"/cases/{case_id}/campaign{path}").text
    assert act(desk, case_id, "text", {"passage": PASSAGE}).status_code == 403


def test_a_claimed_time_stays_in_utc(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.deciding import standing

    [case_id] = desk.take_in(alarm())
    source = captured(case_id, "https://one.example/1", text=PASSAGE)
    desk.client.get(f"/cases/{case_id}/campaign")
    act(desk, case_id, "posting", posting(source))
    [one] = standing(case_id)[2].postings
    assert one.claimed == datetime(2026, 11, 1, 10, 0, tzinfo=UTC)


def test_the_russian_catalogue_says_everything() -> None:
    from tests.support.message_catalogues import ROOT, brought_up_to_date, catalogue_file, compiled

    package = ROOT / "safelight" / "campaigns" / "case_campaign"
    new = brought_up_to_date(package)
    assert [one.id for one in new if one.id and not one.string] == []
    assert compiled(new) == catalogue_file(package).with_suffix(".mo").read_bytes()


def test_what_came_of_notices_stands_beside_the_course_and_proposes_a_code(desk: TestDesk) -> None:
    from safelight.campaigns.notices import recording
    from tests.campaigns.notices.cases import a_draft, today

    [case_id] = desk.take_in(alarm())
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    assert "No notice was written yet" in page
    for template_id, outcomes in (("hoster-dsa-16", ("REMOVED", "REPOSTED")), ("platform-vk", ())):
        entry = recording.keep_notice(case_id, a_draft(template_id))
        agreed = {"agreed": "SPOKEN", "agreed_in": "today"}
        recording.note_sent(case_id, entry, on=today(), channel="FORM", language="en", **agreed)
        for outcome in outcomes:
            recording.note_outcome(case_id, entry, outcome, on=today(), words="", language="en")
    page = desk.client.get(f"/cases/{case_id}/campaign").text
    table = page.split("Notices of this case, by kind")[1].split("</table>")[0]
    lines = [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", line)]
             for line in table.split("<tr>")[2:]]  # fmt: skip
    assert [line[0] for line in lines] == ["To a platform", "To a hosting provider"]
    waiting, back = lines
    assert waiting[1:3] == ["1", "1"]
    assert waiting[3].startswith("1 until ")
    assert back[3:] == ["0", "1", "0", "0", "0", "1"]
    field = page.split('for="m-takedown"')[1].split("</p>")[0]
    assert '<option value="REPOSTED" selected>' in field
