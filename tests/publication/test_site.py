"""The published pages: what stands on every one of them, and what never does."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import yaml

from safelight.publication.chart import chart
from safelight.publication.document import Counts, PublishedTable
from safelight.publication.markup import joined, tag
from safelight.publication.reading import Heading, PublicationError, Side
from safelight.publication.site import site_files
from safelight.publication.wording import plural, texts
from safelight.vocabulary.codes import LANGUAGES, Language
from safelight.vocabulary.wording import Wording
from tests.publication.releases import TRUTH, document, release

PAGE_BYTES = 12 * 1024


class _Page(HTMLParser):
    """Elements with their attributes, and the visible words."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def _pages(*, simulated: bool = False) -> Iterator[tuple[str, bytes]]:
    found = site_files(release(simulated=simulated), truth=TRUTH if simulated else None)
    return ((path, content) for path, content in found.items() if path.endswith(".html"))


def test_equal_releases_give_equal_bytes() -> None:
    assert site_files(release()) == site_files(release())


@pytest.mark.parametrize("simulated", [False, True])
def test_every_page_is_small_and_well_formed(simulated: bool) -> None:
    for path, content in _pages(simulated=simulated):
        page = _Page(content)
        assert page.open == [], path
        assert len(content) <= PAGE_BYTES, path
        assert page.all("html")[0]["lang"] in LANGUAGES
        assert len(page.all("h1")) == 1, path


def test_no_page_has_a_script_or_reaches_outside() -> None:
    for path, content in _pages(simulated=True):
        page = _Page(content)
        assert not page.all("script"), path
        for _, attributes in page.elements:
            assert not any(name.startswith("on") for name in attributes), path
            assert "style" not in attributes, path  # our own policy would not let it through
            for name in ("href", "src"):
                assert "//" not in (attributes.get(name) or ""), path
        assert b"default-src &#x27;none&#x27;" in content, path


def test_every_link_leads_to_a_file_of_the_site() -> None:
    found = site_files(release(simulated=True), truth=TRUTH)
    for path, content in found.items():
        if not path.endswith(".html"):
            continue
        for link in [*_Page(content).all("a"), *_Page(content).all("link")]:
            target = str(link["href"])
            if target.startswith(("#", "data:")):
                continue
            folder = path.rsplit("/", 1)[0] if "/" in path else ""
            parts = [part for part in folder.split("/") if part]
            for part in target.split("/"):
                if part == "..":
                    parts.pop()
                else:
                    parts.append(part)
            assert "/".join(parts) in found, (path, target)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_is_without_what_it_must_carry(language: Language) -> None:
    words, found = texts(language), release()
    pages = [(path, page) for path, page in _pages() if re.match(rf"{language}/.*-by-", path)]
    assert len(pages) == 2
    for part, (_, content) in zip(sorted(found.lists, key=lambda p: p.id), pages, strict=True):
        text = _Page(content).text
        for fact in (
            words.say("unit_incident"),
            part.name.in_language(language),
            part.coverage.in_language(language),
            words.period(found.period),
            words.day(found.as_of),
            words.say("linkage_none"),
            words.say("reading_documented-count-lower-bound"),
            words.say("rule", threshold=5, most=4),
            words.say("hidden_note", threshold=5),
            found.revisions[-1].reason.in_language(language),
            part.data_sha256,
            found.digest,
            "Safelight 0.1.0",
        ):
            assert fact in text
        for heading, count in part.verification:
            assert f"{heading.label.in_language(language)}: {count}" in text


def test_every_line_of_the_csv_carries_the_facts_of_its_number() -> None:
    found = release()
    content = site_files(found)["data/own-act-group-by-year.ru.csv"].decode()
    lines = list(csv.DictReader(io.StringIO(content)))
    table = found.lists[0].tables[0]
    assert len(lines) == (len(table.rows.headings) + 1) * (len(table.columns.headings) + 1)
    for line in lines:
        assert (line["count"] == "") == (line["status"] == "hidden")
        facts = {name: fact for name, fact in line.items() if name != "count"}
        assert all(fact not in ("", None) for fact in facts.values())
    shown = {(line["act_group"], line["year"]): line["count"] for line in lines}
    assert shown["VIOLENCE", "2022"] == "41"
    assert shown["KILLING", "TOTAL"] == ""
    assert shown["TOTAL", "TOTAL"] == "282"


def test_the_json_download_is_the_approved_document_itself() -> None:
    assert site_files(release())["data/release.json"] == document()
    digest = hashlib.sha256(document()).hexdigest()
    assert digest in _Page(site_files(release())["en/own-act-group-by-year.html"]).text


