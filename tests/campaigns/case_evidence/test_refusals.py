from __future__ import annotations

import re

import pytest

from safelight.campaigns.notices.problems import NoticeError, NoticeRefusedError
from safelight.campaigns.photos.pixels import PhotoError
from safelight.campaigns.texts.folding import TextError
from safelight.campaigns.timeline.postings import TimelineError
from safelight.errors import SafelightError
from safelight.evidence.capture.problems import CaptureError
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.problems import EvidenceError
from safelight.evidence.sandbox.problems import CannotBeShown, NotShown, SandboxError
from safelight.evidence.sandbox.wire import Stop
from tests.campaigns.case_evidence.test_evidence_of_a_case import alarm
from tests.support.desk import TestDesk

EXACT = "expected one thing, got another; do a third"


def every_kind_below(*kinds: type[SafelightError]) -> set[type[SafelightError]]:
    found = set(kinds)
    for kind in kinds:
        found |= every_kind_below(*kind.__subclasses__())
    return {kind for kind in found if kind.__module__.startswith("safelight.")}


def test_every_refusal_of_evidence_is_said_in_the_language_of_the_page(desk: TestDesk) -> None:
    from django.utils import translation

    from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
    from safelight.campaigns.case_evidence.evidence_file import EvidenceFileSettingsError
    from safelight.campaigns.case_evidence.problems import EvidenceFileError
    from safelight.campaigns.case_evidence.refusals import in_words

    english = (EvidenceError, SandboxError, ExhibitError, PhotoError, TextError, TimelineError)
    kinds = every_kind_below(*english, EvidenceFileError, EvidenceFileSettingsError) - {NotShown}
    assert len(kinds) > 15
    # A notice's refusal speaks the page's language; each of its kinds is raised in English.
    notices = every_kind_below(NoticeError) - {NoticeError, NoticeRefusedError}
    assert len(notices) >= 4
    kinds |= notices
    for kind in kinds:
        with translation.override("ru"):
            said = in_words(kind(EXACT))
        assert re.search("[а-я]", said), kind
        assert EXACT not in said
        with translation.override("en"):
            assert EXACT in in_words(kind(EXACT))
    with translation.override("ru"):
        # These speak the page's language already.
        assert in_words(EvidenceRefusedError("выберите файл")) == "выберите файл"
        assert in_words(NoticeError("уведомления нет")) == "уведомления нет"


def test_why_a_file_cannot_be_shown_is_said_for_each_reason_and_otherwise_in_general(
    desk: TestDesk,
) -> None:
    from django.utils import translation

    from safelight.campaigns.case_evidence.refusals import in_words

    with translation.override("ru"):
        reasons = {in_words(NotShown(EXACT, why.value)) for why in Stop}
        general = in_words(CannotBeShown("reading this file took too long"))
        other = in_words(CaptureError("expected an address"))
    assert len(reasons) == len(Stop)
    assert all("нельзя показать" in one for one in (*reasons, general))
    assert general not in reasons
    assert "снимок" in other


