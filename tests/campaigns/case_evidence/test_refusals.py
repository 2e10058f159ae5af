from __future__ import annotations

import re

import pytest

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
