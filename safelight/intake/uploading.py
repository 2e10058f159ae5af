"""/upload: tus 1.0 (tus.io/protocols/resumable-upload), below 12 kB a request.

Core, creation, termination, expiration and concatenation; docs/spec/mailbox.md says what
the metadata means here. Each request may come on its own connection and be repeated.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from safelight.intake import day, uploads
from safelight.intake.body import announced_body, announced_length
from safelight.intake.configuration import limits
from safelight.intake.depositing import check_roster, hash_from, paid_work
from safelight.intake.mailboxes import Door, Kept
from safelight.intake.refusal import RefusedError, wrong_method, wrong_size
from safelight.intake.tidying import UPLOAD_DAYS, tidy_once_a_day
from safelight.sealing.deposit_file import LARGEST_DEPOSIT

TUS: Final = "1.0.0"
EXTENSIONS: Final = "creation,termination,expiration,concatenation"
# A client keeps to less than 12 kB; a program may send a little more.
LARGEST_PATCH: Final = 16 * 1024

_NUMBER: Final = re.compile(r"[0-9]{1,13}")
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_NAME: Final = re.compile(r"/upload/([0-9a-f]{32})")
_KEYS: Final = frozenset({"mailbox", "verifier", "key", "roster", "sha256", "kind"})
_DEPOSIT_FILE: Final = "deposit-file"
_LONGEST_METADATA: Final = 4096


def uploads_page(request: HttpRequest) -> HttpResponse:
    """POST begins an upload or joins partial ones; OPTIONS says what this server can."""
    if request.method == "OPTIONS":
        return _answer(
            204,
            **{
                "Tus-Version": TUS,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(limits().largest_file),
            },
        )
    if request.method != "POST":
        raise wrong_method("POST or OPTIONS")
    _check_version(request)
    if request.META.get("CONTENT_LENGTH") not in {None, "", "0"}:
        raise _not_understood("a creation without a body; send the bytes with PATCH")
    concat = request.META.get("HTTP_UPLOAD_CONCAT", "")
    tidy_once_a_day()
    if concat in ("", uploads.PARTIAL):
        return _begun(request, partial=concat != "")
    if concat.startswith("final;"):
        return _joined(request, concat.removeprefix("final;"))
    raise _not_understood("Upload-Concat: partial, or final; and addresses of partial uploads")


def upload_page(request: HttpRequest, name: str) -> HttpResponse:
    """HEAD says where one upload stands, PATCH goes on with it, DELETE ends it."""
    method = request.method
    if method == "OPTIONS":
        return uploads_page(request)
    if method not in {"HEAD", "PATCH", "DELETE"}:
        raise wrong_method("HEAD, PATCH, DELETE or OPTIONS")
    _check_version(request)
    if method == "DELETE":
        uploads.terminate(name)
        return _answer(204)
    upload = _appended(request, name) if method == "PATCH" else uploads.found(name)
    # Here also on HEAD: the server may have been killed between the last byte and this.
    kept = uploads.finish(upload, day=day.today(), sizes=uploads.sizes_up_to(limits().largest_file))
    known = _expires(upload) | _told(kept)
    if method == "PATCH":
        return _answer(204, **{"Upload-Offset": str(upload.received), **known})
    known["Upload-Length"] = str(upload.length)
    if upload.kind == uploads.PARTIAL:
        known["Upload-Concat"] = uploads.PARTIAL
    elif upload.kind == uploads.FINAL:
        known["Upload-Concat"] = "final;"
    return _answer(200, **{"Upload-Offset": str(upload.received), **known})


def _begun(request: HttpRequest, *, partial: bool) -> HttpResponse:
    length = _length(request)
    metadata = _metadata(request)
    door, digest, kind = None, "", uploads.PARTIAL
    if partial:
        if metadata:
            raise _not_understood("a partial upload without Upload-Metadata")
        if not 0 < length <= limits().largest_file:
            raise _too_large(limits().largest_file)
    elif _is_deposit_file(metadata):
        kind, digest = uploads.DEPOSIT, _digest(metadata)
        if not 0 < length <= LARGEST_DEPOSIT:
            raise _too_large(LARGEST_DEPOSIT)
    else:
        kind, door, digest = uploads.WHOLE, _door(metadata), _digest(metadata)
        if length not in uploads.sizes_up_to(limits().largest_file):
            sizes = uploads.sizes_up_to(limits().largest_file)
            raise wrong_size(sizes, got="another Upload-Length")
        check_roster(metadata.get("roster"))
    # An answer that got lost: the same solution asks for the same upload, and finds it.
    name = uploads.name_of(
        request.META.get("HTTP_SAFELIGHT_WORK", ""),
        str(length),
        request.META.get("HTTP_UPLOAD_METADATA", ""),
    )
    upload = uploads.looked_up(name)
    if upload is None:
        upload = uploads.create(
            name=name,
            kind=kind,
            length=length,
            day=day.today(),
            door=door,
            digest=digest,
            work=paid_work(request, length),
        )
    return _answer(201, Location=f"/upload/{upload.name}", **_expires(upload))


def _joined(request: HttpRequest, untrusted_parts: str) -> HttpResponse:
    metadata = _metadata(request)
    door = None if _is_deposit_file(metadata) else _door(metadata)
    digest = _digest(metadata)
    parts = []
    for one in untrusted_parts.split(" "):
        # A client may send the whole address; only the path counts.
        found = _NAME.search(one)
        if found is None or found.end() != len(one):
            raise _not_understood("Upload-Concat: final;/upload/<id> /upload/<id> …")
        parts.append(found[1])
    if len(parts) > uploads.MOST_PARTS:
        raise _not_understood(f"at most {uploads.MOST_PARTS} partial uploads")
    where = (door.mailbox_id.hex(), door.verifier.hex()) if door else (_DEPOSIT_FILE,)
    name = uploads.name_of(*parts, *where, digest)
    if door is not None and uploads.looked_up(name) is None:
        check_roster(metadata.get("roster"))
    upload, kept = uploads.concatenate(
        name=name,
        parts=parts,
        door=door,
        digest=digest,
        day=day.today(),
        sizes=uploads.sizes_up_to(limits().largest_file),
    )
    return _answer(201, Location=f"/upload/{upload.name}", **_expires(upload), **_told(kept))


def _appended(request: HttpRequest, name: str) -> uploads.Upload:
    if request.content_type != "application/offset+octet-stream":
        raise RefusedError(
            415,
            "wrong-type",
            expected="Content-Type: application/offset+octet-stream",
            got="another type",
            next_step="send the bytes as tus 1.0 says",
        )
    offset = request.META.get("HTTP_UPLOAD_OFFSET", "")
    if not _NUMBER.fullmatch(offset):
        raise _not_understood("an Upload-Offset header with a whole number")
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=LARGEST_PATCH, sizes=None)
    with announced_body(request.read, length) as sealed:
        return uploads.append(name, offset=int(offset), sealed=sealed)


def _metadata(request: HttpRequest) -> Mapping[str, str]:
    """Read Upload-Metadata: pairs of a key and a base64 value (tus 1.0, creation)."""
    untrusted = request.META.get("HTTP_UPLOAD_METADATA", "")
    expected = f"Upload-Metadata with {', '.join(sorted(_KEYS))}, each once, values in base64"
    if len(untrusted) > _LONGEST_METADATA:
        raise _not_understood(expected)
    pairs: dict[str, str] = {}
    for pair in untrusted.split(",") if untrusted.strip() else ():
        key, _, value = pair.strip().partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise _not_understood(expected) from None
        if key in pairs:
            raise _not_understood(expected)
        # Other keys (a client's own, such as filename) are dropped unread.
        if key in _KEYS:
            pairs[key] = text
    return pairs


def _door(metadata: Mapping[str, str]) -> Door:
    mailbox = metadata.get("mailbox", "")
    verifier, key = (hash_from(metadata.get(name, "")) for name in ("verifier", "key"))
    if not _MAILBOX.fullmatch(mailbox) or (verifier is None) == (key is None):
        raise _not_understood(
            "Upload-Metadata with mailbox (32 hex digits) and either verifier or key (64)"
        )
    if verifier is not None:
        return Door(bytes.fromhex(mailbox), verifier, first=True)
    return Door.by_key(bytes.fromhex(mailbox), key or b"")


def _is_deposit_file(metadata: Mapping[str, str]) -> bool:
    """Whether what comes says itself where it goes, and to which roster it is sealed."""
    kind = metadata.get("kind")
    if kind is None:
        return False
    if kind != _DEPOSIT_FILE or not metadata.keys() <= {"kind", "sha256"}:
        raise _not_understood(f"kind {_DEPOSIT_FILE} in Upload-Metadata, and sha256 at most")
    return True


def _digest(metadata: Mapping[str, str]) -> str:
    digest = metadata.get("sha256", "")
    if digest and hash_from(digest) is None:
        raise _not_understood("sha256 in Upload-Metadata as 64 lower-case hex digits")
    return digest


def _length(request: HttpRequest) -> int:
    length = request.META.get("HTTP_UPLOAD_LENGTH", "")
    if not _NUMBER.fullmatch(length):
        raise _not_understood("an Upload-Length header with a whole number")
    return int(length)


def _check_version(request: HttpRequest) -> None:
    if request.META.get("HTTP_TUS_RESUMABLE") != TUS:
        raise RefusedError(
            412,
            "tus-version",
            expected=f"Tus-Resumable: {TUS}",
            got="another version or none",
            next_step=f"speak tus {TUS}",
        )


def _expires(upload: uploads.Upload) -> dict[str, str]:
    """The end of its last day: days are all this server counts."""
    begins = datetime(upload.day.year, upload.day.month, upload.day.day, tzinfo=UTC)
    return {"Upload-Expires": http_date((begins + timedelta(days=UPLOAD_DAYS + 1)).timestamp())}


def _told(kept: Kept | None) -> dict[str, str]:
    """Only of what is new: who lost an answer cannot be told whether it was there before."""
    return {"Safelight-Kept": kept.value} if kept is Kept.NEW else {}


def _answer(status: int, **headers: str) -> HttpResponse:
    response = HttpResponse(status=status, headers={"Tus-Resumable": TUS, **headers})
    del response.headers["Content-Type"]
    return response


def _not_understood(expected: str) -> RefusedError:
    return RefusedError(
        400,
        "not-understood",
        expected=expected,
        got="something else",
        next_step="see docs/spec/mailbox.md",
    )


def _too_large(largest: int) -> RefusedError:
    return RefusedError(
        413,
        "too-large",
        expected=f"1 to {largest} bytes",
        got="another Upload-Length",
        next_step="send a smaller file; OPTIONS /upload says how large one may be",
    )
