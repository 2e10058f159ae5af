"""HTTP towards mirrors: no redirect, no endless answer, no trust in the environment.

Whoever looks at the line would otherwise see which desk publishes where, so everything can
go through a proxy (`--proxy socks5h://127.0.0.1:9050` is Tor's, names resolved there too).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import requests

from safelight.publication.mirrors.target import TOLD, MirrorError

# For an answer as a whole. The time-out of the line begins anew with each byte, in the head as
# in the body, so that a host could go on for years.
LONGEST_SECONDS: Final = 600.0
_Found = TypeVar("_Found")


def new_session(proxy: str | None) -> requests.Session:
    """Return a session that takes proxies and passwords from nobody but us."""
    session = requests.Session()
    # Neither ~/.netrc nor http_proxy: a mirror's password is ours to send, and so is the way.
    session.trust_env = False
    session.headers.update({"User-Agent": "", "Accept-Encoding": "identity"})
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    return session


@contextlib.contextmanager
def answer_of(
    session: requests.Session, method: str, address: str, content: bytes | None = None
) -> Iterator[requests.Response]:
    """Ask once; raises `MirrorError` without the address, which may be nobody's business."""
    try:
        answer = session.request(
            method, address, data=content, timeout=TOLD, allow_redirects=False, stream=True
        )
    except (requests.RequestException, ValueError) as trouble:
        raise MirrorError(
            f"the mirror was not reached: expected an answer, got {type(trouble).__name__}; "
            "check the address, the line and the proxy, then try again"
        ) from None
    try:
        yield answer
    except requests.RequestException as trouble:
        raise MirrorError(
            f"the mirror's answer was cut off ({type(trouble).__name__}); try again"
        ) from None
    finally:
        answer.close()


def limited(answer: requests.Response, *, largest: int) -> bytes:
    """Return the body, at most `largest` bytes. Raises `MirrorError` for a longer one."""
    body = bytearray()
    for piece in answer.iter_content(64 * 1024):
        body += piece
        if len(body) > largest:
            raise MirrorError(f"the mirror sent more than {largest} bytes; nothing of it is kept")
    return bytes(body)


def within(seconds: float, ask: Callable[[], _Found]) -> _Found:
    """Return what `ask` returns, or raise what it raises; `MirrorError` if it does not end.

    It is left to itself then, in a thread that does not keep the program from ending.
    """
    found: list[_Found] = []
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            trouble.append(error)

    waiting = threading.Thread(target=run, daemon=True)
    waiting.start()
    waiting.join(seconds)
    if trouble:
        raise trouble[0]
    if not found:
        raise MirrorError("the mirror's answer did not end in time; look at that host, try again")
    return found[0]
