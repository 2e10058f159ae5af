"""Threat: hostile-file: a picture, drawing, PDF, document or archive is made to run something,
fetch something, write elsewhere or fill the desk when it is looked at; the desk gets pixels, text
and codes that say so, or a refusal, and nobody outside is asked.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.evidence.sandbox import opening, wire
from safelight.evidence.sandbox.bounded_output import Ended, Outcome
from safelight.evidence.sandbox.opened import Opened
from safelight.evidence.sandbox.opening import member_of, open_hostile
from safelight.evidence.sandbox.problems import CannotBeShown, SandboxError
from safelight.evidence.sandbox.wire import FileKind, MemberFlag, Note, write_part
from tests.support import hostile_files as made
from tests.support.sandbox import needs_sandbox

pytestmark = needs_sandbox


@pytest.fixture
def shown(tmp_path: Path) -> Callable[[bytes], Opened]:
    def show(data: bytes) -> Opened:
        file = tmp_path / "file"
        file.write_bytes(data)
        return open_hostile(file)

    return show


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """An address that notes whoever connects."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()
        server.settimeout(0.1)

        def accept() -> None:
            while not over.is_set():
                try:
                    server.accept()[0].close()
                    came.append("somebody")
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", came
        over.set()
        thread.join()


def test_a_drawing_fetches_nothing_reads_nothing_and_runs_nothing(
    shown: Callable[[bytes], Opened], stranger: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, came = stranger
    secret = tmp_path / "secret.svg"
    red = '<rect width="40" height="40" fill="#f00"/>'
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{red}</svg>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    opened = shown(
        f'{head} width="80" height="80" onload="fetch(\'{address}\')">'
        f'<script href="{address}">fetch("{address}")</script>'
        f'<style>@import url("{address}"); @font-face {{ src: url({address}) }}</style>'
        f'<image xlink:href="{address}" width="40" height="40"/>'
        f'<image href="file://{secret}" width="40" height="40"/>'
        f'<use href="{address}#a"/><foreignObject><iframe src="{address}"/></foreignObject>'
        '<rect x="40" y="40" width="40" height="40" fill="#00f"/></svg>'.encode()
    )
    assert opened.kind is FileKind.DRAWING
    assert {Note.SCRIPT, Note.REFERS_OUTSIDE} <= opened.notes
    (page,) = opened.pages
    assert (page.width, page.height) == (80, 80)
    assert page.pixels[-3:] == b"\x00\x00\xff"  # it was drawn
    assert b"\xff\x00\x00" not in [page.pixels[at : at + 3] for at in range(0, 3 * 6400, 3)]
    assert came == []


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "'
        + "&a;" * 9
        + '"><!ENTITY y "'
        + "&x;" * 9
        + '">]>',
    ],
)
def test_an_entity_of_a_drawing_is_not_looked_up(
    shown: Callable[[bytes], Opened], document_type: str
) -> None:
    opened = shown(
        f'<?xml version="1.0"?>{document_type}<svg xmlns="http://www.w3.org/2000/svg" width="80" '
        'height="40"><text y="20">before &x; after</text></svg>'.encode()
    )
    assert Note.REFERS_OUTSIDE in opened.notes
    assert "root:" not in opened.text
    assert "aaaa" not in opened.text
    assert "before" in opened.text


def test_a_pdf_runs_fetches_and_attaches_nothing(
    shown: Callable[[bytes], Opened], stranger: tuple[str, list[str]]
) -> None:
    address, came = stranger
    opened = shown(
        made.pdf(
            f"/OpenAction << /S /JavaScript /JS (app.launchURL('{address}', true);) >> "
            f"/AA << /WC << /S /Launch /F ({address}) >> >> "
            "/Names << /EmbeddedFiles << /Names [(a.exe) 9 0 R] >> >>",
            "9 0 obj\n<< /Type /Filespec /F (a.exe) /EF << >> >>\nendobj\n",
            page=f"/AA << /O << /S /URI /URI ({address}) >> >> /Annots [<< /Type /Annot "
            f"/Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI ({address}) >> >>]",
            content=b"BT /F 20 Tf 10 40 Td (plain words) Tj ET",
        )
    )
    assert opened.kind is FileKind.PDF
    assert {Note.SCRIPT, Note.ATTACHMENT, Note.REFERS_OUTSIDE} <= opened.notes
    assert "plain words" in opened.text
    assert [word.text for word in opened.pages[0].words] == ["plain", "words"]
    assert came == []


def test_a_plain_pdf_is_said_to_do_nothing(shown: Callable[[bytes], Opened]) -> None:
    opened = shown(made.pdf(content=b"BT /F 20 Tf 10 40 Td (plain words) Tj ET"))
    assert opened.notes == frozenset()


