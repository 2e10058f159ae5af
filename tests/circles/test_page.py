"""The page of circles: what a server sends says nothing about circles, and comes whole."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from safelight.circles.looks import LOOKS
from tests.support.live_server import Answer, Keeper, LiveServer, live_server
from tests.support.message_catalogues import ROOT, brought_up_to_date, catalogue, compiled
from tests.support.server_in_one_process import run_lines

GZIP = {"Accept-Encoding": "gzip"}
PAGES = [f"/{language}/9{more}" for language in ("ru", "en") for more in ("", "/0")]
# What somebody who finds the page on a phone must not read there.
TELLS = re.compile(
    r"safelight|circle|круг|комнат[аыу]\b|\broom|member|участ|invit|приглаш|chat|чат\b|secret|тайн"
    r"|messag|сообщени|lgbt|лгбт|gay|гей|queer|квир",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("page")
    with live_server(folder, arguments=("--circles", "--look", "recipes")) as running:
        yield running


def text_of(answer: Answer) -> str:
    packed = answer.headers.get("content-encoding") == "gzip"
    return (gzip.decompress(answer.body) if packed else answer.body).decode("utf-8")


def test_every_page_and_module_comes_through_a_line_that_cuts_after_12_kb(
    server: LiveServer,
) -> None:
    modules = json.loads(files("safelight.circles").joinpath("static/modules.json").read_text())
    listed = [f"/static/{name}" for entry, needs in modules.items() for name in (entry, *needs)]
    for path in (*PAGES, *listed):
        answer = server.request("GET", path, headers=GZIP)
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
        assert answer.status == 200, path
        assert len(answer.body) + head < 12_000, path


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_nothing_of_circles_and_runs_only_our_modules(
    server: LiveServer, path: str
) -> None:
    answer = server.request("GET", path, headers=GZIP)
    assert TELLS.search(text_of(answer)) is None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'sha256-")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    title = "Рецепты" if path.startswith("/ru") else "Recipes"
    assert f"<title>{title}</title>" in text_of(answer)


def test_leaving_a_letter_keeps_what_the_browser_holds_of_circles(
    server: LiveServer, tmp_path: Path
) -> None:
    assert server.request("GET", "/0").headers["clear-site-data"] == '"cache", "cookies"'
    with live_server(tmp_path) as without:
        assert '"storage"' in without.request("GET", "/0").headers["clear-site-data"]
        for path in ("/9", "/ru/9", "/ru/9/0", "/static/10.js"):
            assert without.request("GET", path).status == 404, path


def test_each_look_speaks_both_languages_and_tells_nothing(tmp_path: Path) -> None:
    lines = """
        from django.utils.translation import override, gettext
        from safelight.circles.looks import LOOKS
        for look in LOOKS.values():
            said = [look.title, look.lead, look.back]
            said += [text for both in look.neutral for text in both]
            with override("ru"):
                results[look.name] = [[text, gettext(text)] for text in said]
    """
    said = run_lines(tmp_path, Keeper.with_desks(), lines)
    assert set(said) == set(LOOKS)
    assert len(LOOKS) >= 3
    for pairs in said.values():
        for english, russian in pairs:
            assert TELLS.search(english + russian) is None
            assert re.search(r"[а-яА-Я]", russian), english


def test_the_catalogue_has_exactly_what_is_spoken_all_of_it_translated() -> None:
    package = ROOT / "safelight" / "circles"
    kept, spoken = catalogue(package), brought_up_to_date(package)
    assert {m.id for m in kept} == {m.id for m in spoken}
    assert [m.id for m in kept if m.id and not m.string] == []
    assert package.joinpath("locale/ru/LC_MESSAGES/django.mo").read_bytes() == compiled(kept)
