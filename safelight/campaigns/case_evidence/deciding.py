"""What a person decides about evidence, each as an entry of the case.

Raises `EvidenceRefusedError` for what does not fit, `CaseStateError` in a locked or withdrawn case.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence import keeping, kinds
from safelight.campaigns.case_evidence.standing import SEEN, EvidenceNow, Item, evidence_of
from safelight.casework.cases import CaseNotFoundError, check_open, decide, open_case
from safelight.casework.folding import CaseNow, fold
from safelight.errors import SafelightError
from safelight.journal.chain import told
from safelight.vocabulary.report import cleaned_text
from safelight.vocabulary.schema import vocabulary

LONGEST_URL: Final = 2000
LONGEST_NAME: Final = 200
MOST_AT_ONCE: Final = 20
# As people write it without its beginning: t.me/channel/1
_BARE: Final = re.compile(r"[\w-]+(\.[\w-]+)+(/|$)")


class EvidenceRefusedError(SafelightError):
    """Something about evidence that does not fit; the page says it in its language."""


def standing(case_id: str) -> tuple[CaseNow, EvidenceNow]:
    """Return a case and the evidence it has; files that belong to another case are none of it."""
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        raise CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    evidence = evidence_of(now, story)
    # A colleague's desk can name any file in its entries: with it a file would open here that its
    # own case opens for a purpose, or to two people only.
    named = [one.item for one in evidence.every_item()]
    return now, evidence.without(keeping.of_another_case(case_id, named))


def checked_url(untrusted: str) -> str:
    """Return an address of the web, or raise `EvidenceRefusedError` without repeating it."""
    url = untrusted.strip()
    refused = EvidenceRefusedError(
        _("expected an address that begins with https:// or http://, one on each line")
    )
    if not url or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise refused
    if "://" not in url and not _BARE.match(url):
        raise refused
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise refused from None
    named = parts.hostname and parts.username is None and parts.password is None
    if parts.scheme not in ("http", "https") or not named or not port_is_one:
        raise refused
    return parts.geturl()


def urls_in(text: str) -> list[str]:
    """The addresses in what a reporter wrote, each once; what is none is left out."""
    found = []
    for word in text.split():
        bare = word.strip(".,;()<>«»\"'")
        if "://" not in bare and "/" not in bare:
            continue
        try:
            found.append(checked_url(bare))
        except EvidenceRefusedError:
            continue
    return list(dict.fromkeys(found))[:MOST_AT_ONCE]


def ask_capture(case_id: str, url: str, *, before: str = "") -> str:
    """Note that a capture begins; return its id. `before`: the capture it repeats, or ""."""
    capture = secrets.token_hex(8)
    _write(case_id, kinds.ASKED, {"capture": capture, "url": url, "before": before})
    return capture


def note_capture(
    case_id: str,
    capture: str,
    *,
    state: str,
    final_url: str,
    gaps: Sequence[Mapping[str, str]],
    parts: Sequence[tuple[str, str, str, BinaryIO]],
    http_status: int = 0,
    redacted: int | None = None,
    is_look: bool = False,
) -> None:
    """Keep what a capture brought: files as (role, name, media type, bytes), and its gaps.

    `redacted`: in how many places a login was taken out; None for one without a login. `is_look`:
    a schedule began it.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        kept = [_kept(case_id, *part) for part in parts]
        content = {
            "capture": capture,
            "state": state,
            "final_url": final_url[:LONGEST_URL],
            "gaps": [dict(gap) for gap in gaps],
            "parts": kept,
            "http_status": http_status,
            "redacted": redacted,
        }
        decide(case_id, kinds.LOOK_ENDED if is_look else kinds.CAPTURED, content)


def add_file(case_id: str, name: str, media_type: str, source: BinaryIO) -> str:
    """Put a file beside the case; return its id."""
    with transaction.atomic():
        check_open(open_case(case_id))
        item = _kept(case_id, "file", name, media_type, source)
        if not item["size"]:
            raise EvidenceRefusedError(_("this file is empty; choose another"))
        decide(case_id, kinds.ADDED, item)
    return str(item["item"])


def add_large_file(case_id: str, name: str, media_type: str, source: BinaryIO) -> str:
    """The same for a file that takes long; outside of any transaction."""
    check_open(open_case(case_id))
    kept = keeping.keep_in_steps(case_id, source)
    try:
        with transaction.atomic():
            check_open(open_case(case_id))  # taken back while it was sealed
            keeping.complete(kept)
            decide(case_id, kinds.ADDED, _described(kept, "file", name, media_type))
    except BaseException:
        keeping.drop(case_id, kept.item)
        raise
    return kept.item


def add_exhibit(case_id: str, name: str, pdf: bytes, record: bytes, *, of: str) -> str:
    """Keep something redacted that was made of the file with the digest `of`; return its id.

    `record` says who released what and why; it is a file beside the PDF.
    """
    pdf_head = ("exhibit", f"{name}.pdf", "application/pdf")
    record_head = ("exhibit-record", f"{name}.json", "application/json")
    with transaction.atomic():
        check_open(open_case(case_id))
        kept = [
            _kept(case_id, *pdf_head, io.BytesIO(pdf)),
            _kept(case_id, *record_head, io.BytesIO(record)),
        ]
        for item in kept:
            decide(case_id, kinds.EXHIBIT, item | {"origin": of})
    return str(kept[0]["item"])


def _kept(
    case_id: str, role: str, name: str, media_type: str, source: BinaryIO
) -> dict[str, str | int]:
    return _described(keeping.keep(case_id, source), role, name, media_type)


def _described(kept: keeping.Kept, role: str, name: str, media_type: str) -> dict[str, str | int]:
    return {
        "item": kept.item,
        "role": role,
        "name": cleaned_text(name)[:LONGEST_NAME] or role,
        "type": cleaned_text(media_type)[:100],
        "size": kept.size,
        "digest": kept.digest,
    }


def note_seen(case_id: str, capture: str, seen: str) -> None:
    """Say what a person saw in a capture."""
    now = standing(case_id)[1]
    found = now.capture(capture)
    if found is None or not found.parts or seen not in SEEN:
        raise EvidenceRefusedError(_("expected a capture of this case that has a picture; reload"))
    _write(case_id, kinds.CHECKED, {"capture": capture, "seen": seen})


def note_exposed(case_id: str, codes: Iterable[str]) -> None:
    """Say what was made public; replaces what was said before."""
    chosen = set(codes)
    known = [code.value for code in vocabulary().field("exposed").codes if code.value in chosen]
    if len(known) != len(chosen):
        raise EvidenceRefusedError(_("expected choices of the page; reload it"))
    _write(case_id, kinds.EXPOSED, {"exposed": known})


def note_saved(case_id: str, item: Item | str) -> None:
    """Note that something leaves the desk in the clear, before it does."""
    name = item if isinstance(item, str) else item.item
    _write(case_id, kinds.SAVED, {"item": name})


def _write(case_id: str, kind: str, content: Mapping[str, Any]) -> None:
    with transaction.atomic():
        check_open(open_case(case_id))
        decide(case_id, kind, content)
