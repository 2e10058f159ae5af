"""Ask a timestamp authority over HTTP (RFC 3161 §3.4): only a digest leaves the desk.

Who looks at the line, and the authority, learn that somebody here seals something now; so the
question can go through a proxy (`socks5h://127.0.0.1:9050` is Tor's, names resolved there too).
"""

from __future__ import annotations

import re
import time
from typing import Final, Protocol

import requests

from safelight.evidence.problems import AuthorityUnavailable
from safelight.evidence.timestamps.authorities import Authority

LARGEST_REPLY: Final = 64 * 1024
_TOLD: Final = 20.0  # seconds without a byte
_WHOLE_REPLY: Final = 60.0  # seconds


class Asking(Protocol):
    """Brings a request to an authority and its raw reply back."""

    def __call__(self, authority: Authority, request: bytes) -> bytes:
        """Return the reply, or raise `AuthorityUnavailable`."""
        ...


def over_http(proxy: str | None) -> Asking:
    """Return how to ask over HTTP, through `proxy` if there is one."""
    session = requests.Session()
    # Neither ~/.netrc nor http_proxy: the way is ours to choose.
    session.trust_env = False
    session.headers.update({"User-Agent": "", "Accept-Encoding": "identity"})
    if proxy is not None:
        # For `socks5://` this client would look the name up here, for everybody on the way to see.
        proxy = re.sub(r"\Asocks5://", "socks5h://", proxy)
        session.proxies = {"http": proxy, "https": proxy}

    def ask(authority: Authority, request: bytes) -> bytes:
        try:
            with session.post(
                authority.address,
                data=request,
                headers={"Content-Type": "application/timestamp-query"},
                timeout=_TOLD,
                allow_redirects=False,
                stream=True,
            ) as answer:
                reply = _limited(answer, authority)
        except (requests.RequestException, ValueError) as trouble:
            raise AuthorityUnavailable(
                f"authority {authority.name} was not reached ({type(trouble).__name__})"
            ) from None
        if answer.status_code != requests.codes.ok:
            raise AuthorityUnavailable(
                f"authority {authority.name} answered {answer.status_code}, not 200"
            )
        return reply

    return ask


def _limited(answer: requests.Response, authority: Authority) -> bytes:
    until = time.monotonic() + _WHOLE_REPLY
    reply = bytearray()
    # Byte by byte, as a larger piece is waited for whole: a reply that drips would not end.
    for piece in answer.iter_content(1):
        reply += piece
        if len(reply) > LARGEST_REPLY or time.monotonic() > until:
            raise AuthorityUnavailable(
                f"authority {authority.name} sent more than {LARGEST_REPLY} bytes, or took "
                f"longer than {_WHOLE_REPLY:.0f} s"
            )
    return bytes(reply)
