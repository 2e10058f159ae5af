"""Evidence of a case: kept sealed, bundled, saved, gone with the case."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from safelight.evidence.bundles.bundling import published_script
from tests.support.desk import TestDesk, a_report
from tests.support.timestamp_authority import LocalAuthority

PAGE = "Дом и работа выложены здесь".encode() * 90_000  # more than two pieces of a MiB
WORD = "выложены здесь".encode()


def alarm(**answers: Any) -> Any:
    """A smear alarm that names two links."""
    told = {
        "danger": "NO",
        "deadline": "TOMORROW",
        "links": "https://one.example/post/1 и ещё https://two.example/w?id=2",
        "may_do": ("KEEP_COPIES", "ASK_REMOVAL"),
        "exposed": ("NAME", "PHOTO", "WORKPLACE"),
        "story": "Меня травят.",
    }
    return a_report(form="smear-alarm", answers=told | answers)


def added(desk: TestDesk, case_id: str, content: bytes = PAGE, name: str = "страница.html") -> Any:
    """Put a file beside the case through the page; return its item."""
    from safelight.campaigns.case_evidence.deciding import standing

    desk.client.get(f"/cases/{case_id}/evidence")  # opened first: a file is sent only once
    answer = desk.client.post(
        f"/cases/{case_id}/evidence/file", {"files": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 302, answer.text
    return standing(case_id)[1].files[-1]


def bundled(desk: TestDesk, case_id: str, *items: str) -> Any:
    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing

    desk.client.get(f"/cases/{case_id}/evidence")
    answer = desk.client.post(f"/cases/{case_id}/evidence/bundle", {"items": items})
    assert answer.status_code == 302, answer.text
    assert runs.wait_until_idle(60)
    assert [run.problem for run in runs.runs_of(case_id)] == [""] * len(runs.runs_of(case_id))
    return standing(case_id)[1].bundles[-1]


def test_a_file_put_beside_a_case_is_sealed_and_comes_back_as_it_was(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.models import EvidencePiece

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id)
    pieces = [bytes(one) for one in EvidencePiece.objects.values_list("sealed", flat=True)]
    assert len(pieces) > 2
    assert not any(WORD in piece for piece in pieces)

    saved = desk.client.post(f"/cases/{case_id}/evidence/save/{item.item}")
    assert b"".join(saved.streaming_content) == PAGE
    assert saved.headers["Content-Disposition"].endswith(".untrusted")


def test_a_case_that_is_destroyed_takes_its_evidence_along(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.keeping import pieces_of
    from safelight.campaigns.case_evidence.models import EvidenceFile, EvidencePiece
    from safelight.campaigns.case_evidence.problems import EvidenceFileError
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case
    from safelight.journal.content_keys import finish_erasure

    mine, other = desk.take_in(alarm(), alarm(story="Другая история."))
    item, kept = added(desk, mine), added(desk, other)
    destroy_case(mine, why=WITHDRAWN, proof="")
    finish_erasure()

    with pytest.raises(EvidenceFileError, match="destroyed with its case"):
        list(pieces_of(item.item))
    assert list(EvidenceFile.objects.values_list("case_id", flat=True)) == [other]
    assert not EvidencePiece.objects.filter(file_id=item.item).exists()
    assert b"".join(pieces_of(kept.item)) == PAGE
    assert desk.client.post(f"/cases/{mine}/evidence/save/{item.item}").status_code == 302
    assert desk.client.get(f"/cases/{mine}/evidence").status_code == 302


def test_pieces_that_were_swapped_or_cut_off_are_refused(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.keeping import pieces_of
    from safelight.campaigns.case_evidence.models import EvidencePiece
    from safelight.campaigns.case_evidence.problems import EvidenceFileError

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id)
    last = EvidencePiece.objects.order_by("-number").first()
    assert last is not None
    assert sum(map(len, pieces_of(item.item))) == len(PAGE)
    last.delete()
    with pytest.raises(EvidenceFileError, match="is not what was kept"):
        list(pieces_of(item.item))


def test_nothing_is_shown_before_the_case_was_opened_for_a_purpose(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    desk.client.opens = False
    for path in ("evidence", "emergency", "evidence/wait", "notices"):
        answer = desk.client.get(f"/cases/{case_id}/{path}")
        assert 'class="purposes"' in answer.text
        assert "one.example" not in answer.text
    posted = desk.client.post(f"/cases/{case_id}/evidence/bundle", {"items": ["x"]})
    assert posted.status_code == 403


def test_a_bundle_of_a_case_passes_verify_sh_with_what_came_by_another_way(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.journal.chain import desk_key
    from safelight.sealing.statement import key_id

    authority = LocalAuthority.made(tmp_path / "authority", "first")
    (desk.data / "root.pem").write_bytes(authority.roots)
    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id, name="пост $(id); 1.html")
    with authority.listening() as listening:
        (desk.data / "evidence.yaml").write_text(
            "exit: direct\nauthorities:\n"
            f"  - {{name: first, address: '{listening.address}', roots: root.pem}}\n"
        )
        bundle = bundled(desk, case_id, item.item)
    assert [stamp.authority for stamp in bundle.stamps] == ["first"]
    assert bundle.fingerprint != key_id(desk_key().private.public_key())

    saved = desk.client.post(f"/cases/{case_id}/evidence/save/{bundle.item.item}")
    place = tmp_path / "expert"
    with zipfile.ZipFile(io.BytesIO(b"".join(saved.streaming_content))) as archive:
        archive.extractall(place)
    assert bundle.fingerprint not in (place / "READ-ME-FIRST.txt").read_text("utf-8")
    (tmp_path / "verify.sh").write_bytes(published_script())
    (tmp_path / "roots.pem").write_bytes(authority.roots)
    verified = subprocess.run(
        [
            *("bash", tmp_path / "verify.sh", "--desk-key", bundle.fingerprint),
            *("--tsa-roots", tmp_path / "roots.pem", place / "evidence"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "a withdrawal does not reach that copy" in page


def test_noting_a_handover_seals_the_same_bundle_again_and_keeps_one_file(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import EvidenceFile

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id)
    bundle = bundled(desk, case_id, item.item)
    path = f"/cases/{case_id}/evidence/bundles/{bundle.bundle}/note"
    assert desk.client.post(path, {"event": "handed-over"}).status_code == 302
    assert runs.wait_until_idle(60)
    [again] = standing(case_id)[1].bundles
    assert (again.bag, again.seals, again.event) == (bundle.bag, 2, "handed-over")
    assert not EvidenceFile.objects.filter(item=bundle.item.item).exists()
    assert EvidenceFile.objects.count() == 2


def test_a_bundle_that_cannot_be_made_says_so_and_leaves_nothing(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import EvidencePiece

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id)
    desk.client.get(f"/cases/{case_id}/evidence")
    nothing = desk.client.post(f"/cases/{case_id}/evidence/bundle", {"items": []})
    assert nothing.status_code == 422
    foreign = desk.client.post(f"/cases/{case_id}/evidence/bundle", {"items": ["0" * 32]})
    assert foreign.status_code == 422
    EvidencePiece.objects.filter(file_id=item.item, number=0).delete()
    desk.client.post(f"/cases/{case_id}/evidence/bundle", {"items": [item.item]})
    assert runs.wait_until_idle(60)
    assert not standing(case_id)[1].bundles
    assert "is not what was kept" in desk.client.get(f"/cases/{case_id}/evidence").text


def test_locking_the_desk_drops_what_waits(desk: TestDesk) -> None:
    import threading

    from safelight.campaigns.case_evidence import runs

    began, go = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        began.set()
        go.wait(20)
        done.append("a")

    runs.begin("0" * 16, "capture", "a", slow)
    assert began.wait(20)
    runs.begin("0" * 16, "capture", "b", lambda: done.append("b"))
    waiting = threading.enumerate()
    runs.forget()
    go.set()
    for thread in waiting:
        if thread.daemon and thread is not threading.current_thread():
            thread.join(10)
    assert done == ["a"]
    assert runs.runs_of("0" * 16) == []


def test_the_links_of_an_alarm_are_found_between_its_words(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    page = desk.client.get(f"/cases/{case_id}/emergency").text
    assert "2 links of the alarm are not captured yet" in page
    assert "min</strong> since the alarm was opened" in page


def test_saying_what_was_exposed_ends_that_step_for_good(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    path = f"/cases/{case_id}/emergency"
    assert "nobody has said what was exposed" in desk.client.get(path).text
    wrong = desk.client.post(f"{path}/exposed", {"exposed": ["NAME", "FORGED"]})
    assert wrong.status_code == 422
    assert desk.client.post(f"{path}/exposed", {"exposed": ["NAME"]}).status_code == 302
    page = desk.client.get(path).text
    assert "nobody has said what was exposed" not in page
    assert 'value="NAME" checked' in page
    assert 'value="PHOTO" checked' not in page


def test_what_is_no_address_of_the_web_is_not_captured(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.deciding import standing

    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    for untrusted in ("file:///etc/passwd", "https://user:word@host.example/", "", "javascript:1"):
        answer = desk.client.post(f"/cases/{case_id}/evidence/capture", {"urls": untrusted})
        assert answer.status_code == 422, untrusted
        assert "passwd" not in answer.text.split('class="problem"')[1][:300]
    assert standing(case_id)[1].captures == ()


def test_nothing_is_captured_before_somebody_chose_the_way_out(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    path = f"/cases/{case_id}/evidence/capture"
    refused = desk.client.post(path, {"urls": "https://one.example/"})
    assert refused.status_code == 422
    assert "no way out is chosen" in refused.text
    (desk.data / "evidence.yaml").write_text("exit: [one, two]\n")
    broken = desk.client.post(path, {"urls": "https://one.example/"})
    assert "`exit` in evidence.yaml is" in broken.text


def test_a_capture_that_never_ended_is_shown_as_interrupted_and_can_be_tried_again(
    desk: TestDesk,
) -> None:
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture, standing

    [case_id] = desk.take_in(alarm())
    ask_capture(case_id, "https://one.example/post/1")
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "interrupted: it was begun and never ended" in page
    assert "Try again" in page
    name = ask_capture(case_id, "https://two.example/w?id=2")
    facts: dict[str, Any] = {"final_url": "", "gaps": [{"what": "no-page", "why": ""}]}
    note_capture(case_id, name, state="FAILED", parts=[], **facts)
    note_capture(case_id, name, state="COMPLETE", parts=[], **facts)  # a late second word
    assert [one.state for one in standing(case_id)[1].captures] == ["ASKED", "FAILED"]
    assert "no page came" in desk.client.get(f"/cases/{case_id}/evidence").text


def captured(case_id: str, text: str) -> str:
    """A capture as the worker keeps it, without a browser."""
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture

    name = ask_capture(case_id, "https://one.example/post/1")
    parts: list[Any] = [
        ("wacz", "page.wacz", "application/wacz", io.BytesIO(b"PK" + text.encode())),
        ("text", "text.txt", "text/plain", io.BytesIO(text.encode())),
    ]
    note_capture(case_id, name, state="PARTIAL", final_url="", gaps=[], parts=parts)
    return name


def failed(case_id: str, url: str) -> str:
    """A capture to which no page came: it has files all the same, of what was tried."""
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture

    name = ask_capture(case_id, url)
    parts: list[Any] = [
        ("wacz", "page.wacz", "application/wacz", io.BytesIO(b"PK")),
        ("record", "record.json", "application/json", io.BytesIO(b"{}")),
    ]
    gaps = [{"what": "no-page", "why": url}]
    note_capture(case_id, name, state="FAILED", final_url="", gaps=gaps, parts=parts)
    return name


def test_a_capture_to_which_no_page_came_is_nothing_done(desk: TestDesk) -> None:
    from safelight.campaigns.case_campaign.course import sources_of
    from safelight.campaigns.case_evidence.deciding import standing

    [case_id] = desk.take_in(alarm())
    captured(case_id, "a page")  # of the first link
    name = failed(case_id, "https://two.example/w?id=2")
    page = desk.client.get(f"/cases/{case_id}/emergency").text
    assert "1 link of the alarm is not captured yet" in page
    assert ">https://two.example/w?id=2</textarea>" in page, "it stands there to be tried again"
    assert "nobody has looked at 1 capture<" in page, "there is no picture of the other"
    assert "<details open><summary>Gaps (1)" in page, "why it failed is not hidden"
    assert "whether the way out (Tor) runs" in page
    assert [one.title for one in sources_of(standing(case_id)[1])] == ["https://one.example/post/1"]
    digest = standing(case_id)[1].captures[1].parts[0].digest
    written = desk.client.get(f"/cases/{case_id}/emergency?write=hoster-dsa-16").text
    assert "f-captures" in written
    assert digest not in written, "a notice names no copy that is none"

    desk.client.post(f"/cases/{case_id}/evidence/captures/{name}/seen", {"seen": "GONE"})
    page = desk.client.get(f"/cases/{case_id}/emergency").text
    assert "is not captured yet" not in page, "a person says that it is gone: no more to capture"


def test_addresses_that_were_refused_stand_there_to_be_corrected(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    form = {"urls": "https://one.example/1 <nothing>"}
    answer = desk.client.post(f"/cases/{case_id}/evidence/capture", form)
    assert answer.status_code == 422
    assert ">https://one.example/1\n&lt;nothing&gt;</textarea>" in answer.text


def test_two_captures_show_which_lines_came_and_which_went(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    one = captured(case_id, "Заголовок\nВот его адрес\nКонец\n")
    other = captured(case_id, "Заголовок\nАдрес удалён\nКонец\n")
    page = desk.client.get(f"/cases/{case_id}/evidence/compare/{one}/{other}").text
    assert '<tr class="gone"><td>gone</td><td dir="auto">Вот его адрес</td>' in page
    assert '<tr class="added"><td>new</td><td dir="auto">Адрес удалён</td>' in page
    assert "Lines that are the same: 2" in page
    assert f"compare/{one}/{other}" in desk.client.get(f"/cases/{case_id}/evidence").text


def test_the_emergency_page_says_what_an_expert_will_find_missing(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    bundle = bundled(desk, case_id, added(desk, case_id, b"<p>page</p>").item)
    page = desk.client.get(f"/cases/{case_id}/emergency").text
    shown = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    assert "Save as ZIP" in shown
    assert "No timestamp: nothing but our word says when it was made." in shown
    assert bundle.fingerprint in shown
    assert page.count(bundle.fingerprint) == 1


def test_a_notice_is_kept_only_after_it_was_shown_who_learns_what(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    captured(case_id, "Заголовок")
    path = f"/cases/{case_id}/emergency"
    form = desk.client.get(f"{path}?write=hoster-dsa-16").text
    assert "https://one.example/post/1" in form
    assert 'value="PHOTO" checked' in form
    given = {
        "template": "hoster-dsa-16",
        "language": "ru",
        "f-sender_kind": "ORGANISATION",
        "f-sender_name": "Организация помощи",
        "f-sender_email": "help@example.org",
        "f-recipient_name": "Хостер",
        "f-urls": "https://one.example/post/1",
        "f-shown": ["PHOTO"],
        "f-reasons": "Без согласия.",
    }
    missing = desk.client.post(f"{path}/notice", given | {"f-recipient_name": "", "keep": "1"})
    assert missing.status_code == 422
    looked = desk.client.post(f"{path}/notice", given)
    assert "Who will learn which personal datum" in looked.text
    assert "3 notices are still to be written" in looked.text
    named = given | {"f-person_name": "Имя"} if "f-person_name" in form else given
    if named is not given:
        assert desk.client.post(f"{path}/notice", named | {"keep": "1"}).status_code == 422
    assert desk.client.post(f"{path}/notice", given | {"keep": "1"}).status_code == 302
    page = desk.client.get(path).text
    assert "2 notices are still to be written" in page
    entry = page.split('name="notice" value="')[1].split('"')[0]
    for kind, start in (("pdf", b"%PDF"), ("odt", b"PK"), ("txt", b"")):
        saved = desk.client.post(f"/cases/{case_id}/notices/{entry}/save/{kind}")
        assert saved.status_code == 200
        assert saved.content.startswith(start)
    sent = {"do": "sent", "notice": entry, "on": "2026-01-01", "channel": "FORM"}
    act = f"/cases/{case_id}/notices/act"
    refused = desk.client.post(act, sent | {"agreed": "MESSAGE", "message": "none"})
    assert refused.status_code == 422
    assert desk.client.post(act, sent | {"agreed": "REPORT"}).status_code == 302
    assert "answer due" in desk.client.get(f"/cases/{case_id}/notices").text
    came = {"do": "outcome", "notice": entry, "outcome": "REMOVED", "on": "2026-01-03"}
    assert desk.client.post(act, came).status_code == 302
    assert "taken down" in desk.client.get(f"/cases/{case_id}/notices").text


def test_every_kind_of_entry_has_words_and_a_role(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.casework.team.roles import MAY, Role
    from safelight.casework.wording import KINDS

    assert set(kinds.ALL) == {kind for kind in MAY[Role.CASEWORKER] if kind.startswith("evidence.")}
    assert set(kinds.ALL) <= set(KINDS)


def test_the_russian_catalogue_says_everything() -> None:
    from tests.support.message_catalogues import ROOT, brought_up_to_date, catalogue_file, compiled

    package = ROOT / "safelight" / "campaigns" / "case_evidence"
    new = brought_up_to_date(package)
    assert [one.id for one in new if one.id and not one.string] == []
    assert compiled(new) == catalogue_file(package).with_suffix(".mo").read_bytes()


def test_a_capture_with_a_thousand_gaps_is_kept_and_says_how_many(
    desk: TestDesk, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    from safelight.campaigns.case_evidence import capture_work
    from safelight.campaigns.case_evidence.deciding import ask_capture, standing
    from safelight.evidence.capture.capture_record import (
        CaptureRecord,
        CaptureStatus,
        Gap,
        GapKind,
    )

    [case_id] = desk.take_in(alarm())
    name = ask_capture(case_id, "https://one.example/post/1")
    now = datetime.now(UTC)
    facts: dict[str, Any] = dict.fromkeys(("id", "final_url", "title", "browser", "language"), "x")
    facts |= dict.fromkeys(("boxed", "own_sandbox", "logged_in"), False)
    facts |= {"exit": "direct", "requests": 1, "received_bytes": 1, "http_status": 200}
    record = CaptureRecord(
        url="https://one.example/post/1",
        status=CaptureStatus.PARTIAL,
        began=now,
        ended=now,
        viewport=(1280, 900),
        gaps=tuple(
            Gap(GapKind.UNREACHABLE, f"https://м.example/{'ы' * 900}{n}") for n in range(999)
        ),
        **facts,
    )
    (tmp_path / "text.txt").write_text("текст")
    capture_work._note(case_id, name, record, tmp_path)
    [capture] = standing(case_id)[1].captures
    assert (capture.state, len(capture.gaps)) == ("PARTIAL", capture_work.MOST_GAPS + 1)
    assert capture.gaps[-1].why == str(999 - capture_work.MOST_GAPS)
