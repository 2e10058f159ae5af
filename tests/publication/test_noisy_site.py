"""Pages of a release with noise: every number with its interval, whole in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.reading import PublicationError
from safelight.publication.site import noisy_site_files
from safelight.release.document import canonical
from safelight.release.noise.document import noisy_document
from tests.publication.outward_parts import outward
from tests.release.test_noisy_release import _draft
from tests.support.live_server import Keeper

PAGE_LIMIT = 12_000


@pytest.fixture(scope="module")
def document() -> bytes:
    return noisy_document(_draft())


@pytest.fixture(scope="module")
def site(document: bytes) -> dict[str, bytes]:
    return dict(noisy_site_files(NoisyPublication.parse(document)))


def text_of(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode()))


def test_what_the_desk_writes_is_read_whole(document: bytes) -> None:
    release = NoisyPublication.parse(document)
    plain = json.loads(document)
    assert release.source == document
    assert len(release.lists) == len(plain["lists"])
    part, said = release.lists[0], plain["lists"][0]
    assert [part.total.value, part.total.low, part.total.high] == said["total"]
    assert len(part.tables) == len(said["tables"])
    assert str(release.rule.level) == plain["rule"]["level"]


def test_every_number_of_a_table_stands_on_its_page_with_its_interval(
    document: bytes, site: dict[str, bytes]
) -> None:
    release = NoisyPublication.parse(document)
    for part in release.lists:
        for table in part.crossed:
            for language in ("ru", "en"):
                page = text_of(site[f"{language}/{part.id}-{table.slug}.html"]).replace(
                    "\u202f", ""
                )
                for cells in table.cells:
                    for cell in cells:
                        assert f"{max(0, round(cell.value))} ({max(0, cell.low)}" in page
                assert part.coverage.in_language(language) in page
                assert part.data_sha256 in page


def test_pages_are_short_link_only_to_each_other_and_need_no_script(
    site: dict[str, bytes],
) -> None:
    for name, page in site.items():
        if not name.endswith(".html"):
            continue
        assert len(page) < PAGE_LIMIT, name
        assert b"<script" not in page
        for link in re.findall(r'href="([^"#]+\.html)', page.decode()):
            folder = name.rpartition("/")[0]
            place = link.removeprefix("../") if link.startswith("../") else f"{folder}/{link}"
            assert place.lstrip("/") in site, f"{name} → {link}"


def test_the_method_says_what_was_spent_and_the_press_page_asks_for_brackets(
    document: bytes, site: dict[str, bytes]
) -> None:
    amount = json.loads(document)["rule"]["amount"]
    for language, brackets in (("ru", "скобк"), ("en", "bracket")):
        assert amount in text_of(site[f"{language}/method.html"])
        assert brackets in text_of(site[f"{language}/claims.html"])
        assert "{" not in text_of(site[f"{language}/method.html"])


def test_letters_and_addresses_stand_beside_noisy_numbers_too(document: bytes) -> None:
    parts = outward(Keeper.with_desks())
    files = noisy_site_files(NoisyPublication.parse(document), outward=parts)
    assert "ru/letters.html" in files
    assert b'href="addresses.html"' in files["en/index.html"]


def _in_first_list(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    return lambda document: (change(document["lists"][0]), None)[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="safelight-release/1"),
        lambda d: d.update(note="a sentence about somebody"),
        lambda d: d["rule"].update(measure="none"),
        lambda d: d["rule"].update(amount="0"),
        lambda d: d["rule"].update(level="1/10"),
        _in_first_list(lambda part: part.update(total=[1, 5, 2])),
        _in_first_list(lambda part: part.update(total=[1, 0, "many"])),
        _in_first_list(lambda part: part.update(total=[float("1e99"), 0, 2])),
        _in_first_list(lambda part: part["tables"][0]["cells"].pop()),
        _in_first_list(lambda part: part["tables"].append(part["tables"][0])),
        _in_first_list(lambda part: part.update(narrative="a sentence about somebody")),
    ],
)
def test_what_is_not_in_the_format_has_no_way_onto_a_page(
    document: bytes, change: Callable[[dict[str, Any]], object]
) -> None:
    plain = json.loads(document)
    change(plain)
    with pytest.raises(PublicationError) as refused:
        NoisyPublication.parse(json.dumps(plain).encode())
    assert "somebody" not in str(refused.value)
    assert canonical(json.loads(document)) == document
