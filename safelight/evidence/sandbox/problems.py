"""What the sandbox refuses."""

from __future__ import annotations

from safelight.errors import SafelightError


class SandboxError(SafelightError):
    """A hostile file was not opened, or what came out of the sandbox was not believed."""


class SandboxUnavailable(SandboxError):  # noqa: N818  # a state of this machine
    """There is no sandbox on this machine. Nothing was opened; nothing runs without it."""


class CannotBeShown(SandboxError):  # noqa: N818  # named for what the person is told
    """This file cannot be shown safely. Only its digest and its sealed original remain."""


class NotShown(CannotBeShown):  # named for what the person is told
    """What reads the file said why it shows nothing of it: a code, for pages in any language."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why
