"""Sort-friendly keys of addresses, as web archives index by them (SURT, IA canonicalisation).

Only what the key of an http(s) address needs: lower case, host reversed, no `www.`, usual port
left out, query sorted. Compared with the `surt` package in tests.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

_WWW: Final = re.compile(r"www\d*\.")
_USUAL: Final = {"http": 80, "https": 443}


def surt(url: str) -> str:
    """Return the key of an address; of what is none, the text itself without spaces."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url.replace(" ", "%20")
    if parts.scheme not in _USUAL or not host:
        return url.replace(" ", "%20")
    host = _WWW.sub("", host, count=1) if _WWW.match(host) else host
    # Numbers too: that is what readers look an address of a machine up by.
    reversed_host = ",".join(reversed(host.split(".")))
    shown = "" if port in {None, _USUAL[parts.scheme]} else f":{port}"
    path = re.sub(r"//+", "/", _escaped_once(parts.path).lower())
    if len(path) > 1:
        path = path.rstrip("/")
    asked = _escaped_once(parts.query).lower()
    query = "&".join(sorted(asked.split("&"))) if asked else ""
    key = f"{reversed_host}{shown}){path or '/'}" + (f"?{query}" if query else "")
    return key


def _escaped_once(part: str) -> str:
    raw = part.encode()
    while (less := unquote_to_bytes(raw)) != raw:
        raw = less
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"#%" else f"%{byte:02x}" for byte in raw
    )
