"""What can go wrong in a private overlap, as types. No message repeats what a list holds."""

from __future__ import annotations

from safelight.errors import SafelightError


class PrivateOverlapError(SafelightError):
    """A private overlap stopped. `code` is stable and goes into `--json`."""

    code = "overlap"


class TermsError(PrivateOverlapError):
    """The terms cannot be read, contradict themselves, or are not the ones that were agreed."""

    code = "terms"


class OwnListError(PrivateOverlapError):
    """A list that cannot be offered: malformed, of another unit, too short, too long, repeating."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class MessageError(PrivateOverlapError):
    """A message of another that is refused. Nothing of it was taken in.

    `code` says how: `not-a-message`, `truncated`, `altered`, `forged`, `other-session`,
    `not-for-us`, `out-of-order`, `replayed`, `other-unit`, `other-commitments`, `not-committed`,
    `wrong-size`, `not-a-point`, `duplicated`, `not-opened`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ResultError(PrivateOverlapError):
    """The counts cannot be true: they do not fit what went into them."""

    code = "result"


class NotAgreedError(PrivateOverlapError):
    """Nobody agreed to the terms, so nothing was offered."""

    code = "not-agreed"
