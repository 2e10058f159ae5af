"""A form with files, without script: sealed as it is read, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safelight.sealing.message_tag import TAG_SIZE, tagged
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.messages import FileHeader
from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

# `form(*parts)` makes a body; `arrived(body, …)` gives what became of it.
FORM = r"""
import io, os
from datetime import date
from django.db import connection
from django.test import RequestFactory
from safelight.errors import SafelightError
from safelight.intake import day
from safelight.intake.pages.arriving_form import arrived_form
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import keep_later, keep_files, keep
from safelight.intake.pieces import stretch
from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes

recipients = current_roster().roster.recipients(day.today())
receipt = Receipt(bytes(16))

def part(name, content, filename=None, kind="image/jpeg", extra=""):
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"\r\nContent-Type: {kind}'
    return f"{head}{extra}\r\n\r\n".encode() + content + b"\r\n"

def form(*parts, end=b"--B--\r\n"):
    return b"".join(b"--B\r\n" + one for one in parts) + end

def request_of(body, length=None, kind="multipart/form-data; boundary=B"):
    made = RequestFactory().generic("POST", "/x")
    made.META["CONTENT_TYPE"] = kind
    made.META["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    made._stream = io.BytesIO(body)
    made._read_started = False
    return made

def rows():
    with connection.cursor() as cursor:
        counts = []
        for table in ("upload", "piece", "heldenvelope"):
            cursor.execute(f"SELECT count(*) FROM intake_{table}")
            counts.append(cursor.fetchone()[0])
    return counts

def arrived(body, keep_them=False, owner=None, most_text=1000, **how):
    try:
        with arrived_form(request_of(body, **how), recipients=recipients,
                          receipt=owner or receipt, today=day.today(),
                          most_text=most_text) as came:
            sealed = [stretch(one.runs, 0, one.size).hex() for one in came.files]
            if keep_them:
                keep(Envelope.parse(seal_bytes(b"r", recipients)), files=came.files,
                     mailbox_id=receipt.mailbox_id, verifier=receipt.verifier, day=day.today())
            told = {"fields": {k: list(v) for k, v in came.fields.items()}, "sealed": sealed}
    except SafelightError as refused:
        told = {"refused": getattr(refused, "code", type(refused).__name__)}
    return {**told, "rows": rows()}
"""


def whole(keeper: Keeper, sealed_hex: str) -> bytes:
    return open_bytes(bytes.fromhex(sealed_hex), [keeper.desks[0].identity])


def opened(keeper: Keeper, sealed_hex: str) -> tuple[FileHeader, bytes]:
    content = whole(keeper, sealed_hex)[:-TAG_SIZE]
    line, _, rest = content.partition(b"\n")
    return FileHeader.parse(line + b"\n"), rest


def test_files_are_sealed_with_their_names_and_kept_with_the_report(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    found: dict[str, Any] = run_lines(
        tmp_path,
        keeper,
        FORM
        + """
photo = bytes(range(256)) * 5000
results["not_kept"] = arrived(form(part("story", "текст".encode()), part("files", photo, "a.jpg")))
results["kept"] = arrived(
    form(part("story", b"one"), part("story", b"two"),
         part("files", b"", ""), part("files", photo, "C:\\\\\\\\x\\\\\\\\фото 1.jpg"),
         part("files", b"not a --B boundary", "note.txt", kind="text/plain; charset=x")),
    keep_them=True)
results["photo"] = photo.hex()
""",
    )
    first = found["not_kept"]
    assert first["fields"] == {"story": ["текст"]}
    # What was not kept is gone as soon as the block ends.
    assert first["rows"] == [0, 0, 0]
    kept = found["kept"]
    assert kept["fields"] == {"story": ["one", "two"]}
    assert len(kept["sealed"]) == 2
    header, content = opened(keeper, kept["sealed"][0])
    assert (header.name, header.type, header.metadata) == ("фото 1.jpg", "image/jpeg", "kept")
    assert (header.sealed_by, len(header.mailbox)) == ("server", 32)
    assert content.hex() == found["photo"]
    assert len(kept["sealed"][0]) // 2 == 2 * 1024 * 1024
    assert opened(keeper, kept["sealed"][1])[0].name == "note.txt"
    # Three envelopes in one mailbox, and no record of uploads.
    assert (kept["rows"][0], kept["rows"][2]) == (0, 3)


def test_a_form_that_is_cut_or_lies_about_its_length_leaves_nothing(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        FORM
        + """
whole = form(part("story", b"text"), part("files", bytes(3_000_000), "a.jpg"))
results["whole"] = "refused" in arrived(whole)
cut = {"cut": whole[:2_000_000], "end": whole[:-7], "boundary": whole[:-20]}
for name, body in cut.items():
    results["short " + name] = arrived(body, length=len(whole))
    results["agreed " + name] = arrived(body)
results["in text"] = arrived(form(part("story", b"text"), end=b""))
results["more behind"] = arrived(whole + b"GET / HTTP/1.1", length=len(whole))
""",
    )
    assert found["whole"] is False
    for name, told in found.items():
        if name.startswith("short"):
            assert told == {"refused": "cut-short", "rows": [0, 0, 0]}, name
        if name.startswith("agreed") or name == "in text":
            assert told == {"refused": "not-a-form", "rows": [0, 0, 0]}, name
    assert found["more behind"]["fields"] == {"story": ["text"]}


def test_the_mailbox_may_come_from_the_fields_before_the_files(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    found: dict[str, Any] = run_lines(
        tmp_path,
        keeper,
        FORM
        + """
by_field = lambda fields: Receipt.parse(fields["words"][-1])
words = " ".join(Receipt(bytes(16)).words("en")).encode()
body = form(part("words", words), part("files", b"x", "a.jpg"))
results["told"] = arrived(body, owner=by_field)
""",
    )
    header, content = opened(keeper, found["told"]["sealed"][0])
    receipt = Receipt(bytes(16))
    assert header.mailbox == receipt.mailbox_id.hex()
    assert tagged(header.to_bytes() + content, receipt.message_key) == whole(
        keeper, found["told"]["sealed"][0]
    )
