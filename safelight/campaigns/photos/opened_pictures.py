"""The pictures in a file that the sandbox opened: a photo, a PDF's pages, frames of a film."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from safelight.campaigns.photos.pixels import SHORTEST_SIDE, Picture
from safelight.evidence.sandbox.opened import Page
from safelight.evidence.sandbox.opening import MOST_PAGES, open_hostile

MOST_PICTURES: Final = 48


def pictures_in(file: Path, *, most: int) -> Iterator[tuple[int, Picture]]:
    """Yield number and pixels of up to `most` pages or frames of a hostile file.

    The sandbox decides which frames of a film are shown. Raises as `open_hostile` does.
    """
    first = 0
    while first < most:
        opened = open_hostile(file, first_page=first, pages=min(MOST_PAGES, most - first))
        for page in opened.pages:
            if min(page.width, page.height) >= SHORTEST_SIDE:
                yield page.number, picture_of(page)
        first += MOST_PAGES
        if first >= opened.page_count:
            return


def picture_of(page: Page) -> Picture:
    """Return the pixels of one page that the sandbox rendered."""
    pixels = np.frombuffer(page.pixels, np.uint8).reshape(page.height, page.width, 3)
    return Picture.parse(pixels)
