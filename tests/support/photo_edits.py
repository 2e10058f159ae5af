"""The fourteen edits that copies of a photo were seen with, and screenshots and collages.

Each takes a red-green-blue array and a random generator, and returns what would be
captured. Sizes and strengths are drawn, so that no detector can be fitted to one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Edit = Callable[[Pixels, np.random.Generator], Pixels]

_LETTERS: Final = cv2.FONT_HERSHEY_DUPLEX


def sized(image: Pixels, longest: int) -> Pixels:
    scale = longest / max(image.shape[:2])
    size = (max(32, round(image.shape[1] * scale)), max(32, round(image.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=way).astype(np.uint8)


def through_codec(image: Pixels, kind: str, quality: int) -> Pixels:
    flag = cv2.IMWRITE_JPEG_QUALITY if kind == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    _, data = cv2.imencode(kind, image[..., ::-1], [flag, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def compressed(image: Pixels, rng: np.random.Generator) -> Pixels:
    kind = ".jpg" if rng.random() < 0.5 else ".webp"
    return through_codec(image, kind, int(rng.integers(10, 40)))


def resized(image: Pixels, rng: np.random.Generator) -> Pixels:
    return sized(image, int(rng.integers(200, 1600)))


def cropped(image: Pixels, rng: np.random.Generator) -> Pixels:
    return _crop(image, rng, float(rng.uniform(0.8, 0.9)))


def cropped_to_a_third(image: Pixels, rng: np.random.Generator) -> Pixels:
    """To 30 % of the area, anywhere."""
    return _crop(image, rng, 0.30**0.5)


def _crop(image: Pixels, rng: np.random.Generator, side: float) -> Pixels:
    height, width = image.shape[:2]
    tall, wide = round(height * side), round(width * side)
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    return np.ascontiguousarray(image[top : top + tall, left : left + wide])


def tilted(image: Pixels, rng: np.random.Generator) -> Pixels:
    """By 2 to 12 degrees either way, the corners filled."""
    angle = float(rng.uniform(2, 12) * rng.choice([-1, 1]))
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    fill = [int(x) for x in rng.choice([0, 255]) * np.ones(3)]
    return cv2.warpAffine(image, turn, (width, height), borderValue=fill).astype(np.uint8)


def turned(image: Pixels, rng: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(np.rot90(image, int(rng.integers(1, 4))))


def mirrored(image: Pixels, rng: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(image[:, ::-1] if rng.random() < 0.8 else image[::-1])


def relit(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Brighter or darker, with more or less contrast."""
    gain, shift = float(rng.uniform(0.5, 1.7)), float(rng.uniform(-50, 50))
    gamma = float(rng.uniform(0.6, 1.6))
    light = 255 * (image.astype(np.float64) / 255) ** gamma
    return np.clip((light - 128) * gain + 128 + shift, 0, 255).astype(np.uint8)


def blurred(image: Pixels, rng: np.random.Generator) -> Pixels:
    sigma = float(rng.uniform(0.003, 0.006)) * max(image.shape[:2])
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.uint8)


