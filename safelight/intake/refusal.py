"""A refusal: why a request was not accepted, without a word of what it contained."""

from __future__ import annotations

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


def internal_error() -> RefusedError:
    return RefusedError(
        500,
        "internal",
        expected="an answer",
        got="an error in the server",
        next_step="try again later; the operator's log names the place",
    )
