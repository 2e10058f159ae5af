"""The application that a worker runs: waits for each body, then lets Django answer.

ASGI outside, WSGI inside. While bytes are on their way a request is a coroutine; when it
is whole it gets one of few threads, where Django runs as it always did. So slow and
silent lines cost no thread, and the views stay plain functions that read
(docs/adr/0008-nobody-waits-in-a-thread.md).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from safelight.circles.standing import Watched
from safelight.intake.addresses import PAGES
from safelight.intake.body import Allowance
from safelight.intake.refusal import RefusedError
from safelight.intake.work import is_paid
from safelight.server import wsgi
from safelight.server.answers import HEADERS
from safelight.server.arriving import NOT_PAID_FOR, PAID_FOR, Body, Receive
from safelight.server.ending import WORKER_SECONDS
from safelight.server.expected_body import longest_body, plain_type
from safelight.server.logs import SERVER, error_and_place
from safelight.server.spool import PIECE
from safelight.server.streams import Streams

# What an owner asks, and whoever guesses. Finding something takes some tenths of a millisecond
# longer than finding nothing, so these answers leave only at whole steps of time.
_ASKED_BY_WORDS: Final = re.compile(
    rf"/mailbox/[0-9a-f]{{32}}/(?:read|withdraw)|/(?:ru|en)/{PAGES['receipt']}(?:/.+)?"
)
_STEP_SECONDS: Final = 0.05

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
# Bytes, pieces that are read one by one while they are sent, or news of a circle as it comes.
Content = bytes | Iterator[bytes] | Watched
Answer = tuple[int, Headers, Content]

# Each computes or waits for the disk, never for a line; more would only queue for the one
# writer of the database.
_VIEWS: Final = ThreadPoolExecutor(32, thread_name_prefix="view")
# A form without script is read, sealed and shown by us: several times the work of anything
# else, and unpaid. So forms have threads of their own, and a flood of them delays only forms.
_FORMS: Final = ThreadPoolExecutor(4, thread_name_prefix="form")
_FORM: Final = re.compile(r"/(?:ru|en)/[a-z0-9]{1,20}")
# More than these would wait for half a minute, and hold connections that others need.
_MOST_FORMS_WAITING: Final = 256
# As browsers say it. With a weight or in another form it counts as none here.
_GZIP: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:,|$)")
# Encrypt what large bodies bring, in a moment each.
_WRITERS: Final = ThreadPoolExecutor(4, thread_name_prefix="spool")


def _tidy() -> None:
    """A server to which nobody comes forgets too, as a worker begins every ten minutes."""
    # Models exist only after Django's setup, which `wsgi` has done.
    from safelight.circles.tidying import tidy_circles_once_a_day  # noqa: PLC0415
    from safelight.intake.tidying import tidy_once_a_day  # noqa: PLC0415

    try:
        tidy_once_a_day()
        tidy_circles_once_a_day()
    except RefusedError:
        pass  # a disk that cannot be written: who sends something hears it
    except Exception as error:  # noqa: BLE001
        SERVER.error("tidying.broken %s", error_and_place(error))


# Only workers load this module, each after its fork.
_VIEWS.submit(_tidy)
_STREAMS: Final = Streams(worker_seconds=WORKER_SECONDS)


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer one request (ASGI 3.0, HTTP only). Nothing is raised: granian would log it."""
    content: Content
    try:
        status, headers, content = await _answer(scope, receive)
    # A fault in this layer; what goes wrong inside Django has become an answer already.
    except Exception as error:  # noqa: BLE001
        SERVER.error("request.broken %s", error_and_place(error))
        status, headers, content = 500, _BARE, b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if isinstance(content, bytes):
        await send({"type": "http.response.body", "body": content})
    elif isinstance(content, Watched):
        await _send_news(content, receive, send)
    else:
        await _send_pieces(iter(()) if scope["method"] == "HEAD" else content, send)


async def _send_news(watched: Watched, receive: Receive, send: Send) -> None:
    try:
        await _STREAMS.run(watched, receive, send)
    # Too late for another answer; whoever listens comes again.
    except Exception as error:  # noqa: BLE001
        SERVER.error("request.cut_off %s", error_and_place(error))


async def _send_pieces(pieces: Iterator[bytes], send: Send) -> None:
    """The next piece is read when the line has taken the one before."""
    loop = asyncio.get_running_loop()
    try:
        while piece := await loop.run_in_executor(_VIEWS, next, pieces, b""):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    # Too late for another answer. Without its end it is shorter than announced, and no browser
    # takes it for whole.
    except Exception as error:  # noqa: BLE001
        SERVER.error("request.cut_off %s", error_and_place(error))
        return
    await send({"type": "http.response.body", "body": b""})


