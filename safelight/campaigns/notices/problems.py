"""What a notice can refuse. Messages name fields and rules, never what stands in a field."""

from __future__ import annotations

from safelight.errors import SafelightError


class NoticeError(SafelightError):
    """Something about a notice that cannot be done, in the language of whoever asked.

    The kinds below speak English where they are raised; pages say them in their own language
    (`case_evidence.refusals`).
    """


class TemplateError(NoticeError):
    """A template that is not there, or whose data breaks its own rules."""


class NoticeRefusedError(NoticeError):
    """Facts that make no notice. `reasons`: one sentence each, in the language asked for."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class UnshowableError(NoticeError):
    """A text with characters that the shipped fonts do not have."""


class UnknownCodeError(NoticeError):
    """A code that stands in no list: a form that no page of ours made, or of another version."""


class LayoutError(NoticeError):
    """A notice that could not be laid out: the program's own fault."""
