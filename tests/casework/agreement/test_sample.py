"""A sample is drawn so that anybody can check it, coded blind by somebody else, and read once."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from tests.casework.test_colleagues import exchange
from tests.support.desk import TestDesk, a_report, as_form, codes

SIZE = 10


def coded_reports(desk: TestDesk, number: int = 12) -> list[str]:
    from safelight.casework.coding import code_case

    reports = [a_report(mailbox=f"{n:032x}", answers={"story": f"№ {n}"}) for n in range(number)]
    ids = desk.take_in(*reports)
    for n, case_id in enumerate(ids):
        act, sure = (("ASS",), "LIKELY") if n % 2 else (("FDT", "EXT"), "CONFIRMED")
        code_case(case_id, codes(acts=act, bias_confidence=sure))
    return ids


def draw(size: int = SIZE) -> str:
    from safelight.casework.agreement.sample import draw as do

    return do(size)


def sample(sample_id: str) -> Any:
    from safelight.casework.agreement.sample import sample_of

    return sample_of(sample_id)


def again(sample_id: str, case_id: str, **changes: Any) -> None:
    from safelight.casework.agreement.second_coding import code_again

    code_again(sample_id, case_id, codes(**changes))


def test_the_draw_can_be_checked_by_anybody(desk: TestDesk) -> None:
    from safelight.casework.agreement import kinds
    from safelight.journal.chain import told

    ids = coded_reports(desk)
    drawn = sample(draw())
    (entry,) = [one.entry for one in told(kinds.SUBJECT)]
    population = sorted(ids)
    assert (entry.body["size"], entry.body["of"]) == (SIZE, len(ids))
    assert entry.body["from"] == hashlib.sha256("\n".join(population).encode()).hexdigest()
    by_hand = sorted(
        population, key=lambda one: hashlib.sha256(f"{drawn.seed}\n{one}".encode()).hexdigest()
    )
    assert set(drawn.cases) == set(by_hand[:SIZE])
    assert sample(draw()).seed != drawn.seed
    assert len(desk.client.get("/agreement/").text.split("being coded")) == 3


def test_a_sample_that_cannot_be_is_refused(desk: TestDesk) -> None:
    coded_reports(desk)
    for size in ("9", "301", "13", "-1", "x", "٣", ""):
        assert desk.client.post("/agreement/draw", {"size": size}).status_code == 422, size
    assert desk.client.post("/agreement/draw", {"size": "10"}).status_code == 302


def test_another_person_codes_blind_and_the_agreement_is_shown_after_closing(two: Any) -> None:
    from safelight.casework.agreement.second_coding import progress
    from safelight.casework.coding import code_case

    desk, _, sit = two
    coded_reports(desk)
    sample_id = draw()
    first_page = desk.client.get(f"/agreement/{sample_id}/").text
    assert "Nothing left for you here" in first_page
    exchange(sit)
    sit(2)
    order = list(sample(sample_id).cases)
    page = desk.client.get(f"/agreement/{sample_id}/").text
    assert f"/agreement/{sample_id}/{order[0]}/" in page
    for number, case_id in enumerate(order):
        truth = _first(case_id)
        sure = "POSSIBLE" if number == 0 else truth["bias_confidence"]
        acts = tuple(truth["acts"].split("|"))
        again(sample_id, case_id, acts=acts, bias_confidence=sure)
    assert "Span, 95 of 100" not in desk.client.get(f"/agreement/{sample_id}/").text
    exchange(sit)
    sit(1)
    # Corrected after the draw, with the second coding in sight: does not count.
    code_case(order[0], codes(bias_confidence="POSSIBLE"))
    desk.client.post(f"/agreement/{sample_id}/end", {"decision": "close"})
    exchange(sit)
    seen = []
    for at in (1, 2):
        sit(at)
        found, gone = progress(sample(sample_id))
        assert (len(found), gone) == (SIZE, 0)
        seen.append(desk.client.get(f"/agreement/{sample_id}/").text.split("<main")[1])
    assert seen[0] == seen[1]
    page = seen[0]
    assert "<svg" in page
    assert page.count("To talk over") == 1
    differences = page.split("To talk over")[1]
    assert differences.count('class="id"') == 1
    assert order[0] in differences
    row = page.split("What was done</th>")[1].split("</tr>")[0]
    assert "1.00" in row
    assert "sets, by MASI" in row


def _first(case_id: str) -> dict[str, str]:
    from safelight.casework.projecting import case_now

    now = case_now(case_id)
    assert now is not None
    assert now.codes is not None
    return dict(now.codes)


def test_nobody_codes_their_own_case_again_nor_after_the_end_nor_over_a_colleague(
    two: Any,
) -> None:
    from safelight.casework.agreement.sample import SampleError, close, drop
    from safelight.casework.agreement.second_coding import code_again, twice

    desk, _, sit = two
    coded_reports(desk)
    sample_id, other = draw(), draw()
    case_id = next(iter(sample(sample_id).cases))
    with pytest.raises(SampleError, match="cannot be its second coder"):
        again(sample_id, case_id)
    with pytest.raises(SampleError, match="coded by hand"):
        code_again(sample_id, case_id, {"acts": ("ASS",)})
    exchange(sit)
    sit(2)
    again(sample_id, case_id)
    again(sample_id, case_id, verification="V2_CORROBORATED")  # until it is closed
    close(sample_id)
    with pytest.raises(SampleError, match="closed"):
        again(sample_id, case_id)
    with pytest.raises(SampleError, match="closed"):
        drop(sample_id)
    drop(other)
    with pytest.raises(SampleError, match="no such sample"):
        sample(other)
    both = twice(sample(sample_id), case_id)
    assert both is not None
    assert both.second is not None
    assert both.second["verification"] == "V2_CORROBORATED"


def test_the_page_for_the_second_coder_shows_the_report_and_none_of_the_first_codes(
    two: Any,
) -> None:
    desk, _, sit = two
    coded_reports(desk)
    sample_id = draw()
    exchange(sit)
    sit(2)
    case_id = next(iter(sample(sample_id).cases))
    address = f"/agreement/{sample_id}/{case_id}/"
    asked = desk.client.get(address).text
    assert f'name="back" value="{address}"' in asked
    opened = desk.client.post(f"/cases/{case_id}/open", {"purpose": "code", "back": address})
    assert opened["Location"] == address
    page = desk.client.get(address).text
    assert "№" in page
    assert not re.search(r'type="checkbox"[^>]*\schecked', page)
    assert "Counted under" not in page
    given = as_form(codes())
    assert desk.client.post(address, given | {"acts": ["FDT"]}).status_code == 422
    assert desk.client.post(address, given).status_code == 302
    elsewhere = {"purpose": "code", "back": "//example.org/"}
    answer = desk.client.post(f"/cases/{case_id}/open", elsewhere)
    assert answer["Location"] == f"/cases/{case_id}/"


def test_a_case_that_was_withdrawn_leaves_the_sample_and_takes_its_codes_along(two: Any) -> None:
    from safelight.casework.agreement.second_coding import progress
    from safelight.casework.cases import CaseStateError
    from safelight.casework.withdrawals import destroy_case

    desk, _, sit = two
    coded_reports(desk)
    sample_id = draw()
    exchange(sit)
    sit(2)
    gone, *rest = sample(sample_id).cases
    for case_id in (gone, *rest):
        again(sample_id, case_id)
    destroy_case(gone, why="withdrawn", proof="")
    found, missing = progress(sample(sample_id))
    assert {one.case_id for one in found} == set(rest)
    assert missing == 1
    with pytest.raises(CaseStateError, match="nothing can be added"):
        again(sample_id, gone)
    desk.client.post(f"/agreement/{sample_id}/end", {"decision": "close"})
    page = desk.client.get(f"/agreement/{sample_id}/").text
    assert "too few cases" in page, "nine are fewer than ten"


def test_refuted_stands_on_no_rung_but_is_still_a_difference() -> None:
    from safelight.casework.agreement.results import agreement
    from safelight.casework.agreement.second_coding import Twice

    base = codes()
    base = {k: frozenset(v) if isinstance(v, tuple) else v for k, v in base.items()}
    pairs = [
        Twice(f"{n:016x}", "desk-1", base, "desk-2", base | {"verification": rung})
        for n, rung in enumerate(["V1_COHERENT", "V2_CORROBORATED", "VX_REFUTED"] * 5)
    ]
    found = agreement(pairs, seed="a")
    line = next(one for one in found.fields if one.field == "verification")
    assert (line.found.units, line.differ) == (10, 10)
    assert {d.second for d in found.differences} == {"V2_CORROBORATED", "VX_REFUTED"}
    assert agreement(pairs, seed="a") == found
    assert "channel" not in {one.field for one in found.fields}
