"""Runs in the sandbox. SVG drawings become one picture."""

from __future__ import annotations

import io
import re
from typing import Final

import vl_convert
from PIL import Image

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.inside.markup_text import note_what_it_does, words_of
from safelight.evidence.sandbox.inside.pictures import upright_and_opaque
from safelight.evidence.sandbox.inside.sniffing import as_text
from safelight.evidence.sandbox.wire import Note, Stop

_LARGEST_DRAWING: Final = 4 * 1024 * 1024
_ELSEWHERE: Final = re.compile(
    r"""\b(?:xlink:)?href\s*=\s*(?:"\s*(?!#|data:)[^"]*"|'\s*(?!#|data:)[^']*')""", re.IGNORECASE
)


def show_drawing(untrusted: bytes, showing: Showing) -> None:
    """Draw an SVG file as it stands. Nothing it refers to is fetched; no script runs."""
    if len(untrusted) > _LARGEST_DRAWING:
        raise Stopped(Stop.TOO_LARGE)
    source = as_text(untrusted) or ""
    note_what_it_does(source, showing)
    showing.add_text(words_of(source))
    showing.pages = 1
    try:
        # The renderer would ask for what is elsewhere; refused a socket, it gives up the drawing.
        drawn = vl_convert.svg_to_png(_ELSEWHERE.sub("", source))
        with Image.open(io.BytesIO(drawn), formats=("PNG",)) as image:
            width, height = image.size
            if width * height > showing.budget.declared_pixels:
                raise Stopped(Stop.TOO_LARGE)
            for number in showing.wanted:
                showing.add_page(number, upright_and_opaque(image))
    except (ValueError, OSError, RuntimeError):
        # What is no drawing may still be read as text.
        showing.pages = 0
        showing.notes.add(Note.TEXT_ONLY)
