"""A refusal: why a request was not accepted, without a word of what it contained."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.errors import SafelightError


class RefusedError(SafelightError):
    """A request was not accepted. `code` is stable; programs may decide by it."""

    def __init__(self, status: int, code: str, *, expected: str, got: str, next_step: str) -> None:
        super().__init__(f"expected {expected}; got {got}; {next_step}")
        self.status = status
        self.code = code
        self.expected = expected
        self.got = got
        self.next_step = next_step


def unknown_address() -> RefusedError:
    return RefusedError(
        404,
        "no-such-page",
        expected="an address this server has",
        got="another",
        next_step="see docs/how-to/run-a-server.md for the list",
    )


def wrong_method(allowed: str) -> RefusedError:
    return RefusedError(
        405,
        "wrong-method",
        expected=allowed,
        got="another method",
        next_step="ask again with an allowed method",
    )


def cut_short(*, announced: int, arrived: int) -> RefusedError:
    return RefusedError(
        400,
        "cut-short",
        expected=f"{announced} bytes as announced",
        got=f"{arrived} bytes",
        next_step="send the same bytes again; nothing was kept",
    )


def wrong_size(sizes: Iterable[int], *, got: str) -> RefusedError:
    listed = ", ".join(str(size) for size in sorted(sizes))
    return RefusedError(
        400,
        "wrong-size",
        expected=f"an envelope of exactly {listed} bytes",
        got=got,
        next_step="seal with padding and send again",
    )


def internal_error() -> RefusedError:
    return RefusedError(
        500,
        "internal",
        expected="an answer",
        got="an error in the server",
        next_step="try again later; the operator's log names the place",
    )
