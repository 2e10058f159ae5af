"""Runs in the sandbox. Films become a few frames."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import cv2
from PIL import Image

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.wire import Note, Stop

_LARGEST_FILM: Final = 256 * 1024 * 1024
# FFmpeg wants a path; this one is the sandbox's own memory disk.
_COPY: Final = Path("/tmp/film")  # noqa: S108  # nosec B108


def show_film(file: IO[bytes], showing: Showing) -> None:
    """Show frames at even distances over the length of a film."""
    size = file.seek(0, 2)
    if size > _LARGEST_FILM:
        raise Stopped(Stop.TOO_LARGE)
    file.seek(0)
    with _COPY.open("wb") as target:
        while piece := file.read(1 << 20):
            target.write(piece)
    cv2.setNumThreads(1)
    film = cv2.VideoCapture(str(_COPY), cv2.CAP_FFMPEG)
    try:
        length = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        width = int(film.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(film.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not film.isOpened() or not (width and height):
            raise Stopped(Stop.DAMAGED)
        if width * height > showing.budget.declared_pixels:
            raise Stopped(Stop.TOO_LARGE)
        # A stream that does not say how long it is shows its first frame.
        showing.pages = max(1, min(length, showing.budget.pages))
        for number in showing.wanted:
            if number:
                film.set(cv2.CAP_PROP_POS_FRAMES, number * length // showing.pages)
            came, frame = film.read()
            if not came:
                showing.notes.add(Note.DAMAGED)
                continue
            rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            showing.add_page(number, Image.fromarray(rgb))
    except cv2.error:
        raise Stopped(Stop.DAMAGED) from None
    finally:
        film.release()
