"""Exhibits on the desk: everything is covered but what a person ticks, without script."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from PIL import Image

from tests.campaigns.case_evidence.test_evidence_of_a_case import added, alarm
from tests.support.desk import TestDesk
from tests.support.sandbox import needs_sandbox


def picture(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 80), colour).save(out, "PNG")
    return out.getvalue()


def in_page(text: str, after: str) -> Image.Image:
    data = text.split(after)[1].split("data:image/png;base64,")[1].split('"', maxsplit=1)[0]
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


@needs_sandbox
def test_an_exhibit_shows_only_the_fields_that_were_ticked(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence import runs
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.keeping import read_whole

    [case_id] = desk.take_in(alarm())
    item = added(desk, case_id, picture(), "фото.png")
    path = f"/cases/{case_id}/evidence/exhibit/{item.item}"
    first = desk.client.get(path).text
    assert "checked" not in first.split('class="covering"')[1].split("</form>")[0]

    looked = desk.client.post(path, {"cell": ["1-2", "1-3"], "reason": "the face is not in it"})
    seen = in_page(looked.text, 'id="preview"')
    released = [
        (x, y) for x in range(160) for y in range(80) if seen.getpixel((x, y)) == (200, 30, 30)
    ]
    assert (min(released), max(released)) == ((40, 20), (79, 39))
    assert len(released) == 40 * 20
    assert standing(case_id)[1].exhibits == ()

    no_reason = desk.client.post(path, {"cell": ["1-2"], "reason": " ", "keep": "1"})
    assert no_reason.status_code == 422
    kept = {"cell": ["1-2", "forged", "99-99"], "reason": "needed", "keep": "1"}
    assert desk.client.post(path, kept).status_code == 302
    pdf, record = standing(case_id)[1].exhibits
    assert pdf.origin == record.origin == item.digest
    assert read_whole(pdf.item, at_most=10**7).startswith(b"%PDF")
    assert json.loads(read_whole(record.item, at_most=10**6))["original"] == item.digest

    # In a bundle the original is withheld: only its digest and the sealed file go along.
    names = {"items": [pdf.item]}
    assert desk.client.post(f"/cases/{case_id}/evidence/bundle", names).status_code == 302
    assert runs.wait_until_idle(60)
    [bundle] = standing(case_id)[1].bundles
    packed: Any = io.BytesIO(read_whole(bundle.item.item, at_most=10**8))
    import zipfile

    with zipfile.ZipFile(packed) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert not any(name.startswith("evidence/data/originals/") for name in inside)
    assert any(name.startswith("evidence/data/sealed/") for name in inside)
    assert picture() not in inside.values()
    assert item.digest.encode() in inside["evidence/custody.log"]


@needs_sandbox
def test_a_hostile_file_is_looked_at_as_pixels_or_refused_in_words(desk: TestDesk) -> None:
    [case_id] = desk.take_in(alarm())
    good = added(desk, case_id, picture(), "a.png")
    page = desk.client.get(f"/cases/{case_id}/evidence/look/{good.item}").text
    assert in_page(page, 'class="scroll"').getpixel((3, 3)) == (200, 30, 30)
    small = desk.client.get(f"/cases/{case_id}/evidence/pixels/{good.item}")
    assert small.headers["Content-Type"] == "image/png"
    bad = added(desk, case_id, b"\x7fELF" + bytes(100), "b.png")
    refused = desk.client.get(f"/cases/{case_id}/evidence/look/{bad.item}")
    assert refused.status_code == 422
    assert "it stays sealed" in refused.text
    assert desk.client.get(f"/cases/{case_id}/evidence/look/{'0' * 32}").status_code == 404
