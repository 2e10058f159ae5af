"""The root of every error Safelight raises on purpose."""

from __future__ import annotations


class SafelightError(Exception):
    """Something was refused, with a reason a person can act on.

    A message says what was expected, what came and what to do next. It never
    repeats what a person wrote: messages end in logs, screenshots and support
    mail, and those outlive the care with which the report was sealed.
    """
