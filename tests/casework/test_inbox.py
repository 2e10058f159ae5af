from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.desk import TestDesk, a_report


def stored() -> list[tuple[str, str]]:
    from safelight.casework.models import ReceivedEnvelope

    return sorted(ReceivedEnvelope.objects.values_list("state", "reason"))


def test_an_envelope_becomes_a_case_with_the_same_report(desk: TestDesk) -> None:
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.cases import open_case, report_of
    from safelight.casework.inbox import take_in
    from safelight.casework.kept_envelopes import kept_file
    from safelight.casework.models import Case

    report = a_report()
    sealed = desk.sealed(report)
    assert take_in([sealed]) == Arrivals(found=1, stored=1, cases=1)
    case = open_case(Case.objects.get().case_id)
    assert report_of(case) == report
    assert case.state == "new"
    assert kept_file(case.envelope).read() == sealed, "the sealed original is kept as it came"


def test_the_same_bytes_arriving_again_are_the_same_envelope(desk: TestDesk) -> None:
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case

    sealed = desk.sealed(a_report())
    take_in([sealed])
    assert take_in([sealed, sealed]) == Arrivals(found=2, known=2)
    assert Case.objects.count() == 1


def test_two_people_saying_the_same_are_two_cases(desk: TestDesk) -> None:
    assert len(desk.take_in(a_report(), a_report())) == 2


def test_what_was_sealed_to_several_desks_opens_here(desk: TestDesk) -> None:
    from safelight.casework.inbox import take_in
    from safelight.sealing.opening import HybridIdentity

    other = HybridIdentity.generate().recipient().encode()
    assert take_in([desk.sealed(a_report(), other)]).cases == 1


def test_an_older_key_still_opens_after_a_new_one_was_made(desk: TestDesk) -> None:
    from safelight.casework.inbox import make_opening_key, take_in

    before = desk.sealed(a_report())
    assert make_opening_key() != desk.recipient
    assert take_in([before]).cases == 1


def test_a_folder_is_taken_in_and_left_as_it_is(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import fetch_folder

    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "a.age").write_bytes(desk.sealed(a_report()))
    (stick / "b").write_bytes(desk.sealed(a_report()))
    (stick / "cut.age").write_bytes(desk.sealed(a_report())[:-1])
    (stick / "photo.jpg").write_bytes(b"\xff\xd8\xff" * 1000)
    (stick / ".hidden.age").write_bytes(desk.sealed(a_report()))
    (stick / "link.age").symlink_to(stick / "a.age")
    (stick / "folder").mkdir()
    names = sorted(path.name for path in stick.iterdir())
    assert fetch_folder(stick) == Arrivals(found=4, stored=3, cases=2, set_aside=1, passed_over=1)
    assert sorted(path.name for path in stick.iterdir()) == names
    assert fetch_folder(stick) == Arrivals(found=4, known=3, passed_over=1)


