"""Threat: notice-runs-what-it-quotes: Whoever writes what a notice quotes (a post, an account's
name, an address) can make the program that lays it out neither run, read nor fetch anything, nor
show something else than what is checked.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest

from safelight.campaigns.notices.as_odt import as_odt
from safelight.campaigns.notices.as_pdf import as_pdf
from safelight.campaigns.notices.as_text import as_text
from safelight.campaigns.notices.problems import NoticeRefusedError
from tests.campaigns.notices.cases import a_draft

HOSTILE = [
    '#read("/etc/passwd")',
    '#eval("panic()")',
    '#import "@preview/cetz:0.3.1": *',
    "#import sys: inputs\n#inputs",
    "#set page(width: 1pt)",
    '#panic("stop")',
    '"); #read("/etc/hostname") //',
    "$ sum_(n=1)^oo $ *bold* _it_ `raw` = Heading\n- item\n/ term: x",
    "\\u{23}read(1) \\#eval",
    "#{while true {}}",
    '#link("https://attacker.example")[click]',
    "<label> @label ~ --- ... // comment /* block */",
    "{person_name} {urls} {0} %(x)s ${harm}",
    "<text:p>&lt;&amp;]]><office:script/>&#x0; <!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "(/JavaScript) endobj stream /OpenAction <</S/URI>>",
]


def pdf_words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return re.sub(r"\s+", "", " ".join(p.get_textpage().get_text_bounded() for p in document))


@pytest.mark.parametrize("quoted", HOSTILE)
def test_code_and_markup_are_shown_letter_by_letter(quoted: str) -> None:
    one_line = quoted.replace("\n", " ")
    draft = a_draft(harm=quoted, account=one_line, sender_name=one_line, previous=one_line)
    letters = re.sub(r"\s+", "", quoted)
    assert pdf_words(as_pdf(draft.document)).count(letters) >= 4
    with zipfile.ZipFile(io.BytesIO(as_odt(draft.document))) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
    assert re.sub(r"\s+", "", "".join(content.itertext())).count(letters) >= 4
    assert as_text(draft.document).count(one_line) >= 3


def test_the_layout_reads_no_file_and_fetches_no_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same compiler with a layout that tries: what stops it is not only that ours does not."""
    from safelight.campaigns.notices import as_pdf as module
    from safelight.campaigns.notices.problems import NoticeError

    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    climb = "../" * 12
    tries = [
        f'#read("{secret}")',
        f'#read("{climb}{str(secret)[1:]}")',
        '#import "@preview/cetz:0.3.1": *',
        '#import "@local/anything:1.0.0": *',
    ]
    assert as_pdf(a_draft().document)
    for source in tries:
        monkeypatch.setattr(module, "_layout", source.encode)
        with pytest.raises(NoticeError, match="could not lay"):
            as_pdf(a_draft().document)
    shipped = (Path(module.__file__).parent / "data" / "letter.typ").read_text("utf-8")
    for word in ("eval(", "read(", "import ", "include ", "plugin(", "@preview"):
        assert word not in re.sub(r"//.*", "", shipped)


def test_what_reorders_hides_or_piles_up_does_not_reach_the_page() -> None:
    quoted = "до\u202ekrap\u2066 на\u200bча\u00adло\ufeff Z" + "\u0335\u0489" * 60 + "\x07\x1b[31m"
    draft = a_draft(harm=quoted, account=quoted)
    with zipfile.ZipFile(io.BytesIO(as_odt(draft.document))) as archive:
        content = archive.read("content.xml").decode()
    for text in (as_text(draft.document), content):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x07\x1b]", text)
    assert "доkrap начало" in as_text(draft.document)
    assert as_text(draft.document).count("\u0489") <= 6


HALVES = "\ud800\udfff"  # of a surrogate pair
NOBODY_SEES = (
    "\ufffe\uffff\ufdd0\ufdef\U0001fffe\U0010ffff"
    "\u3164\uffa0\u115f\u1160\u034f\u17b4\u180b\u2065\ufe0f\ufff0\U000e0001\U000e0100"
)


@pytest.mark.parametrize("sign", [*NOBODY_SEES, *HALVES], ids=ascii)
def test_no_sign_breaks_a_file_or_marks_a_copy(sign: str) -> None:
    quoted = f"на{sign}чало"
    draft = a_draft(harm=quoted, account=quoted, sender_name=quoted, recipient_address=quoted)
    with zipfile.ZipFile(io.BytesIO(as_odt(draft.document))) as archive:
        content = archive.read("content.xml").decode()
    ElementTree.fromstring(content)
    shown = "на\ufffdчало" if sign in HALVES else "начало"
    for text in (as_text(draft.document), content):
        assert sign not in text
        assert text.count(shown) >= 4
    with pytest.raises(NoticeRefusedError, match="is needed"):
        a_draft("hoster-dsa-16", "en", sender_name=NOBODY_SEES)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://example.org/\u202egpj.exe", "https://a@b.example/", "data:,x"],
)
def test_an_address_that_runs_or_misleads_is_refused(address: str) -> None:
    given: dict[str, Any] = {"urls": address}
    with pytest.raises(NoticeRefusedError) as refused:
        a_draft("hoster-dsa-16", "en", **given)
    assert address not in str(refused.value)


def test_an_address_that_looks_like_another_is_shown_in_its_true_letters() -> None:
    draft = a_draft(urls="https://vк.com/x")  # a Cyrillic к
    assert "https://xn--v-ttb.com/x" in as_text(draft.document)
