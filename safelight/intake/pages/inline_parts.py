"""The style and the script that stand inside every page, and the hashes that allow them.

Inside, because each file of its own costs another connection of a second or two on the
lines this is for, on every page: nothing is cached. The policy names the SHA-256 of these
exact bytes (CSP 3, "unsafe-inline and hashes"), so a changed script does not run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Final

from safelight.vocabulary.questions import Condition, question_set

# The door that leads to a form, and the form. `addresses` says where each is.
DOORS: Final = {"report": "what-happened", "smear": "smear-alarm", "letter": "letter"}


@cache
def style() -> str:
    """Return the style sheet of every page, with what hides conditional questions."""
    written = _read("page.css")
    without_comments = re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL)
    shorter = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", without_comments))
    return shorter.strip() + "".join(_hiding(condition) for condition in _conditions())


@cache
def script() -> str:
    """Return the script of every page, without its comments."""
    lines = _read("page.js").splitlines()
    return "\n".join(line.strip() for line in lines if not line.lstrip().startswith("//"))


def style_source() -> str:
    """Return what a Content-Security-Policy calls the style sheet."""
    return _source(style())


def script_source() -> str:
    """Return what a Content-Security-Policy calls the script."""
    return _source(script())


def _read(name: str) -> str:
    return files("safelight.intake").joinpath(f"inline/{name}").read_text(encoding="utf-8")


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _conditions() -> list[Condition]:
    found = {
        question.only_if.as_text(): question.only_if
        for form in DOORS.values()
        for question in question_set(form).questions
        if question.only_if is not None
    }
    return [found[text] for text in sorted(found)]


def _hiding(condition: Condition) -> str:
    # A browser that does not know :has() drops the rule and shows every question. Words of
    # ours only: the vocabulary's codes and ids, never what a person wrote.
    chosen = ",".join(
        f'[name="{condition.question}"][value="{code}"]:checked,'
        f'[name="{condition.question}"] [value="{code}"]:checked'
        for code in condition.codes
    )
    hidden = f'[data-only-if="{condition.as_text()}"]'
    return f"form:not(:has({chosen})) {hidden}{{display:none}}"