def test_a_file_larger_than_any_envelope_is_not_read_into_memory(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import fetch_folder

    with (tmp_path / "huge.age").open("wb") as file:
        file.write(b"age-encryption.org/v1\n")
        file.truncate(10 * 2**30)
    (tmp_path / "good.age").write_bytes(desk.sealed(a_report()))
    assert fetch_folder(tmp_path) == Arrivals(found=3 - 1, stored=1, cases=1, passed_over=1)


def test_a_folder_that_is_not_there_is_refused(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.casework.inbox import InboxError, fetch_folder

    with pytest.raises(InboxError, match="expected a folder"):
        fetch_folder(tmp_path / "none")


def test_an_envelope_that_was_set_aside_opens_once_the_key_is_there(desk: TestDesk) -> None:
    from datetime import date

    from safelight.casework.inbox import take_in, try_again
    from safelight.casework.models import Case, OpeningKey, ReceivedEnvelope
    from safelight.sealing.opening import HybridIdentity
    from safelight.sealing.seal import seal_bytes

    missing = HybridIdentity.generate()
    take_in([seal_bytes(a_report().to_bytes(), [missing.recipient()])])
    assert stored() == [("set-aside", "sealed-to-others")]
    digest = ReceivedEnvelope.objects.get().digest
    desk.client.post(f"/cases/envelopes/{digest}/try-again")
    assert stored() == [("set-aside", "sealed-to-others")]
    OpeningKey.objects.create(
        recipient=missing.recipient().encode(), identity=missing.encode(), made_on=date(2026, 1, 1)
    )
    desk.client.post(f"/cases/envelopes/{digest}/try-again")
    assert stored() == [("opened", "")]
    assert Case.objects.count() == 1
    from safelight.casework.inbox import InboxError

    with pytest.raises(InboxError, match="not among those set aside"):
        try_again(digest)


def test_each_step_is_in_the_journal_by_id_only(desk: TestDesk) -> None:
    from safelight.casework.models import Case, ReceivedEnvelope
    from safelight.journal.chain import entries
    from safelight.journal.verifying import verify

    (case_id,) = desk.take_in(a_report())
    digest = ReceivedEnvelope.objects.get().digest
    assert [(e.kind, e.subject) for e in entries()][1:] == [
        ("envelope.received", digest),
        ("case.made", case_id),
    ]
    assert Case.objects.get().case_id == case_id
    assert verify().entries == 3


def test_files_chosen_in_the_browser_are_taken_in(desk: TestDesk) -> None:
    files = [
        SimpleUploadedFile("a.age", desk.sealed(a_report())),
        SimpleUploadedFile("b.age", desk.sealed(a_report())),
        SimpleUploadedFile("note.txt", b"hello"),
    ]
    answer = desk.client.post("/cases/take-in", {"envelopes": files})
    html = desk.client.get(answer["Location"]).text
    assert "2 new cases." in html
    assert "1 file is not an envelope and was not taken in." in html
    assert len(desk.client.get("/cases/").text.split('class="id"')) == 3


def test_the_inbox_pages_through_many_cases(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import views

    monkeypatch.setattr(views, "_PER_PAGE", 5)
    desk.take_in(*[a_report(answers={"acts": ("THR",)}) for _ in range(6)])
    first = desk.client.get("/cases/").text
    second = desk.client.get("/cases/?page=2").text
    assert first.count('class="id"') == 5
    assert second.count('class="id"') == 1
    assert "threat" in first
    assert desk.client.get("/cases/?page=zz&lane=zz").status_code == 200


def test_numbers_in_the_address_are_read_as_numbers_or_not_at_all(desk: TestDesk) -> None:
    html = desk.client.get("/cases/?found=1&cases=<b>&known=99999999999&left=-1").text
    assert "<b>" not in html.split('role="status"')[1].split("</div>")[0].replace("<p>", "")
    assert "Nothing was waiting." in html


def test_opening_to_a_folder_gives_the_file_back_and_never_overwrites(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.casework.inbox import open_to_folder
    from safelight.sealing.whole_file import WholeFileError

    (tmp_path / "r.age").write_bytes(desk.sealed(a_report()))
    (tmp_path / "photo.jpg.age").write_bytes(desk.sealed(b"\xff\xd8" * 50_000))
    (tmp_path / "plain").write_bytes(desk.sealed(b"text"))
    out = tmp_path / "out"
    out.mkdir()
    report = open_to_folder(tmp_path / "r.age", out)
    assert (report.target, report.is_report) == (out / "r", True)
    assert report.target.read_bytes() == a_report().to_bytes()
    photo = open_to_folder(tmp_path / "photo.jpg.age", out)
    assert (photo.target.name, photo.size, photo.is_report) == ("photo.jpg", 100_000, False)
    assert open_to_folder(tmp_path / "plain", out).target.name == "plain.opened"
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    with pytest.raises(WholeFileError, match="exists already"):
        open_to_folder(tmp_path / "r.age", out)


def test_many_files_at_once_stay_in_memory_and_all_arrive(
    desk: TestDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    too_large = b"age-encryption.org/v1\n" + bytes(17 * 2**20)
    files = [SimpleUploadedFile("large.age", too_large)]
    files += [SimpleUploadedFile(f"{n}.age", desk.sealed(a_report())) for n in range(3)]
    answer = desk.client.post("/cases/take-in", {"envelopes": files})
    html = desk.client.get(answer["Location"]).text
    assert "3 new cases." in html
    assert "1 file is not an envelope" in html


def test_more_than_memory_is_refused_before_it_is_read(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk import uploads

    monkeypatch.setattr(uploads, "_MOST_AT_ONCE", 40_000)
    file = [SimpleUploadedFile("a.age", desk.sealed(a_report()))]
    assert desk.client.post("/cases/take-in", {"envelopes": file}).status_code == 302
    two = [SimpleUploadedFile(f"{n}.age", desk.sealed(a_report())) for n in range(2)]
    answer = desk.client.post("/cases/take-in", {"envelopes": two})
    assert answer.status_code == 400
    assert "Choose fewer" in answer.text


def test_a_form_with_too_many_fields_gets_a_page(desk: TestDesk) -> None:
    answer = desk.client.post("/cases/take-in", {f"f{n}": "x" for n in range(2001)})
    assert answer.status_code == 400
    assert "could not be read" in answer.text