def noisy(image: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.normal(0, float(rng.uniform(12, 30)), image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def filtered(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Grey, sepia, or a strong tint."""
    grey = image @ np.array([0.299, 0.587, 0.114])
    kind = int(rng.integers(3))
    if kind == 0:
        return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    if kind == 1:
        return np.clip(grey[..., None] * [1.07, 0.86, 0.65], 0, 255).astype(np.uint8)
    tint = rng.uniform(0.4, 1.4, 3)
    return np.clip(image * tint, 0, 255).astype(np.uint8)


def captioned(image: Pixels, rng: np.random.Generator) -> Pixels:
    """As a meme: lines of large letters above and below, on the photo or on bars."""
    out = image.copy()
    height, width = out.shape[:2]
    on_bar = bool(rng.random() < 0.5)
    bar = round(height * float(rng.uniform(0.12, 0.2)))
    places = [bar, height - bar // 4]
    if on_bar:
        out[:bar] = 0 if rng.random() < 0.5 else 255
        out[-bar:] = out[0, 0]
    for line in places:
        written = _words(rng, 3)
        size = 0.9 * width / max(1, cv2.getTextSize(written, _LETTERS, 1, 2)[0][0])
        at = (round(0.05 * width), round(line - bar * 0.2))
        ink, edge = ((255, 255, 255), (0, 0, 0))
        if on_bar and out[0, 0, 0] == 255:
            ink, edge = edge, ink
        cv2.putText(out, written, at, _LETTERS, size, edge, max(2, round(size * 5)), cv2.LINE_AA)
        cv2.putText(out, written, at, _LETTERS, size, ink, max(1, round(size * 2)), cv2.LINE_AA)
    return out


def stickered(image: Pixels, rng: np.random.Generator) -> Pixels:
    """A watermark over the whole, and two to four stickers on up to a quarter of it."""
    out = image.astype(np.float64)
    height, width = image.shape[:2]
    mark = np.zeros(image.shape[:2], np.uint8)
    for top in range(height // 6, height, max(40, height // 3)):
        size = width / 500
        cv2.putText(mark, _words(rng, 4), (width // 20, top), _LETTERS, size, 255, 2, cv2.LINE_AA)
    out += 0.45 * (mark[..., None] / 255.0) * (255 - out)
    sheet = np.ascontiguousarray(np.clip(out, 0, 255).astype(np.uint8))
    for _ in range(int(rng.integers(2, 5))):
        middle = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        radius = round(min(height, width) * float(rng.uniform(0.08, 0.16)))
        colour = [int(x) for x in rng.integers(0, 256, 3)]
        cv2.circle(sheet, middle, radius, colour, -1, cv2.LINE_AA)
        eye = max(2, radius // 6)
        for side in (-1, 1):
            spot = (middle[0] + side * radius // 3, middle[1] - radius // 4)
            cv2.circle(sheet, spot, eye, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.ellipse(sheet, middle, (radius // 2, radius // 2), 0, 20, 160, (0, 0, 0), eye)
    return sheet


def framed(image: Pixels, rng: np.random.Generator) -> Pixels:
    """A border of one colour, or the blurred photo itself behind it as stories do."""
    height, width = image.shape[:2]
    wide = round(max(height, width) * float(rng.uniform(0.06, 0.25)))
    high = round(max(height, width) * float(rng.uniform(0.06, 0.25)))
    if rng.random() < 0.35:
        size = (width + 2 * wide, height + 2 * high)
        out = cv2.GaussianBlur(cv2.resize(image, size), (0, 0), max(size) / 30)
    else:
        colour = [int(x) for x in rng.integers(0, 256, 3)]
        out = np.full((height + 2 * high, width + 2 * wide, 3), colour, np.uint8)
    out[high : high + height, wide : wide + width] = image
    return out.astype(np.uint8)


EDITS: Final[Mapping[str, Edit]] = {
    "compressed": compressed,
    "resized": resized,
    "cropped by 10-20 % a side": cropped,
    "cropped to 30 % of the area": cropped_to_a_third,
    "tilted": tilted,
    "turned": turned,
    "mirrored": mirrored,
    "brightness and contrast": relit,
    "blurred": blurred,
    "noise": noisy,
    "colour filter": filtered,
    "caption": captioned,
    "watermark and stickers": stickered,
    "frame": framed,
}


def screenshot(image: Pixels, rng: np.random.Generator, others: Sequence[Pixels] = ()) -> Pixels:
    """A post in an app on a telephone: bars, an avatar, text, the photo, buttons, what follows.

    Of six designs (light and dark); `others` are photos of the posts above and below.
    """
    dark = bool(rng.random() < 0.5)
    ground, card, ink = ((18, 18, 20), (30, 31, 34), (225, 225, 225)) if dark else (
        (237, 238, 240), (255, 255, 255), (25, 25, 30)
    )  # fmt: skip
    width = int(rng.choice([720, 1080]))
    unit = width // 36
    design = int(rng.integers(3))
    margin = (0, unit, 2 * unit)[design]
    pieces: list[Pixels] = [_bar(width, 2 * unit, card, ink, rng)]
    before = list(others[:1]) if rng.random() < 0.5 else []
    for number, photo in enumerate([*before, image, *others[1:2]]):
        if number:
            pieces.append(np.full((unit, width, 3), ground, np.uint8))
        pieces.append(_post(photo, rng, (width, unit, margin), (ground, card, ink)))
    pieces.append(_bar(width, 3 * unit, card, ink, rng))
    return through_codec(np.vstack(pieces), ".jpg", int(rng.integers(60, 95)))


def _post(
    photo: Pixels, rng: np.random.Generator, layout: tuple[int, int, int], colours: Any
) -> Pixels:
    width, unit, margin = layout
    ground, card, ink = colours
    inner = width - 2 * margin
    wide = inner if rng.random() < 0.6 else round(inner * float(rng.uniform(0.6, 0.9)))
    scale = min(wide / photo.shape[1], 1.2 * width / photo.shape[0])
    shown = cv2.resize(
        photo, (round(photo.shape[1] * scale), round(photo.shape[0] * scale)),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )  # fmt: skip
    lines = int(rng.integers(1, 6))
    head, said, foot = 4 * unit, (lines + 1) * 2 * unit, 3 * unit
    sheet = np.full((head + said + shown.shape[0] + foot, width, 3), ground, np.uint8)
    sheet[:, margin : width - margin] = card
    avatar = [int(x) for x in rng.integers(0, 256, 3)]
    cv2.circle(sheet, (margin + 2 * unit, 2 * unit), round(1.3 * unit), avatar, -1, cv2.LINE_AA)
    _write(sheet, _words(rng, 2), (margin + 4 * unit, 2 * unit), unit, ink)
    for line in range(lines):
        at = (margin + unit, head + (2 * line + 1) * unit)
        _write(sheet, _words(rng, 4), at, unit, ink)
    left = margin + (inner - shown.shape[1]) // 2
    sheet[head + said : head + said + shown.shape[0], left : left + shown.shape[1]] = shown
    if rng.random() < 0.3:  # a video's button stands on the picture
        middle = (left + shown.shape[1] // 2, head + said + shown.shape[0] // 2)
        cv2.circle(sheet, middle, 2 * unit, (0, 0, 0), -1, cv2.LINE_AA)
    for button in range(3):
        at_x = margin + 2 * unit + button * 8 * unit
        cv2.circle(sheet, (at_x, sheet.shape[0] - unit - unit // 2), unit // 2, ink, 2, cv2.LINE_AA)
        _write(
            sheet, str(int(rng.integers(1, 900))), (at_x + unit, sheet.shape[0] - unit), unit, ink
        )
    return sheet


def _bar(width: int, height: int, ground: Any, ink: Any, rng: np.random.Generator) -> Pixels:
    bar = np.full((height, width, 3), ground, np.uint8)
    _write(
        bar,
        f"{rng.integers(10, 24)}:{rng.integers(10, 60)}",
        (height, round(height * 0.7)),
        height // 2,
        ink,
    )
    cv2.rectangle(bar, (width - 2 * height, height // 3), (width - height, 2 * height // 3), ink, 2)
    return bar


def _write(sheet: Pixels, words: str, at: tuple[int, int], unit: int, ink: Any) -> None:
    cv2.putText(sheet, words, at, _LETTERS, unit / 28, ink, max(1, unit // 18), cv2.LINE_AA)


def collage(image: Pixels, rng: np.random.Generator, others: Sequence[Pixels]) -> Pixels:
    """Two to six photos as tiles, with or without gaps; the photo is one of them, cut to fit."""
    count = min(int(rng.choice([2, 3, 4, 6])), len(others) + 1)
    rows, columns = {1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2), 6: (2, 3)}.get(count, (1, count))
    if rng.random() < 0.5:
        rows, columns = columns, rows
    tile_width, tile_height = int(rng.integers(320, 480)), int(rng.integers(320, 480))
    gap = int(rng.choice([0, 0, 6, 16]))
    ground = [int(x) for x in (255, 255, 255)] if rng.random() < 0.6 else [0, 0, 0]
    sheet = np.full(
        (rows * (tile_height + gap) + gap, columns * (tile_width + gap) + gap, 3), ground, np.uint8
    )
    tiles = [*others[: rows * columns - 1]]
    tiles.insert(int(rng.integers(len(tiles) + 1)), image)
    for number, photo in enumerate(tiles):
        top = gap + (number // columns) * (tile_height + gap)
        left = gap + (number % columns) * (tile_width + gap)
        sheet[top : top + tile_height, left : left + tile_width] = _filling(
            photo, tile_height, tile_width
        )
    return through_codec(sheet, ".jpg", int(rng.integers(50, 90)))


def _filling(photo: Pixels, height: int, width: int) -> Pixels:
    """Scaled to cover, the middle kept, as every collage maker does."""
    scale = max(height / photo.shape[0], width / photo.shape[1])
    size = (max(width, round(photo.shape[1] * scale)), max(height, round(photo.shape[0] * scale)))
    large = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width].astype(np.uint8)


_SYLLABLES: Final = (
    "ka",
    "ro",
    "ne",
    "li",
    "sto",
    "va",
    "ti",
    "mo",
    "pre",
    "du",
    "shi",
    "ba",
    "ye",
)


def _words(rng: np.random.Generator, count: int) -> str:
    return " ".join("".join(rng.choice(_SYLLABLES, int(rng.integers(2, 4)))) for _ in range(count))
