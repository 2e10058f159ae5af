"""How the browser of a capture shows itself: as one that a person uses, on no machine of its own.

A site that knows a program by its looks shows it another page, or none; and one that knows our
program's looks knows who captures it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from safelight.evidence.capture.cdp import Params

# What a page may learn of the machine: the most usual, not the desk's own.
PROCESSORS: Final = 4
SCREEN: Final = (1920, 1080)


@dataclass(frozen=True)
class Appearance:
    """How the browser shows itself to a page, and the page to us."""

    language: str
    viewport: tuple[int, int]
    user_agent: str

    def as_told(self) -> Params:
        """For the browser. Without the brands it would say none, which no other browser does."""
        found = re.search(r"Chrome/([0-9]+)", self.user_agent)
        brands = [("Chromium", found[1] if found else ""), ("Not)A;Brand", "24")]
        return {
            "userAgent": self.user_agent,
            "acceptLanguage": self.language,
            "userAgentMetadata": {
                "brands": [{"brand": name, "version": version} for name, version in brands],
                "platform": "Linux",
                "platformVersion": "",
                "architecture": "x86",
                "model": "",
                "mobile": False,
            },
        }
