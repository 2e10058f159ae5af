"""What can refuse a capture before it begins, or end one."""

from __future__ import annotations

from safelight.evidence.problems import EvidenceError


class CaptureError(EvidenceError):
    """A capture that cannot be made as it was asked for, or a folder that holds none."""


class BrowserUnavailable(CaptureError):  # noqa: N818  # a state of this machine
    """No browser, or none that can be confined, starts here."""


class BrowserGone(CaptureError):  # noqa: N818  # a state, which ends a capture
    """The browser crashed or was closed; what was recorded until then is kept."""


class CommandFailed(CaptureError):  # noqa: N818  # one command, not the capture
    """The browser refused one command, or did not answer it in time."""


class CommandTimedOut(CommandFailed):
    """The browser did not answer in time: a page may be keeping it busy."""