def test_what_was_filled_into_a_form_of_a_pdf_shows(shown: Callable[[bytes], Opened]) -> None:
    # Otherwise an exhibit would miss what the paper says.
    drawn = "q 1 0 0 rg 0 0 100 50 re f Q"
    field = (
        f"9 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 100 50] /Length {len(drawn)} >>\n"
        f"stream\n{drawn}\nendstream\nendobj\n8 0 obj\n<< /Type /Annot /Subtype /Widget /FT /Tx "
        "/T (a) /F 4 /Rect [0 0 100 50] /AP << /N 9 0 R >> >>\nendobj\n"
    )
    with_field = made.pdf("/AcroForm << /Fields [8 0 R] >>", field, page="/Annots [8 0 R]")
    (page,) = shown(with_field).pages
    assert b"\xff\x00\x00" * 20 in page.pixels
    assert b"\xff\x00\x00" not in shown(made.pdf()).pages[0].pixels


def test_a_document_fetches_no_template_and_runs_no_macro(
    shown: Callable[[bytes], Opened], stranger: tuple[str, list[str]]
) -> None:
    address, came = stranger
    extra = {
        "word/_rels/settings.xml.rels": made.remote_template(address),
        "word/vbaProject.bin": b"Sub AutoOpen()",
        "word/embeddings/oleObject1.bin": b"MZ",
        "word/media/image1.png": made.picture(),
    }
    opened = shown(made.docx("Plain words", extra=extra))
    assert opened.kind is FileKind.DOCX
    assert {Note.REFERS_OUTSIDE, Note.SCRIPT, Note.ATTACHMENT, Note.TEXT_ONLY} <= opened.notes
    assert opened.text.strip() == "Plain words"
    assert [(page.width, page.height) for page in opened.pages] == [(64, 48)]
    assert came == []
    assert shown(made.docx("Plain words")).notes == {Note.TEXT_ONLY}


def test_a_document_with_entities_is_refused(shown: Callable[[bytes], Opened]) -> None:
    attack = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        f'<w:document xmlns:w="{made.WORD}"><w:p><w:t>&e;</w:t></w:p></w:document>'
    )
    with pytest.raises(CannotBeShown, match="damaged, or made to look like"):
        shown(made.docx(xml=attack.encode()))


def test_words_taken_out_of_a_document_are_noted_and_not_shown(
    shown: Callable[[bytes], Opened],
) -> None:
    xml = (
        f'<w:document xmlns:w="{made.WORD}"><w:p><w:r><w:t>kept</w:t></w:r>'
        "<w:del><w:r><w:delText>taken out</w:delText></w:r></w:del></w:p></w:document>"
    )
    opened = shown(made.docx(xml=xml.encode()))
    assert opened.text.strip() == "kept"
    assert Note.SEVERAL_REVISIONS in opened.notes


def test_a_bomb_is_listed_and_not_unpacked(
    shown: Callable[[bytes], Opened], tmp_path: Path
) -> None:
    opened = shown(made.bomb(opening.LARGEST_MEMBER + 1))
    assert [member.flags for member in opened.members] == [{MemberFlag.ENORMOUS}]
    with pytest.raises(CannotBeShown, match="unpacks to more"):
        member_of(tmp_path / "file", 0)


def test_a_bomb_that_lies_about_its_size_is_stopped_where_it_is_unpacked(
    shown: Callable[[bytes], Opened], tmp_path: Path
) -> None:
    whole = bytearray(made.bomb(opening.LARGEST_MEMBER + 1))
    at = whole.rindex(b"PK\x01\x02") + 24
    whole[at : at + 4] = (100).to_bytes(4, "little")
    shown(bytes(whole))
    with pytest.raises(CannotBeShown):
        member_of(tmp_path / "file", 0)


def test_a_nested_bomb_opens_one_layer_at_a_time(
    shown: Callable[[bytes], Opened], tmp_path: Path
) -> None:
    opened = shown(made.nested_bomb(3, 4, 2_000_000))
    assert [member.flags for member in opened.members] == [{MemberFlag.ARCHIVE}] * 4
    inner = member_of(tmp_path / "file", 0)
    assert [len(shown(inner).members)] == [4]


def test_a_bomb_of_overlapping_members_is_named(shown: Callable[[bytes], Opened]) -> None:
    opened = shown(made.overlapping_bomb(200, 1_000_000))
    assert len(opened.members) == 200
    assert all(MemberFlag.OVERLAPS in member.flags for member in opened.members)
    harmless = shown(made.zipped({"a.txt": b"a" * 100, "b.txt": b"b" * 100}))
    assert all(member.flags == frozenset() for member in harmless.members)


