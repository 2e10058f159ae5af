"""What the page of circles looks like to somebody who glances at it: the operator chooses.

A look changes title, icon, colours and words of everything that is seen before a passphrase
was typed, and of the page that hiding leads to. Nothing in it says what the page is for. The
title and the icon stay inside too: a tab and a list of visited pages show them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

# Set by `safelight serve --look`.
LOOK: Final = "SAFELIGHT_SERVER_LOOK"
DEFAULT_LOOK: Final = "notes"


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue. Django's own marker needs settings, and `serve` has none
    when it reads its options."""
    return sentence


@dataclass(frozen=True)
class Colours:
    """Six colours as CSS writes them. Text on paper and on soft keeps 4.5 : 1 (WCAG 1.4.3)."""

    paper: str
    ink: str
    quiet: str
    accent: str
    on_accent: str
    soft: str

    def rules(self) -> str:
        """Return custom properties for the style sheet."""
        return (
            f"--paper:{self.paper};--ink:{self.ink};--quiet:{self.quiet};--accent:{self.accent};"
            f"--on-accent:{self.on_accent};--soft:{self.soft}"
        )


@dataclass(frozen=True)
class Look:
    """One look. Texts are English; the catalogue has them in Russian."""

    name: str
    title: str
    # Under the title of the door.
    lead: str
    # On the neutral page: leads back to the door.
    back: str
    # (heading, text) of the neutral page; what a glance sees there.
    neutral: tuple[tuple[str, str], ...]
    light: Colours
    dark: Colours
    # The shapes inside a 16 x 16 SVG.
    drawing: str

    @property
    def icon(self) -> str:
        """Return the address of the icon; it stands inside the page, so nothing is fetched."""
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' + self.drawing + "</svg>"
        )
        return "data:image/svg+xml," + quote(drawing, safe="/:=' ")


LOOKS: Final[Mapping[str, Look]] = {
    look.name: look
    for look in (
        Look(
            name="notes",
            title=_("Notes"),
            lead=_("Your notes on this device."),
            back=_("My notes"),
            neutral=(
                (_("To buy"), _("Bread, milk, apples, batteries for the clock.")),
                (
                    _("Sunday"),
                    _("Change the bedclothes. Water the flowers. Call about the window."),
                ),
                (_("To read"), _("The library keeps the book until the end of the month.")),
            ),
            light=Colours("#fbfaf7", "#22262b", "#5a626c", "#1f5a7a", "#ffffff", "#eef1f2"),
            dark=Colours("#16191d", "#e4e6e8", "#a3abb4", "#8cc4e0", "#10222d", "#20252a"),
            drawing="<rect x='3' y='1' width='10' height='14' rx='1' fill='#1f5a7a'/>"
            "<path d='M5 5h6M5 8h6M5 11h4' stroke='#ffffff'/>",
        ),
        Look(
            name="recipes",
            title=_("Recipes"),
            lead=_("Your recipes on this device."),
            back=_("My recipes"),
            neutral=(
                (
                    _("Pancakes"),
                    _("Two eggs, half a litre of milk, 200 g of flour, a little salt and sugar."),
                ),
                (
                    _("Apple cake"),
                    _("Four apples, three eggs, a glass of sugar, a glass of flour. 40 minutes."),
                ),
                (_("Vegetable soup"), _("Carrots, potatoes, an onion, beans; simmer for an hour.")),
            ),
            light=Colours("#fdf9f3", "#2b2420", "#6a5d54", "#8a3d12", "#ffffff", "#f5ece1"),
            dark=Colours("#1c1815", "#ebe4dd", "#b3a79c", "#f0b183", "#2d1608", "#29221d"),
            drawing="<path d='M2 7h12v3a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4z' fill='#8a3d12'/>"
            "<path d='M6 5V2M10 5V2' stroke='#8a3d12'/>",
        ),
        Look(
            name="chess",
            title=_("Chess diary"),
            lead=_("Your games on this device."),
            back=_("My games"),
            neutral=(
                (_("Italian game"), _("1. e4 e5 2. Nf3 Nc6 3. Bc4 Bc5 4. c3 Nf6 5. d3 d6")),
                (_("Queen’s gambit"), _("1. d4 d5 2. c4 e6 3. Nc3 Nf6 4. cxd5 exd5 5. Bg5 Be7")),
                (_("Endgame"), _("King and pawn: the opposition decides. Practise once a week.")),
            ),
            light=Colours("#f9f9f7", "#24272a", "#5b6166", "#3a4a5c", "#ffffff", "#ecedeb"),
            dark=Colours("#17191b", "#e5e6e7", "#a7abb0", "#b4c4d8", "#151e29", "#222528"),
            drawing="<path d='M8 1a2.5 2.5 0 0 1 1.5 4.5L11 12H5l1.5-6.5A2.5 2.5 0 0 1 8 1z' "
            "fill='#3a4a5c'/><rect x='3' y='12' width='10' height='3' fill='#3a4a5c'/>",
        ),
        Look(
            name="plants",
            title=_("House plants"),
            lead=_("Your plants on this device."),
            back=_("My plants"),
            neutral=(
                (_("Ficus"), _("Water once a week, keep away from the radiator.")),
                (_("Violet"), _("Water from below. New pot in spring.")),
                (_("Cactus"), _("In winter once a month, and as much light as there is.")),
            ),
            light=Colours("#f8faf5", "#232823", "#586158", "#2c632f", "#ffffff", "#eaf0e6"),
            dark=Colours("#161a16", "#e3e8e2", "#a2aca1", "#9fd3a0", "#10240f", "#20261f"),
            drawing="<path d='M8 9C3 9 2 5 2 2c4 0 6 2 6 7zM8 9c5 0 6-4 6-7-4 0-6 2-6 7z' "
            "fill='#2c632f'/><path d='M4 10h8l-1 5H5z' fill='#8a3d12'/>",
        ),
    )
}


def chosen_look() -> Look:
    """Return the look of this server."""
    return LOOKS[os.environ.get(LOOK, DEFAULT_LOOK)]
