"""Threat: redaction-undone: somebody gets an exhibit and looks for what was covered: under the
dark, in a text layer, in metadata, thumbnails, earlier revisions, attached files, lengths of
marks; none of it is in the file.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from safelight.evidence.exhibits.exhibit import Area, Exhibit, Passage, open_exhibit, release
from safelight.evidence.exhibits.rendering import COVER, MARK, Rendered, picture_of_page, render
from tests.support import hostile_files as made
from tests.support.sandbox import needs_sandbox

pytestmark = needs_sandbox
CANARY = "canary7f31c2"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY = date(2026, 11, 22)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[bytes], Exhibit]:
    def open_(data: bytes) -> Exhibit:
        file = tmp_path / "original"
        file.write_bytes(data)
        return open_exhibit(file)

    return open_


def released(exhibit: Exhibit, *regions: Area | Passage) -> Exhibit:
    for region in regions:
        exhibit = release(exhibit, region, by="desk-1", reason="shows the threat", at=NOW)
    return exhibit


def rendered(exhibit: Exhibit) -> Rendered:
    return render(exhibit, day=DAY, language="en")


def _everything_in(pdf: bytes) -> bytes:
    """Every byte of a PDF, and every stream and string of it unpacked."""
    found = [pdf]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Stream):
                found += [one.read_raw_bytes(), one.read_bytes()]
            found.append(repr(one).encode())
    return b"\n".join(found)


def _forms_of(word: str) -> list[bytes]:
    return [
        word.encode(),
        word.encode("utf-16-be"),
        word.encode("utf-16-le"),
        word.encode().hex().encode(),
    ]


def assert_nothing_of(word: str, made_: Rendered) -> None:
    places = [_everything_in(made_.pdf), made_.record, made_.text.encode()]
    for _, png in made_.pictures:
        places += [png, *(zlib.decompress(body) for name, body in _chunks(png) if name == b"IDAT")]
    for form in _forms_of(word):
        assert not any(form.lower() in place.lower() for place in places)


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    at, found, data = 8, [], b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"IDAT":
            data += body
        else:
            found.append((name, body))
    return [*found, (b"IDAT", data)]


def _photo_that_tells() -> bytes:
    """A JPEG with the canary as EXIF, comment and thumbnail, and after its end."""
    picture = Image.effect_noise((320, 200), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = exif[0x9286] = exif[0x013B] = CANARY
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=CANARY.encode(), quality=95)
    return out.getvalue() + CANARY.encode()


def test_a_covered_photo_is_one_colour_and_nothing_else(opened: Callable[[bytes], Exhibit]) -> None:
    photo = _photo_that_tells()
    assert CANARY.encode() in photo
    made_ = rendered(opened(photo))
    ((_, png),) = made_.pictures
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    assert pixels.shape == (200, 320, 3)
    assert (pixels == COVER).all()
    assert [name for name, _ in _chunks(png)] == [b"IHDR", b"IEND", b"IDAT"]
    assert_nothing_of(CANARY, made_)


def test_what_is_outside_a_released_area_is_one_colour(opened: Callable[[bytes], Exhibit]) -> None:
    exhibit = opened(_photo_that_tells())
    made_ = rendered(released(exhibit, Area(0, 40, 30, 140, 90)))
    original = np.frombuffer(exhibit.pages[0].pixels, np.uint8).reshape(200, 320, 3)
    ((_, png),) = made_.pictures
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    assert (pixels[30:90, 40:140] == original[30:90, 40:140]).all()
    outside = np.ones((200, 320), bool)
    outside[30:90, 40:140] = False
    assert (pixels[outside] == COVER).all()
    assert_nothing_of(CANARY, made_)


def test_the_pdf_has_no_other_picture_than_the_covered_one(
    opened: Callable[[bytes], Exhibit],
) -> None:
    exhibit = released(opened(_photo_that_tells()), Area(0, 40, 30, 140, 90))
    made_ = rendered(exhibit)
    ((_, png),) = made_.pictures
    covered = np.asarray(Image.open(io.BytesIO(png)))
    with pikepdf.open(io.BytesIO(made_.pdf)) as document:
        images = [
            pikepdf.PdfImage(one).as_pil_image().convert("RGB")
            for one in document.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"
        ]
    assert len(images) == 1
    assert (np.asarray(images[0]) == covered).all()


def _revised_pdf() -> bytes:
    """A PDF whose second revision hides the words of the first, and which says them elsewhere."""
    first = made.pdf(
        f"/Lang ({CANARY}) /Names << /EmbeddedFiles << /Names [({CANARY}) 9 0 R] >> >>",
        content=f"BT /F 14 Tf 10 40 Td ({CANARY}) Tj ET".encode(),
        page=f"/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents ({CANARY}) >>]",
    )
    table = first.rindex(b"xref\n")
    content = b"BT /F 14 Tf 10 40 Td (shown) Tj ET"
    head = b"4 0 obj\n<< /Length %d >>\nstream\n" % len(content)
    added = head + content + b"\nendstream\nendobj\n"
    place = len(first)
    return (
        first
        + added
        + (
            f"xref\n4 1\n{place:010} 00000 n \ntrailer << /Size 5 /Root 1 0 R /Prev {table} "
            f"/Info << /Author ({CANARY}) >> >>\nstartxref\n{place + len(added)}\n%%EOF\n"
        ).encode()
    )


def test_a_pdf_leaves_without_text_revisions_notes_or_files(
    opened: Callable[[bytes], Exhibit],
) -> None:
    exhibit = opened(_revised_pdf())
    assert "several-revisions" in exhibit.notes
    page = exhibit.pages[0]
    assert [word.text for word in page.words] == ["shown"]
    made_ = rendered(released(exhibit, Area(0, 0, 0, page.width, page.height)))
    assert_nothing_of(CANARY, made_)
    # Of what was released only pixels leave.
    assert_nothing_of("shown", made_)
    assert made_.pdf.count(b"%%EOF") == 1
    assert made_.pdf.count(b"startxref") == 1
    with pikepdf.open(io.BytesIO(made_.pdf)) as document:
        assert "/EmbeddedFiles" not in repr(document.Root)
        assert not any("/Annots" in page for page in document.pages)
        assert b"/JavaScript" not in _everything_in(made_.pdf)


CHAT = (
    "12.05.24, 14:03 - speaker-one: my number is +7 921 123-45-67\n"
    f"12.05.24, 14:04 - speaker-two: {CANARY} come to the office\n"
    "12.05.24, 14:05 - speaker-one: ok\n"
    "12.05.24, 14:06 - speaker-two: we will find you\n"
).encode()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_other_peoples_programs_find_only_what_was_released(
    opened: Callable[[bytes], Exhibit], tmp_path: Path
) -> None:
    exhibit = opened(CHAT)
    line = exhibit.lines[3].text
    said = line.index("we will")
    made_ = rendered(released(exhibit, Passage(3, said, len(line))))
    file = tmp_path / "exhibit.pdf"
    file.write_bytes(made_.pdf)
    seen = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    text = seen.stdout.decode()
    assert "we will find you" in text
    assert exhibit.original_sha256 in text
    for hidden in (CANARY, "123-45-67", "14:04:00", "office", "speaker-one", "speaker-two"):
        assert hidden not in text
        assert_nothing_of(hidden, made_)
    images = subprocess.run(["pdfimages", "-list", file], capture_output=True, check=True)
    assert len(images.stdout.splitlines()) == 2  # its head only: a text has no pictures


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
def test_a_pdf_taken_apart_by_qpdf_has_nothing_covered(
    opened: Callable[[bytes], Exhibit], tmp_path: Path
) -> None:
    made_ = rendered(opened(_revised_pdf()))
    file, apart = tmp_path / "exhibit.pdf", tmp_path / "apart.pdf"
    file.write_bytes(made_.pdf)
    subprocess.run(
        ["qpdf", "--qdf", "--object-streams=disable", "--decode-level=all", file, apart], check=True
    )
    assert b"/Image" in apart.read_bytes()  # it was taken apart
    assert CANARY.encode() not in apart.read_bytes()
    subprocess.run(["qpdf", "--check", file], check=True, capture_output=True)


def test_a_mark_tells_no_length_and_no_number(opened: Callable[[bytes], Exhibit]) -> None:
    short = rendered(opened(CHAT))
    long = rendered(
        opened(CHAT + b"12.05.24, 14:07 - speaker-two: " + b"a very long line " * 40 + b"\n")
    )
    assert short.text == long.text == MARK + "\n"


def test_two_names_of_different_length_look_alike(opened: Callable[[bytes], Exhibit]) -> None:
    def shown(name: str) -> str:
        exhibit = opened(f"They wrote to {name} at noon\nand again\n".encode())
        end = len(exhibit.lines[0].text)
        return rendered(
            released(exhibit, Passage(0, 0, 14), Passage(0, end - 8, end), Passage(1, 0, 9))
        ).text

    assert (
        shown("A")
        == shown("a person with a long name")
        == f"They wrote to {MARK} at noon\nand again\n"
    )


def test_names_in_a_photos_other_frames_stay_behind(opened: Callable[[bytes], Exhibit]) -> None:
    """An animation hides a second picture behind its first."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    exhibit = opened(out.getvalue())
    made_ = rendered(released(exhibit, Area(0, 0, 0, 60, 40)))
    first, second = (np.asarray(Image.open(io.BytesIO(png))) for _, png in made_.pictures)
    assert (first[..., 0] > 200).all()
    assert (second == COVER).all()


