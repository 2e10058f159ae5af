"""Sort-friendly keys of addresses, as web archives index by them (SURT, IA canonicalisation).

Only what the key of an http(s) address needs: lower case, host reversed, no `www.`, usual port
left out, query sorted. Compared with the `surt` package in tests.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_WWW: Final = re.compile(r"www\d*\.")
_IPV4: Final = re.compile(r"[0-9.]+")
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
    reversed_host = host if _IPV4.fullmatch(host) else ",".join(reversed(host.split(".")))
    shown = "" if port in {None, _USUAL[parts.scheme]} else f":{port}"
    path = parts.path.lower()
    if len(path) > 1:
        path = path.rstrip("/")
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    key = f"{reversed_host}{shown}){path or '/'}" + (f"?{query}" if query else "")
    return key.replace(" ", "%20")
