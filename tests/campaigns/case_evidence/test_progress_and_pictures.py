"""How far a capture is, what became of a page, and small pictures that are made once."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from tests.campaigns.case_evidence.test_evidence_of_a_case import alarm
from tests.support.desk import TestDesk
from tests.support.sandbox import needs_sandbox


def noted(case_id: str, text: str, **ended: Any) -> str:
    """A capture of one address as the queue notes it."""
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture

    name = ask_capture(case_id, "https://one.example/post/1")
    parts: list[Any] = [("text", "text.txt", "text/plain", io.BytesIO(text.encode()))]
    how = {
        "state": "COMPLETE",
        "final_url": "https://one.example/post/1",
        "http_status": 200,
        "parts": parts if text else [],
    }
    note_capture(case_id, name, gaps=[], **(how | ended))
    return name


def test_a_page_shows_each_stage_of_a_capture_and_waits_for_the_next(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import capture_work, runs
    from safelight.evidence.capture.capturing import Progress
    from safelight.evidence.capture.problems import CaptureError

    go = {stage: threading.Event() for stage in ("loading", "behaving", "replaying")}
    reached = {stage: threading.Event() for stage in go}

    def capture(url: str, *, on_progress: Any, **_: Any) -> Any:
        for number, stage in enumerate(go):
            on_progress(Progress(stage, 10 * number, 2_000_000 * number, 0))
            reached[stage].set()
            assert go[stage].wait(20)
        raise CaptureError("enough")

    monkeypatch.setattr(capture_work, "capture", capture)
    desk.client.post("/language/ru")
    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    path = f"/cases/{case_id}/evidence"
    desk.client.get(path)
    desk.client.post(f"{path}/capture", {"urls": "https://one.example/post/1"})
    words = ("страница загружается", "прокрутка и раскрытие", "проверка: воспроизведение без сети")
    for stage, said in zip(go, words, strict=True):
        assert reached[stage].wait(20)
        page = desk.client.get(path).text
        assert page.count(said) == 2, "in the list of work, and beside the address"
        emergency = desk.client.get(f"/cases/{case_id}/emergency").text
        typed = emergency.split('id="urls"')[1].split("</textarea>")[0]
        assert "two.example" in typed
        assert "one.example" not in typed, "asked for once, not again while it is being done"
        assert "делается 1 снимок" in emergency
        assert "Запечатывать пока нечего" in emergency
        go[stage].set()
        runs.wait_for(case_id, seconds=20)  # a step further, not the end
    assert runs.wait_until_idle(20)
    assert "20 ответов" in page.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("text", "ended", "became"),
    [
        ("the same", {}, "the same as before"),
        ("another", {}, "edited: the text is another one"),
        ("gone", {"http_status": 410}, "REMOVED: the site says that it is gone"),
        ("log in", {"http_status": 403}, "withheld: the site does not show it"),
        ("the same", {"final_url": "https://one.example/"}, "leads to another address now"),
        ("", {"state": "FAILED", "final_url": "", "http_status": 0}, "could not be reached"),
    ],
)
def test_beside_a_later_capture_stands_what_became_of_the_page(
    desk: TestDesk, text: str, ended: dict[str, Any], became: str
) -> None:
    [case_id] = desk.take_in(alarm())
    path = f"/cases/{case_id}/evidence"
    before = noted(case_id, "the same")
    assert "Since the capture before" not in desk.client.get(path).text
    after = noted(case_id, text, **ended)
    page = desk.client.get(path).text
    assert page.count("Since the capture before") == 1
    assert became in page
    compared = desk.client.get(f"{path}/compare/{before}/{after}").text
    assert became.lower() in compared.lower()


def test_a_capture_of_an_older_version_is_read_and_compared_by_its_text(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import ask_capture, standing
    from safelight.casework.cases import decide

    [case_id] = desk.take_in(alarm())
    name = ask_capture(case_id, "https://one.example/post/1")
    old = {"capture": name, "state": "COMPLETE", "final_url": "", "gaps": [], "parts": []}
    decide(case_id, kinds.CAPTURED, old)
    (one,) = standing(case_id)[1].captures
    assert (one.state, one.http_status, one.redacted) == ("COMPLETE", 0, None)


def test_all_addresses_are_captured_again_with_one_press(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import bringing_pages

    asked: list[str] = []
    monkeypatch.setattr(
        bringing_pages, "begin_captures", lambda _c, urls, *_a, **_k: asked.extend(urls)
    )
    [case_id] = desk.take_in(alarm())
    noted(case_id, "one")
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "Capture all of them again now (1)" in page.replace("</button>", "")
    again = ["https://one.example/post/1", "https://two.example/2"]
    desk.client.post(f"/cases/{case_id}/evidence/capture", {"urls": again})
    assert asked == again


@needs_sandbox
def test_a_small_picture_is_made_once_kept_sealed_and_goes_with_its_case(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    from safelight.campaigns.case_evidence import looking
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import (
        EvidenceFile,
        EvidencePiece,
        EvidenceThumbnail,
    )
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case
    from safelight.journal.content_keys import finish_erasure

    started: list[str] = []
    opens = looking.open_hostile
    monkeypatch.setattr(
        looking, "open_hostile", lambda *a, **k: (started.append("one"), opens(*a, **k))[1]
    )
    [case_id] = desk.take_in(alarm())
    made = io.BytesIO()
    Image.new("RGB", (800, 3000), "red").save(made, "PNG")
    shot = [("screenshot", "screenshot.png", "image/png", io.BytesIO(made.getvalue()))]
    noted(case_id, "", parts=shot)
    (one,) = standing(case_id)[1].captures
    item = one.parts[0].item
    desk.client.get(f"/cases/{case_id}/evidence")
    address = f"/cases/{case_id}/evidence/pixels/{item}"
    first, second = desk.client.get(address), desk.client.get(address)
    assert first.content == second.content
    assert first.content[:4] == b"\x89PNG"
    assert started == ["one"]
    sealed = [bytes(piece) for piece in EvidencePiece.objects.values_list("sealed", flat=True)]
    assert not [piece for piece in sealed if b"IHDR" in piece]
    assert len(standing(case_id)[1].every_item()) == 1, "it is no evidence of its own"

    EvidencePiece.objects.filter(file__evidencethumbnail__item=item).update(sealed=b"changed")
    assert desk.client.get(address).content == first.content
    assert started == ["one", "one"], "what was changed on the disk is made anew"

    destroy_case(case_id, why=WITHDRAWN, proof="")
    finish_erasure()
    assert EvidenceThumbnail.objects.count() == EvidenceFile.objects.count() == 0