def test_a_photo_that_leaves_whole_leaves_without_its_metadata(tmp_path: Path) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", CANARY)
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG", pnginfo=notes)
    for data in (_photo_that_tells(), out.getvalue() + CANARY.encode()):
        file = tmp_path / "photo"
        file.write_bytes(data)
        (page,) = open_exhibit(file).pages
        png = picture_of_page(page)
        assert [name for name, _ in _chunks(png)] == [b"IHDR", b"IEND", b"IDAT"]
        assert CANARY.encode() not in png
        with Image.open(io.BytesIO(png)) as shown:
            assert shown.tobytes() == page.pixels


def test_the_record_names_the_original_and_no_content(opened: Callable[[bytes], Exhibit]) -> None:
    exhibit = released(opened(CHAT), Passage(3, 0, 8))
    record = rendered(exhibit).record.decode()
    assert f'"original": "{exhibit.original_sha256}"' in record
    assert re.search(r'"by": "desk-1"', record)
    assert not any(word in record for word in (CANARY, "office", "921", "find"))


def test_the_record_does_not_measure_what_is_covered(opened: Callable[[bytes], Exhibit]) -> None:
    """Ends of passages, and numbers of lines, would say how long a covered name is."""

    def recorded(before: str, name: str) -> str:
        exhibit = opened(f"{before}They wrote to {name} at noon\n".encode())
        at, end = len(exhibit.lines) - 1, len(exhibit.lines[-1].text)
        made_ = rendered(released(exhibit, Passage(at, 0, 14), Passage(at, end - 8, end)))
        assert "They wrote to" in made_.text
        assert '"line": 1' in made_.record.decode()
        return made_.record.decode().replace(exhibit.original_sha256, "")

    short = recorded("x\n", "A")
    assert short.count('"reason": "shows the threat"') == 2
    long = recorded("many\nlines\nbefore\n", "a person with a long name")
    # The PDF's digest differs, as the original's stands on its sheet.
    parts = [re.sub(r'"(pdf)": "[0-9a-f]{64}"', "", one) for one in (short, long)]
    assert parts[0] == parts[1]


# Spaces without width, selectors, fillers, joiners that join nothing, tags.
UNSEEN = ["\u200b", "\u00ad", "\u2060", "\ufeff", "\ufe0e", "\u034f", "\u3164", "\u180b"]
UNSEEN += ["\u200d\u200c", "\U0001d173", "\U000e0041\U000e0042", "\U000e0101"]


def test_a_mark_that_nobody_sees_does_not_leave_with_a_text(
    opened: Callable[[bytes], Exhibit],
) -> None:
    exhibit = opened("".join(f"we {one}wi{one}ll find you\n" for one in UNSEEN).encode())
    for line in exhibit.lines:
        exhibit = released(exhibit, Passage(line.number, 0, len(line.text)))
    assert rendered(exhibit).text == "we will find you\n" * len(UNSEEN)


def test_joiners_that_are_seen_stay(opened: Callable[[bytes], Exhibit]) -> None:
    seen = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f3f3\u200d\U0001f308"
    assert opened(f"{seen}\n".encode()).lines[0].text == seen
