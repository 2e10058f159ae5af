"""Runs in the sandbox. Pages of a PDF file become pixels; PDFium runs none of its scripts."""

from __future__ import annotations

import ctypes
import re
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.wire import Note, Stop

_POINTS_PER_INCH: Final = 72
_RESOLUTION: Final = 150
_LARGEST: Final = 96 * 1024 * 1024
_MOST_PAGES: Final = 5000
_MOST_CHARACTERS: Final = 100_000  # looked at for words, a page
_WIDEST_PAGE: Final = 20_000  # points; ISO 32000-1 Annex C allows 14,400
_SIGNS: Final = (
    (Note.SCRIPT, re.compile(rb"/(?:JS|JavaScript|Launch|OpenAction|AA|SubmitForm)\b")),
    (Note.ATTACHMENT, re.compile(rb"/(?:EmbeddedFiles?|Filespec|RichMedia)\b")),
    (Note.REFERS_OUTSIDE, re.compile(rb"/(?:URI|GoToR|ImportData)\b")),
)


def show_pdf(untrusted: bytes, showing: Showing) -> None:
    """Render the pages that are asked for, and say which words the file itself has on them."""
    if len(untrusted) > _LARGEST:
        raise Stopped(Stop.TOO_LARGE)
    try:
        document = pypdfium2.PdfDocument(untrusted)
    except pypdfium2.PdfiumError:
        code = pdfium.FPDF_GetLastError()
        raise Stopped(Stop.LOCKED if code == pdfium.FPDF_ERR_PASSWORD else Stop.DAMAGED) from None
    # Only what stands open: inside compressed object streams these signs do not show.
    showing.notes |= {note for note, sign in _SIGNS if sign.search(untrusted)}
    if untrusted.count(b"%%EOF") > 1:
        showing.notes.add(Note.SEVERAL_REVISIONS)
    if document.count_attachments():
        showing.notes.add(Note.ATTACHMENT)
    # So that what was filled in shows. This build of PDFium has no engine for scripts at all.
    document.init_forms()
    showing.pages = min(len(document), _MOST_PAGES)
    if showing.pages == 0:
        raise Stopped(Stop.EMPTY)
    for number in showing.wanted:
        try:
            _show_page(document[number], number, showing)
        except pypdfium2.PdfiumError:
            showing.notes.add(Note.DAMAGED)


def _show_page(page: pypdfium2.PdfPage, number: int, showing: Showing) -> None:
    width, height = page.get_size()
    if not (0 < width <= _WIDEST_PAGE and 0 < height <= _WIDEST_PAGE):
        showing.notes.add(Note.DAMAGED)
        return
    budget = showing.budget
    scale = min(
        _RESOLUTION / _POINTS_PER_INCH,
        budget.longest_side / max(width, height),
        (budget.page_pixels / (width * height)) ** 0.5,
    )
    bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
    image = bitmap.to_pil()
    across, down = showing.add_page(number, image)
    if not across:
        return
    text = page.get_textpage()
    for box, word in _words(page, text, image.size):
        left, top, right, bottom = box
        scaled = int(left * across), int(top * down), int(right * across), int(bottom * down)
        showing.add_word(number, scaled, word)
    showing.add_text(text.get_text_bounded() + "\n")


def _words(
    page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, size: tuple[int, int]
) -> list[tuple[tuple[int, int, int, int], str]]:
    """Words with their boxes in pixels of the rendered page, left, top, right, bottom."""
    found: list[tuple[tuple[int, int, int, int], str]] = []
    word, box = "", (0, 0, 0, 0)
    last_middle = 0
    for at in range(min(text.count_chars(), _MOST_CHARACTERS)):
        character = chr(pdfium.FPDFText_GetUnicode(text, at))
        around = _box(page, text, at, size) if not character.isspace() else None
        if around is None:
            if word:
                found.append((box, word))
            word = ""
            continue
        same_line = (
            box[1] <= (around[1] + around[3]) // 2 <= box[3]
            or abs(last_middle - (around[1] + around[3]) // 2) <= 2
        )
        near = around[0] - box[2] <= max(4, (around[3] - around[1]) // 2)
        if word and same_line and near:
            word += character
            box = (
                min(box[0], around[0]),
                min(box[1], around[1]),
                max(box[2], around[2]),
                max(box[3], around[3]),
            )
        else:
            if word:
                found.append((box, word))
            word, box = character, around
        last_middle = (around[1] + around[3]) // 2
    if word:
        found.append((box, word))
    return found


def _box(
    page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, at: int, size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    left, bottom, right, top = text.get_charbox(at, loose=True)
    corners = []
    for x, y in ((left, top), (right, bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        # Knows the page's rotation and crop box, as the rendering does.
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (x0, y0), (x1, y1) = corners
    box = min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1
    if box[2] <= 0 or box[3] <= 0 or box[0] >= size[0] or box[1] >= size[1]:
        return None
    return max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3])
