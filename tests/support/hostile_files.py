"""Files as attackers make them. Each function returns bytes; nothing is written anywhere."""

from __future__ import annotations

import io
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A harmless picture: the control."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, form)
    return out.getvalue()


def huge_png(side: int) -> bytes:
    """A PNG that says it has side × side pixels, and has the first 500 rows of them."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(500)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def jpeg_that_says_it_is(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    whole = bytearray(picture("JPEG"))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def zipped(members: Mapping[str, bytes], *, links: Mapping[str, str] | None = None) -> bytes:
    """A ZIP file with names as given, also those that lead elsewhere."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return out.getvalue()


def bomb(unpacked: int) -> bytes:
    """One member of zeros: about a thousandth of what it unpacks to."""
    return zipped({"a.txt": bytes(unpacked)})


def nested_bomb(depth: int, width: int, unpacked: int) -> bytes:
    inner = bomb(unpacked)
    for _ in range(depth):
        inner = zipped({f"{n}.zip": inner for n in range(width)})
    return inner


def overlapping_bomb(members: int, unpacked: int) -> bytes:
    """Many entries of the list that all name the same packed bytes (after Fifield 2019)."""
    whole = bomb(unpacked)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start = archive.start_dir
    entry_and_end = whole[start:]
    entry = entry_and_end[: entry_and_end.rindex(b"PK\x05\x06")]
    listing = b"".join(entry.replace(b"x", b"x", 1) for _ in range(members))
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, members, members, len(listing), start, 0)
    return whole[:start] + listing + end


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(
    text: str = "Hello", *, extra: Mapping[str, bytes] | None = None, xml: bytes | None = None
) -> bytes:
    body = (
        xml
        or (
            f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t>'
            "</w:r></w:p></w:body></w:document>"
        ).encode()
    )
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": body, **(extra or {})})


def remote_template(address: str) -> bytes:
    """The relations of a DOCX that has Word fetch its template, with the macros in it."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/attachedTemplate" Target="{address}" TargetMode="External"/>'
        "</Relationships>"
    ).encode()


def pdf(catalog: str = "", objects: str = "", *, page: str = "", content: bytes = b"") -> bytes:
    """A PDF of one page with whatever else stands in its catalog, page and further objects."""
    made = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R {page} "
        "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        "".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(made, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += objects.encode()
    further = {
        int(m[1]): start + m.start(1) for m in re.finditer(rb"(\d+) 0 obj", objects.encode())
    }
    table = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    for number, place in sorted(further.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max([4, *further]) + 1
    return bytes(
        out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, table)
    )


def telegram(messages: list[object]) -> bytes:
    whole = {"name": "chat", "type": "personal_chat", "id": 1, "messages": messages}
    return json.dumps(whole).encode()
