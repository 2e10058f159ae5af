"""Letters, helpers and addresses as pages: whole, short enough, in both languages."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from safelight.publication.letters import (
    LONGEST,
    PAGE_BYTES,
    Letter,
    letters_to_bytes,
    paged,
    paragraphs,
    read_letters,
)
from safelight.publication.outward import LETTERS_A_PAGE
from safelight.publication.reading import PublicationError
from safelight.publication.site import site_files
from tests.publication.outward_parts import LONG, MIRROR, ONION, SHORT, outward
from tests.publication.releases import release
from tests.support.live_server import Keeper

PAGE_LIMIT = 12_000


@pytest.fixture(scope="module")
def keeper() -> Keeper:
    return Keeper.with_desks()


def text_of(page: bytes) -> str:
    return re.sub(r"<[^>]+>", " ", page.decode())


def test_every_part_is_there_as_a_page_and_as_the_file_it_came_as(keeper: Keeper) -> None:
    parts = outward(keeper)
    files = site_files(release(), outward=parts)
    assert files["server/roster.json"] == parts.signed_roster
    assert files["server/help.json"] == parts.signed_help
    assert files["address-book.dsse.json"] == parts.signed_book
    assert files["form.html"] == parts.form
    assert read_letters(files["data/letters.json"]) == (LONG, SHORT)
    for language, help_words in (("ru", "Телефон 112"), ("en", "Call 112")):
        assert help_words in text_of(files[f"{language}/help.html"])
        addresses = files[f"{language}/addresses.html"].decode()
        assert f'href="{ONION}"' in addresses
        assert f'href="{MIRROR}"' in addresses
        for place in ("letters", "help", "addresses"):
            assert f'href="{place}.html"' in files[f"{language}/index.html"].decode()


def test_without_parts_no_page_speaks_of_them() -> None:
    files = site_files(release())
    assert not [name for name in files if re.search(r"letter|/help\.|address|roster|form", name)]
    assert b"letters.html" not in files["en/index.html"]


def test_a_letter_is_whole_over_its_pages_and_each_page_passes_a_line_that_cuts(
    keeper: Keeper,
) -> None:
    files = site_files(release(), outward=outward(keeper))
    pages = sorted(
        (name for name in files if name.startswith("ru/letter-b2")),
        key=lambda name: int(re.findall(r"-(\d+)\.html", name)[0]) if name.count("-") > 1 else 1,
    )
    assert len(pages) > 2
    written = " ".join(text_of(files[name]) for name in pages)
    for paragraph in [*paragraphs(LONG.letter), *paragraphs(LONG.answer)]:
        assert paragraph in written
    assert written.index("Абзац 29") < written.index("Спасибо, что написали")
    for name, page in files.items():
        if name.endswith(".html") and name != "form.html":
            assert len(page) < PAGE_LIMIT, name
    assert f'href="{pages[1].removeprefix("ru/")}"' in files[pages[0]].decode()


def test_no_page_links_to_one_that_is_not_there(keeper: Keeper) -> None:
    many = [
        Letter(f"n{n}", "2025-03", "ru" if n % 3 else "en", f"Письмо {n}", "Ответ")
        for n in range(3 * LETTERS_A_PAGE)
    ]
    files = site_files(release(), outward=outward(keeper, *many))
    assert "ru/letters-2.html" in files
    assert "en/letters-2.html" not in files
    for name, page in files.items():
        if not name.endswith(".html") or name == "form.html":
            continue
        for link in re.findall(r'href="([^"#]+)', page.decode()):
            if link.startswith(("http", "data:")):
                continue
            parts = [*name.split("/")[:-1], *link.split("/")]
            while ".." in parts:
                at = parts.index("..")
                del parts[at - 1 : at + 1]
            assert "/".join(parts) in files, f"{name} → {link}"


def test_what_a_person_wrote_stays_text(keeper: Keeper) -> None:
    sly = Letter("x1", "2025-01", "en", "<script>alert(1)</script> & <b>", "</p><a href=x>")
    files = site_files(release(), outward=outward(keeper, sly))
    page = files["en/letter-x1.html"].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in page


def test_equal_parts_give_equal_bytes(keeper: Keeper) -> None:
    parts = outward(keeper)
    assert site_files(release(), outward=parts) == site_files(release(), outward=parts)
    assert letters_to_bytes([LONG, SHORT]) == letters_to_bytes([SHORT, LONG])


def test_letters_come_back_from_their_file_newest_first() -> None:
    assert read_letters(letters_to_bytes([SHORT, LONG])) == (LONG, SHORT)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../x"},
        {"id": ""},
        {"month": "2025-13"},
        {"month": "2025-01-05"},
        {"language": "de"},
        {"letter": ""},
        {"letter": "x" * (LONGEST + 1)},
        {"letter": "turned \u202e around"},
        {"letter": "half a character \ud800"},
        {"letter": "unseen \U000e0041"},
        {"answer": 5},
        {"more": "x"},
    ],
)
def test_a_letter_out_of_form_is_refused_and_not_repeated(change: dict[str, object]) -> None:
    document = json.loads(letters_to_bytes([SHORT]))
    document["letters"][0].update(change)
    with pytest.raises(PublicationError) as refused:
        read_letters(json.dumps(document).encode())
    assert "afraid" not in str(refused.value)
    assert "turned" not in str(refused.value)


def test_a_letter_twice_and_a_file_that_is_none_are_refused() -> None:
    document = json.loads(letters_to_bytes([SHORT]))
    document["letters"] *= 2
    for untrusted in (json.dumps(document).encode(), b"[]", b"{}", b"\xff", b'{"format":1}'):
        with pytest.raises(PublicationError):
            read_letters(untrusted)


def test_words_without_end_are_cut_where_they_must_be() -> None:
    endless = "ы" * 9_000
    pieces = paragraphs(endless)
    assert "".join(pieces) == endless
    pages = paged([("letter", piece) for piece in pieces])
    assert all(sum(len(text.encode()) for _, text in page) <= PAGE_BYTES for page in pages)


def test_form_and_pages_are_small_when_packed(keeper: Keeper) -> None:
    files = site_files(release(), outward=outward(keeper))
    for name, content in files.items():
        if name.endswith((".html", ".css", ".csv")) and name != "form.html":
            assert len(gzip.compress(content, 9, mtime=0)) < 11_000, name
