"""The page of circles: one page, the same for everybody, that a script fills.

Its address, its title and what it shows before a passphrase say nothing about circles: the
words of the script come in modules, not in the page (browser/src/circles/pages/words). Where
nothing of it may be seen any more, the neutral page of the look stands at its side.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from safelight.circles.addresses import PAGE, SCRIPT
from safelight.circles.looks import chosen_look
from safelight.intake.addresses import address
from safelight.intake.assets import Asset, compressed_if_wanted
from safelight.intake.configuration import configured
from safelight.intake.pages import leaving
from safelight.intake.pages.languages import language_of
from safelight.intake.refusal import unknown_address, wrong_method

_PACKAGE: Final = "safelight.circles"


class CirclePage(HttpResponse):
    """An answer that goes out under a policy of its own: its style sheet is the look's."""

    @property
    def policy(self) -> str:
        """Return the Content-Security-Policy: our modules, one style sheet, pictures inside."""
        return (
            f"default-src 'none'; script-src 'self'; style-src {_style_source()}; "
            "img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )


def page(request: HttpRequest, language: str | None = None) -> HttpResponse:
    """GET /9, /ru/9, /en/9. The part behind `#` never reaches a server."""
    return _answer(request, "circles/page.html", language or language_of(request))


def neutral_page(request: HttpRequest, language: str) -> HttpResponse:
    """GET /ru/9/0: what hiding leads to. No script, and nothing that knows of circles."""
    return _answer(request, "circles/neutral.html", language)


def static_module(request: HttpRequest, name: str) -> HttpResponse:
    """GET /static/<two digits>.js: a module of the page's script."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    module = _modules().get(name)
    if module is None:
        raise unknown_address()
    return compressed_if_wanted(request, module.plain, module.compressed, module.content_type)


def leave(request: HttpRequest, token: str | None = None) -> HttpResponse:
    """As `intake.leaving`, but what a browser keeps of circles stays: it is under a passphrase.

    Somebody who leaves a letter quickly must not lose the rooms of which no copy exists.
    """
    response = leaving.leave(request, token)
    response.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return response


def _answer(request: HttpRequest, template: str, language: str) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    plain, packed = _rendered(template, language, chosen_look().name)
    response = CirclePage(content_type="text/html; charset=utf-8")
    shown = compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")
    response.content = shown.content
    for name in ("Content-Encoding", "Vary"):
        if name in shown.headers:
            response.headers[name] = shown.headers[name]
    return response


@cache
def _rendered(template: str, language: str, look: str) -> tuple[bytes, bytes]:
    del look  # of the process; named so that tests with another one get another page
    listed = json.loads(_read("static/modules.json"))
    facts: dict[str, Any] = {
        "language": language,
        "look": chosen_look(),
        "style": _style(),
        "script": SCRIPT,
        "modules": listed[SCRIPT],
        "here": {code: f"/{code}/{PAGE}" for code in ("ru", "en")},
        "neutral": f"/{language}/{PAGE}/0",
        "letter": address(language, "letter"),
        "help": address(language, "help"),
        "root": configured().root_hex,
    }
    with override(language):
        whole = render_to_string(template, facts).encode()
    return whole, gzip.compress(whole, 9, mtime=0)


def _style() -> SafeString:
    without_comments = re.sub(r"/\*.*?\*/", "", _read("inline/page.css"), flags=re.DOTALL)
    shorter = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", without_comments)).strip()
    look = chosen_look()
    colours = (
        f":root{{{look.light.rules()}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{look.dark.rules()}}}}}"
    )
    # Our own file and colours, read at the start: nothing of a request is in it.
    return mark_safe(colours + shorter)  # nosec B308 B703  # noqa: S308


def _style_source() -> str:
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _read(name: str) -> str:
    return files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


@cache
def _modules() -> dict[str, Asset]:
    found = {}
    for entry in files(_PACKAGE).joinpath("static").iterdir():
        if entry.name.endswith(".js"):
            plain = entry.read_bytes()
            packed = gzip.compress(plain, 9, mtime=0)
            found[entry.name] = Asset("text/javascript; charset=utf-8", plain, packed)
    return found