def test_names_that_lead_outside_lead_nowhere(
    shown: Callable[[bytes], Opened], tmp_path: Path
) -> None:
    names = ["../../escaped", "/tmp/escaped", "..\\escaped", "C:\\escaped", "a/../../escaped"]
    before = sorted(tmp_path.rglob("*"))
    opened = shown(
        made.zipped(dict.fromkeys(names, b"x"), links={"link": "/etc/passwd", "l2": "../.."})
    )
    flags = {member.name: member.flags for member in opened.members}
    assert all(MemberFlag.LEADS_OUTSIDE in flags[name] for name in names)
    assert flags["link"] == flags["l2"] == {MemberFlag.LINK}
    assert member_of(tmp_path / "file", 0) == b"x"
    # A link is the few bytes that name its target; nobody follows it.
    assert member_of(tmp_path / "file", 5) == b"/etc/passwd"
    assert sorted(tmp_path.rglob("*")) == [*before, tmp_path / "file"]
    assert not Path("/tmp/escaped").exists()


def test_names_do_not_write_on_the_screen(shown: Callable[[bytes], Opened]) -> None:
    (member,) = shown(made.zipped({"a\x1b[2J\u202egnp.exe\nFAULT": b"x"})).members
    assert member.name == "a[2Jgnp.exe FAULT"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: made.huge_png(50_000), id="png"),
        pytest.param(lambda: made.jpeg_that_says_it_is(50_000, 50_000), id="jpeg"),
    ],
)
def test_a_picture_of_fifty_thousand_pixels_a_side_is_not_decoded(
    shown: Callable[[bytes], Opened], data: Callable[[], bytes]
) -> None:
    with pytest.raises(CannotBeShown, match="larger"):
        shown(data())


