"""What an exhibit refuses."""

from __future__ import annotations

from safelight.errors import SafelightError


class ExhibitError(SafelightError):
    """An exhibit that cannot be made as asked."""