def test_the_table_is_a_table_to_a_screen_reader() -> None:
    page = _Page(site_files(release())["en/own-act-group-by-year.html"])
    assert len(page.all("caption")) == 1
    scopes = [heading.get("scope") for heading in page.all("th")]
    assert scopes.count("col") == 5
    assert scopes.count("row") == 10
    region = next(div for div in page.all("div") if div.get("role") == "region")
    assert region["tabindex"] == "0"
    assert region["aria-labelledby"] in [element.get("id") for _, element in page.elements]


def _chart(cells: tuple[Counts, ...], years: int) -> str:
    headings = tuple(Heading(str(y), Wording(str(y), str(y))) for y in range(2020, 2020 + years))
    rows = tuple(Heading(f"R{i}", Wording(f"ряд {i}", f"row {i}")) for i in range(len(cells)))
    return chart(
        PublishedTable(
            rows=Side("act_group", Wording("деяние", "act"), rows),
            columns=Side("year", Wording("год", "year"), headings),
            cells=cells,
            row_totals=tuple(None for _ in cells),
            column_totals=tuple(100 + year for year in range(years)),
        ),
        texts("en"),
    )


def test_every_picture_says_in_words_what_it_shows() -> None:
    drawn = _chart(((41, 38, 52), (9, None, None), (None, None, None)), 3)
    assert re.findall(r"<title>([^<]*)</title>", drawn) == [
        "2020: 100; 2021: 101; 2022: 102",
        "2020: 41; 2021: 38; 2022: 52",
        "2020: 9; 2021: hidden; 2022: hidden",
    ]
    assert drawn.count('role="img"') == 3
    assert "All years hidden: row 2." in drawn


def test_pictures_of_many_years_tell_the_outline() -> None:
    drawn = _chart((tuple(range(10, 22)),), 12)
    assert re.findall(r"<text[^>]*>([^<]*)</text>", drawn)[-4:] == ["10", "2020", "21", "2031"]
    assert "<title>2020: 10; 2031: 21; years hidden: 0</title>" in drawn
    assert len(drawn.encode()) < 2500


def test_a_hidden_number_looks_hidden_and_not_like_zero() -> None:
    content = site_files(release())["ru/own-act-group-by-year.html"].decode()
    assert '<td class="x">скрыто</td>' in content
    assert ">0<" not in content
    assert 'fill="url(#h)"' in _chart(((9, None),), 2)
    assert 'fill="url(#h)"' not in _chart(((9, 8),), 2)


def test_every_page_of_a_simulated_country_says_so_loudly() -> None:
    for path, content in _pages(simulated=True):
        banners = re.findall(r'<p class="sim"[^>]*>([^<]*)</p>', content.decode())
        assert banners, path
        assert all("SIMULATED" in said or "ВЫМЫШЛЕННАЯ" in said for said in banners)
    assert not any(b'class="sim"' in content for _, content in _pages())


def test_truth_is_shown_of_a_simulated_country_only() -> None:
    found = site_files(release(simulated=True), truth=TRUTH)
    page = _Page(found["en/truth.html"])
    assert "302" in page.text
    assert json.loads(found["data/truth.json"])["simulated"] is True
    with pytest.raises(PublicationError, match="simulated country only"):
        site_files(release(), truth=TRUTH)


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    ru, en = texts("ru").sentences, texts("en").sentences
    assert list(ru) == list(en)

    def gaps(sentence: object) -> set[str]:
        return set(re.findall(r"{(\w+)}", yaml.safe_dump(sentence, allow_unicode=True, width=9999)))

    assert {key: gaps(ru[key]) for key in ru} == {key: gaps(en[key]) for key in en}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 задокументированный случай"),
        (2, "2 задокументированных случая"),
        (5, "5 задокументированных случаев"),
        (11, "11 задокументированных случаев"),
        (21, "21 задокументированный случай"),
        (112, "112 задокументированных случаев"),
        (1234, "1\u202f234 задокументированных случая"),
    ],
)
def test_russian_counts_have_their_plural(count: int, said: str) -> None:
    assert texts("ru").count("incidents", count) == said
    assert plural("en", count) == ("one" if count == 1 else "many")


def test_markup_escapes_what_did_not_come_from_it() -> None:
    assert tag("p", "a < b & c", title='"x"') == '<p title="&quot;x&quot;">a &lt; b &amp; c</p>'
    assert joined(tag("b", "x"), "<b>") == "<b>x</b>&lt;b&gt;"
    plain = str(tag("b", "x")) + "<i>"  # added by hand: no longer what `tag` made
    assert joined(plain) == "&lt;b&gt;x&lt;/b&gt;&lt;i&gt;"