async def _answer(scope: dict[str, Any], receive: Receive) -> Answer:
    environ = environ_of(scope)
    length, room = _wait_for(environ)
    spool_in = Path(os.environ["SAFELIGHT_SERVER_DATA"])
    body = Body(spool_in=spool_in, on_disk=room, writers=_WRITERS)
    environ["wsgi.input"] = body
    try:
        await body.arrive(receive, length)
        begun = time.monotonic()
        answer = await _answered_in_turn(environ, body)
        if _ASKED_BY_WORDS.fullmatch(environ["PATH_INFO"]):
            await asyncio.sleep(-(time.monotonic() - begun) % _STEP_SECONDS)
        return answer
    finally:
        body.close()


async def _answered_in_turn(environ: dict[str, Any], body: Body) -> Answer:
    if environ["REQUEST_METHOD"] == "POST" and _FORM.fullmatch(environ["PATH_INFO"]):
        return await _WAITING_FORMS.answer(environ, body)
    return await asyncio.get_running_loop().run_in_executor(_VIEWS, _answered, environ)


class _WaitingForms:
    """Forms that are whole and wait for a thread. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._waiting = 0
        # The page that says so is the same for everybody, and made once for each address,
        # packed and not.
        self._too_many: dict[tuple[str, bool], Answer] = {}

    async def answer(self, environ: dict[str, Any], body: Body) -> Answer:
        packed = _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
        asked = environ["PATH_INFO"], packed
        too_many = self._waiting >= _MOST_FORMS_WAITING
        if too_many:
            environ["HTTP_ACCEPT_ENCODING"] = "gzip" if packed else ""
            if asked in self._too_many:
                return self._too_many[asked]
            body.refuse(_too_many_forms())
        self._waiting += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(_FORMS, _answered, environ)
        finally:
            self._waiting -= 1
        if too_many and answer[0] == HTTPStatus.SERVICE_UNAVAILABLE:
            self._too_many[asked] = answer
        return answer


_WAITING_FORMS: Final = _WaitingForms()


def _too_many_forms() -> RefusedError:
    return RefusedError(
        503,
        "busy",
        expected=f"fewer than {_MOST_FORMS_WAITING} forms at once",
        got="more",
        next_step="send the form again in a minute",
    )


_BARE: Final[Headers] = [
    (name.lower().encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()
]


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """Translate a request's head into WSGI's words (PEP 3333). Who asked is left behind."""
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for untrusted_name, untrusted_value in scope["headers"]:
        name, value = untrusted_name.decode("latin-1"), untrusted_value.decode("latin-1")
        # `X_Y` would arrive under the same key as `X-Y`, which a proxy may have checked.
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ["CONTENT_TYPE"] = plain_type(environ.get("CONTENT_TYPE", ""))
    # Of two lengths in one request nobody knows which holds (RFC 9112, 6.3): refused as none.
    if "HTTP_TRANSFER_ENCODING" in environ:
        environ.pop("CONTENT_LENGTH", None)
    for name in wsgi.WHO:
        environ.pop(name, None)
    return environ


def _wait_for(environ: dict[str, Any]) -> tuple[int, Allowance]:
    """How many bytes are read before the view begins, all that were announced or none; and whose
    room they may take.

    None if no length was announced, or more than this address takes, or much that was not paid
    for: the view refuses that by the head alone.
    """
    announced = environ.get("CONTENT_LENGTH", "")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 15:
        return 0, NOT_PAID_FOR
    length = int(announced)
    path = environ["PATH_INFO"]
    if length > longest_body(environ["REQUEST_METHOD"], path, environ["CONTENT_TYPE"]):
        return 0, NOT_PAID_FOR
    if path.startswith("/mailbox/"):
        paid = length <= PIECE or is_paid(environ.get("HTTP_SAFELIGHT_WORK", ""), length)
        return (length if paid else 0), PAID_FOR
    return length, NOT_PAID_FOR


def _answered(environ: dict[str, Any]) -> Answer:
    """Run Django in this thread; return the whole answer."""
    told: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        packed = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        told.append((int(status[:3]), packed))

    answer = wsgi.application(environ, start_response)
    status, headers = told[-1]
    if isinstance(watched := getattr(answer, "watched", None), Watched):
        return status, headers, watched
    if getattr(answer, "streaming", False):
        return status, headers, iter(answer)
    return status, headers, b"".join(answer)
