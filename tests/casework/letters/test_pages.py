"""Every page of letters and of coding twice: labelled, without scripts, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.casework.agreement.test_sample import coded_reports, draw, sample
from tests.casework.letters.test_publishing import ANSWERED, REDACTED, an_answered_letter
from tests.casework.letters.writing import ROOT_HEX, a_letter, letter_at, signed_rules
from tests.support.desk import TestDesk, codes, desk_in
from tests.support.desk_page import Page, assert_labelled_and_without_script


@pytest.fixture
def rooted(tmp_path: Path) -> Iterator[TestDesk]:
    with desk_in(tmp_path / "rooted", root=ROOT_HEX) as made:
        yield made


def a_closed_sample(desk: TestDesk) -> tuple[str, str]:
    """A sample whose second coder is played by somebody else of this one desk."""
    from safelight.casework.agreement import second_coding
    from safelight.casework.agreement.sample import close
    from safelight.casework.cases import decide

    coded_reports(desk, 10)
    sample_id = draw()
    for number, case_id in enumerate(sample(sample_id).cases):
        given = {n: list(v) if isinstance(v, tuple) else v for n, v in codes().items()}
        given["bias_confidence"] = "POSSIBLE" if number % 3 else "CONFIRMED"
        decide(case_id, "case.coded-again", {"sample": sample_id, "codes": given})
    close(sample_id)
    return sample_id, second_coding.__name__


def pages(desk: TestDesk) -> dict[str, str]:
    """Every page in a state where it has something to show."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from safelight.casework.agreement import second_coding

    get, post = desk.client.get, desk.client.post
    found = {
        "/letters/ (empty)": get("/letters/").text,
        "/agreement/ (few)": get("/agreement/").text,
    }
    answered = an_answered_letter(desk)
    file = SimpleUploadedFile("rules", signed_rules(second_reader="author"))
    post("/letters/rules", {"rules": file})
    urgent, _waiting = desk.take_in(
        a_letter(answers={"letter": "x", "danger": "SELF", "age": "U14"}), a_letter()
    )
    post(f"/letters/{urgent}/take", {"from": ""})
    post(f"/letters/{urgent}/escalate", {"sign": "a-minor", "note": "да"})
    post(f"/letters/{urgent}/draft", {"text": "ответ", "then": "offer"})
    found[f"/letters/{urgent}/"] = get(f"/letters/{urgent}/").text
    entry = letter_at(urgent).offered
    post(f"/letters/{urgent}/read", {"draft": entry, "decision": "approve"})
    found[f"/letters/{urgent}/ (approved)"] = get(f"/letters/{urgent}/").text
    publish = f"/letters/{answered}/publish"
    found[publish] = get(publish).text
    given = {"letter": REDACTED, "answer": ANSWERED}
    found[f"{publish} (look)"] = post(publish, given | {"then": "look"}).text
    post(publish, given | {"then": "propose"})
    found[f"{publish} (own)"] = get(publish).text
    found["/letters/"] = get("/letters/").text
    with mock.patch.object(second_coding, "_second", lambda _sample, story, _first: story[-1]):
        sample_id, _name = a_closed_sample(desk)
        found[f"/agreement/{sample_id}/"] = get(f"/agreement/{sample_id}/").text
    open_id = draw()
    found[f"/agreement/{open_id}/"] = get(f"/agreement/{open_id}/").text
    case_id = next(iter(sample(open_id).cases))
    post(f"/cases/{case_id}/open", {"purpose": "code"})
    address = f"/agreement/{open_id}/{case_id}/"
    found[address] = get(address).text
    found["/agreement/"] = get("/agreement/").text
    return found


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_labels_its_controls_carries_no_script_and_speaks_one_language(
    rooted: TestDesk, language: str
) -> None:
    rooted.client.post(f"/language/{language}")
    found = pages(rooted)
    assert len(found) == 12
    for path, html in found.items():
        assert_labelled_and_without_script(Page(html), language=language, at=path)
        if language == "ru":
            text = re.sub(r"<(title|code|pre)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
            words = set(re.findall(r"[A-Za-z]{4,}", text))
            allowed = {
                "Safelight",
                "English",
                "onion",
                "MASI",
                "docs",
                "methods",
                "agreement",
                "root",
            }
            allowed |= {"answer", "letters"}  # the name of a page of the documentation
            assert {w for w in words - allowed if not re.fullmatch(r"[a-f]+|desk", w)} == set(), (
                path
            )
