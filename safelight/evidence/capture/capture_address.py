"""Which addresses a caseworker may ask to have captured."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from safelight.evidence.capture.problems import CaptureError

_LONGEST_ADDRESS: Final = 8000


def checked_address(untrusted: str) -> str:
    """Return an address that can be captured, or raise `CaptureError`."""
    try:
        parts = urlsplit(untrusted)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if (
        not usable
        or parts.scheme not in {"http", "https"}
        or parts.username is not None
        or len(untrusted) > _LONGEST_ADDRESS
        or any(ord(sign) <= 32 or ord(sign) == 127 for sign in untrusted)
    ):
        raise CaptureError(
            "an address to capture begins with http:// or https://, names a host, and has neither "
            "spaces nor a password in it; copy it from the browser's address line"
        )
    return untrusted