def test_a_queue_that_is_full_is_said_in_the_language_of_the_page(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import runs

    monkeypatch.setattr(runs, "MOST_WAITING", 0)
    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/evidence")
    form = {"urls": "https://vk.example/1"}
    for language, words in (("ru", "дождитесь одного из них"), ("en", "wait for one")):
        desk.client.post(f"/language/{language}")
        answer = desk.client.post(f"/cases/{case_id}/evidence/capture", form)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_notice_that_is_refused_is_refused_in_russian_on_the_page_where_the_form_stood(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import notice_pages
    from safelight.campaigns.notices.problems import UnshowableError

    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/emergency")
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
        "keep": "1",
    }
    assert desk.client.post(f"/cases/{case_id}/emergency/notice", given).status_code == 302
    desk.client.post("/language/ru")
    entry = desk.client.get(f"/cases/{case_id}/emergency").text.split('name="notice" value="')[1]
    act = {"do": "sent", "notice": entry.split('"')[0], "on": "2026-01-01", "channel": "PIGEON"}
    for back in ("emergency", "notices"):
        answer = desk.client.post(
            f"/cases/{case_id}/notices/act", act | {"agreed": "REPORT", "back": back}
        )
        assert answer.status_code == 422
        said = answer.text.split('class="problem" role="alert">')[1].split("</p>")[0]
        assert said == "нужны варианты со страницы; обновите её"
        assert ('class="clock"' in answer.text) == (back == "emergency")

    def unshowable(_: object) -> bytes:
        raise UnshowableError(EXACT)

    monkeypatch.setitem(notice_pages._FORMATS, "pdf", (unshowable, "application/pdf"))
    notice = act["notice"]
    answer = desk.client.post(f"/cases/{case_id}/notices/{notice}/save/pdf")
    assert answer.status_code == 422
    assert "в шрифтах PDF есть латиница" in answer.text
    assert EXACT not in answer.text


def test_why_a_capture_failed_is_said_in_the_language_of_whoever_reads_it(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from safelight.campaigns.case_evidence import capture_work, runs
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture
    from safelight.evidence.capture.problems import BrowserUnavailable
    from safelight.journal.chain import told

    def none_starts(*_: object, **__: object) -> object:
        raise BrowserUnavailable(EXACT)

    monkeypatch.setattr(capture_work, "capture", none_starts)
    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    page = f"/cases/{case_id}/evidence"
    desk.client.get(page)
    desk.client.post(f"{page}/capture", {"urls": "https://one.example/1"})
    assert runs.wait_until_idle(30)
    [ended] = [one for one in told(case_id) if one.entry.kind == "evidence.captured"]
    assert EXACT not in json.dumps(ended.content), "a code is kept, in no language"
    # As captures end that did begin; and as an older version wrote both.
    gaps = [
        {"what": "no-page", "why": "err_name_not_resolved", "where": "https://two.example/"},
        {"what": "refused", "why": "https://two.example/a private-address"},
        {"what": "no-capture", "why": "old words"},
        {"what": "media", "why": "a-code-of-a-later-version", "where": "https://two.example/b"},
    ]
    name = ask_capture(case_id, "https://two.example/")
    note_capture(case_id, name, state="FAILED", final_url="", gaps=gaps, parts=[])
    desk.client.post(f"{page}/dismiss")
    english = desk.client.get(page).text
    assert "no browser starts here that can be confined" in english
    assert "there is no site of this name, or it could not be asked for (err_name" in english
    assert "old words" in english
    desk.client.post("/language/ru")
    russian = desk.client.get(page).text
    assert "браузер" in russian
    assert "сайта с таким именем нет, или о нём не удалось спросить (err_name" in russian
    assert "адрес во внутренней сети" in russian
    assert "a-code-of-a-later-version" in russian, "a technical name stands as it is"
    assert "no browser starts" not in russian
    assert "old words" not in russian


@pytest.mark.parametrize("back", ["emergency", "evidence"])
def test_a_file_that_holds_no_cookies_is_refused_on_the_page_where_it_was_chosen(
    desk: TestDesk, back: str
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    [case_id] = desk.take_in(alarm())
    desk.client.get(f"/cases/{case_id}/{back}")
    link = "https://three.example/3"
    cookies = SimpleUploadedFile("c.txt", b"rubbish")
    given = {"urls": link, "cookies": cookies, "back": back}
    answer = desk.client.post(f"/cases/{case_id}/evidence/capture", given)
    assert answer.status_code == 422
    assert "this is no file of cookies" in answer.text
    assert f">{link}</textarea>" in answer.text
    assert ("since the alarm was opened" in answer.text) == (back == "emergency")
    empty = {"files": SimpleUploadedFile("a.png", b""), "back": back}
    answer = desk.client.post(f"/cases/{case_id}/evidence/file", empty)
    assert answer.status_code == 422
    assert ("since the alarm was opened" in answer.text) == (back == "emergency")
