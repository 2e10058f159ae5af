"""PDF/A, ODT and text: the same words, the same bytes, on the page and readable."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from safelight.campaigns.notices.as_odt import MEDIA_TYPE, as_odt
from safelight.campaigns.notices.as_pdf import as_pdf, as_pictures
from safelight.campaigns.notices.as_text import as_text, body_text
from safelight.campaigns.notices.document import Items
from safelight.campaigns.notices.problems import UnshowableError
from safelight.campaigns.notices.templates import templates
from tests.campaigns.notices.cases import a_draft

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def pdf_words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_bounded() for page in document)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("template_id", [one.id for one in templates()])
def test_every_template_fills_in_both_languages_and_leaves_no_place_open(
    template_id: str, language: str
) -> None:
    draft = a_draft(template_id, language, events="Что-то случилось.") if (
        template_id.startswith(("complaint", "authority-rkn"))
    ) else a_draft(template_id, language)  # fmt: skip
    text = as_text(draft.document)
    assert "{" not in text
    assert "https://example.org/post/1" in text
    assert all(one.is_met for one in draft.checklist if not one.requirement.optional)
    assert body_text(draft.document) in text
    assert len(as_pdf(draft.document)) > 10_000


def test_the_pdf_declares_pdf_a_has_its_fonts_inside_and_passes_qpdf(tmp_path: Path) -> None:
    pdf = as_pdf(a_draft().document)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        with opened.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert metadata.pdfa_status == "2B"
        assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/StructTreeRoot" in opened.Root, "tagged, for who listens to it"
        assert opened.Root.Lang == "ru"
        for forbidden in ("/AA", "/OpenAction", "/AcroForm", "/Names"):
            assert forbidden not in opened.Root
        fonts = [
            font.DescendantFonts[0].FontDescriptor
            for page in opened.pages
            for font in page.Resources.Font.values()
        ]
        assert fonts
        assert all("/FontFile3" in font or "/FontFile2" in font for font in fonts)
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    file = tmp_path / "notice.pdf"
    file.write_bytes(pdf)
    subprocess.run(["qpdf", "--check", file], check=True, capture_output=True)


def test_the_same_notice_is_the_same_bytes_and_says_nothing_of_the_desk() -> None:
    for make in (as_pdf, as_odt):
        first = make(a_draft().document)
        assert first == make(a_draft().document)
        assert b"safelight" not in first.lower()
        assert first != make(a_draft(harm="иное").document)


def test_cyrillic_can_be_searched_and_copied_from_the_pdf() -> None:
    draft = a_draft(harm="Ёлка, съёмка, ґ, ї, қ, ў № 5 — «так»")
    assert squeezed("Ёлка, съёмка, ґ, ї, қ, ў № 5 — «так»") in squeezed(
        pdf_words(as_pdf(draft.document))
    )


def test_a_long_address_or_word_wraps_and_stays_whole() -> None:
    address = "https://example.org/" + "x" * 1900
    word = "ы" * 900
    draft = a_draft(urls=address, harm=word, sender_name="О" * 200)
    pdf = as_pdf(draft.document)
    found = squeezed(pdf_words(pdf))
    assert address in found
    assert word in found
    for page in pypdfium2.PdfDocument(pdf):
        width = page.get_width()
        text = page.get_textpage()
        for number in range(text.count_rects()):
            left, _bottom, right, _top = text.get_rect(number)
            assert left >= 50
            assert right <= width - 50, "nothing runs off the page"


def test_the_longest_notice_is_made_within_seconds() -> None:
    draft = a_draft(
        urls="\n".join(f"https://example.org/{n}/" + "a" * 1400 for n in range(50)),
        captures="\n".join(f"{n:064x}" for n in range(50)),
        **dict.fromkeys(("statements", "reasons", "harm"), "слово " * 660),
    )
    assert len(pypdfium2.PdfDocument(as_pdf(draft.document))) > 15


@pytest.mark.parametrize("letters", ["😀", "ქართული", "中文", "हिन्दी"])
def test_letters_that_the_fonts_lack_are_refused_for_the_pdf_only(letters: str) -> None:
    draft = a_draft(harm=letters)
    with pytest.raises(UnshowableError) as refused:
        as_pdf(draft.document)
    assert letters not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "typst's message has the text in it"
    assert letters in as_text(draft.document)
    assert (
        letters in zipfile.ZipFile(io.BytesIO(as_odt(draft.document))).read("content.xml").decode()
    )


def test_pages_can_be_looked_at_before_anything_is_saved() -> None:
    pages = as_pictures(a_draft().document, dots_per_inch=40)
    assert len(pages) == len(pypdfium2.PdfDocument(as_pdf(a_draft().document))) == 2
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_the_odt_is_what_the_standard_asks_for() -> None:
    odt = as_odt(a_draft().document)
    assert odt[30:38] == b"mimetype"
    assert odt[38 : 38 + len(MEDIA_TYPE)] == MEDIA_TYPE.encode(), "stored, at a fixed place"
    with zipfile.ZipFile(io.BytesIO(odt)) as archive:
        assert archive.testzip() is None
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        manifest = ET.fromstring(archive.read("META-INF/manifest.xml"))
        named = {
            entry.get(f"{{{_OFFICE}manifest:1.0}}full-path")
            for entry in manifest
        }  # fmt: skip
        assert named == {"/", "content.xml", "styles.xml"}
        content = ET.fromstring(archive.read("content.xml"))
        styles = archive.read("styles.xml").decode()
    used = {node.get(f"{{{_OFFICE}text:1.0}}style-name") for node in content.iter()} - {None}
    defined = set(re.findall(r'style:name="(\w+)"', styles)) | {"Numbers"}
    assert used <= defined


def test_text_and_odt_say_the_same_words() -> None:
    draft = a_draft()
    with zipfile.ZipFile(io.BytesIO(as_odt(draft.document))) as archive:
        content = ET.fromstring(archive.read("content.xml"))
    words = squeezed("".join(content.itertext()))
    for part in draft.document.parts:
        for line in part.items if isinstance(part, Items) else (part.text,):
            assert squeezed(line) in words
            assert line.upper() in as_text(draft.document).upper()
