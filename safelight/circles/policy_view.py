"""The signed rules of circles, from the operator's file to browsers, in parts that come through.

The file is `circles.json` beside the roster and may be replaced while the server runs. One
that is missing, forged or older than one shown before is not shown: browsers keep the last.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Final

from django.http import HttpRequest, HttpResponse

from safelight.circles.policy import verified_policy
from safelight.circles.policy_parts import PolicyError
from safelight.intake.assets import roster_parts
from safelight.intake.configuration import configured
from safelight.intake.refusal import unknown_address, wrong_method
from safelight.intake.shown_versions import last_shown, note_shown
from safelight.sealing.root_key import parse_root

FILE_NAME: Final = "circles.json"
_LARGEST: Final = 256 * 1024
_SEEN: Final = "circles-policy"
_LOG: Final = logging.getLogger("safelight.circles")


def policy_part(request: HttpRequest, number: str) -> HttpResponse:
    """GET /circles/policy/<number>, from 0. Whoever asks joins the parts and verifies the whole."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    signed = _current()
    parts = [] if signed is None else roster_parts(signed)
    if int(number) >= len(parts):
        raise unknown_address()
    response = HttpResponse(parts[int(number)], content_type="application/octet-stream")
    response.headers["Safelight-Parts"] = str(len(parts))
    return response


def _current() -> bytes | None:
    """Return the signed bytes to show; None if there are none that may be shown."""
    try:
        with configured().roster.with_name(FILE_NAME).open("rb") as file:
            signed = file.read(_LARGEST)
    except OSError:
        return None
    try:
        seen = last_shown(_SEEN)
        version = _verified(signed, configured().root_hex, seen)
    except PolicyError as reason:
        _log_once(str(reason))
        return None
    if seen != version:
        note_shown(_SEEN, version)
    return signed


@lru_cache(maxsize=2)  # public bytes: these rules and those before
def _verified(signed: bytes, root_hex: str, seen: int | None) -> int:
    root = parse_root(root_hex)
    return verified_policy(signed, root=root, last_seen_version=seen).version


@lru_cache(maxsize=8)
def _log_once(reason: str) -> None:
    _LOG.error("circles.policy-refused reason=%s", reason)