def test_a_large_picture_comes_out_small(
    shown: Callable[[bytes], Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shown(made.picture("JPEG", (400, 300)))
    assert (whole.pages[0].width, whole.notes) == (400, frozenset())
    monkeypatch.setattr(opening, "_BUDGET", replace(opening._BUDGET, page_pixels=10_000))
    opened = shown(made.picture("JPEG", (400, 300)))
    assert Note.SCALED_DOWN in opened.notes
    (page,) = opened.pages
    assert 9_000 < page.width * page.height <= 10_000


def test_a_drawing_of_fifty_thousand_pixels_a_side_is_stopped(
    shown: Callable[[bytes], Opened],
) -> None:
    huge = b'<svg xmlns="http://www.w3.org/2000/svg" width="50000" height="50000"><rect/></svg>'
    with pytest.raises(CannotBeShown, match="stopped by its limits"):
        shown(huge)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(lambda: made.picture() + made.zipped({"a": b"x"}), "picture", id="png-zip"),
        pytest.param(lambda: made.picture("JPEG") + made.pdf(), "picture", id="jpeg-pdf"),
        pytest.param(lambda: made.pdf() + made.zipped({"a": b"x"}), "pdf", id="pdf-zip"),
        pytest.param(
            lambda: b"GIF89a/*<script>alert(1)</script>*/" + made.picture("GIF")[6:],
            None,
            id="gif-js",
        ),
        pytest.param(lambda: b"<html><script>1</script>\n" + made.pdf(), "markup", id="html-pdf"),
        pytest.param(lambda: b"\x01\x02junk\n" + made.pdf(), "pdf", id="late-pdf"),
    ],
)
def test_a_file_of_two_types_is_opened_as_one_and_noted(
    shown: Callable[[bytes], Opened], data: Callable[[], bytes], kind: str | None
) -> None:
    try:
        opened = shown(data())
    except CannotBeShown:
        assert kind is None
        return
    assert kind in {opened.kind.value, None}
    assert opened.notes & {Note.ALSO_SOMETHING_ELSE, Note.BYTES_AFTER_THE_END}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_whole_picture_is_not_called_two_things(
    shown: Callable[[bytes], Opened], form: str
) -> None:
    assert shown(made.picture(form)).notes == frozenset()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x7fELF" + bytes(400), id="program"),
        pytest.param(b"Rar!\x1a\x07\x01\x00" + bytes(100), id="rar"),
        pytest.param(b"\x00\x00\x00\x18ftypheic" + bytes(100), id="heic"),
        pytest.param(b"%PDF-1.7\n garbage", id="pdf"),
        pytest.param(b"PK\x03\x04" + bytes(60), id="zip"),
        pytest.param(made.picture("JPEG")[:300], id="cut-jpeg"),
        pytest.param(made.picture()[:60], id="cut-png"),
        pytest.param(b"\x1a\x45\xdf\xa3" + bytes(300), id="film"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(
    shown: Callable[[bytes], Opened], data: bytes
) -> None:
    with pytest.raises(CannotBeShown, match="stays sealed"):
        shown(data)


HEAD = b"HEAD\0\0\0\x08\0\0\0\0\0\0\0\x01"
DONE = b"DONE\0\0\0\0"


def _page(number: int, width: int, height: int, pixels: bytes) -> bytes:
    body = number.to_bytes(4) + width.to_bytes(4) + height.to_bytes(4) + pixels
    return b"PAGE" + len(body).to_bytes(4) + body


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="no-end"),
        pytest.param(HEAD + DONE + b"x", id="more-after-the-end"),
        pytest.param(b"EVIL\0\0\0\0" + HEAD + DONE, id="unknown-part"),
        pytest.param(b"HEAD\0\0\0\x08\0\0\0\x63\0\0\0\x01" + DONE, id="unknown-kind"),
        pytest.param(HEAD + _page(0, 2, 2, bytes(11)) + DONE, id="too-few-pixels"),
        pytest.param(HEAD + _page(0, 60_000, 60_000, b"") + DONE, id="enormous-page"),
        pytest.param(HEAD + _page(99, 1, 1, bytes(3)) + DONE, id="page-not-asked-for"),
        pytest.param(HEAD + _page(0, 1, 1, bytes(3)) * 2 + DONE, id="page-twice"),
        pytest.param(HEAD + b"BYTE\0\0\0\x01x" + DONE, id="bytes-not-asked-for"),
        pytest.param(HEAD + b"TEXT\0\0\0\x01\xff" + DONE, id="no-utf-8"),
        pytest.param(HEAD + b"WORD\0\0\0\x02xx" + DONE, id="short"),
        pytest.param(HEAD + b"TEXT\xff\xff\xff\xffx" + DONE, id="length-without-end"),
        pytest.param(HEAD + b"TALK\0\0\0\x03irc" + DONE, id="unknown-program"),
    ],
)
def test_a_taken_over_reader_is_not_believed(
    output: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    good = HEAD + _page(0, 1, 1, bytes(3)) + DONE

    def says(said: bytes) -> None:
        monkeypatch.setattr(
            opening, "run_in_sandbox", lambda *_, **__: Outcome(Ended.DONE, 0, said, b"")
        )

    says(good)
    assert len(open_hostile(file).pages) == 1
    says(output)
    with pytest.raises(SandboxError, match="sandbox is"):
        open_hostile(file)


def _claims(*pieces: tuple[bytes, bytes]) -> bytes:
    out = io.BytesIO()
    write_part(out, b"HEAD", wire.HEAD.pack(0, 1))
    for name, body in pieces:
        write_part(out, name, body)
    write_part(out, b"DONE")
    return out.getvalue()


_MESSAGE = wire.MESSAGE.pack(0, 0, wire.NO_TIME, b" " * 19)


@pytest.mark.parametrize(
    "untrusted",
    [
        _claims((b"TEXT", b"x" * 8_000_001)),
        _claims((b"MESG", _MESSAGE + b"x" * 32_001)),
        _claims(*[(b"MESG", _MESSAGE)] * 50_001),
        _claims(*[(b"NAME", b"x")] * 501),
        _claims((b"NAME", b"x" * 801)),
        _claims((b"PAGE", wire.PAGE.pack(0, 1, 1) + b"rgb"),
                *[(b"WORD", wire.WORD.pack(0, 0, 0, 1, 1) + b"x")] * 20_001),
        _claims((b"TEXT", b"x"), (b"TEXT", b"x")),
        _claims(*[(b"PAGE", wire.PAGE.pack(at, 1, 1) + b"rgb") for at in range(2)]),
        _claims((b"PAGE", wire.PAGE.pack(0, 2**31, 2**31) + b"rgb")),
        _claims((b"PAGE", wire.PAGE.pack(0, 1, 1) + b"rgbx")),
        _claims((b"WORD", wire.WORD.pack(0, 0, 0, 1, 1))),
        _claims((b"MOVE", b"")),
        _claims()[:-1],
        _claims() + b"x",
        b"",
    ],
    ids=range(15),
)  # fmt: skip
def test_a_program_that_was_taken_over_cannot_keep_the_desk_busy(
    untrusted: bytes, shown: Callable[[bytes], Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_BUDGET", replace(opening._BUDGET, all_pixels=1))
    said = [_claims((b"TEXT", b"text"), (b"PAGE", wire.PAGE.pack(0, 1, 1) + b"rgb"))]
    monkeypatch.setattr(
        opening, "run_in_sandbox", lambda *_, **__: Outcome(Ended.DONE, 0, said[0], b"")
    )
    assert shown(b"any").text == "text"
    said[0] = untrusted
    with pytest.raises(SandboxError, match="what came out of the sandbox is"):
        shown(b"any")
