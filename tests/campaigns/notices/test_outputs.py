"""PDF/A, ODT and text: the same words, the same bytes, on the page and readable."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    for fault in pdf_a_faults(pdf):
        pytest.fail(fault)
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    file = tmp_path / "notice.pdf"
    file.write_bytes(pdf)
    subprocess.run(["qpdf", "--check", file], check=True, capture_output=True)


# What a file may not hold anywhere (ISO 19005-2, 6.1.3, 6.1.7, 6.2.9, 6.5.1), and only there.
FORBIDDEN = {"/S": ("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData")}


def pdf_a_faults(pdf: bytes) -> list[str]:
    """What of PDF/A-2b this file breaks, of the rules that can be read off its objects.

    Nobody could run veraPDF here, which knows all of them. These are the ones that generators
    break most (clauses from memory): encryption, what lies outside, what runs, fonts, colours,
    dates that disagree.
    """
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        if opened.is_encrypted:
            found.append("6.1.3: encrypted")
        if "/ID" not in opened.trailer:
            found.append("6.1.3: no ID")
        with opened.open_metadata() as metadata:
            if metadata.get("pdfaid:part") != "2" or metadata.get("pdfaid:conformance") != "B":
                found.append("6.6.4: does not say which part it follows")
            said = str(opened.docinfo.get("/CreationDate", ""))
            digits = re.sub(r"\D", "", metadata.get("xmp:CreateDate", ""))
            if said and re.sub(r"\D", "", said)[:14] != digits[:14]:
                found.append("6.6.3: dates disagree")
        for intent in opened.Root.get("/OutputIntents", []):
            profile = intent.get("/DestOutputProfile")
            if profile is None or profile.read_bytes()[36:40] != b"acsp" or profile.N != 3:
                found.append("6.2.3: no profile that says which colours are meant")
        if "/OutputIntents" not in opened.Root:
            found.append("6.2.3: no output intent")
        for thing in opened.objects:
            found += _faults_of(thing)
    return found


def _faults_of(thing: pikepdf.Object) -> list[str]:
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return []
    found = []
    if isinstance(thing, pikepdf.Stream):
        filters = thing.get("/Filter", [])
        names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(f) for f in filters]
        if "/LZWDecode" in names or "/Crypt" in names:
            found.append("6.1.7: a filter that is not allowed")
        if "/F" in thing:
            found.append("6.1.7.1: a part that lies outside the file")
        if str(thing.get("/Subtype", "")) == "/PS":
            found.append("6.2.9: PostScript")
    for key, names in FORBIDDEN.items():
        if str(thing.get(key, "")) in names:
            found.append(f"6.5.1: {thing.get(key)}")
    if "/AA" in thing or "/EF" in thing:
        found.append("6.5.2: an action, or a file within")
    kind = str(thing.get("/Type", "")), str(thing.get("/Subtype", ""))
    if kind[0] == "/Font" and kind[1] != "/Type3":
        deep = thing.DescendantFonts[0] if "/DescendantFonts" in thing else thing
        descriptor = deep.get("/FontDescriptor", {})
        if not any(f"/FontFile{n}" in descriptor for n in ("", "2", "3")):
            found.append("6.2.11.4: a font that is not inside")
        if kind[1] == "/Type0" and "/ToUnicode" not in thing:
            found.append("6.2.11.7: letters that cannot be copied")
    if kind[0] == "/Annot" and (int(thing.get("/F", 0)) & 4 == 0 or int(thing.get("/F", 0)) & 3):
        found.append("6.3.2: an annotation that is not printed, or hidden")
    return found


def test_what_breaks_pdf_a_is_seen() -> None:
    pdf = as_pdf(a_draft().document)

    def broken(change: Callable[[pikepdf.Pdf], object], **how: Any) -> list[str]:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            change(opened)
            out = io.BytesIO()
            opened.save(out, **how)
        return pdf_a_faults(out.getvalue())

    def nothing(_: pikepdf.Pdf) -> None: ...

    def no_fonts(opened: pikepdf.Pdf) -> None:
        for font in opened.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            for name in [key for key in descriptor if key.startswith("/FontFile")]:
                del descriptor[name]

    def runs(opened: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))
        opened.Root.OpenAction = opened.make_indirect(action)

    def no_colours(opened: pikepdf.Pdf) -> None:
        del opened.Root["/OutputIntents"]

    def no_name(opened: pikepdf.Pdf) -> None:
        del opened.Root["/Metadata"]

    assert broken(nothing) == []
    lock = pikepdf.Encryption(owner="o", user="", aes=True)
    assert "6.1.3: encrypted" in broken(nothing, encryption=lock)
    assert "6.2.11.4: a font that is not inside" in broken(no_fonts)
    assert "6.5.1: /JavaScript" in broken(runs)
    assert "6.2.3: no output intent" in broken(no_colours)
    assert "6.6.4: does not say which part it follows" in broken(no_name)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_notices_of_every_kind_break_none_of_these_rules(language: str) -> None:
    one_of_each = {one.kind: one.id for one in templates()}
    for template_id in one_of_each.values():
        more = {"events": "Что-то случилось."} if template_id.startswith("complaint") else {}
        assert pdf_a_faults(as_pdf(a_draft(template_id, language, **more).document)) == []


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
