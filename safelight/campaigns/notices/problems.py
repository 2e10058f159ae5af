"""What a notice can refuse. Messages name fields and rules, never what stands in a field."""

from __future__ import annotations

from safelight.errors import SafelightError


class NoticeError(SafelightError):
    """Something about a notice that cannot be done."""


class TemplateError(NoticeError):
    """A template that is not there, or whose data breaks its own rules."""


class NoticeRefusedError(NoticeError):
    """Facts that make no notice. `reasons`: one sentence each, in the language asked for."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class UnshowableError(NoticeError):
    """A text with characters that the shipped fonts do not have."""
