"""Files, mail, sticks and pictures: what is sealed is found, and nothing else is touched."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from safelight.casework.drop_folder import DropFolderError, Looked, envelopes_in
from safelight.casework.qr_frames import Frames, base45_decoded
from tests.support.pocket_forms import base45, deposit_of, frames_of, picture_of

REPORT = deposit_of(b"a report")
WITH_PHOTO = deposit_of(b"another report", b"a photo")


def taken(*paths: Path) -> tuple[list[bytes], Looked]:
    looked = Looked()
    return list(envelopes_in(paths, looked)), looked


def sealed(*deposits: object) -> list[bytes]:
    return [envelope.sealed for deposit in deposits for envelope in deposit.envelopes]  # type: ignore[attr-defined]


def a_mail(*attachments: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message["Subject"] = "Фотографии с дачи"
    message.set_content("См. вложение.")
    for attachment in attachments:
        message.add_attachment(
            attachment, maintype="application", subtype="octet-stream", filename="data-10.bin"
        )
    return message


def test_deposit_files_and_bare_envelopes_are_found_whatever_their_names(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(WITH_PHOTO.to_bytes())
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "x").write_bytes(sealed(REPORT)[0])
    (tmp_path / "notes.txt").write_bytes(b"somebody's own notes")
    found, looked = taken(tmp_path)
    assert sorted(found) == sorted(sealed(WITH_PHOTO, REPORT))
    assert (looked.files, looked.passed_over, looked.damaged) == (3, 1, 0)


def test_mail_is_read_from_eml_files_and_from_a_maildir(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(a_mail(REPORT.to_bytes()).as_bytes())
    box = mailbox.Maildir(tmp_path / "box", create=True)
    forwarded = EmailMessage()
    forwarded.set_content("forwarded")
    forwarded.add_attachment(a_mail(WITH_PHOTO.to_bytes()))
    box.add(forwarded)
    found, looked = taken(tmp_path)
    assert sorted(found) == sorted(sealed(REPORT, WITH_PHOTO))
    assert (looked.mails, looked.passed_over) == (2, 0)


def test_a_file_cut_off_on_its_way_is_counted_and_not_taken_for_less(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(WITH_PHOTO.to_bytes()[:-1])
    found, looked = taken(tmp_path)
    assert (found, looked.damaged) == ([], 1)


def test_links_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "outside").write_bytes(REPORT.to_bytes())
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / ".hidden").write_bytes(REPORT.to_bytes())
    assert taken(tmp_path / "in") == ([], Looked())


def test_a_path_that_is_not_there_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(REPORT.to_bytes())
    with pytest.raises(DropFolderError, match="check the path"):
        taken(tmp_path / "data.bin", tmp_path / "missing")


def test_pictures_in_any_order_twice_and_turned_give_the_file_back(tmp_path: Path) -> None:
    frames = frames_of(REPORT.to_bytes())
    for number, start in enumerate(range(0, len(frames), 6)):
        # The last first, some as photos with several codes, turned as hands turn them.
        picture = picture_of(frames[start : start + 6], angle=3 * (number % 3) - 3)
        (tmp_path / f"{9 - number}.png").write_bytes(picture)
    (tmp_path / "again.jpg").write_bytes(picture_of(frames[:2], kind="JPEG"))
    (tmp_path / "cat.png").write_bytes(picture_of(["https://example.org/"]))
    found, looked = taken(tmp_path)
    assert found == sealed(REPORT)
    assert (looked.unfinished, looked.pictures_without_code) == ((), 1)


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    frames = frames_of(REPORT.to_bytes())
    (tmp_path / "some.png").write_bytes(picture_of([frames[0], frames[2]]))
    found, looked = taken(tmp_path)
    [unfinished] = looked.unfinished
    assert (found, unfinished.total) == ([], len(frames))
    assert unfinished.missing == tuple(i for i in range(1, len(frames) + 1) if i not in {1, 3})


def test_pictures_attached_to_mail_are_read_too(tmp_path: Path) -> None:
    frames = frames_of(b"safelight-deposit/1 small")
    (tmp_path / "one.eml").write_bytes(a_mail(picture_of(frames)).as_bytes())
    _, looked = taken(tmp_path)
    assert (looked.pictures, looked.pictures_without_code) == (1, 0)
    assert looked.damaged == 1  # whole, but no deposit


@pytest.mark.parametrize("length", [0, 1, 2, 3, 942, 943])
def test_base45_gives_back_what_went_in(length: int) -> None:
    data = bytes((7 * at + 250) % 256 for at in range(length))
    assert base45_decoded(base45(data)) == data


@pytest.mark.parametrize("text", ["A", "ÄÄÄ", "GGW", "ab", ":::"])
def test_what_is_not_base45_is_nothing(text: str) -> None:
    # RFC 9285 §4.3: "GGW" would be 65,536.
    assert base45_decoded(text) is None


def test_a_frame_misread_by_one_letter_is_no_frame() -> None:
    frames = Frames()
    [frame] = frames_of(b"a small file")
    for at in range(len(frame)):
        other = "A" if frame[at] != "A" else "B"
        assert not frames.add(frame[:at] + other + frame[at + 1 :]), at
    assert frames.add(frame)
    assert list(frames.whole_files()) == [b"a small file"]
