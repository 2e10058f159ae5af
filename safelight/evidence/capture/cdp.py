"""Speak the Chrome DevTools Protocol over the two pipes of one browser.

Our own and small, because each command here has a time after which it failed: a page that never
returns (`while (true) {}`) must not hold a capture for ever (docs/adr, captures).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import Callable
from typing import Any, Final

from safelight.evidence.capture.problems import BrowserGone, CommandFailed, CommandTimedOut

# A message of the browser: the largest are pieces of a screenshot.
_LONGEST_MESSAGE: Final = 384 * 1024 * 1024
_SECONDS: Final = 30.0

Params = dict[str, Any]
Listener = Callable[[Params, str], None]


class Cdp:
    """One browser. Sessions are the protocol's "flat" ones: each message names its session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Params]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self.gone = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def over_pipes(cls, incoming: int, outgoing: int) -> Cdp:
        """Take over two pipe ends, which are closed with it."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1024 * 1024)
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb", 0)
        )
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.streams.FlowControlMixin(loop=loop), os.fdopen(outgoing, "wb", 0)
        )
        return cls(reader, asyncio.StreamWriter(transport, protocol, None, loop))

    def on(self, event: str, listener: Listener) -> None:
        """Call `listener(params, session)` for each event of that name, in order."""
        self._listeners.setdefault(event, []).append(listener)

    async def send(
        self,
        method: str,
        params: Params | None = None,
        *,
        session: str = "",
        seconds: float = _SECONDS,
    ) -> Params:
        """Return the result. Raises `CommandFailed` (also when time is up) or `BrowserGone`."""
        if self.gone.is_set():
            raise BrowserGone("the browser is gone; what was recorded until then is kept")
        number = next(self._numbers)
        message: Params = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        answer: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(json.dumps(message).encode() + b"\0")
                await self._writer.drain()
                return await answer
        except TimeoutError:
            raise CommandTimedOut(
                f"{method} took longer than {seconds:g} s; the page may be keeping the browser busy"
            ) from None
        except OSError:
            raise BrowserGone("the browser hung up; what was recorded is kept") from None
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Stop reading and writing. The browser ends when its pipes do."""
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        self._end()
        self._writer.close()

    async def _read(self) -> None:
        pending = bytearray()
        try:
            while chunk := await self._reader.read(1024 * 1024):
                searched = len(pending)
                pending += chunk
                while (end := pending.find(b"\0", searched)) >= 0:
                    self._take(json.loads(pending[:end]))
                    del pending[: end + 1]
                    searched = 0
                if len(pending) > _LONGEST_MESSAGE:
                    return
        except (OSError, ValueError):
            return  # What no browser writes ends the connection as if it had hung up.
        finally:
            self._end()

    def _take(self, message: Params) -> None:
        if "id" not in message:
            for listener in self._listeners.get(message.get("method", ""), ()):
                listener(message.get("params", {}), message.get("sessionId", ""))
            return
        answer = self._waiting.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            # Only the code: a message may repeat what a page chose.
            code = message["error"].get("code")
            answer.set_exception(CommandFailed(f"the browser refused a command ({code})"))
        else:
            answer.set_result(message.get("result", {}))

    def _end(self) -> None:
        self.gone.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(
                    BrowserGone("the browser hung up; what was recorded until then is kept")
                )
